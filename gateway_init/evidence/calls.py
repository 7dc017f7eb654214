"""Which path is best for calls: what a voice loses by each, as a function of what its probes have shown.

A call is a packet each 20 ms that nobody sends again. One that is late is played late, or not at all; so loss counts
most, then jitter, which a telephone makes up for by waiting, then the way itself.
"""

from __future__ import annotations

from gateway_init.evidence.health import Health
from gateway_init.evidence.opener import Cost

LOSS = 10.0
"""Seconds of delay that losing all would be as bad as. By the E-model (ITU-T G.107), a hundredth of the packets lost
costs a voice as much as 0.1 s more on the way."""
FORGIVEN = 1 / 64
"""Share of the probes that may be lost all the same: one of those that are remembered (gateway_init/probe/path.py)
shows nothing yet."""
WAITS = 2.0
"""How many times the jitter a telephone waits, so as to have most packets in time."""
METERED = 10
"""Added to the rank of a line whose bytes count: later than all others."""


def seconds(health: Health, lost: float) -> float | None:
    """What a call by a path loses, in seconds of delay; None over one that is in doubt, or unknown.

    >>> seconds(Health(rtt=0.25), 0.0), seconds(Health(rtt=0.25), 3 / 64), seconds(Health(condition="suspect"), 0.0)
    (0.125, 0.4375, None)
    """
    if health.rtt is None or health.condition != "up" or lost >= 1:
        return None
    return health.rtt / 2 + WAITS * health.jitter + LOSS * max(0.0, lost - FORGIVEN)


def cost(health: Health, lost: float, rank: int, *, metered: bool) -> Cost | None:
    """The same, behind how late its line is to be used; None likewise."""
    lose = seconds(health, lost)
    return None if lose is None else Cost(rank + METERED * metered, lose)
