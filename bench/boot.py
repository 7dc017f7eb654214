"""From machine start to `braid: ready`, beside plain Debian of the same packages to its login prompt.

The simulated Internet is up before and idles meanwhile. Both boot in the same machine from the same kind of disk, in
turn, and are shut down in good order; one boot of each before the first pair is not counted. `invoke bench boot`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from bench import plain
from bench.spread import Spread, spread
from gateway_init.config.site import Site
from image import build, recipe
from image.work import step
from qemu.drive.gateway import BOOT_LIMIT, Gateway
from qemu.machine.rundir import run_folder
from qemu.world.rehearsal import rehearsal

PAIRS = 5
LIMIT = 2 * BOOT_LIMIT
"""Seconds on the reference machine that one of these boots may take."""
PROMPT = "login: "


class Boot(Struct, frozen=True):
    """One boot."""

    seconds: float
    """From the start of the machine to the line that was waited for."""
    cpu_seconds: float
    """Of the host's processors, used by the machine until then: hardly moved by what else the host does."""


class Pair(Struct, frozen=True):
    gateway: Boot
    plain: Boot

    @property
    def ratio(self) -> float:
        return self.gateway.seconds / self.plain.seconds


class Result(Struct, frozen=True):
    """What is printed with --json."""

    pairs: tuple[Pair, ...]
    gateway: Spread
    """Seconds."""
    plain: Spread
    """Seconds."""
    ratio: Spread
    cpu_ratio: Spread


def run(image: Path, site: Site, secrets: Path, logs: Path, *, as_json: bool) -> None:
    """Measure, print the table, or JSON, and exit with 1 where the gateway is not the first. See `measure`."""
    result = measure(image, site, secrets, logs)
    print(msgspec.json.encode(result).decode() if as_json else render(result))
    if result.ratio.median >= 1:
        raise SystemExit(1)


def measure(image: Path, site: Site, secrets: Path, logs: Path, pairs: int = PAIRS) -> Result:
    """Boot both in turn, `pairs` times. `image` was built from the same site and secrets."""
    debian = plain.ensure(recipe.load(build.RECIPE, recipe.Image), logs)
    with run_folder() as folder, rehearsal(image, site, secrets, logs, name="bench-boot") as both:
        other = Gateway(folder, debian, logs / "bench-boot-plain.log")
        try:
            with step.step("The world, and a first boot of each"):
                both.world.wait()
                both.gateway.wait_for_line("braid: ready", LIMIT)
                both.gateway.power_off()
                _debian(other)
            done = []
            for number in range(pairs):
                with step.step(f"Pair {number + 1} of {pairs}"):
                    done.append(_pair(both.gateway, other, gateway_first=number % 2 == 0))
                    step.say(_line(done[-1]))
        finally:
            other.close()
    return summed_up(tuple(done))


def summed_up(pairs: tuple[Pair, ...]) -> Result:
    return Result(
        pairs,
        gateway=spread([pair.gateway.seconds for pair in pairs]),
        plain=spread([pair.plain.seconds for pair in pairs]),
        ratio=spread([pair.ratio for pair in pairs]),
        cpu_ratio=spread([pair.gateway.cpu_seconds / pair.plain.cpu_seconds for pair in pairs]),
    )


def render(result: Result) -> str:
    """The table for a person."""
    rows = [f"{'':8}{'gateway':>12}{'plain Debian':>16}{'ratio':>8}"]
    rows += [
        f"pair {number:<3}{pair.gateway.seconds:>10.1f} s{pair.plain.seconds:>14.1f} s{pair.ratio:>8.2f}"
        for number, pair in enumerate(result.pairs, start=1)
    ]
    rows += [
        f"{name:8}{getattr(result.gateway, name):>10.1f} s{getattr(result.plain, name):>14.1f} s"
        f"{getattr(result.ratio, name):>8.2f}"
        for name in Spread.__struct_fields__
    ]
    rows.append(f"ratio of processor time: {result.cpu_ratio.median:.2f} (median)")
    return "\n".join(rows)


def _line(pair: Pair) -> str:
    return (
        f"gateway {pair.gateway.seconds:.1f} s, plain Debian {pair.plain.seconds:.1f} s, ratio {pair.ratio:.2f}, "
        f"load {os.getloadavg()[0]:.1f}"
    )


def _pair(gateway: Gateway, other: Gateway, *, gateway_first: bool) -> Pair:
    if gateway_first:
        ours = _gateway(gateway)
        return Pair(ours, _debian(other))
    theirs = _debian(other)
    return Pair(_gateway(gateway), theirs)


def _gateway(machine: Gateway) -> Boot:
    boot = _timed(machine, lambda: machine.wait_for_line("braid: ready", LIMIT))
    # By the console: what listens to the power button comes after the traffic.
    machine.power_off()
    return boot


def _debian(machine: Gateway) -> Boot:
    boot = _timed(machine, lambda: machine.console.expect(PROMPT, LIMIT))
    machine.press_power_button()
    return boot


def _timed(machine: Gateway, wait: Callable[[], object]) -> Boot:
    start = time.monotonic()
    machine.power_on()
    wait()
    return Boot(time.monotonic() - start, machine.cpu_seconds())
