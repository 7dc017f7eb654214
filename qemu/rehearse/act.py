"""What befalls a path, done to the world: the thin edge of scenario.py."""

from __future__ import annotations

from ipaddress import IPv4Address

from gateway_init.config.site import Jumpbox, Site
from qemu.rehearse import scenario
from qemu.rehearse.scenario import Fault
from qemu.world.counterpart import counterpart
from qemu.world.rehearsal import Rehearsal

LIMIT = 600.0
"""Seconds on the reference machine that a fault may last."""
TUNNELS = "braid-openvpn"
"""The unit of a kit that tunnels end in."""


def fits(fault: Fault, site: Site, path: str) -> bool:
    """Whether there is anything that it could befall: a line itself by the path that goes straight over it, a server by
    those that go through it."""
    through = site.paths[path].through
    kind, _ = site.line(site.paths[path].uplink)
    cable = counterpart(kind.name).CABLE
    if fault.strips:
        return through is None
    if fault.unplugged:
        return through is None and cable
    if fault.renumbered:
        return through is None and cable and counterpart(kind.name).LENDS
    if fault.ends:
        return through is not None
    if fault.forgets:
        return isinstance(site.servers[through], Jumpbox) if through else not cable
    return True


def begin(fault: Fault, rig: Rehearsal, path: str) -> None:
    route, through = rig.world.route(path), rig.site.paths[path].through
    uplink = rig.world.uplink(rig.site.paths[path].uplink)
    if fault.silent:
        route.block()
    elif fault.strips:
        route.strip()
    elif fault.longest:
        route.swallow(fault.longest)
    elif fault.unplugged:
        rig.gateway.monitor.pull_cable(_port(rig, path))
    elif fault.renumbered:
        uplink.renumber(str(IPv4Address(uplink.assigned) + 1))
    elif fault.ends:
        rig.world.host(str(through)).succeed(f"systemctl stop {TUNNELS}")
    elif fault.forgets:
        forgetful = through or uplink.line.modem
        rig.world.host("isp").succeed(
            f"cd /run/world/src && ip netns exec {forgetful} python3 -m qemu.world.inside.forget"
        )
    else:
        kbit = round(fault.rate * uplink.down_kbit) if fault.rate else 0
        route.shape(kbit=kbit, delay=fault.delay, loss=fault.loss)


def last(fault: Fault, rig: Rehearsal, path: str, until: float) -> None:
    """Let it last until a time of the world's clock."""
    if fault.every:
        rig.world.route(path).flap(fault.every, until)
    elif fault.strips:
        # Only what opens meanwhile meets it.
        small = f"http://{rig.world.description.web.name}/bytes/{scenario.SMALL}"
        once = f"curl -sS --max-time 10 -o /dev/null {small}; sleep 1"
        rig.world.host("lan").succeed(f"while [ $(date +%s) -lt {until:.0f} ]; do {once}; done", LIMIT)
    else:
        rig.world.host("isp").succeed(f"while [ $(date +%s) -lt {until:.0f} ]; do sleep 0.2; done", LIMIT)


def end(fault: Fault, rig: Rehearsal, path: str) -> None:
    """All is as it was before; of what lasts no longer than a moment, nothing is left to undo."""
    rig.world.route(path).restore()
    if fault.unplugged:
        rig.gateway.monitor.plug_cable(_port(rig, path))
    if fault.ends:
        rig.world.host(str(rig.site.paths[path].through)).succeed(f"systemctl start {TUNNELS}")


def _port(rig: Rehearsal, path: str) -> str:
    kind, line = rig.site.line(rig.site.paths[path].uplink)
    return counterpart(kind.name).port(line.settings)
