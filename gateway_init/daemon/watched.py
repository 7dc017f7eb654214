"""One path that is watched: where it is, and what is known of it."""

from __future__ import annotations

from collections import deque
from ipaddress import IPv4Address

from msgspec import Struct

from gateway_init.daemon.lateness import Lateness
from gateway_init.evidence.degraded import ROW
from gateway_init.evidence.health import NEVER, Health
from gateway_init.facts.probed import Probed
from gateway_init.probe.path import Probes


class Way(Struct, frozen=True):
    """A path that is there."""

    address: IPv4Address
    """The gateway's end."""
    metered: bool
    """Whether the bytes over it are counted against a budget."""
    rank: int = 0
    """How late its line is to be used: connections open by those of a low one."""
    line: str = ""
    """Which one that is."""
    lone: bool = False
    """Whether that line has no other path."""


class Watched:
    """One path, with its socket and what is known of it."""

    def __init__(self, way: Way, probes: Probes, known: Health) -> None:
        self.way = way
        self.probes = probes
        self.health = known
        self.carried: int | None = None
        """Bytes over its subflows when it was in doubt and they were looked at last."""
        self.lateness = Lateness()
        self.took: deque[float] = deque(maxlen=ROW)
        """Seconds of its last answers: as many as it takes to call it late."""
        self.returned = NEVER
        """When it was taken back last: what was lost before is nothing that it loses now."""

    def seen(self, now: float, *, stripped: bool) -> Probed:
        rtt = self.health.rtt
        return Probed(
            rtt=None if rtt is None else round(rtt * 1000, 1),
            jitter=round(self.health.jitter * 1000, 1),
            lost=round(self.probes.lost(now), 3),
            stripped=stripped,
        )
