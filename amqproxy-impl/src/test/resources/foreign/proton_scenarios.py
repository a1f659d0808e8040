"""What a program with Qpid Proton sees: proton_scenarios.py SCENARIO ADDRESS; a line for each thing that it sees."""

import os
import sys
import threading
import time

from proton import ConnectionException, Delivery, Message, ProtonException, Timeout
from proton.handlers import MessagingHandler, TransactionHandler
from proton.reactor import AtMostOnce, Container, DurableSubscription, Selector
from proton.utils import BlockingConnection, ConnectionClosed, LinkDetached, SendException

HOST = os.environ["AMQP_HOST"]
PORT = os.environ["AMQP_PORT"]
USER = os.environ["AMQP_USER"]
PASSWORD = os.environ["AMQP_PASSWORD"]
HOSTNAME = os.environ.get("AMQP_HOSTNAME") or None
URL = "%s:%s" % (HOST, PORT)
DURABLE = HOSTNAME is None  # Broker-J's store is in memory, and refuses durable messages.
TIMEOUT = 20


def say(*words):
    print(*words, flush=True)


def connect(**options):
    options.setdefault("user", USER)
    options.setdefault("password", PASSWORD)
    options.setdefault("virtual_host", HOSTNAME)
    return BlockingConnection(URL, timeout=TIMEOUT, allowed_mechs="PLAIN", sasl_enabled=True, **options)


def outcome(delivery):
    return {Delivery.ACCEPTED: "accepted", Delivery.REJECTED: "rejected", Delivery.RELEASED: "released",
            Delivery.MODIFIED: "modified"}.get(delivery.remote_state, str(delivery.remote_state))


def send(connection, address, *bodies, **options):
    sender = connection.create_sender(address, **options)
    for body in bodies:
        delivery = sender.send(Message(body=body))
        say("sent", body if len(str(body)) < 50 else len(body), outcome(delivery))
    sender.close()


def take(connection, address, count, credit=None, **options):
    receiver = connection.create_receiver(address, credit=credit or count, **options)
    for _ in range(count):
        message = receiver.receive(timeout=TIMEOUT)
        receiver.accept()
        body = message.body
        say("took", body if len(str(body)) < 50 else len(body), "durable" if message.durable else "")
    receiver.close()


def left(address, count):
    connection = connect()
    receiver = connection.create_receiver(address, credit=count) if count else None
    bodies = []
    for _ in range(count):
        message = receiver.receive(timeout=TIMEOUT)
        receiver.accept()
        bodies.append("%s again %s" % (message.body, message.delivery_count > 0))
    say("left", sorted(bodies))
    connection.close()


def blocking(address):
    connection = connect()
    send(connection, address, "one", "two", "three")
    take(connection, address, 3)
    connection.close()


def one_by_one(address):
    for body in ("one", "two", "three"):
        connection = connect()
        send(connection, address, body)
        connection.close()
    for _ in range(3):
        connection = connect()
        take(connection, address, 1)
        connection.close()


def each(address, lines):
    for i in range(int(lines[0])):
        connection = connect()
        sender = connection.create_sender(address)
        if outcome(sender.send(Message(body="m%d" % i))) != "accepted":
            raise AssertionError("message %d is not accepted" % i)
        connection.close()
    say("all accepted")


def presettled(address):
    connection = connect()
    sender = connection.create_sender(address, options=AtMostOnce())
    for i in range(20):
        sender.send(Message(body="m%d" % i))
    connection.close()
    connection = connect()
    take(connection, address, 20, credit=5)
    connection.close()


def types(address):
    connection = connect()
    sender = connection.create_sender(address)
    sent = Message(id="id-1", subject="s", correlation_id="c", content_type="text/plain", durable=DURABLE, priority=7,
                   ttl=60000, group_id="g", reply_to="r", body={"list": [1, 2.5, True, None], "bytes": b"\x00\xff"},
                   properties={"text": "a", "number": 5, "true": True})
    sender.send(sent)
    receiver = connection.create_receiver(address, credit=1)
    got = receiver.receive(timeout=TIMEOUT)
    receiver.accept()
    say(got.id, got.subject, got.correlation_id, got.content_type, got.durable, got.priority, got.group_id, got.reply_to)
    say(sorted(got.body.items(), key=str), sorted(got.properties.items(), key=str))
    connection.close()


