"""Plays a scenario with pika. Arguments: scenario queue count prefix; the broker comes from AMQP_* variables."""

import os
import re
import ssl
import sys

import pika

ROUNDTRIP_MESSAGES = 100
PREFETCH = 10
TIMEOUT_SECONDS = 120


def tls():
    authorities = os.environ.get("AMQP_TLS_AUTHORITIES")
    if authorities is None:
        return None
    return pika.SSLOptions(ssl.create_default_context(cafile=authorities), os.environ["AMQP_HOST"])


def parameters():
    return pika.ConnectionParameters(
        host=os.environ["AMQP_HOST"],
        port=int(os.environ["AMQP_PORT"]),
        virtual_host=os.environ["AMQP_VHOST"],
        ssl_options=tls(),
        credentials=pika.PlainCredentials(os.environ["AMQP_USER"], os.environ["AMQP_PASSWORD"]),
        socket_timeout=TIMEOUT_SECONDS,
        stack_timeout=TIMEOUT_SECONDS,
    )


def publish_each(queue, count, prefix):
    for i in range(count):
        connection = pika.BlockingConnection(parameters())
        channel = connection.channel()
        channel.basic_publish("", queue, "%s-%d" % (prefix, i))
        channel.close()
        connection.close()


def roundtrip(queue, prefix):
    connection = pika.BlockingConnection(parameters())
    channel = connection.channel()
    channel.queue_declare(queue)
    channel.confirm_delivery()
    for i in range(ROUNDTRIP_MESSAGES):
        channel.basic_publish("", queue, "%s-%d" % (prefix, i), mandatory=True)

    received = []
    channel.basic_qos(prefetch_count=PREFETCH)
    for method, _, body in channel.consume(queue, inactivity_timeout=TIMEOUT_SECONDS):
        if method is None:
            raise RuntimeError("no message within 20 s; so far: %d" % len(received))
        received.append(body.decode())
        channel.basic_ack(method.delivery_tag)
        if len(received) == ROUNDTRIP_MESSAGES:
            break
    channel.cancel()
    if received != ["%s-%d" % (prefix, i) for i in range(ROUNDTRIP_MESSAGES)]:
        raise RuntimeError("received: %r" % received)
    left = channel.queue_declare(queue, passive=True).method.message_count
    if left != 0:
        raise RuntimeError("%d messages are left" % left)
    channel.queue_delete(queue)
    channel.close()
    connection.close()


def expect_error():
    try:
        pika.BlockingConnection(parameters()).close()
        print("OK")
    except Exception as error:
        text = " ".join(str(error).split()) or repr(error)
        code = getattr(error, "reply_code", None)
        if not isinstance(code, int):
            in_text = re.search(r"\((\d{3})\)", text)
            code = in_text.group(1) if in_text else "-"
        print("ERROR", type(error).__name__, code, text)


scenario, queue, count, prefix = sys.argv[1:]
if scenario == "publish-each":
    publish_each(queue, int(count), prefix)
elif scenario == "roundtrip":
    roundtrip(queue, prefix)
elif scenario == "expect-error":
    expect_error()
else:
    sys.exit("unknown scenario " + scenario)
