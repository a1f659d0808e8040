<?php
// Plays one scenario with php-amqplib and prints what comes of it, one line for each outcome. Arguments: scenario
// prefix. The broker comes from AMQP_* variables; names of queues begin with the prefix. A line that begins with "? "
// asks the test to do something at the broker, and a line of input says that it is done.

use PhpAmqpLib\Channel\AMQPChannel;
use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Exception\AMQPConnectionClosedException;
use PhpAmqpLib\Exception\AMQPExceptionInterface;
use PhpAmqpLib\Exception\AMQPIOException;
use PhpAmqpLib\Exception\AMQPProtocolChannelException;
use PhpAmqpLib\Exception\AMQPProtocolConnectionException;
use PhpAmqpLib\Exception\AMQPRuntimeException;
use PhpAmqpLib\Exception\AMQPTimeoutException;
use PhpAmqpLib\Message\AMQPMessage;
use PhpAmqpLib\Wire\AMQPTable;

require getenv('PHP_AMQPLIB_AUTOLOAD');

require __DIR__ . '/php_scenario.php';

function connect(array $changes = []): AMQPStreamConnection
{
    $settings = $changes + ['password' => getenv('AMQP_PASSWORD'), 'vhost' => getenv('AMQP_VHOST'), 'heartbeat' => 0];
    return new AMQPStreamConnection(
        getenv('AMQP_HOST'),
        (int) getenv('AMQP_PORT'),
        getenv('AMQP_USER'),
        $settings['password'],
        $settings['vhost'],
        false,
        'AMQPLAIN',
        null,
        'en_US',
        LIMIT_SECONDS,
        LIMIT_SECONDS,
        null,
        false,
        $settings['heartbeat'],
        LIMIT_SECONDS
    );
}

function filled(AMQPStreamConnection $connection, string $queue, int $count): AMQPChannel
{
    $channel = $connection->channel();
    $channel->confirm_select();
    $channel->queue_declare(named($queue), false, false, false, false);
    for ($i = 1; $i <= $count; $i++) {
        $channel->basic_publish(new AMQPMessage("$queue $i"), '', named($queue));
    }
    $channel->wait_for_pending_acks(LIMIT_SECONDS);
    return $channel;
}

function text(AMQPMessage $message): string
{
    $properties = $message->get_properties();
    if (isset($properties['application_headers'])) {
        $properties['application_headers'] = $properties['application_headers']->getNativeData();
    }
    $body = strlen($message->body) < 100 ? $message->body : strlen($message->body) . ' ' . md5($message->body);
    return json_encode([
        $message->getDeliveryTag(),
        $message->isRedelivered(),
        $message->getRoutingKey(),
        $properties,
        $body,
        $message->getMessageCount(),
    ]);
}

function got(AMQPChannel $channel, string $queue, bool $noAck = false): string
{
    $message = $channel->basic_get(named($queue), $noAck);
    return $message === null ? 'nothing' : text($message);
}

function listens(AMQPChannel $channel): AMQPChannel
{
    $channel->set_ack_handler(fn (AMQPMessage $message) => say('acked', $message->body));
    $channel->set_nack_handler(fn (AMQPMessage $message) => say('nacked', $message->body));
    $channel->set_return_listener(fn ($code, $text, $exchange, $key, $message) =>
        say('returned', $code, $text, $exchange, $key, $message->body));
    return $channel;
}

