"""One TCP connection of a Multipath TCP connection, as the kernel counts it."""

from __future__ import annotations

from ipaddress import IPv4Address

from msgspec import Struct


class Subflow(Struct, frozen=True):
    """It is established; one that fell back to plain TCP is none."""

    address: IPv4Address
    """The gateway's end; it tells the path."""
    rtt: float
    """Smoothed round-trip time in milliseconds."""
    sent: int
    """Bytes that the other end has acknowledged."""
    received: int
    """Bytes."""
    port: int = 0
    """The gateway's, of TCP."""