def outcomes(address):
    connection = connect()
    send(connection, address, "accept", "release", "reject", "modify")
    receiver = connection.create_receiver(address, credit=4)
    for _ in range(4):
        message = receiver.receive(timeout=TIMEOUT)
        if message.body == "accept":
            receiver.accept()
        elif message.body == "reject":
            receiver.reject()
        else:
            receiver.release(delivered=message.body == "modify")
    receiver.close()
    connection.close()
    left(address, 2)


def left_behind(address):
    connection = connect()
    send(connection, address, "one", "two")
    receiver = connection.create_receiver(address, credit=2)
    receiver.receive(timeout=TIMEOUT)
    receiver.receive(timeout=TIMEOUT)
    connection.close()
    left(address, 2)


def unknown_queue(address):
    connection = connect()
    for create in (connection.create_sender, connection.create_receiver):
        try:
            create(address + ".nowhere")
            say("there is one")
        except ProtonException as e:
            say(type(e).__name__, condition(e))
    connection.close()


def condition(error):
    text = str(error)
    return [word for word in ("not-found", "unauthorized", "resource-limit") if word in text]


def refused(address):
    for user, password in ((USER, "wrong"), ("nobody", "x")):
        try:
            connect(user=user, password=password)
            say("let in")
        except ProtonException as e:
            say(type(e).__name__, "authentication" in str(e).lower())


def large(address):
    connection = connect()
    send(connection, address, "x" * 5_000_000)
    take(connection, address, 1)
    connection.close()


class Fifty(MessagingHandler):
    """Fifty connections at once, each of which sends a message."""

    def __init__(self, address):
        super().__init__()
        self.address = address
        self.accepted = 0
        self.sent = set()

    def on_start(self, event):
        for i in range(50):
            connection = event.container.connect(
                URL, user=USER, password=PASSWORD, virtual_host=HOSTNAME, allowed_mechs="PLAIN", reconnect=False)
            event.container.create_sender(connection, self.address, name="sender-%d" % i)

    def on_sendable(self, event):
        if event.connection not in self.sent:
            self.sent.add(event.connection)
            event.sender.send(Message(body="m%d" % len(self.sent)))

    def on_accepted(self, event):
        self.accepted += 1
        event.connection.close()


def fifty(address):
    handler = Fifty(address)
    Container(handler).run()
    say("accepted", handler.accepted)
    left(address, 50)


def threads(address):
    """Each with connections of its own, one after the other."""
    failures = []

    def work(number):
        try:
            for i in range(4):
                connection = connect()
                connection.create_sender(address).send(Message(body="%d.%d" % (number, i)))
                connection.close()
        except Exception as e:
            failures.append(repr(e))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    say("failures", failures)
    connection = connect()
    receiver = connection.create_receiver(address, credit=12)
    bodies = set()
    for _ in range(12):
        bodies.add(receiver.receive(timeout=TIMEOUT).body)
        receiver.accept()
    say(len(bodies))
    connection.close()


def selector(address):
    connection = connect()
    sender = connection.create_sender(address)
    for i, colour in enumerate(("red", "blue", "red")):
        sender.send(Message(body="m%d" % i, properties={"colour": colour}))
    take(connection, address, 2, options=Selector("colour = 'red'"))
    take(connection, address, 1)
    connection.close()


def request_reply(address):
    connection = connect()
    replies = connection.create_receiver(None, credit=1, dynamic=True)
    requests = connection.create_sender(address)
    requests.send(Message(body="ask", reply_to=replies.link.remote_source.address, correlation_id="1"))
    server = connect()
    receiver = server.create_receiver(address, credit=1)
    request = receiver.receive(timeout=TIMEOUT)
    receiver.accept()
    answers = server.create_sender(request.reply_to)
    answers.send(Message(body=request.body + "ed", correlation_id=request.correlation_id))
    reply = replies.receive(timeout=TIMEOUT)
    replies.accept()
    say(reply.body, reply.correlation_id)
    server.close()
    connection.close()


