"""The most that one connection can carry over all paths, of lines that they share: pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gateway_init.wellknown import tunnel

OPTIONS = 40
"""Bytes of TCP's options in each packet: timestamps (12) and the data sequence of Multipath TCP (28; RFC 8684, 3.3)."""
HEADS = 20 + 20 + OPTIONS
"""Of IP and TCP."""
PACKET = 1492
"""Bytes of the largest packet over PPPoE (RFC 2516)."""
WRAPPED = 20 + 8 + 24
"""Bytes that a packet grows by in a tunnel over IPv4 (tunnel.WRAPPED has room for IPv6)."""
FRAME, TAGGED = 14, 14 + 8
"""Bytes that the world counts of a packet besides: Ethernet's on a server's link, PPPoE's too on a line."""


class Way(Struct, frozen=True):
    """A path's way across the Internet."""

    line: str
    """Its uplink."""
    tunnelled: bool
    kbit: float
    """kbit/s, with the heads of packets; infinite where nothing is narrower than the line."""

    @property
    def of_line(self) -> float:
        """Share of the line's bytes that are the connection's own."""
        return (self._inner - HEADS) / (self._outer + TAGGED)

    @property
    def of_way(self) -> float:
        """The same of the way's bytes."""
        return (self._inner - HEADS) / (self._outer + FRAME)

    @property
    def _inner(self) -> int:
        return tunnel.MTU if self.tunnelled else PACKET

    @property
    def _outer(self) -> int:
        return tunnel.MTU + WRAPPED if self.tunnelled else PACKET


def most(lines: Mapping[str, float], ways: Mapping[str, Way]) -> float:
    """kbit/s of a connection's own bytes, where each line has so many kbit/s: the maximal flow.

    >>> straight = Way("adsl", tunnelled=False, kbit=float("inf"))
    >>> round(most({"adsl": 1000}, {"adsl": straight})), round(most({"adsl": 1000}, {}))
    (933, 0)
    """
    left, carried = dict(lines), 0.0
    # Of a line that is too narrow for all, who adds least to the bytes has most of it.
    for way in sorted(ways.values(), key=lambda way: -way.of_line):
        own = min(way.kbit * way.of_way, left[way.line] * way.of_line)
        carried += own
        left[way.line] -= own / way.of_line
    return carried
