"""Plays one scenario with pika and prints what comes of it, one line for each outcome.

Arguments: scenario prefix. The broker comes from AMQP_* variables; names of queues begin with the prefix. A line that
begins with "? " asks the test to do something at the broker, and a line of input says that it is done.
"""

import os
import sys
import time

import pika

LIMIT_SECONDS = 15


def say(*words):
    print(*words, flush=True)


def ask(what):
    say("?", what)
    sys.stdin.readline()


def attempt(what, action):
    try:
        answer = action()
        say(what + ":", "ok" if answer is None else " ".join(str(answer).split()))
    except Exception as error:
        say(what + ":", type(error).__name__, " ".join(repr(error).split()))


def parameters(**changes):
    settings = dict(
        host=os.environ["AMQP_HOST"],
        port=int(os.environ["AMQP_PORT"]),
        virtual_host=os.environ["AMQP_VHOST"],
        credentials=pika.PlainCredentials(os.environ["AMQP_USER"], os.environ["AMQP_PASSWORD"]),
        socket_timeout=LIMIT_SECONDS,
        stack_timeout=LIMIT_SECONDS,
    )
    settings.update(changes)
    return pika.ConnectionParameters(**settings)


def connect(**changes):
    return pika.BlockingConnection(parameters(**changes))


def name(suffix):
    return prefix + suffix


def filled(connection, queue, count):
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare(name(queue))
    for i in range(count):
        channel.basic_publish("", name(queue), "%s %d" % (queue, i + 1))
    return channel


def got(channel, queue, auto_ack=False):
    method, properties, body = channel.basic_get(name(queue), auto_ack)
    if method is None:
        return "nothing"
    return "delivery %d%s, key %s, %s, %r, %d left" % (
        method.delivery_tag,
        " again" if method.redelivered else "",
        method.routing_key,
        properties,
        body if len(body) < 100 else (len(body), hash(bytes(body)) == hash(b"x" * len(body))),
        method.message_count,
    )


def until(connection, heard, count):
    """Lets the connection work until so much was heard, at most for a while, and says what that is."""
    for _ in range(10 * LIMIT_SECONDS):
        if len(heard) >= count:
            break
        connection.process_data_events(time_limit=0.1)
    for line in heard:
        say("heard:", line)
    del heard[:]


def messages():
    connection = connect()
    channel = filled(connection, "q", 4)
    properties = pika.BasicProperties(
        content_type="text/plain",
        headers={"text": "täxt", "number": -7, "flag": True, "list": [1, "two"], "table": {"in": {"in": "deep"}}},
        delivery_mode=1,
        priority=3,
        correlation_id="correlation",
        message_id="id",
        timestamp=1700000000,
        app_id="app",
    )
    channel.basic_publish("", name("q"), "with properties", properties)
    channel.basic_publish("", name("q"), b"x" * 300000)
    attempt("get", lambda: got(channel, "q"))
    attempt("get", lambda: got(channel, "q"))
    channel.basic_nack(1, requeue=True)
    channel.basic_ack(2)
    attempt("get", lambda: got(channel, "q"))
    channel.basic_reject(3, requeue=False)
    channel.basic_qos(prefetch_count=2)
    for method, properties, body in channel.consume(name("q"), inactivity_timeout=LIMIT_SECONDS):
        say("consumed", method.delivery_tag, method.redelivered, properties, len(body))
        channel.basic_ack(method.delivery_tag)
        if method.delivery_tag == 7:
            break
    say("requeued", channel.cancel())
    attempt("left", lambda: channel.queue_declare(name("q"), passive=True).method.message_count)
    attempt("last one", lambda: got(channel, "q", True))
    attempt("purge", lambda: channel.queue_purge(name("q")).method)
    attempt("delete", lambda: channel.queue_delete(name("q")).method)
    attempt("close", channel.close)
    attempt("closed", lambda: channel.basic_get(name("q")))
    attempt("disconnect", connection.close)


