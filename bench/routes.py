"""What many routes cost: memory, the time until they hold, and what a name that is routed takes longer to be known.

The simulated Internet is up; the route by domain that the site has gets 1,000 names more and 10,000 networks. What the
box alone adds is measured: the name is known to its resolver, and asked for anew each time. `invoke bench routes`.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from bench.spread import Spread, spread
from bench.table import Figure, render
from gateway_init.base.mistake import Mistake
from gateway_init.config.site import Site
from gateway_init.wellknown.unit import DAEMON, DNSMASQ, RESOLVER
from image.work import step
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness
from qemu.world.rehearsal import Rehearsal
from qemu.world.saved import Saved
from qemu.world.topology import STREAM_NAME

DOMAINS, NETWORKS = 1_000, 10_000
ROUNDS = 50
ADDS_AT_MOST = 5.0
"""Milliseconds on the reference machine that a rule may add to the first connection."""
UNITS = (DAEMON, DNSMASQ, RESOLVER)
MORE = f"""
import re
file = open("/etc/braid/gateway.yaml").read()
names = "".join(f"      - n{{number}}.example\\n" for number in range({DOMAINS}))
networks = "".join(f"      - 20.{{number // 250}}.{{number % 250}}.0/25\\n" for number in range({NETWORKS}))
route = re.search(r"^  - domains: \\[(.*)\\]\\n", file, re.M)
held = "".join(f"      - {{name.strip()}}\\n" for name in route[1].split(","))
more = f"  - domains:\\n{{held}}{{names}}    networks:\\n{{networks}}"
open("/run/more.yaml", "w").write(file.replace(route[0], more))
"""
"""Program of the box's: its config with all that besides."""


class Result(Struct, frozen=True):
    """What is printed with --json. Memory in MB, times in milliseconds of the reference machine."""

    slowness: float
    """How many times slower machines run here than on the reference machine."""
    memory: dict[str, float]
    """By unit: what it has more than before."""
    kernel: float
    """What the kernel's own tables have more (Slab in proc(5))."""
    loaded: float
    """From the edit until all of it holds."""
    routed: Spread
    """Until a name that is routed was known."""
    other: Spread
    """The same of one that no route names."""

    @property
    def adds(self) -> float:
        return self.routed.median - self.other.median


def run(image: Path, site: Site, secrets: Path, logs: Path, *, as_json: bool) -> None:
    """Measure and print. Raises SystemExit(1) where a rule adds more than it may, Mistake for a site without one."""
    if not any(route.domain_of(STREAM_NAME) for route in site.routes):
        raise Mistake(
            f"no route of the site names {STREAM_NAME}", hint="measure the config that the project comes with"
        )
    result = measure(image, site, secrets, logs)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
    else:
        figures = [
            *(Figure(f"memory of {unit}", more, "MB more") for unit, more in result.memory.items()),
            Figure("memory of the kernel", result.kernel, "MB more"),
            Figure("from the edit until it holds", result.loaded, "ms"),
            Figure("a name that no route has", result.other.median, "ms"),
            Figure("a name that is routed", result.routed.median, "ms"),
            Figure("what the rule adds", result.adds, "ms", ADDS_AT_MOST),
        ]
        print(render(f"{DOMAINS} domains and {NETWORKS} networks, in time of the reference machine", figures))
    if result.adds > ADDS_AT_MOST:
        raise SystemExit(1)


def measure(image: Path, site: Site, secrets: Path, logs: Path) -> Result:
    with Saved(image, site, secrets, logs).restored(logs, "routes") as rig:
        wait_until_all_up(rig.gateway)
        before, slab = {unit: _resident(rig.gateway, unit) for unit in UNITS}, _slab(rig.gateway)
        with step.step(f"Routing {DOMAINS} domains and {NETWORKS} networks"):
            rig.gateway.succeed(f"python3 - <<'END'\n{MORE}END")
            told = rig.gateway.succeed(
                "date +%s.%N && braid config set /run/more.yaml >/dev/null && date +%s.%N", 600
            ).split()
            wait_until_all_up(rig.gateway)
        after = {unit: _resident(rig.gateway, unit) for unit in UNITS}
        grown = _slab(rig.gateway) - slab
        with step.step(f"Asking for two names, {ROUNDS} times each"):
            routed, other = _asked(rig)
    pace = slowness()
    return Result(
        slowness=round(pace, 2),
        memory={unit: after[unit] - before[unit] for unit in UNITS},
        kernel=grown,
        loaded=(float(told[1]) - float(told[0])) * 1000 / pace,
        routed=spread([each / pace for each in routed]),
        other=spread([each / pace for each in other]),
    )


def _asked(rig: Rehearsal) -> tuple[list[float], list[float]]:
    """Milliseconds that an answer took, of the name that is routed and of another one, in turn: both are known to the
    resolver behind."""
    web = rig.world.description.web.name
    took: tuple[list[float], list[float]] = ([], [])
    for name in (STREAM_NAME, web):
        rig.world.host("lan").wait_until_succeeds(f"dig +short +time=5 {name} @{rig.site.lan.address.ip} | grep -q .")
    for _ in range(ROUNDS):
        for name, times in zip((STREAM_NAME, web), took, strict=True):
            rig.gateway.succeed(f"systemctl kill --signal=HUP {DNSMASQ}")
            told = rig.world.host("lan").succeed(f"dig -u +noall +stats {name} @{rig.site.lan.address.ip}")
            (line,) = (line for line in told.splitlines() if "Query time" in line)
            times.append(int(line.split()[-2]) / 1000)
    return took


def _resident(gateway: Shell, unit: str) -> float:
    """Memory of its main process, in MB (VmRSS in proc(5))."""
    return int(gateway.succeed(f"grep VmRSS /proc/$(systemctl show -P MainPID {unit})/status").split()[1]) / 1000


def _slab(gateway: Shell) -> float:
    return int(gateway.succeed("grep ^Slab: /proc/meminfo").split()[1]) / 1000
