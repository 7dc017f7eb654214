"""What a box at rest costs: the daemon's part of a processor, and what telephones on demand hear of it.

The simulated Internet is up, every path that does not rest is, and nobody in the LAN wants anything, for BRAID_IDLE
minutes, 10 if that is not set. `invoke bench idle`.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.table import Figure, render
from gateway_init.config.site import Site
from image.work import step
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness
from qemu.world.saved import Saved

MINUTES = float(os.environ.get("BRAID_IDLE", "10"))
MOST = 1.0
"""Per cent of a processor of the reference machine that the daemon may take at rest."""
HEARD = "/run/world/heard"


class Result(Struct, frozen=True):
    """What is printed with --json."""

    minutes: float
    slowness: float
    """How many times slower machines run here than on the reference machine."""
    daemon: float
    """Per cent of a processor of the reference machine."""
    packets: dict[str, int]
    """What telephones that rest have heard of the box, ARP apart, by uplink."""


def run(image: Path, site: Site, secrets: Path, logs: Path, *, as_json: bool) -> None:
    """Measure and print. Raises SystemExit(1) where the daemon takes more than MOST, or a telephone heard anything."""
    result = measure(image, site, secrets, logs)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
    else:
        heard = [Figure(f"packets that {name} heard", count, "", 0) for name, count in result.packets.items()]
        figures = [Figure("the daemon, of one processor", result.daemon, "%", MOST), *heard]
        print(render(f"{MINUTES:.0f} minutes at rest", figures, []))
    if result.daemon > MOST or any(result.packets.values()):
        raise SystemExit(1)


def measure(image: Path, site: Site, secrets: Path, logs: Path) -> Result:
    with Saved(image, site, secrets, logs).restored(logs, "idle") as rig:
        rig.plug_in()
        wait_until_all_up(rig.gateway)
        phones = [line for line in rig.world.description.lines if line.usb]
        resting = [line for line in phones if line.name in site.on_demand]
        jobs = []
        for line in resting:
            pocket = rig.world.host(line.modem)
            capture = f"exec tcpdump -i dsl -U -w {HEARD}-{line.name} 'not ether src {line.mac} and not arp'"
            jobs.append(pocket.start(capture))
            pocket.wait_until_succeeds(f"test -s {HEARD}-{line.name}")
        before = _nanoseconds(rig.gateway)
        with step.step(f"Leaving it alone for {MINUTES:.0f} minutes"):
            rig.world.host("isp").succeed(f"sleep {MINUTES * 60:.0f}", MINUTES * 120)
        used = (_nanoseconds(rig.gateway) - before) * 1e-9
        packets = {}
        for line, job in zip(resting, jobs, strict=True):
            job.stop()
            told = rig.world.host(line.modem).succeed(f"tcpdump -nn -r {HEARD}-{line.name} 2>/dev/null | wc -l")
            packets[line.name] = int(told)
    share = 100 * used / (MINUTES * 60) / slowness()
    return Result(minutes=MINUTES, slowness=round(slowness(), 2), daemon=round(share, 2), packets=packets)


def _nanoseconds(gateway: Shell) -> int:
    """Processor time that the daemon has used."""
    return int(gateway.succeed("systemctl show --value -p CPUUsageNSec braid"))
