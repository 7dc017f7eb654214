"""A probe and its reflection: the Simple Two-Way Active Measurement Protocol in its authenticated mode (RFC 8762).

The reflector of a kit is made of this file, too, so it takes nothing but Python's own library. Both packets have the
same size: whoever sends probes in another's name makes nobody hear more than he says himself.
"""

from __future__ import annotations

import hmac
import struct
from typing import NamedTuple

PROBE = struct.Struct("!I12xQH70x")
"""Sequence number, timestamp, error estimate (4.2.2)."""
REFLECTION = struct.Struct("!I12xQH6xQ8xI12xQH6xB15x")
"""The reflector's sequence number, timestamp and error estimate, when it received the probe; the probe's own sequence
number, timestamp and error estimate, and its time to live on arrival (4.3.2)."""
SIZE = 112
"""Bytes of either, with what proves it: HMAC-SHA-256, cut to 128 bits (4.4)."""
UNSYNCHRONISED = 1
"""An error estimate of a clock that nobody compared with another (RFC 4656, 4.1.2): its multiplier must not be 0."""
SINCE_1900 = 2_208_988_800
"""Seconds from NTP's beginning to Unix's (RFC 5905, 6)."""
_MAC = 16


class Probe(NamedTuple):
    sequence: int
    timestamp: int
    """As the sender's clock told, in NTP's format."""
    error: int


class Reflection(NamedTuple):
    sequence: int
    """The probe's, as is the timestamp."""
    timestamp: int
    received: int
    """When the probe arrived, by the reflector's clock, and when this left."""
    sent: int


def ntp(seconds: float) -> int:
    """A time since 1970 as a timestamp of 64 bits, of which 32 are of a second's fraction.

    >>> hex(ntp(0.5))
    '0x83aa7e8080000000'
    """
    return int((seconds + SINCE_1900) * 2**32) % 2**64


def passed(earlier: int, later: int) -> float:
    """Seconds from one timestamp to another, which may be of another clock, and behind it.

    >>> passed(ntp(10.5), ntp(12)), passed(ntp(12), ntp(10.5))
    (1.5, -1.5)
    """
    return ((later - earlier + 2**63) % 2**64 - 2**63) / 2**32


def probe(key: bytes, sequence: int, timestamp: int) -> bytes:
    return _signed(key, PROBE.pack(sequence, timestamp, UNSYNCHRONISED))


def heard(key: bytes, packet: bytes) -> Probe | None:
    """The probe in a packet; None where nobody who has the key sent it.

    What is reserved has to be zeros, although a reflector need not look (4.2.2): else it would take its own answers for
    probes, and whoever sends it a recorded one under its own address would have it answer itself without end.
    """
    body = _proven(key, packet)
    if not body:
        return None
    found = Probe(*PROBE.unpack(body))
    return found if PROBE.pack(*found) == body else None


def reflect(key: bytes, arrived: Probe, received: int, sent: int, ttl: int) -> bytes:
    """The answer, with the probe's own sequence number (a stateless reflector, 4)."""
    sequence, timestamp, error = arrived
    return _signed(
        key, REFLECTION.pack(sequence, sent, UNSYNCHRONISED, received, sequence, timestamp, error, min(ttl, 255))
    )


def reflection(key: bytes, packet: bytes) -> Reflection | None:
    """The reflection in a packet; None where nobody who has the key sent it."""
    body = _proven(key, packet)
    if not body:
        return None
    _, sent, _, received, sequence, timestamp, _, _ = REFLECTION.unpack(body)
    return Reflection(sequence, timestamp, received, sent)


def _signed(key: bytes, body: bytes) -> bytes:
    return body + hmac.digest(key, body, "sha256")[:_MAC]


def _proven(key: bytes, packet: bytes) -> bytes:
    """What it says; empty where it is not proven."""
    body = packet[:-_MAC]
    good = len(packet) == SIZE and hmac.compare_digest(_signed(key, body), packet)
    return body if good else b""