function messages(): void
{
    $connection = connect();
    $channel = filled($connection, 'q', 4);
    $channel->basic_publish(new AMQPMessage('with properties', [
        'content_type' => 'text/plain',
        'application_headers' => new AMQPTable(
            ['text' => 'täxt', 'number' => -7, 'flag' => true, 'list' => [1, 'two'], 'table' => ['in' => ['in' => 'deep']]]
        ),
        'delivery_mode' => 1,
        'priority' => 3,
        'correlation_id' => 'correlation',
        'timestamp' => 1700000000,
        'app_id' => 'app',
    ]), '', named('q'));
    $channel->basic_publish(new AMQPMessage(str_repeat('x', 300000)), '', named('q'));
    attempt('confirmed', fn () => $channel->wait_for_pending_acks(LIMIT_SECONDS));
    attempt('get', fn () => got($channel, 'q'));
    attempt('get', fn () => got($channel, 'q'));
    $channel->basic_nack(1, false, true);
    $channel->basic_ack(2);
    attempt('get', fn () => got($channel, 'q'));
    $channel->basic_reject(3, false);
    $channel->basic_qos(0, 2, false);
    $consumed = 0;
    $channel->basic_consume(named('q'), 'tag', false, false, false, false, function ($message) use (&$consumed) {
        say('consumed', text($message));
        $message->ack();
        $consumed++;
    });
    while ($consumed < 4) {
        $channel->wait(null, false, LIMIT_SECONDS);
    }
    attempt('cancel', fn () => $channel->basic_cancel('tag'));
    attempt('left', fn () => $channel->queue_declare(named('q'), true)[1]);
    attempt('delete', fn () => $channel->queue_delete(named('q')));
    attempt('close', fn () => $channel->close());
    attempt('closed', fn () => $channel->basic_get(named('q')));
    attempt('disconnect', fn () => $connection->close());
}

function returns(): void
{
    $connection = connect();
    $channel = listens($connection->channel());
    $channel->basic_publish(new AMQPMessage('back'), '', named('nobody'), true);
    attempt('wait', fn () => $channel->wait(null, false, LIMIT_SECONDS));
    $confirming = listens(filled($connection, 'q', 0));
    $confirming->basic_publish(new AMQPMessage('there'), '', named('q'), true);
    $confirming->wait_for_pending_acks_returns(LIMIT_SECONDS);
    $confirming->basic_publish(new AMQPMessage('back'), '', named('nobody'), true);
    $confirming->wait_for_pending_acks_returns(LIMIT_SECONDS);
    $limit = new AMQPTable(['x-max-length' => 1, 'x-overflow' => 'reject-publish']);
    $confirming->queue_declare(named('full'), false, false, false, false, false, $limit);
    foreach (['one', 'two'] as $body) {
        $confirming->basic_publish(new AMQPMessage($body), '', named('full'));
        $confirming->wait_for_pending_acks(LIMIT_SECONDS);
    }
    $confirming->basic_publish(new AMQPMessage('lost'), named('nowhere'), 'key');
    attempt('nowhere', fn () => $confirming->wait_for_pending_acks(LIMIT_SECONDS));
    attempt('disconnect', fn () => $connection->close());
}

function refusals(): void
{
    $owner = connect();
    $connection = connect();
    $owner->channel()->queue_declare(named('mine'), false, false, true, false);
    filled($owner, 'q', 1);
    $work = [
        'passive' => fn ($channel) => $channel->queue_declare(named('missing'), true),
        'consume' => fn ($channel) => $channel->basic_consume(named('missing')),
        'get' => fn ($channel) => $channel->basic_get(named('missing')),
        'bind' => fn ($channel) => $channel->queue_bind(named('q'), named('nowhere')),
        'durable' => fn ($channel) => $channel->queue_declare(named('q'), false, true, false, false),
        'exclusive' => fn ($channel) => $channel->queue_declare(named('mine'), false, false, true, false),
        'exclusive consume' => fn ($channel) => $channel->basic_consume(named('mine')),
        'reserved' => fn ($channel) => $channel->exchange_declare('amq.mine', 'direct'),
        'if empty' => fn ($channel) => $channel->queue_delete(named('q'), false, true),
        'commit' => fn ($channel) => $channel->tx_commit(),
    ];
    foreach ($work as $what => $action) {
        $channel = $connection->channel();
        attempt($what, fn () => $action($channel));
        say('open:', $channel->is_open());
    }
    $channel = $connection->channel();
    $channel->basic_ack(42);
    attempt('after a wrong ack', fn () => $channel->queue_declare(named('q'), true));
    attempt('owner leaves', fn () => $owner->close());
    attempt('gone', fn () => $connection->channel()->queue_declare(named('mine'), true));
    attempt('type', fn () => $connection->channel()->exchange_declare(named('x'), 'x-unknown'));
    attempt('disconnect', fn () => $connection->close());
}

