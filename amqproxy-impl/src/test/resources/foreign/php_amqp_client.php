<?php
// Plays a scenario with PHP's amqp extension. Arguments: scenario queue count prefix; the broker comes from AMQP_*
// variables.

require __DIR__ . '/php_client.php';

function connect(): AMQPConnection
{
    $authorities = getenv('AMQP_TLS_AUTHORITIES');
    $tls = $authorities === false ? [] : ['cacert' => $authorities, 'verify' => true];
    $connection = new AMQPConnection($tls + [
        'host' => getenv('AMQP_HOST'),
        'port' => (int) getenv('AMQP_PORT'),
        'login' => getenv('AMQP_USER'),
        'password' => getenv('AMQP_PASSWORD'),
        'vhost' => getenv('AMQP_VHOST'),
        'read_timeout' => TIMEOUT_SECONDS,
        'connect_timeout' => TIMEOUT_SECONDS,
    ]);
    $connection->connect();
    return $connection;
}

function publishEach(string $queue, int $count, string $prefix): void
{
    for ($i = 0; $i < $count; $i++) {
        $connection = connect();
        $channel = new AMQPChannel($connection);
        (new AMQPExchange($channel))->publish("$prefix-$i", $queue);
        $channel->close();
        $connection->disconnect();
    }
}

function roundtrip(string $queueName, string $prefix): void
{
    $connection = connect();
    $channel = new AMQPChannel($connection);
    $queue = new AMQPQueue($channel);
    $queue->setName($queueName);
    $queue->setFlags(AMQP_NOPARAM);
    $queue->declareQueue();

    $confirmed = 0;
    $channel->confirmSelect();
    $channel->setConfirmCallback(
        function (int $tag, bool $multiple) use (&$confirmed): bool {
            $confirmed = $multiple ? $tag : $confirmed + 1;
            return $confirmed < ROUNDTRIP_MESSAGES;
        },
        function (): bool {
            throw new RuntimeException('the broker refused a message');
        }
    );
    $exchange = new AMQPExchange($channel);
    $expected = [];
    for ($i = 0; $i < ROUNDTRIP_MESSAGES; $i++) {
        $expected[] = "$prefix-$i";
        $exchange->publish("$prefix-$i", $queueName, AMQP_MANDATORY);
    }
    $channel->waitForConfirm(TIMEOUT_SECONDS);

    $received = [];
    $channel->setPrefetchCount(PREFETCH);
    $queue->consume(function (AMQPEnvelope $envelope, AMQPQueue $queue) use (&$received): bool {
        $received[] = $envelope->getBody();
        $queue->ack($envelope->getDeliveryTag());
        return count($received) < ROUNDTRIP_MESSAGES;
    });
    $queue->cancel();
    if ($received !== $expected) {
        throw new RuntimeException('received: ' . json_encode($received));
    }
    $left = $queue->declareQueue();
    if ($left !== 0) {
        throw new RuntimeException("$left messages are left");
    }
    $queue->delete();
    $channel->close();
    $connection->disconnect();
}

play(fn () => connect()->disconnect());
