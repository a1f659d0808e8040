<?php
// Plays a scenario with php-amqplib. Arguments: scenario queue count prefix; the broker comes from AMQP_* variables.

use PhpAmqpLib\Connection\AMQPSSLConnection;
use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Message\AMQPMessage;

require getenv('PHP_AMQPLIB_AUTOLOAD');
require __DIR__ . '/php_client.php';

function connect(): AMQPStreamConnection
{
    $authorities = getenv('AMQP_TLS_AUTHORITIES');
    if ($authorities !== false) {
        return new AMQPSSLConnection(
            getenv('AMQP_HOST'),
            (int) getenv('AMQP_PORT'),
            getenv('AMQP_USER'),
            getenv('AMQP_PASSWORD'),
            getenv('AMQP_VHOST'),
            ['cafile' => $authorities, 'verify_peer' => true],
            ['connection_timeout' => TIMEOUT_SECONDS, 'read_write_timeout' => TIMEOUT_SECONDS]
        );
    }
    return new AMQPStreamConnection(
        getenv('AMQP_HOST'),
        (int) getenv('AMQP_PORT'),
        getenv('AMQP_USER'),
        getenv('AMQP_PASSWORD'),
        getenv('AMQP_VHOST'),
        connection_timeout: TIMEOUT_SECONDS,
        read_write_timeout: TIMEOUT_SECONDS
    );
}

function publishEach(string $queue, int $count, string $prefix): void
{
    for ($i = 0; $i < $count; $i++) {
        $connection = connect();
        $channel = $connection->channel();
        $channel->basic_publish(new AMQPMessage("$prefix-$i"), '', $queue);
        $channel->close();
        $connection->close();
    }
}

function roundtrip(string $queue, string $prefix): void
{
    $connection = connect();
    $channel = $connection->channel();
    $channel->queue_declare($queue, false, false, false, false);
    $channel->confirm_select();
    $expected = [];
    for ($i = 0; $i < ROUNDTRIP_MESSAGES; $i++) {
        $expected[] = "$prefix-$i";
        $channel->basic_publish(new AMQPMessage("$prefix-$i"), '', $queue, true);
    }
    $channel->wait_for_pending_acks_returns(TIMEOUT_SECONDS);

    $received = [];
    $channel->basic_qos(0, PREFETCH, false);
    $tag = $channel->basic_consume($queue, '', false, false, false, false, function ($message) use (&$received) {
        $received[] = $message->getBody();
        $message->ack();
    });
    while (count($received) < ROUNDTRIP_MESSAGES) {
        $channel->wait(null, false, TIMEOUT_SECONDS);
    }
    $channel->basic_cancel($tag);
    if ($received !== $expected) {
        throw new RuntimeException('received: ' . json_encode($received));
    }
    [, $left] = $channel->queue_declare($queue, true);
    if ($left !== 0) {
        throw new RuntimeException("$left messages are left");
    }
    $channel->queue_delete($queue);
    $channel->close();
    $connection->close();
}

play(fn () => connect()->close());
