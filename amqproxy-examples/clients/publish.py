"""Publishes messages, each over a connection of its own, as scripts and jobs do, and tells how long one took.

Needs pika. Usage: python3 publish.py [port [messages [host]]]
"""

import statistics
import sys
import time

import pika

port = int(sys.argv[1]) if len(sys.argv) > 1 else 5672
messages = int(sys.argv[2]) if len(sys.argv) > 2 else 200
host = sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1"

times = []
for i in range(messages):
    start = time.perf_counter()
    connection = pika.BlockingConnection(pika.ConnectionParameters(host, port))
    channel = connection.channel()
    channel.basic_publish("amq.fanout", "", f"message {i}".encode())
    connection.close()
    times.append((time.perf_counter() - start) * 1000)
print(f"port {port}: {messages} messages, median {statistics.median(times):.2f} ms each")
