"""Keeps a listening socket, as systemd does, and starts a command with it as standard input for each line that it reads."""

import socket
import subprocess
import sys

listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
print("keeping port", listening.getsockname()[1], flush=True)
for line in sys.stdin:
    program = subprocess.Popen(sys.argv[1:], stdin=listening)
    print("started process", program.pid, flush=True)
