"""One rig put through its paces: what all paths do together, and what a fault on one of them costs."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping

from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Job
from qemu.machine.accel import pace, slowness
from qemu.rehearse import act, call, scenario
from qemu.rehearse.figures import Row, Sum, arrivals, attempts, longest_gap, slowest, soonest
from qemu.rehearse.scenario import Fault
from qemu.world.carried import carried, shares
from qemu.world.content import content
from qemu.world.rehearsal import Rehearsal
from qemu.world.topology import DOWN_KBIT

LIMIT = 600.0
"""Seconds on the reference machine that one transfer may take."""
FLOW = "cd /run/world/src && exec python3 -m qemu.world.inside.flow"
"""Command of the LAN's client with a watch."""
SIGN = "/run/befallen"
"""A file on the LAN's client: whoever is to connect anew begins."""
ENDLESS = 300_000_000
"""Bytes of a live flow: more than any measurement lasts."""


SPARE = 3.5
"""Times slower than machines are here are the lines down, all together: a box, or a world, that has no processor left
answers late, and that is no line's fault."""


class Wrong(AssertionError):
    """What arrived is not what was sent."""


def filled(lines: int) -> int:
    """What each of so many lines is to carry down, in kbit/s, so that this machine's emulated box fills them all."""
    return min(DOWN_KBIT, round(DOWN_KBIT / (SPARE * pace() * lines)))


def together(rig: Rehearsal) -> Sum:
    """Download and upload over all paths. Raises Wrong where a byte is another one."""
    down, before = scenario.DOWNLOAD, carried(rig.world)
    begun = now(rig)
    told = rig.world.host("lan").succeed(
        f"curl -sS --fail -o /run/rehearsal http://{rig.world.description.web.name}/bytes/{down} && "
        "date +%s.%N && sha256sum </run/rehearsal",
        LIMIT,
    )
    ended, digest = told.split()[:2]
    if digest != hashlib.sha256(content(down)).hexdigest():
        raise Wrong(f"the download of {down} bytes came as others")
    after = carried(rig.world)
    took, sent = _flow(rig, f"send {rig.world.description.web.name} {scenario.UPLOAD}").wait(LIMIT).split()
    if sent != hashlib.sha256(content(scenario.UPLOAD)).hexdigest():
        raise Wrong(f"the upload of {scenario.UPLOAD} bytes came as others")
    return Sum(
        download=down * 8e-6 / (float(ended) - begun),
        upload=scenario.UPLOAD * 8e-6 / float(took),
        shares=shares(before, after),
    )


def befall(rig: Rehearsal, fault: Fault, path: str, share: float) -> Row:
    """Let a fault befall a path while a flow is live, and a call. Every path is up before and, in time, afterwards."""
    with call.meanwhile(rig) as talk:
        return _befall(rig, fault, path, share, talk)


def _befall(rig: Rehearsal, fault: Fault, path: str, share: float, talk: Job | None) -> Row:
    route, web, leaked = rig.world.route(path), rig.world.description.web.name, rig.world.leaked()
    used = {path, *(other for other in rig.site.paths if rig.site.used(other) == "always")}
    carrying = {other: count for other, count in carried(rig.world).items() if other in used}
    going = _flow(rig, f"live {web} {ENDLESS}")
    wait_until_carries(rig, {path: carrying.pop(path)})
    # Of a connection that no other path has joined yet, any fault is the end.
    wait_until_carries(rig, carrying)
    lan = rig.world.host("lan")
    lan.succeed(f"rm -f {SIGN}")
    fetching = _flow(rig, f"anew {web} {scenario.SMALL} {fault.seconds} {SIGN}")
    fetching.wait_until_says("ready")
    begun = now(rig)
    act.begin(fault, rig, path)
    try:
        lan.succeed(f"touch {SIGN}")
        act.last(fault, rig, path, begun + fault.seconds)
    finally:
        act.end(fault, rig, path)
    ended, blocked = now(rig), route.bytes().down
    served = attempts(fetching.wait(LIMIT))
    # A connection that lost the path with the option stays without it: who opens now shows that it carries again.
    fresh = _flow(rig, f"live {web} {ENDLESS}") if fault.strips else None
    back = wait_until_carries(rig, {path: blocked})
    if fresh:
        fresh.stop()
    came, alive = arrivals(going.stop())
    if talk:
        talk.wait_for_lines(call.PACKETS)
    during = [each for each in came if begun < each.at <= ended]
    wait_until_all_up(rig.gateway, scenario.RETURN_LIMIT)
    return Row(
        path=path,
        fault=fault.title,
        share=share,
        gap=longest_gap(came, begun, ended) if alive else None,
        rate=sum(each.bytes for each in during) * 8e-6 / (ended - begun),
        connection=soonest(served, ended - begun),
        later=slowest(served),
        back=None if back is None else back - ended,
        leaked=rig.world.leaked() - leaked,
        call=call.judged(call.heard(talk.stop()), begun, ended) if talk else None,
    )


def wait_until_carries(rig: Rehearsal, since: Mapping[str, int]) -> float | None:
    """Wait until one of these paths has carried as much more as counts; when that was, by the world's clock. For none,
    nobody waits."""
    deadline = time.monotonic() + scenario.RETURN_LIMIT * slowness()
    while since and time.monotonic() < deadline:
        counts = carried(rig.world)
        if any(counts[path] >= before + scenario.CARRIES for path, before in since.items()):
            return now(rig)
    return None


def _flow(rig: Rehearsal, words: str) -> Job:
    return rig.world.host("lan").start(f"{FLOW} {words}")


def now(rig: Rehearsal) -> float:
    """By the world's clock, in seconds since 1970."""
    return float(rig.world.host("isp").succeed("date +%s.%N"))
