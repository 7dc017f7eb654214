"""A request through the whole chain: redirect, redsocks, shadowsocks, Multipath TCP, the destination, the world.

Asks one of the site's resolvers for the root's name servers by TCP, from the box itself. The firewall redirects
it as it does the LAN's connections, so an answer proves what a browser in the LAN would notice.
"""

from __future__ import annotations

import os
import socket
import struct
from ipaddress import IPv4Address

from gateway_init.wellknown.number import DNS_PORT

TIMEOUT = 8.0
"""Seconds for each of: connect, answer."""


def ask(resolver: IPv4Address, port: int = DNS_PORT, patience: float = TIMEOUT) -> str:
    """Send the request; empty when an answer came, else what went wrong, for a person. `patience`: seconds for each of
    connect and answer."""
    number = os.urandom(2)
    # RFC 1035 section 4.1: id, flags (recursion desired), one question: the root, type NS, class IN.
    query = number + struct.pack("!5H", 0x0100, 1, 0, 0, 0) + b"\0" + struct.pack("!2H", 2, 1)
    try:
        with socket.create_connection((str(resolver), port), timeout=patience) as line:
            line.sendall(struct.pack("!H", len(query)) + query)
            answer = _read(line, 4)
    except TimeoutError:
        return f"no answer from {resolver} in {patience:.0f} s"
    except OSError as error:
        return f"{error.strerror or error} while asking {resolver}"
    return "" if answer[2:] == number else f"no answer from {resolver}: the connection was closed"


def _read(line: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := line.recv(count - len(data))):
        data += more
    return data