class Handler(MessagingHandler):
    """A program that reacts to events; it is given up after a while."""

    def __init__(self, address, **options):
        super().__init__(**options)
        self.address = address
        self.connect_options = {}

    def on_start(self, event):
        self.container = event.container
        self.connection = event.container.connect(
            URL, user=USER, password=PASSWORD, virtual_host=HOSTNAME, allowed_mechs="PLAIN", reconnect=False,
            **self.connect_options)
        self.timer = event.container.schedule(TIMEOUT * 2, self)
        self.begin(event)

    def on_timer_task(self, event):
        say("time is up")
        self.connection.close()

    def on_transport_error(self, event):
        say("transport error", event.transport.condition.name if event.transport.condition else None)

    def on_connection_error(self, event):
        say("connection error", event.connection.remote_condition.name)

    def on_session_error(self, event):
        say("session error", event.session.remote_condition.name)

    def on_link_error(self, event):
        say("link error", event.link.remote_condition.name)

    def finish(self):
        self.timer.cancel()
        self.connection.close()


class Transactions(Handler, TransactionHandler):
    """Sends in a transaction that is aborted and one that is committed, then takes in the same ways."""

    def __init__(self, address):
        Handler.__init__(self, address, prefetch=0, auto_accept=False)
        self.steps = ["send abort", "send commit", "take abort", "take commit"]
        self.transaction = None

    def begin(self, event):
        self.sender = event.container.create_sender(self.connection, self.address)
        self.receiver = event.container.create_receiver(self.connection, self.address)
        event.container.declare_transaction(self.connection, handler=self)

    def on_transaction_declared(self, event):
        self.transaction = event.transaction
        self.step = self.steps.pop(0)
        say("declared for", self.step)
        if self.step.startswith("send"):
            for i in range(2):
                self.transaction.send(self.sender, Message(body=self.step + str(i)))
            self.discharge()
        else:
            self.taken = 0
            self.receiver.flow(2)

    def discharge(self):
        if self.step.endswith("abort"):
            self.transaction.abort()
        else:
            self.transaction.commit()

    def on_message(self, event):
        say("got", event.message.body)
        self.transaction.accept(event.delivery)
        self.taken += 1
        if self.taken == 2:
            self.discharge()

    def on_transaction_committed(self, event):
        say("committed")
        self.next(event)

    def on_transaction_aborted(self, event):
        say("aborted")
        self.next(event)

    def on_transaction_declare_failed(self, event):
        say("no transaction")
        self.finish()

    def next(self, event):
        if self.steps:
            event.container.declare_transaction(self.connection, handler=self)
        else:
            self.finish()


def transactions(address):
    Container(Transactions(address)).run()


class SmallFrames(Handler):
    def __init__(self, address):
        super().__init__(address)
        self.connect_options = {"max_frame_size": 512}
        self.seen = []

    def begin(self, event):
        self.sender = event.container.create_sender(self.connection, self.address)
        self.receiver = event.container.create_receiver(self.connection, self.address)
        self.sent = False

    def on_sendable(self, event):
        if not self.sent:
            self.sent = True
            event.sender.send(Message(body="y" * 50_000))

    def on_accepted(self, event):
        self.done("accepted")

    def on_message(self, event):
        self.done("got %d %s" % (len(event.message.body), event.message.body == "y" * 50_000))

    def done(self, what):
        self.seen.append(what)
        if len(self.seen) == 2:
            say(sorted(self.seen))
            self.finish()


def small_frames(address):
    Container(SmallFrames(address)).run()


class Idle(Handler):
    """Nothing happens for longer than the time-out that it announces; heartbeats keep the connection open."""

    def __init__(self, address):
        super().__init__(address)
        self.connect_options = {"heartbeat": 2}

    def begin(self, event):
        self.sender = event.container.create_sender(self.connection, self.address)
        self.waits = event.container.schedule(5, self)

    def on_timer_task(self, event):
        say("still open", bool(self.connection.state & 2 ** 4))
        self.sender.send(Message(body="late"))

    def on_accepted(self, event):
        say("accepted")
        self.finish()


def idle(address):
    Container(Idle(address)).run()


class Drain(Handler):
    def __init__(self, address):
        super().__init__(address, prefetch=0)

    def begin(self, event):
        self.sender = event.container.create_sender(self.connection, self.address)
        self.sent = False

    def on_sendable(self, event):
        if event.sender == self.sender and not self.sent:
            self.sent = True
            for i in range(3):
                event.sender.send(Message(body=i))
            self.accepted = 0

    def on_accepted(self, event):
        self.accepted += 1
        if self.accepted == 3:
            self.receiver = event.container.create_receiver(self.connection, self.address)
            self.receiver.drain(10)
            self.got = 0

    def on_message(self, event):
        self.got += 1
        say("got", event.message.body)

    def on_link_flow(self, event):
        if event.receiver and event.receiver.credit == 0 and self.got == 3:
            say("drained", event.receiver.drained() is not None)
            self.got = -1
            self.finish()


