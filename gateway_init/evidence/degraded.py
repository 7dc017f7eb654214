"""Whether a path that carries is to carry only what no other can: (degraded, seen) -> degraded, a pure function.

What a connection is sent comes in order (RFC 8684, 3.3): what goes by a path that has become late holds up what comes
by the others. Three things keep this from harm. A path is measured by its own past and by the others of its line (by
those of lines used no later, if that has no other): one that is full makes all of its paths late, and none is set back
for that. What still carries its part is not touched, whatever its queue: it is late because it is used. And one that is
set back again and again stays so for ever longer.
"""

from __future__ import annotations

from msgspec import Struct, structs

from gateway_init.config.health import Health as Limits
from gateway_init.evidence.health import NEVER, fallen, held

ROW = 3
"""Answers in a row that are late, or beside which too many are lost, until it is: one says nothing."""
SLOWLY, SOON = 64, 8
"""What is usual rises by a 64th of what a longer answer takes more, and falls by an eighth of what a shorter one takes
less: a full line is not usual."""
FOR_GOOD = 4096
"""Of one that is set back, what is usual rises by so little: a way that has become longer for good is late no more
after half an hour of use."""
HALF = 2
"""What is over is as far from usual as half of what was too far."""
TIMES = 3
"""How many times as much as others it has to lose: what all lose is lost on the line."""


class Seen(Struct, frozen=True):
    """What is known of a path when one of its probes was answered."""

    at: float
    """Seconds of a clock that never goes back."""
    rtt: float
    """Seconds until it came."""
    lost: float
    """Share of its last probes, as far as it carried then."""
    lately: float
    """Share of the very last ones."""
    alone: bool
    """Whether no other path of its line carries that is not degraded; where that has no other, none at all."""
    beside: float | None
    """The longest that the last answers of one of those others took that is in no doubt: of the quickest of them; None
    for none."""
    lost_beside: float
    """What that one loses."""
    share: float | None
    """The part of what connections were sent and have sent just now that went over it; None where nobody knows."""


class Degraded(Struct, frozen=True):
    """What is remembered of a path."""

    usual: float | None = None
    """Seconds that its answers take; None before the first one."""
    since: float | None = None
    """Since when it is; None where it is not."""
    row: int = 0
    """Answers in a row by which it is not what it is held to be."""
    falls: int = 0
    """How often it was without being fine for long in between."""
    last: float = NEVER
    """When that was last."""


def step(before: Degraded, seen: Seen, limits: Limits) -> Degraded:
    """What is to be remembered after an answer."""
    usual = seen.rtt if before.usual is None else before.usual
    return _carrying(before, seen, usual, limits) if before.since is None else _set_back(before, seen, usual, limits)


def wants(known: Degraded) -> bool:
    """Whether its share decides, and is to be found out."""
    return known.since is None and known.row > 0


def strained(known: Degraded) -> bool:
    """Whether it carries on for its share alone."""
    return known.since is None and known.row >= ROW


def _carrying(before: Degraded, seen: Seen, usual: float, limits: Limits) -> Degraded:
    row = before.row + 1 if _bad(seen, usual, limits) else 0
    if row >= ROW and seen.share is not None and seen.share * 100 < limits.least_share:
        falls = fallen(before.falls, before.last, seen.at, limits)
        return Degraded(usual, since=seen.at, falls=falls, last=seen.at)
    if not 0 < row <= ROW:
        # What is about to be called late is not usual; what goes on so, and is useful, will be.
        usual += (seen.rtt - usual) / (SLOWLY if seen.rtt > usual else SOON)
    return structs.replace(before, usual=usual, row=row)


def _set_back(before: Degraded, seen: Seen, usual: float, limits: Limits) -> Degraded:
    if seen.alone:
        # It is what there is.
        return structs.replace(before, since=None, row=0)
    if seen.beside is None:
        return before
    row = before.row + 1 if _fine(seen, usual, limits) else 0
    if not row:
        usual += (seen.rtt - usual) / FOR_GOOD
    # From the first time on: what has too little for what it is to carry is as good as ever once it carries nothing.
    held_out = before.since is not None and seen.at < before.since + held(before.falls + 1, limits)
    if row < limits.returned or held_out:
        return structs.replace(before, usual=usual, row=row)
    return structs.replace(before, since=None, row=0)


def _bad(seen: Seen, usual: float, limits: Limits) -> bool:
    return _late(seen, usual, limits.late_ms / 1000) or _lossy(seen, seen.lost, limits.lossy / 100)


def _fine(seen: Seen, usual: float, limits: Limits) -> bool:
    late = _late(seen, usual, limits.late_ms / 1000 / HALF)
    return not late and not _lossy(seen, seen.lately, limits.lossy / 100 / HALF)


def _late(seen: Seen, usual: float, much: float) -> bool:
    return seen.beside is not None and seen.rtt - max(usual, seen.beside) > max(much, usual)


def _lossy(seen: Seen, lost: float, much: float) -> bool:
    return seen.beside is not None and lost > max(much, TIMES * seen.lost_beside)
