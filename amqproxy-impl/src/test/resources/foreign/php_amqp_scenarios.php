<?php
// Plays one scenario with PHP's amqp extension and prints what comes of it, one line for each outcome. Arguments:
// scenario prefix. The broker comes from AMQP_* variables; names of queues begin with the prefix. A line that begins
// with "? " asks the test to do something at the broker, and a line of input says that it is done.

require __DIR__ . '/php_scenario.php';

function connect(array $changes = []): AMQPConnection
{
    $connection = new AMQPConnection($changes + [
        'host' => getenv('AMQP_HOST'),
        'port' => (int) getenv('AMQP_PORT'),
        'login' => getenv('AMQP_USER'),
        'password' => getenv('AMQP_PASSWORD'),
        'vhost' => getenv('AMQP_VHOST'),
        'read_timeout' => LIMIT_SECONDS,
        'rpc_timeout' => LIMIT_SECONDS,
        'connect_timeout' => LIMIT_SECONDS,
    ]);
    $connection->connect();
    return $connection;
}

function queue(AMQPChannel $channel, string $name, int $flags = AMQP_NOPARAM): AMQPQueue
{
    $queue = new AMQPQueue($channel);
    $queue->setName(named($name));
    $queue->setFlags($flags);
    return $queue;
}

function filled(AMQPChannel $channel, string $name, int $count): AMQPQueue
{
    $queue = queue($channel, $name);
    $queue->declareQueue();
    for ($i = 1; $i <= $count; $i++) {
        (new AMQPExchange($channel))->publish("$name $i", named($name));
    }
    return $queue;
}

function text($message): string
{
    if (!$message) {
        return 'nothing';
    }
    $body = $message->getBody();
    return json_encode([
        $message->getDeliveryTag(),
        $message->isRedelivery(),
        $message->getExchangeName(),
        $message->getRoutingKey(),
        $message->getContentType(),
        $message->getHeaders(),
        $message->getDeliveryMode(),
        $message->getPriority(),
        $message->getCorrelationId(),
        strlen($body) < 100 ? $body : strlen($body) . ' ' . md5($body),
    ]);
}

/** Lets messages come until the queue has been silent for long, or so many have come. */
function consume(AMQPQueue $queue, int $count): void
{
    $queue->consume(function (AMQPEnvelope $message, AMQPQueue $queue) use (&$count): bool {
        say('consumed', text($message));
        $queue->ack($message->getDeliveryTag());
        return --$count > 0;
    });
}

function messages(): void
{
    $connection = connect();
    say('limits', $connection->getMaxChannels(), $connection->getMaxFrameSize(), $connection->getHeartbeatInterval());
    $channel = new AMQPChannel($connection);
    $queue = filled($channel, 'q', 4);
    $exchange = new AMQPExchange($channel);
    $exchange->publish('with properties', named('q'), AMQP_NOPARAM, [
        'content_type' => 'text/plain',
        'headers' => ['text' => 'täxt', 'number' => -7, 'flag' => true, 'table' => ['in' => 'deep']],
        'delivery_mode' => 1,
        'priority' => 3,
        'correlation_id' => 'correlation',
    ]);
    $exchange->publish(str_repeat('x', 300000), named('q'));
    attempt('get', fn () => text($queue->get()));
    attempt('get', fn () => text($queue->get()));
    $queue->nack(1, AMQP_REQUEUE);
    $queue->ack(2);
    attempt('get', fn () => text($queue->get()));
    $queue->reject(3);
    $channel->setPrefetchCount(2);
    consume($queue, 4);
    attempt('cancel', fn () => $queue->cancel());
    attempt('left', fn () => $queue->declareQueue());
    attempt('purge', fn () => $queue->purge());
    attempt('delete', fn () => $queue->delete());
    $channel->close();
    attempt('closed', fn () => $queue->get());
    attempt('disconnect', fn () => $connection->disconnect());
}

