<?php
// Publishes messages, each over a connection of its own, as PHP requests do, and tells how long one took.
// Needs php-amqplib, from Composer or as a system package. Usage: php publish.php [port [messages [host]]]

use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Message\AMQPMessage;

require is_file('vendor/autoload.php') ? 'vendor/autoload.php' : 'PhpAmqpLib/autoload.php';

$port = (int) ($argv[1] ?? 5672);
$messages = (int) ($argv[2] ?? 200);
$host = $argv[3] ?? '127.0.0.1';

$times = [];
for ($i = 0; $i < $messages; $i++) {
    $start = hrtime(true);
    // The library's own choice, AMQPLAIN, is known to RabbitMQ only.
    $connection = new AMQPStreamConnection($host, $port, 'guest', 'guest', '/', false, 'PLAIN');
    $channel = $connection->channel();
    $channel->basic_publish(new AMQPMessage("message $i"), 'amq.fanout');
    $channel->close();
    $connection->close();
    $times[] = (hrtime(true) - $start) / 1e6;
}
sort($times);
printf("port %d: %d messages, median %.2f ms each\n", $port, $messages, $times[intdiv($messages, 2)]);
