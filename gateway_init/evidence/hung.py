"""Whether a program hangs: it owes something, and has used no processor for as long. A pure function.

A program that is merely slow, on a box that is busy, uses what it gets of the processor; to start it anew would end
what it carries.
"""

from __future__ import annotations

from msgspec import Struct

PATIENCE = 4.0
"""Seconds: what a person takes for a moment, and far more than a program sleeps that somebody waits for."""


class Pulse(Struct, frozen=True):
    """What is known of a program. Times are seconds of a clock that never goes back."""

    usage: int
    """Microseconds of the processors that it has used."""
    still: float
    """Since when it has used none."""
    owes: float | None
    """Since when it has owed something; None where it owes nothing."""


def look(before: Pulse | None, usage: int | None, now: float, *, owes: bool) -> Pulse | None:
    """The pulse after a look; None of one that does not run."""
    if usage is None:
        return None
    moved = before is None or usage != before.usage
    since = now if before is None or before.owes is None else before.owes
    return Pulse(usage, now if before is None or moved else before.still, since if owes else None)


def hangs(pulse: Pulse | None, now: float) -> bool:
    """Whether it is to be started anew."""
    return pulse is not None and pulse.owes is not None and now - max(pulse.owes, pulse.still) >= PATIENCE