function returns(): void
{
    $connection = connect();
    $channel = new AMQPChannel($connection);
    $returned = function ($code, $text, $exchange, $key, AMQPBasicProperties $properties, $body): bool {
        say('returned', $code, $text, $exchange, $key, $body);
        return false;
    };
    $channel->setReturnCallback($returned);
    (new AMQPExchange($channel))->publish('back', named('nobody'), AMQP_MANDATORY);
    attempt('wait', fn () => $channel->waitForBasicReturn(LIMIT_SECONDS));
    $confirming = new AMQPChannel($connection);
    $confirming->confirmSelect();
    $confirming->setReturnCallback($returned);
    $confirming->setConfirmCallback(
        function ($tag, $multiple): bool {
            say('acked', $tag);
            return false;
        },
        function ($tag, $multiple, $requeue): bool {
            say('nacked', $tag);
            return false;
        }
    );
    $exchange = new AMQPExchange($confirming);
    $full = queue($confirming, 'full');
    $full->setArguments(['x-max-length' => 1, 'x-overflow' => 'reject-publish']);
    $full->declareQueue();
    foreach (['one', 'two'] as $body) {
        $exchange->publish($body, named('full'), AMQP_MANDATORY);
        attempt('confirmed', fn () => $confirming->waitForConfirm(LIMIT_SECONDS));
    }
    $exchange->publish('back', named('nobody'), AMQP_MANDATORY);
    attempt('returned', fn () => $confirming->waitForBasicReturn(LIMIT_SECONDS));
    attempt('confirmed', fn () => $confirming->waitForConfirm(LIMIT_SECONDS));
    $nowhere = new AMQPExchange($confirming);
    $nowhere->setName(named('nowhere'));
    attempt('nowhere', fn () => $nowhere->publish('lost', 'key'));
    attempt('confirmed', fn () => $confirming->waitForConfirm(LIMIT_SECONDS));
    attempt('disconnect', fn () => $connection->disconnect());
}

function refusals(): void
{
    $owner = connect();
    $connection = connect();
    queue(new AMQPChannel($owner), 'mine', AMQP_EXCLUSIVE)->declareQueue();
    filled(new AMQPChannel($owner), 'q', 1);
    $work = [
        'passive' => fn ($channel) => queue($channel, 'missing', AMQP_PASSIVE)->declareQueue(),
        'consume' => fn ($channel) => queue($channel, 'missing')->consume(),
        'get' => fn ($channel) => queue($channel, 'missing')->get(),
        'bind' => fn ($channel) => queue($channel, 'q')->bind(named('nowhere'), 'key'),
        'durable' => fn ($channel) => queue($channel, 'q', AMQP_DURABLE)->declareQueue(),
        'exclusive' => fn ($channel) => queue($channel, 'mine', AMQP_EXCLUSIVE)->declareQueue(),
        'exclusive consume' => fn ($channel) => queue($channel, 'mine')->consume(),
        'if empty' => fn ($channel) => queue($channel, 'q')->delete(AMQP_IFEMPTY),
        'commit' => fn ($channel) => $channel->commitTransaction(),
    ];
    foreach ($work as $what => $action) {
        $channel = new AMQPChannel($connection);
        attempt($what, fn () => $action($channel));
        say('connected:', $channel->isConnected(), $connection->isConnected());
    }
    attempt('owner leaves', fn () => $owner->disconnect());
    attempt('gone', fn () => queue(new AMQPChannel($connection), 'mine', AMQP_PASSIVE)->declareQueue());
    $exchange = new AMQPExchange(new AMQPChannel($connection));
    $exchange->setName(named('x'));
    $exchange->setType('x-unknown');
    attempt('type', fn () => $exchange->declareExchange());
    say('connected:', $connection->isConnected());
}