function logins(): void
{
    attempt('vhost', fn () => connect(['vhost' => 'nowhere']));
    attempt('password', fn () => connect(['password' => 'wrong']));
    $connection = connect(['heartbeat' => 60]);
    attempt('channel', fn () => $connection->channel(7)->getChannelId());
    attempt('disconnect', fn () => $connection->close());
}

function transactions(): void
{
    $connection = connect();
    $other = filled($connection, 'q', 0);
    $channel = $connection->channel();
    $channel->tx_select();
    $channel->basic_publish(new AMQPMessage('one'), '', named('q'));
    attempt('before', fn () => $other->queue_declare(named('q'), true)[1]);
    attempt('commit', fn () => $channel->tx_commit());
    $channel->basic_publish(new AMQPMessage('two'), '', named('q'));
    attempt('get', fn () => got($channel, 'q'));
    $channel->basic_ack(1);
    attempt('rollback', fn () => $channel->tx_rollback());
    attempt('disconnect', fn () => $connection->close());
    $next = connect();
    attempt('after', fn () => got($next->channel(), 'q'));
    $next->close();
}

function cancelled(): void
{
    $connection = connect();
    $channel = filled($connection, 'q', 1);
    $channel->basic_consume(named('q'), 'tag', false, false, false, false, fn ($message) => say('consumed', text($message)));
    $channel->wait(null, false, LIMIT_SECONDS);
    $other = connect();
    attempt('delete', fn () => $other->channel()->queue_delete(named('q')));
    attempt('wait', fn () => $channel->wait(null, false, LIMIT_SECONDS));
    say('consuming:', $channel->is_consuming());
    $other->close();
    attempt('disconnect', fn () => $connection->close());
}

function replies(): void
{
    $server = connect();
    $client = connect();
    $serving = filled($server, 'q', 0);
    $asking = $client->channel();
    $asking->basic_consume('amq.rabbitmq.reply-to', '', false, true, false, false, fn ($message) =>
        say('answer', $message->get('correlation_id'), $message->body));
    $serving->basic_consume(named('q'), '', false, true, false, false, fn ($message) =>
        $serving->basic_publish(
            new AMQPMessage('answer', ['correlation_id' => $message->get('correlation_id')]),
            '',
            $message->get('reply_to')
        ));
    for ($i = 0; $i < 3; $i++) {
        $question = ['reply_to' => 'amq.rabbitmq.reply-to', 'correlation_id' => "$i"];
        $asking->basic_publish(new AMQPMessage('question', $question), '', named('q'));
        $serving->wait(['60,60'], false, LIMIT_SECONDS);
        $asking->wait(['60,60'], false, LIMIT_SECONDS);
    }
    $client->close();
    $server->close();
}

function forced(): void
{
    $connection = connect();
    $channel = filled($connection, 'q', 1);
    $channel->basic_consume(named('q'), 'tag', false, false, false, false, fn ($message) => say('consumed', text($message)));
    $channel->wait(null, false, LIMIT_SECONDS);
    ask('close connections');
    attempt('wait', fn () => $channel->wait(null, false, LIMIT_SECONDS));
    say('connected:', $connection->isConnected());
    attempt('publish', fn () => $channel->basic_publish(new AMQPMessage('late'), '', named('q')));
    attempt('reconnect', fn () => $connection->reconnect());
    attempt('get', fn () => got($connection->channel(), 'q'));
    attempt('disconnect', fn () => $connection->close());
}

