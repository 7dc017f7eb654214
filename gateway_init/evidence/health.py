"""The judgement on one path, as a function of what is seen of it: (health, event) -> (health, actions).

Fast down, slow up. Two things keep it from harm: a path is left only while another one is known to be alive, so a box
or a destination that stands still takes no path down; and whatever is heard over a path counts, a late answer as an
early one, so a slow path is never taken for a dead one.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal, TypeAlias

from msgspec import Struct, structs

from gateway_init.config.health import Health as Limits

Condition: TypeAlias = Literal["up", "suspect", "down", "recovering"]
"""`suspect` carries on; a path that is `down` or `recovering` carries nothing but probes."""
NEVER = float("-inf")
SMOOTH = 8
"""A new round-trip time counts one eighth (RFC 6298, 2.3)."""


class Action(Enum):
    LEAVE = "leave"
    RETURN = "return"
    REJOIN = "rejoin"
    """It was silent and was not left, since no other path was alive. What its connections sent meanwhile, they would
    send again ever later (RFC 6298, 5.5): they are to join over it anew."""


class Asked(Struct, frozen=True):
    """A probe was sent. Times are seconds of a clock that never goes back."""

    at: float


class Answered(Struct, frozen=True):
    """A probe was answered."""

    at: float
    rtt: float
    """Seconds."""


class Carried(Struct, frozen=True):
    """A connection over the path has received something, or the other end has acknowledged something."""

    at: float


class Stalled(Struct, frozen=True):
    """Who watches was not woken in time: the box is busy, and so are those by whom answers come."""

    at: float
    late: float
    """Seconds."""


class Passed(Struct, frozen=True):
    """Time has passed."""

    at: float
    others: float
    """When another path showed a sign of life last; NEVER where none did."""


Event: TypeAlias = Asked | Answered | Carried | Stalled | Passed


class Health(Struct, frozen=True):
    """What is known of a path."""

    condition: Condition = "up"
    alive: float = NEVER
    """Last sign of life."""
    asked: float = NEVER
    """Last probe."""
    owing: float | None = None
    """When the first probe was sent after the last sign of life; None where none was."""
    unanswered: int = 0
    """Probes since then."""
    witnessed: float | None = None
    """When another path showed a sign of life first since `owing`; None where none did, or they fell silent, too."""
    mute: float | None = None
    """When the first probe was sent after the last one that was answered; None where none was."""
    resumed: float | None = None
    """When a connection showed a sign of life first since `mute`; None where none did."""
    answered: int = 0
    """Those answered in a row since it began to recover."""
    rtt: float | None = None
    """Of its probes, smoothed, in seconds."""
    jitter: float = 0.0
    """Mean deviation from it."""
    left: float = NEVER
    """When it was left last."""
    falls: int = 0
    """How often it was left without being steady in between."""

    @property
    def carries(self) -> bool:
        return self.condition in ("up", "suspect")


def step(health: Health, event: Event, limits: Limits) -> tuple[Health, tuple[Action, ...]]:
    """The health after an event, and what is to be done."""
    match event:
        case Asked(at):
            owing = at if health.owing is None else health.owing
            mute = at if health.mute is None else health.mute
            return structs.replace(health, asked=at, owing=owing, mute=mute, unanswered=health.unanswered + 1), ()
        case Answered(at, rtt):
            heard = structs.replace(_timed(_heard(health, at), rtt), mute=None, resumed=None)
            return _answered(heard, at, _silence(health, at - rtt), limits)
        case Carried(at):
            resumed = at if health.mute is not None and health.resumed is None else health.resumed
            return structs.replace(_heard(health, at), resumed=resumed), ()
        case Stalled(at, late):
            begun = {name: getattr(health, name) for name in ("owing", "witnessed", "mute")}
            return structs.replace(health, **{name: _put_off(each, late, at) for name, each in begun.items()}), ()
        case Passed(at, others):
            return _passed(health, at, others, limits)


def due(health: Health, limits: Limits, *, busy: bool, metered: bool) -> float:
    """When the next probe is to be sent. `busy`: the LAN uses the Internet; `metered`: bytes over the path count."""
    doubt = limits.doubt_ms / 1000
    rest = float(limits.metered_seconds if metered else limits.idle_seconds)
    pause = limits.busy_ms / 1000 if busy else rest
    match health.condition:
        case "up" if health.owing is not None and _eager(health, limits):
            # As soon as it is overdue, however seldom it is asked otherwise.
            return min(health.asked + pause, max(health.asked + doubt, health.owing + _again(health)))
        case "recovering" if health.answered >= limits.returned:
            # All that is missing is the end of its time.
            return max(health.asked + doubt, min(health.asked + pause, health.left + hold(health, limits)))
        case "recovering":
            pause = doubt
        case "suspect" if _eager(health, limits):
            pause = doubt
        case "down" if health.asked - health.left < limits.fresh_seconds:
            pause = 2 * limits.busy_ms / 1000
        case "down":
            pause = rest if metered else rest / 2
    return health.asked + pause


def pressing(health: Health, limits: Limits) -> bool:
    """Whether a path has come into doubt lately, so that what becomes of it is worth more probes."""
    return health.condition == "suspect" and health.owing is not None and _eager(health, limits)


def dead(health: Health, at: float, limits: Limits) -> bool:
    """Whether it would be left, were another path alive."""
    silent = health.owing is not None and at - health.owing >= _endured(health, limits)
    return health.carries and silent and health.rtt is not None and health.unanswered >= limits.lost


def _eager(health: Health, limits: Limits) -> bool:
    """Whether it is worth more probes: for a while after the last answer, and after others came back before it."""
    if health.mute is None:
        return False
    begun = [health.mute]
    if health.rtt is not None and health.witnessed is not None and not _all_along(health, limits):
        begun.append(health.witnessed)
    return health.asked - max(begun) < limits.fresh_seconds


def hold(health: Health, limits: Limits) -> float:
    """Seconds that a path is kept out after it was left."""
    return held(health.falls, limits)


def fallen(falls: int, last: float, at: float, limits: Limits) -> int:
    """How often a path fell lately that does so now: before that so often, and at that time last."""
    return 1 if at - last >= limits.steady_seconds else falls + 1


def held(falls: int, limits: Limits) -> float:
    """Seconds that a path is kept out which fell so often lately: a flapper ever longer."""
    if falls < 2:
        return 0.0
    return float(min(limits.hold_seconds * 2 ** min(falls - 2, 20), limits.most_hold_seconds))


def _heard(health: Health, at: float) -> Health:
    return structs.replace(
        health,
        alive=at,
        owing=None,
        witnessed=None,
        unanswered=0,
        condition="up" if health.condition == "suspect" else health.condition,
    )


def _timed(health: Health, rtt: float) -> Health:
    if health.rtt is None:
        return structs.replace(health, rtt=rtt, jitter=rtt / 2)
    off = abs(rtt - health.rtt)
    return structs.replace(
        health,
        rtt=health.rtt + (rtt - health.rtt) / SMOOTH,
        jitter=health.jitter + (off - health.jitter) / (SMOOTH / 2),
    )


def _silence(health: Health, sent: float) -> float:
    """Seconds for which nothing at all was heard until a probe was answered that was sent then."""
    if health.mute is None or health.rtt is None:
        return 0.0
    return (sent if health.resumed is None else health.resumed) - health.mute


def _answered(health: Health, at: float, silence: float, limits: Limits) -> tuple[Health, tuple[Action, ...]]:
    """`silence`: seconds for which nothing had been heard before."""
    if health.carries:
        return health, (Action.REJOIN,) if silence >= limits.rejoin_seconds else ()
    health = structs.replace(health, condition="recovering", answered=health.answered + 1)
    if health.answered < limits.returned or at < health.left + hold(health, limits):
        return health, ()
    return structs.replace(health, condition="up", answered=0), (Action.RETURN,)


def _passed(health: Health, at: float, others: float, limits: Limits) -> tuple[Health, tuple[Action, ...]]:
    if health.owing is None:
        return health, ()
    waited = at - health.owing
    health = _witnessed(health, at, others, limits)
    if waited <= patience(health, limits):
        return health, ()
    if health.condition == "recovering":
        return structs.replace(health, condition="down", answered=0), ()
    if not health.carries:
        return health, ()
    long = _alone(health, at, limits) >= _endured(health, limits) and health.unanswered >= limits.lost
    others_live = at - others <= _soon(limits)
    # Where no probe was ever answered, nobody may be there to answer: a server with a kit of before.
    if not (long and others_live and health.rtt is not None):
        return structs.replace(health, condition="suspect"), ()
    falls = fallen(health.falls, health.left, at, limits)
    return structs.replace(health, condition="down", answered=0, left=at, falls=falls), (Action.LEAVE,)


def _witnessed(health: Health, at: float, others: float, limits: Limits) -> Health:
    if health.witnessed is None and health.owing is not None and at - others <= _soon(limits) and others > health.owing:
        health = structs.replace(health, witnessed=others)
        # What was lost while all were silent shows nothing of this one.
        return health if _all_along(health, limits) else structs.replace(health, unanswered=0)
    if health.witnessed is not None and at - others > _soon(limits) + limits.down_ms / 1000:
        return structs.replace(health, witnessed=None)
    return health


def _alone(health: Health, at: float, limits: Limits) -> float:
    """Seconds for which it was silent and others were not: after a silence of all, who is back second is not blamed."""
    if health.owing is None or health.witnessed is None:
        return 0.0
    return at - (health.owing if _all_along(health, limits) else health.witnessed)


def _all_along(health: Health, limits: Limits) -> bool:
    """Whether other paths lived while this one owed an answer, and did not come back later."""
    return health.owing is None or (health.witnessed is not None and health.witnessed - health.owing <= _soon(limits))


def _soon(limits: Limits) -> float:
    """Seconds within which something is heard of a path that lives, while another one is in doubt."""
    return limits.down_ms / 1000


def _put_off(begun: float | None, late: float, at: float) -> float | None:
    return None if begun is None else min(at, begun + late)


def _endured(health: Health, limits: Limits) -> float:
    """Seconds without a sign of life until a path is left. One whose answers come now soon, now late, is given twice
    what a sender would wait for."""
    return max(limits.down_ms / 1000, 2 * _again(health))


def _again(health: Health) -> float:
    """Seconds after which a sender would send again (RFC 6298, 2.3); 0 where nobody knows."""
    return 0.0 if health.rtt is None else health.rtt + 4 * health.jitter


def patience(health: Health, limits: Limits) -> float:
    """Seconds that an answer may take until the path is in doubt."""
    usual = 0.0 if health.rtt is None else 3 * (health.rtt + health.jitter)
    return max(limits.suspect_ms / 1000, usual)
