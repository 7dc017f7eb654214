"""All paths dead at once: how many of those who were connected are served again, and when."""

from __future__ import annotations

import time

from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Job
from qemu.machine.accel import slowness
from qemu.rehearse import call, scenario
from qemu.rehearse.figures import Survival
from qemu.rehearse.measure import FLOW, LIMIT, now
from qemu.rehearse.scenario import Outage
from qemu.world.counterpart import counterpart
from qemu.world.rehearsal import Rehearsal

ANSWERS = "/run/kept"
"""A file of the LAN's client: when, and over which of the connections."""


def outage(rig: Rehearsal, what: Outage) -> Survival:
    """Let it befall all paths while connections are open, and a call goes on. Every path is up before and, in time,
    afterwards."""
    with call.meanwhile(rig) as talk:
        return _outage(rig, what, talk)


def _outage(rig: Rehearsal, what: Outage, talk: Job | None) -> Survival:
    lan, web, leaked = rig.world.host("lan"), rig.world.description.web.name, rig.world.leaked()
    kept = lan.start(f"{FLOW} keep {web} {scenario.OPEN} {scenario.ASKED} >{ANSWERS}")
    lan.wait_until(_since(0), lambda text: len(text.split()) == scenario.OPEN, LIMIT, "they are not all open")
    begun = now(rig)
    _begin(rig, what)
    try:
        rig.world.host("isp").succeed(
            f"while [ $(date +%s) -lt {begun + what.seconds:.0f} ]; do sleep 0.5; done", LIMIT
        )
    finally:
        _end(rig, what)
    ended = now(rig)
    connection = lan.succeed(f"{FLOW} fetch {web} {scenario.SMALL} {scenario.RESUME_LIMIT * slowness()}", LIMIT).strip()
    deadline = time.monotonic() + scenario.RESUME_LIMIT * slowness()
    while len(resumed := lan.succeed(_since(ended)).split()) < scenario.OPEN and time.monotonic() < deadline:
        time.sleep(1)
    kept.stop()
    wait_until_all_up(rig.gateway, scenario.RETURN_LIMIT)
    if talk:
        talk.wait_for_lines(call.PACKETS)
    took = sorted(float(at) - ended for at in resumed)
    return Survival(
        outage=f"{what.title}, {what.seconds:.0f} s",
        connection=None if connection == "none" else float(connection),
        resumed=len(took) / scenario.OPEN,
        first=min(took, default=None),
        last=max(took, default=None),
        leaked=rig.world.leaked() - leaked,
        call=call.judged(call.heard(talk.stop()), begun, ended) if talk else None,
    )


def _since(begin: float) -> str:
    """Command that prints when each connection was answered first after a time."""
    return f"awk '$1 > {begin:.3f} && !seen[$2]++ {{ print $1 }}' {ANSWERS}"


def _begin(rig: Rehearsal, what: Outage) -> None:
    for path in rig.site.paths:
        rig.world.route(path).block()
    for name, _ in _cut(rig, what):
        rig.world.uplink(name).cut()


def _end(rig: Rehearsal, what: Outage) -> None:
    for path in rig.site.paths:
        rig.world.route(path).restore()
    for name, lends in _cut(rig, what):
        rig.world.uplink(name).restore(new_address=lends)


def _cut(rig: Rehearsal, what: Outage) -> list[tuple[str, bool]]:
    """The lines that are dead themselves, and whether they come back with another address."""
    ends = {line.name: counterpart(line.kind) for line in rig.world.description.lines}
    return [(name, end.LENDS) for name, end in ends.items() if what.lines and end.CABLE]
