"""By which path connections open: the one whose probes say that it takes least, as a function of what is known.

All paths carry a connection once it stands, but its first packets go by one. That one is changed at once where it is in
doubt, sooner than it is left, and otherwise for a lasting gain alone: who opens by it feels nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from msgspec import Struct

from gateway_init.config.health import Health as Limits
from gateway_init.evidence.health import Health

AGAIN = 1.0
"""Seconds until the first packet of a connection is sent again that was lost (RFC 6298, 2.1)."""

LEAST_GAIN = 0.25
"""Share of what it takes now that another path has to spare: less is the noise of a line."""


class Cost(NamedTuple):
    """What it takes to open a connection by a path; the less, the better."""

    rank: int
    """How late its line is to be used."""
    seconds: float
    jitter: float = 0.0
    """Seconds by which that differs from one time to the next."""


class Opener(Struct, frozen=True):
    """Which path it is."""

    path: str = ""
    """Empty where nobody knows, as before any probe was answered: then the order of the file counts."""
    better: str = ""
    """Another one that promises more; empty for none."""
    since: float = 0.0
    """Since when, in seconds of a clock that never goes back."""


def seconds(health: Health, lost: float) -> float | None:
    """How long opening a connection may be expected to take; None over a path that is in doubt, or unknown.

    >>> seconds(Health(rtt=0.05), 0.0), seconds(Health(rtt=0.05), 0.5), seconds(Health(condition="suspect"), 0.0)
    (0.05, 1.05, None)
    """
    if health.rtt is None or health.condition != "up" or lost >= 1:
        return None
    return health.rtt + AGAIN * lost / (1 - lost)


def choose(
    opener: Opener,
    costs: Mapping[str, Cost],
    there: Collection[str],
    now: float,
    limits: Limits,
    least_gain: float = LEAST_GAIN,
) -> Opener:
    """Who opens from now on. `costs` are those of the paths in no doubt; `there` are all that have an address."""
    best = min(costs, key=lambda name: costs[name], default="")
    if not best:
        return opener if opener.path in there else Opener()
    if opener.path not in costs:
        return Opener(best)
    present = costs[opener.path]
    gain = max(limits.gain_ms / 1000, present.seconds * least_gain, present.jitter)
    if costs[best].rank == present.rank and costs[best].seconds + gain > present.seconds:
        return Opener(opener.path)
    if opener.better != best:
        return Opener(opener.path, best, now)
    return Opener(best) if now - opener.since >= limits.gain_seconds else opener
