"""Whether destinations answer: fast to leave, slow to come back. A pure function of requests through their own chains.

Whether a path is dead is judged elsewhere (gateway_init/evidence/health.py). A destination is left while another one is
known to answer: where none does, it is the line's fault, and nothing is gained by going elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

PATIENCE = 2
"""Failed requests in a row after which a destination is left; one is enough where nothing is heard of it over any path
that is up."""
HOLD = 60.0
"""Seconds that it has to answer before new connections go to it again: one that comes and goes is no help."""
REPEAT = 30.0
"""Seconds between two requests to one that answers."""
RETRY = 3.0
"""The same while one of them does not, or nothing is heard over any path."""
NEVER = float("-inf")


class Standing(Struct, frozen=True, omit_defaults=True):
    """What is known of one destination. Times are in seconds since boot."""

    dead: bool = False
    failures: int = 0
    """Requests that failed since the last answer."""
    failing: float | None = None
    """Since when."""
    answering: float | None = None
    """Since when all requests are answered."""
    answered: float = NEVER
    """The last one that was."""
    asked: float = NEVER
    """When the last request ended."""


NEW = Standing()


def after(standing: Standing, answered: bool, now: float, *, doubted: bool, others: float) -> Standing:
    """The standing after one more request. `doubted`: nothing is heard of it over any path that is up; `others`: when
    another one answered last, NEVER where none did."""
    if answered:
        since = now if standing.answering is None else standing.answering
        return Standing(dead=standing.dead and now - since < HOLD, answering=since, answered=now, asked=now)
    failures, failing = standing.failures + 1, now if standing.failing is None else standing.failing
    enough = failures >= (1 if doubted else PATIENCE)
    return Standing(
        dead=standing.dead or (enough and others >= failing - RETRY),
        failures=failures,
        failing=failing,
        answered=standing.answered,
        asked=now,
    )


def due(standing: Standing, now: float, *, doubted: bool) -> bool:
    """Whether it is time for the next request. `doubted`: one of the destinations is in doubt."""
    return now - standing.asked >= (RETRY if doubted or standing.dead or standing.failures else REPEAT)


def dead(standings: Mapping[str, Standing], watched: Collection[str]) -> frozenset[str]:
    """The destinations to which no new connections go. While all are left, one that answers is taken back at once."""
    left = {name for name in watched if standings.get(name, NEW).dead}
    if left == set(watched):
        left = {name for name in left if standings[name].answering is None}
    return frozenset(left)
