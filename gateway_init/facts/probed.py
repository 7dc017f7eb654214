"""What the probes of a path have shown lately."""

from __future__ import annotations

from msgspec import Struct


class Probed(Struct, frozen=True):
    """Of a path that is probed."""

    rtt: float | None
    """Round-trip time in milliseconds, smoothed; None where none was ever answered."""
    jitter: float
    """How far it is from that on average, in milliseconds."""
    lost: float
    """Share of the last probes that were not answered in time, from 0 to 1."""
    stripped: bool = False
    """Whether something on the way takes Multipath TCP away, so that no connection opens by it."""
