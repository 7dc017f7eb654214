"""Probes through one path to the destination's reflector (RFC 8762): sent from the path's own address, whose rule leads
them into its table, and measured by a clock that never goes back."""

from __future__ import annotations

import contextlib
import socket
import time
from ipaddress import IPv4Address

from msgspec import Struct

from gateway_init.evidence.lateness import Answer
from gateway_init.wellknown import stamp

REMEMBERED = 64
"""Probes whose answers are still told; of those before them, an answer would be half a minute late."""
OVERDUE = 3.0
"""Seconds after which one without an answer counts as lost."""


class Sent(Struct):
    """A probe."""

    at: float
    timestamp: int
    """As it stands in it: whoever guesses its number does not know that."""
    answered: bool = False


class Probes:
    """`line` is readable when there may be answers; then `answers` is to be called.

    Raises OSError where the address is not on this host.
    """

    def __init__(self, key: bytes, address: IPv4Address, reflector: tuple[str, int]) -> None:
        self._key = key
        self._sequence = 0
        self._sent: dict[int, Sent] = {}
        """The last ones by their sequence numbers, the oldest first."""
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            self.line.bind((str(address), 0))
            self.line.connect(reflector)
        except OSError:
            self.line.close()
            raise

    def send(self, now: float) -> None:
        """Send one more. That it could not be sent shows in that it is not answered."""
        self._sequence = (self._sequence + 1) % 2**32
        timestamp = stamp.ntp(time.time())
        self._sent[self._sequence] = Sent(now, timestamp)
        if len(self._sent) > REMEMBERED:
            del self._sent[next(iter(self._sent))]
        with contextlib.suppress(OSError):
            self.line.send(stamp.probe(self._key, self._sequence, timestamp))

    def answers(self, now: float) -> list[Answer]:
        """The answers that have come since; each counts once."""
        told, here = [], stamp.ntp(time.time())
        for packet in self._packets():
            heard = stamp.reflection(self._key, packet)
            sent = self._sent.get(heard.sequence) if heard else None
            if heard and sent and sent.timestamp == heard.timestamp and not sent.answered:
                sent.answered = True
                out, back = stamp.passed(heard.timestamp, heard.received), stamp.passed(heard.sent, here)
                told.append(Answer(now - sent.at, out, back))
        return told

    def lost(self, now: float, *, last: int = REMEMBERED, since: float = float("-inf"), least: int = 1) -> float:
        """The share of the last probes that were not answered, from 0 to 1; of those on their way nobody knows.
        `since`: when the first of them was sent at the earliest; `least`: 0 where fewer are known."""
        # Whoever asks for the status does so in another thread.
        sent = [each for each in list(self._sent.values())[-last:] if each.at >= since]
        known = [each.answered for each in sent if each.answered or now - each.at > OVERDUE]
        return known.count(False) / len(known) if len(known) >= max(least, 1) else 0.0

    def close(self) -> None:
        self.line.close()

    def _packets(self) -> list[bytes]:
        packets = []
        for _ in range(REMEMBERED):
            try:
                packets.append(self.line.recv(stamp.SIZE + 1))
            except BlockingIOError:
                break
            except OSError:
                # What ICMP said of a probe is no answer.
                continue
        return packets
