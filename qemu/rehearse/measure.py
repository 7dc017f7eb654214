"""One rig put through its paces: what all paths do together, and what a fault on one of them costs."""

from __future__ import annotations

import hashlib
import time

from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Job
from qemu.machine.accel import slowness
from qemu.rehearse import scenario
from qemu.rehearse.figures import Row, Sum, arrivals, longest_gap
from qemu.rehearse.scenario import Fault
from qemu.world.carried import carried, shares
from qemu.world.content import content
from qemu.world.rehearsal import Rehearsal
from qemu.world.route import Route

LIMIT = 600.0
"""Seconds on the reference machine that one transfer may take."""
ENDLESS = 500_000_000
"""Bytes of a live flow: more than any measurement lasts."""


class Wrong(AssertionError):
    """What arrived is not what was sent."""


def together(rig: Rehearsal) -> Sum:
    """Download and upload over all paths. Raises Wrong where a byte is another one."""
    down, before = scenario.DOWNLOAD, carried(rig.world)
    begun = _now(rig)
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
    """Let a fault befall a path while a flow is live. Every path is up before and, in time, afterwards."""
    route, web, leaked = rig.world.route(path), rig.world.description.web.name, rig.world.leaked()
    going = _flow(rig, f"live {web} {ENDLESS}")
    _wait_until_carries(rig, route, route.bytes().down)
    begun = _now(rig)
    _begin(fault, route)
    try:
        served = _flow(rig, f"fetch {web} {scenario.SMALL} {fault.seconds}").wait(LIMIT).strip()
        rig.world.host("isp").succeed(f"while [ $(date +%s) -lt {begun + fault.seconds:.0f} ]; do sleep 0.2; done")
    finally:
        route.restore()
    ended, blocked = _now(rig), route.bytes().down
    back = _wait_until_carries(rig, route, blocked)
    came, alive = arrivals(going.stop())
    wait_until_all_up(rig.gateway, scenario.RETURN_LIMIT)
    return Row(
        path=path,
        fault=fault.title,
        share=share,
        gap=longest_gap(came, begun, ended) if alive else None,
        connection=None if served == "none" else float(served),
        back=None if back is None else back - ended,
        leaked=rig.world.leaked() - leaked,
    )


def _begin(fault: Fault, route: Route) -> None:
    if fault.silent:
        route.block()
    else:
        route.shape(rate=fault.rate, delay=fault.delay, loss=fault.loss)


def _wait_until_carries(rig: Rehearsal, route: Route, since: int) -> float | None:
    """Wait until a route has carried as much more as counts; when that was, by the world's clock."""
    deadline = time.monotonic() + scenario.RETURN_LIMIT * slowness()
    while time.monotonic() < deadline:
        if route.bytes().down >= since + scenario.CARRIES:
            return _now(rig)
    return None


def _flow(rig: Rehearsal, words: str) -> Job:
    return rig.world.host("lan").start(f"cd /run/world/src && exec python3 -m qemu.world.inside.flow {words}")


def _now(rig: Rehearsal) -> float:
    return float(rig.world.host("isp").succeed("date +%s.%N"))
