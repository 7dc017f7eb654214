"""Whether the programs of the chain do what they are there for, asked on this host: no line carries a byte for it."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

ANSWER = 1.0
"""Seconds that a program has for an answer that costs it nothing."""
TCP = Path("/proc/thread-self/net/tcp")
"""This thread's network namespace's sockets (proc_pid_net(5)); those that listen come first."""
LISTENING = "0A"
FIRST = 1 << 14
"""Bytes of it in which those that listen are."""


def greets(port: int) -> bool:
    """Whether a SOCKS server on 127.0.0.1 answers a greeting (RFC 1928, 3)."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWER) as line:
            line.sendall(b"\x05\x01\x00")
            return line.recv(2) == b"\x05\x00"
    except OSError:
        return False


def answers(address: str, port: int, name: str) -> bool:
    """Whether a DNS server says anything at all to a question by UDP (RFC 1035, 4.1) for the address of a name."""
    number = os.urandom(2)
    words = b"".join(struct.pack("B", len(word)) + word.encode() for word in name.split("."))
    query = number + struct.pack("!5H", 0x0100, 1, 0, 0, 0) + words + b"\0" + struct.pack("!2H", 1, 1)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(ANSWER)
            line.connect((address, port))
            line.send(query)
            return line.recv(512)[:2] == number
    except OSError:
        return False


def accepts(port: int) -> bool:
    """Whether nobody waits to be accepted by who listens on a TCP port; also where nobody listens."""
    with TCP.open() as file:
        return waiting(file.read(FIRST), port) == 0


def waiting(text: str, port: int) -> int:
    """How many wait to be accepted.

    >>> waiting("  sl local ...\\n 0: 00000000:3039 00000000:0000 0A 00000000:00000002 00:0 0 0\\n", 12345)
    2
    """
    rows = (line.split() for line in text.splitlines()[1:])
    found = [row for row in rows if len(row) > 4 and row[3] == LISTENING and row[1].endswith(f":{port:04X}")]
    return sum(int(row[4].partition(":")[2], 16) for row in found)
