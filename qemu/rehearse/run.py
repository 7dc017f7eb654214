"""`invoke rehearse`: the world that a config describes, gone through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import structs

from gateway_init.base.mistake import Mistake
from gateway_init.config.site import Site
from gateway_init.config.structure import nearest
from image.work import step
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import CheckFailed
from qemu.machine.accel import slowness
from qemu.rehearse import act, measure, outage, report, scenario, single
from qemu.rehearse.report import Report
from qemu.rehearse.scenario import Fault, Outage, Single
from qemu.wire.console import Panic, Silent
from qemu.world.rehearsal import Rehearsal
from qemu.world.saved import Saved

MOST = 100
"""Runs of each fault: more would take days."""
NAME = "rehearsal"
"""Of its logs."""


def check(site: Site, path: str = "", fault: str = "") -> None:
    """Raises Mistake for a site that cannot be rehearsed: its box is driven by the shell on its console. The same for a
    path that it does not have, for a fault that nobody knows, and for one that cannot befall that path; empty for
    all."""
    if path and path not in site.paths:
        raise Mistake(f"--path {path}: no such path", hint=nearest(path, list(site.paths)))
    known = [*scenario.FAULTS, *scenario.SINGLES]
    if fault and fault not in known:
        hint = f"{nearest(fault, known)}; there are {', '.join(known)}"
        raise Mistake(f"--fault {fault}: no such fault", hint=hint.removeprefix("; "))
    if fault in scenario.SINGLES and path:
        raise Mistake(f"--fault {fault}: it befalls no path", hint="leave --path out")
    befallen = [path] if path else site.paths
    if fault in scenario.FAULTS and not any(act.fits(scenario.FAULTS[fault], site, each) for each in befallen):
        where = f"path {path}" if path else "any path of this site"
        raise Mistake(f"--fault {fault}: it cannot befall {where}", hint="leave --path out, or take another fault")
    if site.console == "login":
        raise Mistake(
            "console: login asks for a password, and a rehearsal drives the box by the shell on its console",
            hint="rehearse a copy of the file with `console: shell` by --config",
        )


def count(text: str) -> int:
    """How often each fault is tried. Raises Mistake.

    >>> count("5")
    5
    """
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise Mistake(f"--times {text}: not a number of runs", hint=f"1 to {MOST}, such as --times 5")
    return int(text)


def run(
    image: Path,
    site: Site,
    secrets: Path,
    logs: Path,
    *,
    faults: bool = False,
    times: int = 1,
    only: str = "",
    fault: str = "",
    as_json: bool = False,
) -> None:
    """Go through all of it and print what was found; after Ctrl-C, what was found until then.

    `faults`: with every fault that there is, not black holes alone, or the one called `fault`; each `times` times, and
    on the path `only`, if one is named, instead of each in turn.

    Raises Mistake where the machines do not come up or stop answering, KeyboardInterrupt after Ctrl-C.
    """
    say = report.as_json if as_json else report.text
    told = Report(site=site.site, slowness=round(slowness(), 1))
    named = fault or scenario.BLACKHOLE.name
    chosen = [each for each in scenario.FAULTS.values() if each.name == named or (faults and not fault)]
    whole = faults and not (only or fault)
    outages = scenario.OUTAGES if whole else ()
    singles = [each for each in scenario.SINGLES.values() if whole or each.name == fault]
    saved = Saved(image, site, secrets, logs)
    try:
        for found in _reports(told, saved, logs, chosen, outages, singles, times=times, only=only):
            told = found
    except (CheckFailed, Panic, Silent, TimeoutError, measure.Wrong) as error:
        raise Mistake(f"the rehearsal broke off: {error}", hint=f"the machines' logs are in {logs}") from None
    finally:
        print(say(told), flush=True)


def _reports(
    told: Report,
    saved: Saved,
    logs: Path,
    chosen: Sequence[Fault],
    outages: Sequence[Outage],
    singles: Sequence[Single],
    *,
    times: int,
    only: str,
) -> Iterator[Report]:
    """The report as it grows."""
    with saved.restored(logs, NAME) as rig:
        rig.plug_in()
        lines = rig.world.description.lines
        for line in lines:
            rig.world.uplink(line.name).shape(down_kbit=measure.filled(len(lines)))
        with step.step("Waiting for every path"):
            for name in rig.site.on_demand:
                rig.gateway.succeed(f"braid up {name}")
            wait_until_all_up(rig.gateway, every=True)
        with step.step("Downloading and uploading over all of them"):
            together = measure.together(rig)
        yield (told := structs.replace(told, sum=together))
        tries = [
            (fault, name)
            for fault in chosen
            for name in rig.site.paths
            if only in ("", name)
            if act.fits(fault, rig.site, name)
            for _ in range(times)
        ]
        for number, (fault, path) in enumerate(tries, start=1):
            with step.step(f"{path}: {fault.title} for {fault.seconds:.0f} s ({number} of {len(tries)})"):
                _begin_anew(rig)
                row = measure.befall(rig, fault, path, together.shares.get(path, 0.0))
            yield (told := structs.replace(told, rows=(*told.rows, row)))
        for what in (what for what in outages for _ in range(times)):
            with step.step(f"all paths: {what.title} for {what.seconds:.0f} s"):
                survival = outage.outage(rig, what)
            yield (told := structs.replace(told, outages=(*told.outages, survival)))
        failing = [(one, which) for one in singles for which in single.befallen(rig, one) for _ in range(times)]
        for number, (one, which) in enumerate(failing, start=1):
            with step.step(f"{which}: {one.title} ({number} of {len(failing)})"):
                _begin_anew(rig)
                failure = single.fail(rig, one, which)
            yield (told := structs.replace(told, failures=(*told.failures, failure)))
    yield structs.replace(told, whole=True)


def _begin_anew(rig: Rehearsal) -> None:
    """A path that is left again and again is kept out ever longer: each run finds a box that has seen nothing."""
    rig.gateway.succeed("systemctl restart braid")
    wait_until_all_up(rig.gateway, every=True)
