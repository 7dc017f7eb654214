"""The trial of a new system: does it carry traffic as the old one did? Decided by a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

CRASHES = 5
"""Restarts of the daemon's after which a new system is given up."""


class Expected(Struct, frozen=True):
    """What the old system did."""

    lines: Mapping[str, tuple[str, ...]]
    """Of each uplink that was up, the paths over it that were up; of these, what the new config still has."""
    served: bool
    """Whether requests went through the whole chain."""


class Seen(Struct, frozen=True):
    """How the new one does, `seconds` after its start."""

    seconds: float
    running: bool
    """Whether the daemon is up."""
    restarts: int
    """Of the daemon's."""
    up: tuple[str, ...] = ()
    """Paths."""
    waits: tuple[str, ...] = ()
    """What `braid status` says the box waits for."""
    answered: bool = False
    """Whether a request of our own went through the whole chain."""


PATIENCE = 0.5
"""Part of the limit in which the paths that are not needed may come back, too."""


class Judgement(Struct, frozen=True):
    state: Literal["wait", "good", "bad"]
    reason: str = ""
    """Why it is bad."""
    missing: tuple[str, ...] = ()
    """Paths that did not come back, of a system that is good all the same."""


def judge(expected: Expected, seen: Seen, limit: float) -> Judgement:
    """The judgement now; after `limit` seconds it is never `wait`.

    A path may be down because of a server, which no system of ours can mend: one over each uplink will do. The others
    are waited for, but not to the end, and told.
    """
    missing = [name for paths in expected.lines.values() for name in paths if name not in seen.up]
    dead = [name for paths in expected.lines.values() if not set(paths) & set(seen.up) for name in paths]
    if seen.running and not dead and (seen.answered or not expected.served):
        if not missing or seen.seconds >= limit * PATIENCE:
            return Judgement("good", missing=tuple(missing))
        return Judgement("wait")
    if not seen.running and seen.restarts >= CRASHES:
        return Judgement("bad", f"gateway_init ended {seen.restarts} times")
    if seen.seconds < limit:
        return Judgement("wait")
    return Judgement("bad", f"{_lack(seen, dead)} after {seen.seconds:.0f} s")


def _lack(seen: Seen, dead: list[str]) -> str:
    if not seen.running:
        return "gateway_init is not up"
    waits = f" ({'; '.join(seen.waits)})" if seen.waits else ""
    if dead:
        return f"{', '.join(dead)} not up{waits}"
    return f"no request went through the whole chain{waits}"
