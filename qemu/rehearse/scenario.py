"""What can befall a path, as data: the same for `invoke rehearse` and for the project's own stories."""

from __future__ import annotations

from msgspec import Struct


class Fault(Struct, frozen=True, kw_only=True):
    """Something that goes wrong on one path's way across the Internet; all else stays as it is."""

    name: str
    title: str
    """For a person."""
    silent: bool = False
    """Nothing comes through, and nobody is told."""
    rate: str = ""
    delay: str = ""
    """One way."""
    loss: str = ""
    """These three in the words of tc-netem(8), such as 2mbit, 1000ms, 30%."""
    seconds: float
    """How long it lasts, by the world's clock."""


BLACKHOLE = Fault(name="blackhole", title="silent black hole", silent=True, seconds=30)

FAULTS = {fault.name: fault for fault in (BLACKHOLE,)}
"""By name."""

DOWNLOAD = 8_000_000
UPLOAD = 1_500_000
"""Bytes of what is fetched and sent while nothing is wrong."""
SMALL = 10_000
"""Bytes of what a new connection fetches."""
CARRIES = 20_000
"""Bytes from which on a path carries again."""
RETURN_LIMIT = 180.0
"""Seconds on the reference machine after which a path that does not carry again is given up."""
