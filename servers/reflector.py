"""What a destination answers probes by (RFC 8762): python3 reflector.py PORT, with the key as systemd's credential.

It stands alone in the kit, beside gateway_init/wellknown/stamp.py, which is called `stamp` there.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

from gateway_init.wellknown import stamp

KEY = "stamp.key"
"""The name of the credential (systemd.exec(5), LoadCredential=)."""
RATE, BURST = 400.0, 400.0
"""Answers a second, and as many at once: eight paths of a house ask 32 times a second when all of them are in doubt."""
PACKET_INFO, RECEIVE_TTL = 8, 12
"""IP_PKTINFO and IP_RECVTTL (ip(7)), for which Python has no names yet: at which of our addresses a packet came, or
from which one another goes; and its time to live."""


class Bucket:
    """Whoever records probes and sends them again can have no more answers than this."""

    def __init__(self, now: float) -> None:
        self._left, self._at = BURST, now

    def take(self, now: float) -> bool:
        """Whether there is one more; `now` is in seconds of a clock that never goes back."""
        self._left, self._at = min(BURST, self._left + (now - self._at) * RATE), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def listening(port: int) -> socket.socket:
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.setsockopt(socket.IPPROTO_IP, PACKET_INFO, 1)
    line.setsockopt(socket.IPPROTO_IP, RECEIVE_TTL, 1)
    line.bind(("", port))
    return line


def serve_one(line: socket.socket, key: bytes, bucket: Bucket) -> None:
    """Wait for a packet, and answer it if it is a probe of ours."""
    packet, notes, _, peer = line.recvmsg(stamp.SIZE + 1, 256)
    received = stamp.ntp(time.time())
    arrived = stamp.heard(key, packet)
    if arrived is None or not bucket.take(time.monotonic()):
        return
    told = {kind: data for level, kind, data in notes if level == socket.IPPROTO_IP}
    ttl = int.from_bytes(told.get(socket.IP_TTL, b"\0"), sys.byteorder)
    # From the address that it came to: of several, the route to the asking one may prefer another. Its interface is
    # left to the route (struct in_pktinfo: index, local address, header's address).
    here = [(socket.IPPROTO_IP, PACKET_INFO, bytes(4) + told[PACKET_INFO][4:8] + bytes(4))]
    answer = stamp.reflect(key, arrived, received, stamp.ntp(time.time()), ttl)
    try:
        line.sendmsg([answer], here, 0, peer)
    except OSError as error:
        print(f"no answer to {peer[0]}: {error.strerror}", file=sys.stderr, flush=True)


def main() -> None:
    """Serve until it is ended."""
    key = Path(os.environ["CREDENTIALS_DIRECTORY"], KEY).read_bytes().strip()
    with listening(int(sys.argv[1])) as line:
        bucket = Bucket(time.monotonic())
        while True:
            serve_one(line, key, bucket)


if __name__ == "__main__":
    main()