def drain(address):
    Container(Drain(address)).run()


class Stream(Handler):
    """Many messages at once, with a prefetch that is smaller."""

    def __init__(self, address):
        super().__init__(address, prefetch=20)

    def begin(self, event):
        self.sender = event.container.create_sender(self.connection, self.address)
        self.receiver = event.container.create_receiver(self.connection, self.address)
        self.sent = self.accepted = 0
        self.got = []

    def on_sendable(self, event):
        while event.sender.credit and self.sent < 1000:
            event.sender.send(Message(body=self.sent))
            self.sent += 1

    def on_accepted(self, event):
        self.accepted += 1
        self.check()

    def on_message(self, event):
        self.got.append(event.message.body)
        self.check()

    def check(self):
        if self.accepted == 1000 and len(self.got) == 1000:
            say("in order", self.got == list(range(1000)))
            self.finish()


def stream(address):
    Container(Stream(address)).run()


class Durable(Handler):
    """A subscription that is left and taken up again by another connection of the container."""

    def begin(self, event):
        self.event = event
        self.receiver = event.container.create_receiver(
            self.connection, self.address, name="subscription", options=DurableSubscription())
        self.sender = event.container.create_sender(self.connection, self.address)

    def on_sendable(self, event):
        if not getattr(self, "sent", False):
            self.sent = True
            event.sender.send(Message(body="one"))

    def on_message(self, event):
        say("got", event.message.body)
        event.receiver.detach()

    def on_link_closed(self, event):
        say("closed")

    def on_link_remote_detach(self, event):
        say("detached")
        self.finish()


def durable(address):
    for _ in range(2):
        handler = Durable(address)
        container = Container(handler)
        container.container_id = "container-" + address.replace("/", "-")
        container.run()


def ask(what):
    """Has the test do something, and waits until that is done."""
    say("?", what)
    sys.stdin.readline()


def faults(address):
    """What the test's proxy does on purpose."""
    connection = connect()
    sender = connection.create_sender(address)

    def attempt(body, **options):
        try:
            say(body, outcome(sender.send(Message(body=body), **options)))
        except (ProtonException, SendException) as error:
            said = str(error) if isinstance(error, SendException) else str(error).partition("Condition")[2]
            say(body, type(error).__name__, said)

    attempt("one")
    ask("reject")
    attempt("two")
    ask("release")
    attempt("three")
    ask("withhold credit")
    connection.create_sender(address, name="other").close()  # What was said before its answer is known then.
    attempt("four", timeout=0.3)
    ask("give credit")
    attempt("five")
    ask("detach")
    attempt("six")
    sender = connection.create_sender(address)
    attempt("seven")
    ask("close connections")
    attempt("eight")
    left(address, 6)


class Heartbeats(Handler):
    """Those of the test's proxy do not come, within the time-out that the program announces."""

    def __init__(self, address):
        super().__init__(address)
        self.connect_options = {"heartbeat": 2}

    def begin(self, event):
        self.sender = event.container.create_sender(self.connection, self.address)

    def on_connection_opened(self, event):
        ask("lose heartbeats")

    def on_transport_error(self, event):
        super().on_transport_error(event)
        self.timer.cancel()


def heartbeats(address):
    Container(Heartbeats(address)).run()
    ask("revoke")
    idle(address)


class Sessions(Handler):
    """A session ends, with a message that the program has not settled; another one on the same connection goes on."""

    def __init__(self, address, fault):
        super().__init__(address, prefetch=0, auto_accept=False)
        self.fault = fault
        self.accepted = 0

    def begin(self, event):
        self.begin_session(event)

    def begin_session(self, event):
        session = self.connection.session()
        session.open()
        self.sender = event.container.create_sender(session, self.address, name="sender-%d" % self.accepted)
        self.receiver = event.container.create_receiver(session, self.address, name="receiver-%d" % self.accepted)
        self.sent = False

    def on_sendable(self, event):
        if event.sender == self.sender and not self.sent:
            self.sent = True
            event.sender.send(Message(body="m%d" % self.accepted))

    def on_accepted(self, event):
        self.accepted += 1
        say("accepted")
        self.receiver.flow(1)

    def on_message(self, event):
        say("got", event.message.body)
        if self.accepted == 1:
            ask(self.fault)
        else:
            self.accept(event.delivery)
            self.finish()

    def on_session_error(self, event):
        say("session error", event.session.remote_condition.name, event.session.remote_condition.description)
        self.begin_session(event)


