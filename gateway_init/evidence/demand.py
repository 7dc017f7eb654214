"""Which of the lines on demand are taken in: a pure state machine, from what was and what is to what should be.

A line is taken in while there is a reason, and for `idle_seconds` longer, unless a person says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from gateway_init.config.policy import Demand as Settings
from gateway_init.facts.facts import Asked

BY_HAND = "by hand"
ALONE = "no other path is up"
BUSY = "the other lines are busy"

GRACE = 60.0
"""Seconds from the first look in which the other lines may come up for the first time: a start is no emergency."""
MOMENT = 2.0
"""Seconds in which a person's word may be on its way while the daemon decides."""


class Taken(Struct, frozen=True):
    """A line on demand that is in use."""

    why: str
    needed: float
    """When there was a reason last."""


class Demand(Struct, frozen=True, omit_defaults=True):
    """What is remembered of one turn for the next. Times are seconds since boot."""

    began: float | None = None
    """The first look of all."""
    met: bool = False
    """Whether a path that is not on demand was ever up since."""
    busy: float | None = None
    """Since when the lines in use are busy; None where they are not."""
    reason: float | None = None
    """Since when there has been a reason to take lines in; None where there is none. To be alone is a new one."""
    why: str = ""
    """Which."""
    taken: dict[str, Taken] = {}
    """Lines in use, by name."""


class Look(Struct, frozen=True):
    """What is known now."""

    now: float
    others: bool
    """Whether a path is up that is not on demand."""
    fresh: bool = True
    """Whether the last sample of what the lines carry is a new one."""
    share: float | None = None
    """What it is of the speed of the lines that are always in use; None: not known."""
    asked: Mapping[str, Asked] = {}
    """What a person wants, by the names of lines."""


def decide(before: Demand, lines: Collection[str], look: Look, wanted: Settings) -> Demand:
    """The next state. `lines` are the names of those on demand."""
    now = look.now
    began = now if before.began is None else before.began
    met = before.met or look.others
    busy = _busy(before, look, wanted)
    why = ""
    if not look.others and (met or now - began >= GRACE):
        why = ALONE
    elif busy is not None and now - busy >= wanted.busy_seconds:
        why = BUSY
    goes_on = before.reason is not None and (why == before.why or why != ALONE)
    reason = before.reason if goes_on else now
    taken: dict[str, Taken] = {}
    for name in lines:
        asked, last = look.asked.get(name), before.taken.get(name)
        if asked and asked.taken and (asked.until is None or now < asked.until):
            taken[name] = Taken(BY_HAND, now)
        elif asked and not asked.taken and _holds(asked, reason, last):
            continue
        elif why:
            taken[name] = Taken(why, now)
        elif last and last.why != BY_HAND and now - last.needed < wanted.idle_seconds:
            taken[name] = last
    return Demand(began=began, met=met, busy=busy, why=why, reason=reason if why else None, taken=taken)


def changes(before: Demand, after: Demand) -> Iterator[str]:
    """What a person is told of a turn."""
    for name, taken in after.taken.items():
        if name not in before.taken or before.taken[name].why != taken.why:
            yield f"{name}: in use, {taken.why}"
    yield from (f"{name}: let go" for name in before.taken if name not in after.taken)


def _busy(before: Demand, look: Look, wanted: Settings) -> float | None:
    if not look.fresh:
        return before.busy
    if look.share is None or look.share * 100 < wanted.busy:
        return None
    return look.now if before.busy is None else before.busy


def _holds(asked: Asked, reason: float | None, last: Taken | None) -> bool:
    """Whether a person's `down` still counts: until there is another reason than the one that he knew of."""
    then = asked.at + MOMENT
    return (reason is None or reason <= then) and (last is None or last.needed <= then)
