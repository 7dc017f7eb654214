"""Asks web servers for the time, through the chain: the Date of an HTTPS answer (RFC 9110, section 6.6.1).

UDP has no way out of the house, so NTP has none; TLS proves who answers. It goes straight to ss-local, since the
firewall redirects only the LAN's connections and the box's own questions for names.
"""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple

from gateway_init.evidence.clock import Sample

TIMEOUT = 20.0
"""Seconds for each of: connect, TLS, answer. There is no hurry, and a slow line on a bad day takes some."""
HALF = 0.5
"""Seconds that a Date is behind, in the mean: it tells whole ones."""
NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of X509_VERIFY_PARAM_set_flags(3); Python has no name for it."""


class Way(NamedTuple):
    """How servers are reached."""

    socks: tuple[str, int]
    port: int = 443


def context() -> ssl.SSLContext:
    """Certificates are checked but for the time, which is not known yet: `_told` holds it against the answer's."""
    made = ssl.create_default_context()
    made.verify_flags |= NO_CHECK_TIME
    return made


def ask(servers: Sequence[str], tls: ssl.SSLContext, way: Way) -> list[Sample]:
    """Ask all of them at once; those that answered, and rightly."""
    with ThreadPoolExecutor(len(servers)) as pool:
        return [sample for found in pool.map(lambda server: _ask(server, tls, way), servers) for sample in found]


def _ask(server: str, tls: ssl.SSLContext, way: Way) -> tuple[Sample, ...]:
    try:
        address = socket.getaddrinfo(server, way.port, socket.AF_INET, socket.SOCK_STREAM)[0][4]
        with (
            _through(way.socks, str(address[0]), way.port) as line,
            tls.wrap_socket(line, server_hostname=server) as safe,
        ):
            return tuple(_told(server, safe))
    except (OSError, HTTPException, ValueError, TypeError):
        return ()


def _through(socks: tuple[str, int], address: str, port: int) -> socket.socket:
    """A connection by way of a SOCKS server (RFC 1928): no authentication, CONNECT, IPv4."""
    line = socket.create_connection(socks, timeout=TIMEOUT)
    try:
        line.sendall(b"\5\1\0")
        _expect(line, 2, b"\5\0")
        line.sendall(b"\5\1\0\1" + socket.inet_aton(address) + struct.pack("!H", port))
        _expect(line, 10, b"\5\0")
    except BaseException:
        line.close()
        raise
    return line


def _expect(line: socket.socket, count: int, begin: bytes) -> None:
    said = b""
    while len(said) < count and (more := line.recv(count - len(said))):
        said += more
    if len(said) < count or not said.startswith(begin):
        raise ConnectionError(f"the SOCKS server says {said!r}")


def _told(server: str, line: ssl.SSLSocket) -> Iterator[Sample]:
    """Its time, where it has a certificate for that time."""
    http = HTTPConnection(server)
    http.sock = line
    before, begun = time.time(), time.monotonic()
    http.request("HEAD", "/")
    answer = http.getresponse()
    took = time.monotonic() - begun
    told = parsedate_to_datetime(answer.getheader("Date") or "").timestamp()
    certificate = line.getpeercert() or {}
    since, until = (ssl.cert_time_to_seconds(str(certificate[key])) for key in ("notBefore", "notAfter"))
    if since <= told <= until:
        yield Sample(server, told + HALF - (before + took / 2))