def sessions(address, faults):
    for fault in faults:
        Container(Sessions(address, fault)).run()
        left(address, 1)


class Consumer(Handler):
    """Consumes until it is told to stop, or something ends."""

    def __init__(self, address):
        super().__init__(address, auto_accept=False)
        self.stopped = False

    def begin(self, event):
        event.container.create_receiver(self.connection, self.address)

    def on_message(self, event):
        ask(event.message.body)
        self.accept(event.delivery)
        self.stopped = event.message.body == "stop"
        if self.stopped:
            self.finish()

    def on_transport_error(self, event):
        event.container.stop()

    on_transport_closed = on_session_error = on_link_error = on_transport_error
    on_connection_remote_close = on_transport_error  # Handlers of errors are not told of a close by force.


def consumer(address):
    """Begins anew whenever something ends."""
    handler = Consumer(address)
    while not handler.stopped:
        time.sleep(0.05)
        handler = Consumer(address)
        Container(handler).run()


class Publisher:
    """Sends and waits for the outcome, and says what became of it in the words of the test's table."""

    def __init__(self, address):
        self.address = address

    def connect(self):
        self.sender = None
        try:
            self.connection = connect()
            return "connected"
        except ProtonException:
            return "refused"

    def publish(self, limit):
        return self.attempt(lambda: self.send(limit))

    def send(self, limit):
        if self.sender is None:
            self.sender = self.connection.create_sender(self.address)
        self.delivery = self.sender.link.send(Message(body="body"))
        return self.wait(limit)

    def hear(self, limit):
        return self.attempt(lambda: self.wait(limit))

    def wait(self, limit):
        self.connection.wait(lambda: self.delivery.settled, timeout=limit)
        return {"accepted": "confirmed", "rejected": "nacked"}.get(outcome(self.delivery), outcome(self.delivery))

    def attempt(self, action):
        try:
            return action()
        except Timeout:
            return "late"
        except LinkDetached as error:
            self.sender = None
            return "channel %s" % error.condition
        except (ConnectionClosed, ConnectionException) as error:
            condition = getattr(error, "condition", None)
            return "lost %s" % condition if condition else "lost"

    def close(self):
        try:
            self.connection.close()
        except ProtonException:
            pass  # It is not there any more.


def publisher(address, faults):
    """What the test's table of faults does to a publisher."""
    for line in faults:
        during, after, fault = line[0], line[1], line[2:]
        play(Publisher(address), fault, during, TIMEOUT if after == "+" else 0.4)


def play(client, fault, during, limit):
    if during != "c":
        expect_confirmed(client)
    ask(fault)
    if fault == "withhold credit":
        client.connection.create_sender(client.address, name="other").close()  # It has heard of it then.
    heard = client.connect() if during == "c" else client.publish(TIMEOUT if during == "+" else 0.4)
    ask("revoke")
    say(fault + ":", heard)
    if heard.startswith("refused"):
        heard = client.connect()
        say("after it:", client.publish(limit) if heard == "connected" else heard)
    elif heard.startswith("lost"):
        say("after it: lost")
    else:
        say("after it:", client.hear(limit) if heard == "late" else client.publish(limit))
    client.close()
    expect_confirmed(client)
    client.close()


def expect_confirmed(client):
    heard = client.connect()
    heard = client.publish(TIMEOUT) if heard == "connected" else heard
    if heard != "confirmed":
        raise AssertionError("without a fault it is " + heard)


SCENARIOS = {function.__name__.replace("_", " "): function for function in (
    blocking, one_by_one, each, presettled, types, outcomes, left_behind, unknown_queue, refused, large, fifty, threads,
    selector, request_reply, transactions, small_frames, idle, drain, stream, durable, faults,
    heartbeats, sessions, publisher, consumer)}

if __name__ == "__main__":
    scenario, *lines = sys.argv[1].split("\n")
    SCENARIOS[scenario](sys.argv[2], *([lines] if lines else []))
