"""What there is one of fails: the destination's machine, or a program of the box. When everybody is served again."""

from __future__ import annotations

from qemu.drive.ready import wait_until_all_up
from qemu.rehearse import scenario
from qemu.rehearse.figures import Attempt, Failure, arrivals, attempts, longest_gap, unserved
from qemu.rehearse.measure import ENDLESS, FLOW, LIMIT, SIGN, now, wait_until_carries
from qemu.rehearse.scenario import Single
from qemu.world.carried import carried
from qemu.world.rehearsal import Rehearsal

RUNNING = "systemctl list-units 'braid*.service' --state=running --plain --no-legend | cut -d' ' -f1"
TIME = "date +%s.%N"
DEAF = "table ip deaf { chain in { type filter hook prerouting priority -400; policy drop; }; }"
"""A machine that hears nothing any more, in the words of nft(8): nobody is told."""


def befallen(rig: Rehearsal, what: Single) -> list[str]:
    """All that it could befall: the destination, or each of the box's own programs, by its unit."""
    return rig.gateway.succeed(RUNNING).split() if what.signal else [rig.site.main]


def fail(rig: Rehearsal, what: Single, which: str) -> Failure:
    """Let it befall one of those while a flow is live. Every path is up before and, in time, afterwards."""
    lan, web, leaked = rig.world.host("lan"), rig.world.description.web.name, rig.world.leaked()
    used = {path for path in rig.site.paths if rig.site.used(path) == "always"}
    before = {path: count for path, count in carried(rig.world).items() if path in used}
    going = lan.start(f"{FLOW} live {web} {ENDLESS}")
    for path, count in before.items():
        # Of a connection that no other path has joined yet, any fault is the end.
        wait_until_carries(rig, {path: count})
    lan.succeed(f"rm -f {SIGN}")
    fetching = lan.start(f"{FLOW} anew {web} {scenario.SMALL} {what.seconds + scenario.AFTERWARDS} {SIGN}")
    fetching.wait_until_says("ready")
    if what.signal:
        begun, ended, zero = _signalled(rig, what.signal, which)
    else:
        begun, ended, zero = _deafened(rig, what.seconds, which)
    tried = [
        Attempt(zero + each.begun, None if each.whole is None else zero + each.whole)
        for each in attempts(fetching.wait(LIMIT))
    ]
    seen = now(rig)
    came, alive = arrivals(going.stop())
    if what.signal == "STOP":
        # Whom nobody has started anew would stay so.
        rig.gateway.succeed(f"systemctl kill --kill-whom=main --signal=CONT {which}")
    wait_until_all_up(rig.gateway, scenario.RETURN_LIMIT)
    return Failure(
        what=what.title,
        which=which,
        gap=longest_gap(came, begun, seen) if alive else None,
        unserved=unserved(tried, ended),
        leaked=rig.world.leaked() - leaked,
    )


def _signalled(rig: Rehearsal, signal: str, which: str) -> tuple[float, float, float]:
    """By the world's clock: when it began and, since that is all, ended, and when whoever connects anew began."""
    runs = f"systemctl show --value -p MainPID {which}"
    main = rig.gateway.wait_until(runs, lambda told: told.strip() != "0", what="it does not run").strip()
    zero = _connect(rig)
    begun = now(rig)
    rig.gateway.succeed(f"kill -{signal} {main}")
    return begun, begun, zero


def _deafened(rig: Rehearsal, seconds: float, which: str) -> tuple[float, float, float]:
    """The same of a machine that hears nothing for so long."""
    host = rig.world.host(which)
    begun = float(host.succeed(f"nft '{DEAF}' && {TIME}"))
    try:
        zero = _connect(rig)
        host.succeed(f"while [ $(date +%s) -lt {begun + seconds:.0f} ]; do sleep 0.2; done", LIMIT)
    finally:
        ended = float(host.succeed(f"{TIME} && nft delete table ip deaf"))
    return begun, ended, zero


def _connect(rig: Rehearsal) -> float:
    """Have somebody connect anew, again and again, from now on; when that is."""
    return float(rig.world.host("lan").succeed(f"touch {SIGN} && {TIME}"))
