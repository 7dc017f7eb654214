"""What time it is, by what several servers say: the word of most of them, or none."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from msgspec import Struct

AGREE = 2.0
"""Seconds that two right answers may lie apart: each is told in whole seconds, and is on its way for a while."""
STEP = 1.5
"""Seconds that the clock may be off before it is set: less than that may be an answer's own error."""


class Sample(Struct, frozen=True):
    """One server's answer."""

    server: str
    offset: float
    """Seconds that our clock is behind the server's; negative where it is ahead."""


class Word(Struct, frozen=True):
    """What the answers come to."""

    offset: float | None = None
    """Seconds to add to our clock; None where nothing is known."""
    reason: str = ""
    """Why nothing is."""


def begin(now: float, built: float, kept: float) -> float | None:
    """Where the clock begins at a start of the box: never before the image was built, nor before the last time that
    was known to be right; None where it is later than both already. All in seconds since 1970.

    >>> begin(now=10.0, built=20.0, kept=30.0), begin(now=40.0, built=20.0, kept=30.0)
    (30.0, None)
    """
    floor = max(built, kept)
    return floor if now < floor else None


def decide(samples: Sequence[Sample], asked: int, now: float, built: float) -> Word:
    """The median of the answers, where more than half of all that were asked lie within AGREE of it.

    `asked`: how many servers were. `now` and `built` as in begin: no answer is right that lies before the image.
    """
    if not samples:
        return Word(reason="no server answers")
    middle = median(sample.offset for sample in samples)
    agreed = [sample.offset for sample in samples if abs(sample.offset - middle) <= AGREE]
    if 2 * len(agreed) <= asked:
        return Word(reason=f"{len(agreed)} of {asked} servers agree, and that is not most of them")
    if now + middle < built:
        return Word(reason="the servers' time lies before this system was built")
    return Word(offset=median(agreed))


def to_set(word: Word, now: float) -> float | None:
    """What to set the clock to, in seconds since 1970; None where it is right enough, or nothing is known."""
    return now + word.offset if word.offset is not None and abs(word.offset) > STEP else None