function alarm(): void
{
    $publishing = connect();
    $consuming = connect();
    $publishing->set_connection_block_handler(fn ($reason) => say('blocked', $reason));
    $publishing->set_connection_unblock_handler(fn () => say('unblocked'));
    $publisher = filled($publishing, 'q', 3);
    $getting = $consuming->channel();
    attempt('before', fn () => got($getting, 'q'));
    ask('hold publishers back');
    $publisher->basic_publish(new AMQPMessage('held'), '', named('q'));
    $publishing->wait(['10,60'], false, LIMIT_SECONDS);
    attempt('get', fn () => got($getting, 'q'));
    attempt('declare', fn () => $consuming->channel()->queue_declare(named('r'), false, false, false, false)[1]);
    ask('let publishers go on');
    $publishing->wait(['10,61'], false, LIMIT_SECONDS);
    attempt('published', fn () => $publisher->wait_for_pending_acks(LIMIT_SECONDS));
    $publishing->close();
    $consuming->close();
}

/** Those of the test's proxy do not come. */
function heartbeats(): void
{
    $connection = connect(['heartbeat' => 1]);
    ask('lose heartbeats');
    attempt('wait', fn () => beat($connection, LIMIT_SECONDS));
    ask('revoke');
    $connection = connect(['heartbeat' => 1]);
    attempt('wait', fn () => beat($connection, 4));
    attempt('disconnect', fn () => $connection->close());
}

/** Goes on for a while, and reads what comes. */
function beat(AMQPStreamConnection $connection, int $seconds): void
{
    for ($i = 0; $i < 4 * $seconds; $i++) {
        $connection->checkHeartBeat();
        try {
            $connection->wait(null, false, 0.25);
        } catch (AMQPTimeoutException $none) {
            // Nothing has come.
        }
    }
}

/** What the test's proxy does on purpose. */
function faults(): void
{
    $connection = connect();
    $connection->set_connection_block_handler(fn ($reason) => say('blocked', $reason));
    $connection->set_connection_unblock_handler(fn () => say('unblocked'));
    $channel = listens(filled($connection, 'q', 1));
    ask('nack a confirm');
    $channel->basic_publish(new AMQPMessage('refused'), '', named('q'));
    $channel->wait_for_pending_acks(LIMIT_SECONDS);
    ask('lose a confirm');
    $channel->basic_publish(new AMQPMessage('unconfirmed'), '', named('q'));
    attempt('confirm', fn () => $channel->wait_for_pending_acks(0.3));
    $channel->close();
    $channel = listens(filled($connection, 'q', 0));
    ask('return a message');
    $channel->basic_publish(new AMQPMessage('returned'), '', named('q'), true);
    $channel->wait_for_pending_acks_returns(LIMIT_SECONDS);
    ask('fail a declaration');
    attempt('declare', fn () => $connection->channel()->queue_declare(named('q')));
    ask('deliver again');
    attempt('get', fn () => got($channel, 'q'));
    $channel->basic_ack(1);
    attempt('get', fn () => got($channel, 'q'));
    $channel->basic_ack(2);
    $channel->basic_consume(named('q'), 'tag', false, false, false, false, fn ($message) => say('consumed', $message->body));
    $channel->wait(null, false, LIMIT_SECONDS);
    ask('cancel a consumer');
    attempt('wait', fn () => $channel->wait(['60,30'], false, LIMIT_SECONDS));
    ask('block');
    $publishing = $connection->channel();
    $publishing->basic_publish(new AMQPMessage('held'), '', named('q'));
    $connection->wait(['10,60'], false, LIMIT_SECONDS);
    ask('unblock');
    $connection->wait(['10,61'], false, LIMIT_SECONDS);
    ask('refuse a log-in');
    attempt('log in', fn () => connect());
    ask('close connections');
    attempt('declare', fn () => $connection->channel()->queue_declare(named('q'), true));
    attempt('declare', fn () => connect()->channel()->queue_declare(named('q'), true)[0]);
}

/** Publishes and waits for the confirm, and says what became of it in the words of the test's table. */
final class Publisher
{
    private ?AMQPStreamConnection $connection = null;
    private ?AMQPChannel $channel = null;
    private array $heard = [];

    public function connect(): string
    {
        $this->channel = null;
        $this->connection = null;
        try {
            $this->connection = connect();
            return 'connected';
        } catch (AMQPConnectionClosedException $error) {
            return $error->getCode() === 403 ? 'refused 403' : 'refused';
        } catch (AMQPIOException | AMQPRuntimeException $error) {
            return 'refused';
        }
    }

