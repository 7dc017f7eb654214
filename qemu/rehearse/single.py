"""What there is one of fails: the destination's machine, or a program of the box. When somebody is served again."""

from __future__ import annotations

from qemu.drive.ready import wait_until_all_up
from qemu.rehearse import scenario
from qemu.rehearse.figures import Failure, arrivals, attempts, longest_gap, soonest
from qemu.rehearse.measure import ENDLESS, FLOW, LIMIT, SIGN, now
from qemu.rehearse.scenario import Single
from qemu.world.rehearsal import Rehearsal

RUNNING = "systemctl list-units 'braid*.service' --state=running --plain --no-legend | cut -d' ' -f1"
DEAF = "table ip deaf { chain in { type filter hook prerouting priority -400; policy drop; }; }"
"""A machine that hears nothing any more, in the words of nft(8): nobody is told."""


def befallen(rig: Rehearsal, what: Single) -> list[str]:
    """All that it could befall: the destination, or each of the box's own programs, by its unit."""
    return rig.gateway.succeed(RUNNING).split() if what.signal else [rig.site.main]


def fail(rig: Rehearsal, what: Single, which: str) -> Failure:
    """Let it befall one of those while a flow is live. Every path is up before and, in time, afterwards."""
    lan, web, leaked = rig.world.host("lan"), rig.world.description.web.name, rig.world.leaked()
    going = lan.start(f"{FLOW} live {web} {ENDLESS}")
    going.wait_for_lines(1)
    lan.succeed(f"rm -f {SIGN}")
    fetching = lan.start(f"{FLOW} anew {web} {scenario.SMALL} {what.seconds + scenario.AFTERWARDS} {SIGN}")
    fetching.wait_until_says("ready")
    begun = now(rig)
    main = _begin(rig, what, which)
    try:
        lan.succeed(f"touch {SIGN}")
        until = begun + what.seconds
        rig.world.host("isp").succeed(f"while [ $(date +%s) -lt {until:.0f} ]; do sleep 0.2; done", LIMIT)
    finally:
        if not what.signal:
            rig.world.host(which).succeed("nft delete table ip deaf")
    lasted = now(rig) - begun if what.seconds else 0.0
    served = [each for each in attempts(fetching.wait(LIMIT)) if each.whole is None or each.whole > lasted]
    ended = now(rig)
    came, alive = arrivals(going.stop())
    if what.signal:
        # Whoever was stopped, and nobody has started anew, would stay so.
        rig.gateway.execute(f"kill -CONT {main}")
    wait_until_all_up(rig.gateway, scenario.RETURN_LIMIT)
    again = soonest(served, ended - begun)
    return Failure(
        what=what.title,
        which=which,
        gap=longest_gap(came, begun, ended) if alive else None,
        served=None if again is None else again - lasted,
        leaked=rig.world.leaked() - leaked,
    )


def _begin(rig: Rehearsal, what: Single, which: str) -> str:
    """Returns the process that has got a signal; empty where none has."""
    if not what.signal:
        rig.world.host(which).succeed(f"nft '{DEAF}'")
        return ""
    main = rig.gateway.succeed(f"systemctl show --value -p MainPID {which}").strip()
    rig.gateway.succeed(f"kill -{what.signal} {main}")
    return main
