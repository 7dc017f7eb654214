"""At which rate a line is used of which nobody has told what it carries: a pure state machine, one for each way.

Where all that goes one way over a line is late, the line is full, and what arrives is what it carries. A little less is
let on from then on: the queue at its narrow end drains, and what does not fit waits in the box, where cake has one
connection hold up no other. Where that is no help, it was not the line's queue that made it late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, structs

from gateway_init.config.site import Site
from gateway_init.config.unknown_rate import UnknownRate as Limits
from gateway_init.evidence.lateness import Late
from gateway_init.evidence.load import Load
from gateway_init.uplink.kind import Settings, Speed

LESS = 0.9
"""Share of what a line carries that is let on once it was full: what waits has to drain besides."""
MORE, MUCH_MORE = 1.05, 2.0
"""By how much more is let on at a time: up to what was too much once, and beyond."""
BELOW = 0.95
"""Share of what was too much that is let on, until more is tried."""
USED = 0.85
"""Share of what is let on from which on it is that which holds back."""
FREE = 4.0
"""Times what was too much once from which on all is let on: the line has become another one."""
NEAR = 0.2
"""Share by which what is too much may differ from what was, and still be the same limit."""
LEAST = 200.0
"""kbit/s: a line that carries less is late for another reason; so is one that carries SLEEPY of its most at best."""
SLEEPY = 1 / 8
FORGOTTEN = 0.9995
"""What of the most that a line carried still counts at the next sample: half of it after some two hours of use."""
SURE = 2
"""Samples in a row in which it is late before that counts: a queue may fill for a moment."""
SETTLE = 5.0
"""Seconds that senders take to slow down, besides those that the queue before the line takes to pass."""
FALLING = 0.9
"""Share of the lateness of before from which on the queue drains, and it is waited for."""
VAIN = 4
"""How often less is tried in a row, before it is clear that this is no help."""
SOONEST = 15.0
"""Seconds until more is tried than was too much; twice as long each time that it is so again."""


class Pace(Struct, frozen=True, omit_defaults=True):
    """One way of a line. Rates are in kbit/s of packets as its interface counts them, times in seconds since boot."""

    rate: float = 0.0
    """What is let on; 0 for all."""
    late: int = 0
    """Samples in a row in which it was late."""
    most: float = 0.0
    """What it carried at most in those."""
    was: float = 0.0
    """By how many seconds it was late in the last of them."""
    best: float = 0.0
    """What it carried at most, of late."""
    over: float = 0.0
    """What was too much last."""
    at: float = float("-inf")
    """When that was; or when it was found out that less was no help."""
    again: int = 0
    """How often the same was too much in a row."""
    vain: int = 0
    """How often less was tried in a row."""


class Paces(Struct, frozen=True, omit_defaults=True):
    """Of a line."""

    down: Pace = Pace()
    """Towards the home."""
    up: Pace = Pace()
    """Towards the Internet."""


class Seen(Struct, frozen=True):
    """A new sample."""

    at: float
    carried: float
    """kbit/s."""
    late: float
    """Seconds by which whatever goes that way is late."""


def step(before: Pace, seen: Seen, limits: Limits) -> Pace:
    """The next state."""
    before = structs.replace(before, best=max(seen.carried, before.best * FORGOTTEN))
    if seen.late * 1000 >= limits.late_ms:
        return _late(before, seen, limits)
    calm = _unheard(before)
    if not before.rate:
        return calm
    calm = structs.replace(calm, vain=0)
    soon = seen.late * 1000 <= limits.soon_ms
    tried = seen.carried >= USED * before.rate and (soon or seen.at - before.at >= limits.again_seconds)
    return _more(calm, seen, limits, MUCH_MORE if soon else MORE) if tried else calm


def paced(site: Site, before: Mapping[str, Paces], load: Load, late: Mapping[str, Late]) -> dict[str, Paces]:
    """What is known of the lines after a new sample, as far as there is anything to be remembered. `late`: of those
    whose paths were heard lately."""
    limits = site.policy.unknown_rate
    found = {
        name: _line(settings, before.get(name, Paces()), name, load, late, limits)
        for name, settings in site.uplinks.items()
    }
    return {name: each for name, each in found.items() if each != Paces()}


def narrowed(site: Site, known: Mapping[str, Paces]) -> Site:
    """The site, with no line quicker than what is let on of it: that much is all that it will carry when it is busy."""
    slower = {
        name: structs.replace(settings, speed=_slower(settings.speed, known[name]))
        for name, settings in site.uplinks.items()
        if name in known and settings.speed
    }
    return structs.replace(site, uplinks={**site.uplinks, **slower}) if slower else site


def changes(before: Mapping[str, Paces], after: Mapping[str, Paces]) -> Iterator[str]:
    """What a person is told: that a line is paced, or that this was no help. By how much, `braid status` tells."""
    for name in dict.fromkeys([*before, *after]):
        for way, whither in (("down", "what comes in"), ("up", "what goes out")):
            had, has = (getattr(each.get(name, Paces()), way) for each in (before, after))
            if has.rate and not had.rate:
                yield f"{name}: {whither} is late; it carries {has.over:.0f} kbit/s, and a little less is let on"
            elif had.rate and not has.rate and has.vain:
                yield f"{name}: {whither} is late however little is let on; all of it is again"


def _line(settings: Settings, before: Paces, name: str, load: Load, late: Mapping[str, Late], limits: Limits) -> Paces:
    rate, told = load.rates.get(name), settings.rate
    down, up = before.down, before.up
    if rate is None:
        down, up = _unheard(down), _unheard(up)
    elif name not in late:
        down, up = _alone(down, load.at, rate.down / 1000, limits), _alone(up, load.at, rate.up / 1000, limits)
    else:
        down = step(down, Seen(load.at, rate.down / 1000, late[name].down), limits)
        up = step(up, Seen(load.at, rate.up / 1000, late[name].up), limits)
    off = not limits.late_ms
    return Paces(Pace() if off or (told and told.down) else down, Pace() if off or told else up)


def _unheard(before: Pace) -> Pace:
    """Whether it is late now, nobody knows."""
    return structs.replace(before, late=0, most=0.0, was=0.0)


def _alone(before: Pace, at: float, carried: float, limits: Limits) -> Pace:
    """A line that is used, but over which no probe is answered, is not held back for ever."""
    held = before.rate and carried >= USED * before.rate
    return Pace(best=before.best) if held and at - before.at >= limits.again_seconds else _unheard(before)


def _slower(speed: Speed, known: Paces) -> Speed:
    down, up = (round(way.rate) or most for way, most in ((known.down, speed.down), (known.up, speed.up)))
    return Speed(down=min(down, speed.down), up=min(up, speed.up))


def _late(before: Pace, seen: Seen, limits: Limits) -> Pace:
    if before.vain >= VAIN and not before.rate:
        if seen.at - before.at < limits.again_seconds:
            return before
        before = structs.replace(before, vain=0)
    late = structs.replace(before, late=before.late + 1, most=max(before.most, seen.carried), was=seen.late)
    falls, old = seen.late < FALLING * before.was, seen.at - before.at < seen.late + SETTLE
    if before.rate and (falls or old):
        return late
    idle = late.most < max(LEAST, before.best * SLEEPY)
    if before.rate and (before.vain >= VAIN or (idle and late.late > VAIN * SURE)):
        return Pace(best=before.best, at=seen.at, vain=VAIN)
    if late.late < SURE or idle:
        return late
    # Of a line that carries less, it shows soon that this is no help.
    over = max(LEAST, min(before.rate, late.most)) if before.rate else late.most
    again = before.again + 1 if abs(over - before.over) <= NEAR * before.over else 0
    vain = before.vain + 1 if before.rate else 0
    return Pace(rate=over * LESS, was=seen.late, best=before.best, over=over, at=seen.at, again=again, vain=vain)


def _more(before: Pace, seen: Seen, limits: Limits, beyond: float) -> Pace:
    """More is let on of a line that is used: `beyond` what was too much once, so many times as much."""
    if seen.at - before.at < min(SOONEST * 2**before.again, limits.again_seconds):
        return structs.replace(before, rate=max(before.rate, min(before.rate * MORE, before.over * BELOW)))
    rate = before.rate * (MORE if before.rate <= before.over else beyond)
    return Pace(best=before.best) if rate > before.over * FREE else structs.replace(before, rate=rate)
