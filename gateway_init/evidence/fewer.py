"""That fewer of a line's paths carry for a spell: how long not, where that was in vain, and what a person is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

LONGEST = 3600.0
"""Seconds until it is tried again at most, whatever was tried before."""


class Known(Protocol):
    """What is remembered of a line."""

    @property
    def since(self) -> float | None:
        """Since when fewer of its paths carry; None where all do."""


def pause(falls: int, again_seconds: float) -> float:
    """Seconds for which all paths carry after the fewer were too narrow so often, one time after the other."""
    return min(again_seconds * 2.0 ** min(falls - 1, 20), LONGEST) if falls else 0.0


def changes(before: Mapping[str, Known], after: Mapping[str, Known], begins: str, is_over: str) -> Iterator[str]:
    """What a person is told of lines, by name."""
    for name in dict.fromkeys([*before, *after]):
        had, has = (name in each and each[name].since is not None for each in (before, after))
        if had != has:
            yield f"{name}: {begins if has else is_over}"
