"""By how much the probes of a path are late each way: a pure function of what their answers tell.

The two ends' clocks differ by nobody knows how much, so a way alone cannot be measured. But that difference stays, and
whatever is more than the least that was seen is what the probe waited for on its way. A clock that is set meanwhile
shows: the two ways together are late by more than the whole.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

USUAL = 1800.0
"""Seconds in which a way that has become longer for good is taken for usual, but for a third."""
NOISE = 0.05
"""Seconds by which the ways together may be later than the whole."""


class Answer(NamedTuple):
    """A probe that was answered. Seconds."""

    took: float
    """There and back."""
    out: float
    """To the destination, and what its clock is ahead of the box's."""
    back: float
    """To the box, and what its clock is ahead of the destination's."""


class Least(Struct, frozen=True):
    """The least that each was lately, in seconds."""

    at: float
    took: float
    out: float
    back: float


class Late(Struct, frozen=True):
    """Seconds."""

    down: float
    """What comes in."""
    up: float
    """What goes out."""


def step(before: Least | None, answer: Answer, at: float) -> tuple[Least, Late | None]:
    """The least after an answer, and by how much it was late; None where a clock was set, so that nobody can tell.
    `at`: seconds of a clock that never goes back.

    >>> least, late = step(None, Answer(0.05, 7.03, -6.98), 0.0)
    >>> step(least, Answer(0.35, 7.03, -6.68), 1.0)[1]
    Late(down=0.3, up=0.0)
    """
    fresh = Least(at, *answer)
    if before is None:
        return fresh, Late(0.0, 0.0)
    share = min(1.0, (at - before.at) / USUAL)
    least = Least(at, *(_less(old, new, share) for old, new in zip(_each(before), answer, strict=True)))
    late = Late(down=round(answer.back - least.back, 3), up=round(answer.out - least.out, 3))
    if late.down + late.up <= answer.took - least.took + NOISE:
        return least, late
    # What waits now would be taken for the least.
    waits = answer.took - least.took > NOISE
    return (before if waits else fresh), None


def _each(least: Least) -> tuple[float, float, float]:
    return least.took, least.out, least.back


def _less(least: float, seen: float, share: float) -> float:
    return min(seen, least + (seen - least) * share)
