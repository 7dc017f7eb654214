"""By how much whatever goes over paths and lines was late in the last seconds, as their probes tell."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from gateway_init.evidence.lateness import Answer, Late, Least, step

LATELY = 3.0
"""Seconds within which an answer says how it is now: five of them, while the LAN uses the Internet."""
TOLD = 2
"""Answers that it takes: one may have been late for its own sake."""
KEPT = 16


class Lateness:
    """Of one path."""

    def __init__(self) -> None:
        self._least: Least | None = None
        self._heard: deque[tuple[float, Late]] = deque(maxlen=KEPT)

    def hear(self, answer: Answer, now: float) -> None:
        """Take note of an answer."""
        self._least, late = step(self._least, answer, now)
        if late:
            self._heard.append((now, late))

    def lately(self, now: float) -> list[Late]:
        """What the last answers showed; nothing where there are too few."""
        # Whoever remembers it does so in another thread.
        fresh = [late for at, late in list(self._heard) if now - at <= LATELY]
        return fresh if len(fresh) >= TOLD else []


def by_line(paths: Iterable[tuple[str, Lateness]], now: float) -> dict[str, Late]:
    """Of each line of which answers came lately: what made all of them late, on all of its paths. `paths`: the line of
    each."""
    lines: dict[str, list[Late]] = {}
    for line, each in paths:
        lines.setdefault(line, []).extend(each.lately(now))
    return {
        line: Late(min(each.down for each in found), min(each.up for each in found))
        for line, found in lines.items()
        if found
    }