def returns():
    connection = connect()
    channel = connection.channel()
    heard = []
    channel.add_on_return_callback(
        lambda _, method, properties, body: heard.append((method.reply_code, method.reply_text, method.routing_key, body))
    )
    channel.basic_publish("", name("nobody"), "back", mandatory=True)
    until(connection, heard, 1)
    confirming = filled(connection, "q", 0)
    attempt("routed", lambda: confirming.basic_publish("", name("q"), "there", mandatory=True))
    attempt("unroutable", lambda: confirming.basic_publish("", name("nobody"), "back", mandatory=True))
    confirming.queue_declare(name("full"), arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    attempt("first", lambda: confirming.basic_publish("", name("full"), "one"))
    attempt("second", lambda: confirming.basic_publish("", name("full"), "two"))
    attempt("nowhere", lambda: confirming.basic_publish(name("nowhere"), "key", "lost"))
    attempt("disconnect", connection.close)


def refusals():
    owner = connect()
    connection = connect()
    owner.channel().queue_declare(name("mine"), exclusive=True)
    filled(owner, "q", 1)
    work = [
        ("passive", lambda channel: channel.queue_declare(name("missing"), passive=True)),
        ("consume", lambda channel: channel.basic_consume(name("missing"), print)),
        ("get", lambda channel: channel.basic_get(name("missing"))),
        ("bind", lambda channel: channel.queue_bind(name("q"), name("nowhere"))),
        ("durable", lambda channel: channel.queue_declare(name("q"), durable=True)),
        ("exclusive", lambda channel: channel.queue_declare(name("mine"), exclusive=True)),
        ("exclusive consume", lambda channel: channel.basic_consume(name("mine"), print)),
        ("reserved", lambda channel: channel.exchange_declare("amq.mine")),
        ("if empty", lambda channel: channel.queue_delete(name("q"), if_empty=True)),
        ("commit", lambda channel: channel.tx_commit()),
    ]
    for what, action in work:
        channel = connection.channel()
        attempt(what, lambda: action(channel))
        say("open:", channel.is_open)
    channel = connection.channel()
    channel.basic_ack(42)
    attempt("after a wrong ack", lambda: channel.queue_declare(name("q"), passive=True))
    attempt("owner leaves", owner.close)
    attempt("gone", lambda: connection.channel().queue_declare(name("mine"), passive=True))
    attempt("type", lambda: connection.channel().exchange_declare(name("x"), "x-unknown"))
    attempt("disconnect", connection.close)


def logins():
    attempt("vhost", lambda: connect(virtual_host="nowhere"))
    attempt("password", lambda: connect(credentials=pika.PlainCredentials(os.environ["AMQP_USER"], "wrong")))
    connection = connect(channel_max=1, frame_max=4096, heartbeat=2)
    channel = filled(connection, "q", 0)
    channel.basic_publish("", name("q"), b"x" * 100000)
    connection.sleep(5)
    attempt("get", lambda: got(channel, "q"))
    attempt("another channel", connection.channel)
    attempt("disconnect", connection.close)


def transactions():
    connection = connect()
    channel = filled(connection, "q", 0)
    channel = connection.channel()
    channel.tx_select()
    channel.basic_publish("", name("q"), "one")
    attempt("before", lambda: channel.queue_declare(name("q"), passive=True).method.message_count)
    attempt("commit", lambda: channel.tx_commit().method)
    channel.basic_publish("", name("q"), "two")
    attempt("get", lambda: got(channel, "q"))
    channel.basic_ack(1)
    attempt("rollback", lambda: channel.tx_rollback().method)
    attempt("disconnect", connection.close)
    connection = connect()
    attempt("after", lambda: got(connection.channel(), "q"))
    connection.close()


def cancelled():
    connection = connect()
    channel = filled(connection, "q", 1)
    heard = []
    channel.add_on_cancel_callback(lambda frame: heard.append(frame.method))
    channel.basic_consume(
        name("q"),
        lambda _, method, properties, body: heard.append((method.delivery_tag, body)),
        consumer_tag="tag",
    )
    until(connection, heard, 1)
    other = connect()
    attempt("delete", lambda: other.channel().queue_delete(name("q")).method)
    other.close()
    until(connection, heard, 1)
    say("consumers:", channel.consumer_tags)
    attempt("disconnect", connection.close)


def replies():
    server = connect()
    client = connect()
    serving = filled(server, "q", 0)
    asking = client.channel()
    heard = []
    asking.basic_consume("amq.rabbitmq.reply-to", lambda c, m, p, body: heard.append((p.correlation_id, body)), auto_ack=True)
    serving.basic_consume(
        name("q"),
        lambda c, m, p, body: c.basic_publish("", p.reply_to, body, pika.BasicProperties(correlation_id=p.correlation_id)),
        auto_ack=True,
    )
    for i in range(3):
        asking.basic_publish(
            "",
            name("q"),
            "question",
            pika.BasicProperties(reply_to="amq.rabbitmq.reply-to", correlation_id=str(i)),
        )
        server.process_data_events(time_limit=None)
        until(client, heard, 1)
    client.close()
    server.close()


def forced():
    connection = connect()
    channel = filled(connection, "q", 1)
    channel.basic_consume(name("q"), lambda *_: say("delivered"))
    connection.process_data_events(time_limit=None)
    ask("close connections")
    attempt("next", lambda: connection.process_data_events(time_limit=LIMIT_SECONDS))
    attempt("publish", lambda: channel.basic_publish("", name("q"), "late"))
    attempt("disconnect", connection.close)


def alarm():
    publishing = connect()
    consuming = connect()
    heard = []
    publishing.add_on_connection_blocked_callback(lambda _, frame: heard.append(frame.method))
    publishing.add_on_connection_unblocked_callback(lambda _, frame: heard.append(frame.method))
    filled(publishing, "q", 3)
    publisher = publishing.channel()
    getting = consuming.channel()
    attempt("before", lambda: got(getting, "q"))
    ask("hold publishers back")
    publisher.basic_publish("", name("q"), "held")
    until(publishing, heard, 1)
    attempt("get", lambda: got(getting, "q"))
    attempt("declare", lambda: consuming.channel().queue_declare(name("r")).method.message_count)
    ask("let publishers go on")
    until(publishing, heard, 1)
    for method, _, body in getting.consume(name("q"), inactivity_timeout=LIMIT_SECONDS):
        say("consumed", body)
        if method is None or body == b"held":
            break
    publishing.close()
    consuming.close()


def asynchronous():
    """The same library's other adapter, where everything is a callback."""

    def opened(connection):
        say("connection is open")
        connection.channel(on_open_callback=channel_opened)

    def channel_opened(channel):
        say("channel is open")
        channel.add_on_close_callback(channel_closed)
        channel.add_on_return_callback(lambda c, method, properties, body: say("returned", method, body))
        channel.queue_declare(name("q"), auto_delete=True, callback=lambda frame: declared(channel, frame))

    def declared(channel, frame):
        say("declared", frame.method)
        channel.confirm_delivery(lambda frame: confirmed(channel, frame), callback=lambda frame: publish(channel, frame))

    def publish(channel, frame):
        say("confirming", frame.method)
        channel.basic_publish("", name("q"), "one", mandatory=True)

    def confirmed(channel, frame):
        say("confirmed", frame.method)
        if frame.method.delivery_tag == 1:
            channel.basic_publish("", name("nobody"), "two", mandatory=True)
        else:
            channel.basic_qos(prefetch_count=1, callback=lambda frame: consume(channel, frame))

    def consume(channel, frame):
        say("limited", frame.method)
        channel.basic_consume(name("q"), delivered, consumer_tag="tag", callback=lambda frame: say("consuming", frame.method))

    def delivered(channel, method, properties, body):
        say("delivered", method, body)
        if not method.redelivered:
            channel.basic_nack(method.delivery_tag, requeue=True)
        else:
            channel.basic_ack(method.delivery_tag)
            channel.basic_cancel("tag", callback=lambda frame: cancelled(channel, frame))

    def cancelled(channel, frame):
        say("cancelled", frame.method)
        channel.exchange_declare(name("missing"), passive=True)

    def channel_closed(channel, reason):
        say("channel is closed:", repr(reason))
        channel.connection.close(320, "enough")

    def closed(connection, reason):
        say("connection is closed:", repr(reason))
        connection.ioloop.stop()

    connection = pika.SelectConnection(
        parameters(),
        on_open_callback=opened,
        on_open_error_callback=lambda connection, error: closed(connection, error),
        on_close_callback=closed,
    )
    connection.ioloop.call_later(3 * LIMIT_SECONDS, connection.ioloop.stop)
    connection.ioloop.start()


def faults():
    """What the test's proxy does on purpose."""
    connection = connect()
    heard = []
    connection.add_on_connection_blocked_callback(lambda _, frame: heard.append(frame.method))
    connection.add_on_connection_unblocked_callback(lambda _, frame: heard.append(frame.method))
    channel = filled(connection, "q", 1)
    ask("nack a confirm")
    attempt("publish", lambda: channel.basic_publish("", name("q"), "nacked"))
    ask("return a message")
    attempt("publish", lambda: channel.basic_publish("", name("q"), "returned", mandatory=True))
    ask("fail a declaration")
    attempt("declare", lambda: connection.channel().queue_declare(name("q")))
    ask("deliver again")
    attempt("get", lambda: got(channel, "q"))
    channel.basic_ack(1)
    attempt("get", lambda: got(channel, "q"))
    channel.basic_ack(2)
    channel.add_on_cancel_callback(lambda frame: heard.append(frame.method))
    channel.basic_consume(name("q"), lambda _, method, properties, body: heard.append(body), consumer_tag="tag")
    until(connection, heard, 1)
    ask("cancel a consumer")
    until(connection, heard, 1)
    ask("block")
    publishing = connection.channel()
    publishing.basic_publish("", name("q"), "held")
    until(connection, heard, 1)
    ask("unblock")
    until(connection, heard, 1)
    ask("refuse a log-in")
    attempt("log in", connect)
    ask("close connections")
    attempt("declare", lambda: connection.channel().queue_declare(name("q"), passive=True))
    attempt("declare", lambda: connect().channel().queue_declare(name("q"), passive=True).method.queue)


def heartbeats():
    """Those of the test's proxy do not come."""
    connection = connect(heartbeat=1)
    ask("lose heartbeats")
    attempt("wait", lambda: connection.process_data_events(time_limit=LIMIT_SECONDS))
    ask("revoke")
    connection = connect(heartbeat=1)
    connection.sleep(3)
    attempt("disconnect", connection.close)


class Publisher:
    """Publishes and waits for the confirm, and says what became of it in the words of the test's table."""

    def connect(self):
        self.channel = None
        try:
            self.connection = connect()
            return "connected"
        except pika.exceptions.ProbableAuthenticationError:
            return "refused 403"
        except (pika.exceptions.AMQPError, ValueError):  # The latter where it is reset while pika looks at its peer.
            return "refused"

    def open(self):
        if self.channel is None or not self.channel.is_open:
            self.channel = self.connection.channel()
            self.channel.queue_declare("published")
            self.heard = []
            # A blocking channel itself would wait for the confirm for as long as it takes.
            self.channel._impl.confirm_delivery(lambda frame: self.heard.append(frame.method))
            self.channel._impl.add_on_close_callback(lambda _, reason: self.heard.append(reason))
        return self.channel

    def publish(self, limit):
        return self.attempt(lambda: self.open().basic_publish("", "published", "body") or self.wait(limit))

    def hear(self, limit):
        return self.attempt(lambda: self.wait(limit))

    def attempt(self, action):
        try:
            return action()
        except pika.exceptions.ConnectionClosedByBroker as error:
            return "lost %d" % error.reply_code
        except pika.exceptions.ChannelClosedByBroker as error:
            return "channel %d" % error.reply_code
        except pika.exceptions.AMQPConnectionError:
            return "lost"

    def wait(self, limit):
        for _ in range(round(limit / 0.1)):
            if self.heard:
                said = self.heard.pop(0)
                if isinstance(said, Exception):
                    raise said
                return {"Basic.Ack": "confirmed", "Basic.Nack": "nacked"}[said.NAME]
            self.connection.process_data_events(time_limit=0.1)
        return "late"

    def close(self):
        if self.connection.is_open:
            self.connection.close()


def publisher():
    """What the test's table of faults does to a publisher."""
    for line in prefix.split("\n"):
        during, after, fault = line[0], line[1], line[2:]
        play(Publisher(), fault, during, LIMIT_SECONDS if after == "+" else 0.4)


def play(client, fault, during, limit):
    if during != "c":
        expect_confirmed(client)
    ask(fault)
    outcome = client.connect() if during == "c" else client.publish(LIMIT_SECONDS if during == "+" else 0.4)
    ask("revoke")
    say(fault + ":", outcome)
    if outcome.startswith("refused"):
        outcome = client.connect()
        say("after it:", client.publish(limit) if outcome == "connected" else outcome)
    elif outcome.startswith("lost"):
        say("after it: lost")
    else:
        say("after it:", client.hear(limit) if outcome == "late" else client.publish(limit))
    client.close()
    expect_confirmed(client)
    client.close()


def expect_confirmed(client):
    outcome = client.connect()
    outcome = client.publish(LIMIT_SECONDS) if outcome == "connected" else outcome
    if outcome != "confirmed":
        raise AssertionError("without a fault it is " + outcome)


def consumer():
    """Consumes until it is told to stop, and begins anew whenever something ends."""
    stopped = False
    while not stopped:
        try:
            stopped = consume(connect())
        except (pika.exceptions.AMQPError, OSError):
            time.sleep(0.05)


def consume(connection):
    try:
        channel = connection.channel()
        for method, _, body in channel.consume(prefix):
            ask(body.decode())
            channel.basic_ack(method.delivery_tag)
            if body == b"stop":
                return True
    finally:
        if connection.is_open:
            connection.close()


scenario, prefix = sys.argv[1:]
{
    "messages": messages,
    "returns": returns,
    "refusals": refusals,
    "log-ins": logins,
    "transactions": transactions,
    "a cancelled consumer": cancelled,
    "direct reply-to": replies,
    "a connection closed by force": forced,
    "a memory alarm": alarm,
    "asynchronous": asynchronous,
    "faults": faults,
    "heartbeats": heartbeats,
    "publisher": publisher,
    "consumer": consumer,
}[scenario]()