function logins(): void
{
    attempt('vhost', fn () => connect(['vhost' => 'nowhere']));
    attempt('password', fn () => connect(['password' => 'wrong']));
    $connection = connect(['channel_max' => 1, 'frame_max' => 4096, 'heartbeat' => 30]);
    say('limits', $connection->getMaxChannels(), $connection->getMaxFrameSize(), $connection->getHeartbeatInterval());
    $channel = new AMQPChannel($connection);
    $queue = filled($channel, 'q', 0);
    (new AMQPExchange($channel))->publish(str_repeat('x', 100000), named('q'));
    attempt('get', fn () => text($queue->get(AMQP_AUTOACK)));
    attempt('another channel', fn () => (new AMQPChannel($connection))->getChannelId());
    attempt('disconnect', fn () => $connection->disconnect());
    $kept = new AMQPConnection(['host' => getenv('AMQP_HOST'), 'port' => (int) getenv('AMQP_PORT'),
        'login' => getenv('AMQP_USER'), 'password' => getenv('AMQP_PASSWORD'), 'vhost' => getenv('AMQP_VHOST')]);
    attempt('persistent', fn () => $kept->pconnect());
    attempt('and again', fn () => $kept->preconnect());
    attempt('get', fn () => text(queue(new AMQPChannel($kept), 'q')->get()));
    attempt('disconnect', fn () => $kept->pdisconnect());
}

function transactions(): void
{
    $connection = connect();
    $channel = new AMQPChannel($connection);
    $queue = filled($channel, 'q', 0);
    $other = queue(new AMQPChannel($connection), 'q');
    $exchange = new AMQPExchange($channel);
    $channel->startTransaction();
    $exchange->publish('one', named('q'));
    attempt('before', fn () => text($other->get(AMQP_AUTOACK)));
    attempt('commit', fn () => $channel->commitTransaction());
    $exchange->publish('two', named('q'));
    attempt('get', fn () => text($queue->get()));
    $queue->ack(1);
    attempt('rollback', fn () => $channel->rollbackTransaction());
    attempt('disconnect', fn () => $connection->disconnect());
    $next = connect();
    attempt('after', fn () => text(queue(new AMQPChannel($next), 'q')->get()));
    $next->disconnect();
}

function cancelled(): void
{
    $connection = connect();
    $queue = filled(new AMQPChannel($connection), 'q', 1);
    consume($queue, 1);
    $other = connect();
    attempt('delete', fn () => queue(new AMQPChannel($other), 'q')->delete());
    attempt('wait', fn () => consume($queue, 1));
    attempt('disconnect', fn () => $connection->disconnect());
    $other->disconnect();
}

function replies(): void
{
    $server = connect();
    $client = connect();
    $serving = new AMQPChannel($server);
    $requests = filled($serving, 'q', 0);
    $answers = new AMQPQueue(new AMQPChannel($client));
    $answers->setName('amq.rabbitmq.reply-to');
    $answers->consume(null, AMQP_AUTOACK);
    for ($i = 0; $i < 3; $i++) {
        $question = ['reply_to' => 'amq.rabbitmq.reply-to', 'correlation_id' => "$i"];
        (new AMQPExchange($answers->getChannel()))->publish('question', named('q'), AMQP_NOPARAM, $question);
        for ($request = false; !$request;) {
            $request = $requests->get(AMQP_AUTOACK);
        }
        (new AMQPExchange($serving))->publish(
            "answer $i",
            $request->getReplyTo(),
            AMQP_NOPARAM,
            ['correlation_id' => $request->getCorrelationId()]
        );
        $answers->consume(function (AMQPEnvelope $message): bool {
            say('answer', $message->getCorrelationId(), $message->getBody());
            return false;
        }, AMQP_JUST_CONSUME);
    }
    $client->disconnect();
    $server->disconnect();
}

function forced(): void
{
    $connection = connect();
    $channel = new AMQPChannel($connection);
    $queue = filled($channel, 'q', 1);
    $queue->consume(function (AMQPEnvelope $message): bool {
        say('consumed', text($message));
        return false;
    });
    ask('close connections');
    attempt('wait', fn () => consume($queue, 1));
    say('connected:', $connection->isConnected());
    attempt('reconnect', fn () => $connection->reconnect());
    attempt('get', fn () => text(queue(new AMQPChannel($connection), 'q')->get()));
    attempt('disconnect', fn () => $connection->disconnect());
}

[
    'messages' => 'messages',
    'returns' => 'returns',
    'refusals' => 'refusals',
    'log-ins' => 'logins',
    'transactions' => 'transactions',
    'a cancelled consumer' => 'cancelled',
    'direct reply-to' => 'replies',
    'a connection closed by force' => 'forced',
][$scenario]();
