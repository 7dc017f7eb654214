"""A call by UDP that goes on while something befalls the paths: what its two ends would say of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import pairwise

from msgspec import Struct

from qemu.drive.shell import Job
from qemu.world.inside.call import EVERY
from qemu.world.rehearsal import Rehearsal
from qemu.world.vm import World

PORT = 3478
"""Of the other end."""
COMMAND = "cd /run/world/src && exec python3 -m qemu.world.inside.call"
PACKETS = 100
"""That have come back before it counts as going on."""
HEARD = re.compile(r"^(\d+\.\d{3}) (\d+) ([\d.]+:\d+)$", re.MULTILINE)
"""As qemu/world/inside/call.py tells it; while it is read, its last line may be half written."""


class Heard(Struct, frozen=True):
    """A packet that came back."""

    at: float
    number: int
    seen: str
    """The address that the other end saw."""


class Call(Struct, frozen=True, kw_only=True):
    """What became of it while something went wrong. Seconds are the world's."""

    lost: float
    """Of its packets, from 0 to 1."""
    silence: float
    """The longest time in which none came back."""
    jitter: float
    """By how much later or sooner than the one before it a packet came back than it was sent, in seconds, in the mean
    (RFC 3550, 6.4.1, without its smoothing)."""
    addresses: tuple[str, ...]
    """Public addresses with their ports under which the other end saw it, from the first packet to the last."""


def heard(text: str) -> list[Heard]:
    return [Heard(float(at), int(number), seen) for at, number, seen in HEARD.findall(text)]


def silence(packets: Sequence[Heard]) -> float:
    """
    >>> silence([Heard(1, 1, ""), Heard(2, 2, ""), Heard(5, 3, "")])
    3
    """
    return max(after.at - before.at for before, after in pairwise(packets))


def judged(packets: Sequence[Heard], begin: float, end: float) -> Call | None:
    """Of all packets that came back, what befell those between two times; None where no packet came before, or none
    after: then nobody can say how many were lost.

    >>> came = [Heard(0.02 * n, n, "192.0.2.1:7") for n in range(500) if not 100 < n <= 150]
    >>> call = judged(came, 1.0, 6.0)
    >>> f"{call.lost:.2f} {call.silence:.2f} {call.jitter:.2f} {call.addresses}"
    "0.20 1.02 0.00 ('192.0.2.1:7',)"
    """
    before = [each for each in packets if each.at <= begin]
    after = [each for each in packets if each.at > end]
    if not before or not after:
        return None
    during = [before[-1], *(each for each in packets if begin < each.at <= end), after[0]]
    sent = max(after[0].number - before[-1].number, 1)
    steps = [abs(late.at - soon.at - (late.number - soon.number) * EVERY) for soon, late in pairwise(during)]
    # Over a silence nobody knows when the next one was sent.
    near = [step for step, (soon, late) in zip(steps, pairwise(during), strict=True) if late.number == soon.number + 1]
    return Call(
        lost=max(0.0, 1 - (len({each.number for each in during}) - 1) / sent),
        silence=silence(during),
        jitter=sum(near) / len(near) if near else 0.0,
        addresses=tuple(dict.fromkeys(each.seen for each in packets)),
    )


@contextmanager
def meanwhile(rig: Rehearsal) -> Iterator[Job | None]:
    """As `going_on`; no call where the site carries no UDP."""
    with going_on(rig.world) if rig.site.carriers else nullcontext() as talk:
        yield talk


@contextmanager
def going_on(world: World) -> Iterator[Job]:
    """A device of the LAN's speaks with somebody on the Internet; what the job has told at its end is for `heard`."""
    web = world.description.web.address
    other_end = world.host("web").start(f"{COMMAND} answer {web} {PORT}")
    call = world.host("lan").start(f"{COMMAND} call {web} {PORT}")
    try:
        call.wait_for_lines(PACKETS)
        yield call
    finally:
        call.stop()
        other_end.stop()