    private function open(): AMQPChannel
    {
        if ($this->channel === null || !$this->channel->is_open()) {
            $this->heard = [];
            $this->channel = $this->connection->channel();
            $this->channel->confirm_select();
            $this->channel->queue_declare('published', false, false, false, false);
            $this->channel->set_ack_handler(fn () => $this->heard[] = 'confirmed');
            $this->channel->set_nack_handler(fn () => $this->heard[] = 'nacked');
        }
        return $this->channel;
    }

    public function publish(float $limit): string
    {
        return $this->attempt(function () use ($limit) {
            $this->open()->basic_publish(new AMQPMessage('body'), '', 'published');
            return $this->wait($limit);
        });
    }

    public function hear(float $limit): string
    {
        return $this->attempt(fn () => $this->wait($limit));
    }

    private function attempt(callable $action): string
    {
        try {
            return $action();
        } catch (AMQPTimeoutException $error) {
            return 'late';
        } catch (AMQPProtocolChannelException $error) {
            return 'channel ' . $error->getCode();
        } catch (AMQPConnectionClosedException | AMQPProtocolConnectionException $error) {
            return $error->getCode() >= 300 ? 'lost ' . $error->getCode() : 'lost';
        } catch (AMQPIOException | AMQPRuntimeException $error) {
            return 'lost';
        }
    }

    private function wait(float $limit): string
    {
        if (!$this->heard) {
            $this->channel->wait_for_pending_acks($limit);
        }
        return array_pop($this->heard);
    }

    public function close(): void
    {
        try {
            $this->connection?->close();
        } catch (Exception $lost) {
            // It is not there any more.
        }
    }
}

/** What the test's table of faults does to a publisher. */
function publisher(): void
{
    global $prefix;
    foreach (explode("\n", $prefix) as $line) {
        play(new Publisher(), substr($line, 2), $line[0], $line[1] === '+' ? LIMIT_SECONDS : 0.4);
    }
}

function play(Publisher $client, string $fault, string $during, float $limit): void
{
    if ($during !== 'c') {
        expect_confirmed($client);
    }
    ask($fault);
    $outcome = $during === 'c' ? $client->connect() : $client->publish($during === '+' ? LIMIT_SECONDS : 0.4);
    ask('revoke');
    say("$fault:", $outcome);
    if (str_starts_with($outcome, 'refused')) {
        $outcome = $client->connect();
        say('after it:', $outcome === 'connected' ? $client->publish($limit) : $outcome);
    } elseif (str_starts_with($outcome, 'lost')) {
        say('after it: lost');
    } else {
        say('after it:', $outcome === 'late' ? $client->hear($limit) : $client->publish($limit));
    }
    $client->close();
    expect_confirmed($client);
    $client->close();
}

function expect_confirmed(Publisher $client): void
{
    $outcome = $client->connect();
    $outcome = $outcome === 'connected' ? $client->publish(LIMIT_SECONDS) : $outcome;
    if ($outcome !== 'confirmed') {
        throw new LogicException("without a fault it is $outcome");
    }
}

/** Consumes until it is told to stop, and begins anew whenever something ends. */
function consumer(): void
{
    $stopped = false;
    while (!$stopped) {
        try {
            $stopped = consume(connect());
        } catch (AMQPExceptionInterface $ended) {
            usleep(50_000);
        }
    }
}

function consume(AMQPStreamConnection $connection): bool
{
    global $prefix;
    try {
        $channel = $connection->channel();
        $stopped = false;
        $channel->basic_consume($prefix, '', false, false, false, false, function ($message) use (&$stopped) {
            ask($message->body);
            $message->ack();
            $stopped = $message->body === 'stop';
        });
        while (!$stopped) {
            $channel->wait();
        }
        return true;
    } finally {
        $connection->close();
    }
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
    'a memory alarm' => 'alarm',
    'faults' => 'faults',
    'heartbeats' => 'heartbeats',
    'publisher' => 'publisher',
    'consumer' => 'consumer',
][$scenario]();
