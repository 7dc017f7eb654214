"""Several measurements of the same thing, summed up honestly: the least, the middle and the most."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from msgspec import Struct


class Spread(Struct, frozen=True):
    """In the unit of what was measured."""

    least: float
    median: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """
    >>> spread([3.0, 1.0, 2.0])
    Spread(least=1.0, median=2.0, most=3.0)
    """
    return Spread(min(values), median(values), max(values))
