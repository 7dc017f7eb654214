"""The trial of a new system: does it carry traffic as the old one did? Decided by a pure function."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

CRASHES = 5
"""Restarts of the daemon's after which a new system is given up."""


class Expected(Struct, frozen=True):
    """What the old system did."""

    paths: tuple[str, ...]
    """Those that were up; of these, what the new config still has."""
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


class Verdict(Struct, frozen=True):
    state: Literal["wait", "good", "bad"]
    reason: str = ""


def judge(expected: Expected, seen: Seen, limit: float) -> Verdict:
    """The verdict now; after `limit` seconds it is never `wait`."""
    missing = [name for name in expected.paths if name not in seen.up]
    if seen.running and not missing and (seen.answered or not expected.served):
        return Verdict("good")
    if not seen.running and seen.restarts >= CRASHES:
        return Verdict("bad", f"gateway_init ended {seen.restarts} times")
    if seen.seconds < limit:
        return Verdict("wait")
    return Verdict("bad", f"{_lack(seen, missing)} after {seen.seconds:.0f} s")


def _lack(seen: Seen, missing: list[str]) -> str:
    if not seen.running:
        return "gateway_init is not up"
    waits = f" ({'; '.join(seen.waits)})" if seen.waits else ""
    if missing:
        return f"{', '.join(missing)} not up{waits}"
    return f"no request went through the whole chain{waits}"
