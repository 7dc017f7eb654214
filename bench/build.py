"""How long builds take, beside what mmdebstrap alone takes for the same packages: `invoke bench build`.

Everything happens in a copy of the sources with a cache of its own; the user's cache and build folder stay as they are.
The packages are fetched before, once.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from bench import mkosi, table
from bench.table import Figure
from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from image import bootable, build, recipe, reproduce
from image.packages import choice
from image.root import installed
from image.work import cache, sandbox, step

UNCHANGED, WARM, COLD = 3, 20, 1.5
"""Limits: seconds of a build of nothing new, and of one after a change of the sources; and how many times as long as
mmdebstrap alone a build may take that has nothing but the packages."""

PAIRS = 2
"""Cold builds, and runs of mmdebstrap alone, in turn; the quicker one of each counts, whatever else the machine did."""

CHANGES: dict[str, Callable[[Path], None]] = {
    "overlay": lambda clone: _append(clone / "overlay/etc/motd", "measured\n"),
    "gateway_init": lambda clone: _append(clone / "gateway_init/wellknown/number.py", "# measured\n"),
    "config": lambda clone: _append(clone / "overlay/etc/braid/gateway.yaml", "# measured\n"),
}

SUCCESS = re.compile(r"^I: success in ([0-9.]+) seconds$", re.MULTILINE)
"""What mmdebstrap says at its end."""


def run(project: Path, logs: Path, *, as_json: bool) -> None:
    """Measure, print the table, or JSON, and exit with 1 where a limit was missed."""
    wanted = recipe.load(build.RECIPE, recipe.Image)
    chosen = choice.newest(wanted, logs)
    bootable.fetch(wanted, chosen, logs)
    with tempfile.TemporaryDirectory(prefix="braid-bench-") as folder:
        figures = measure(project, wanted, chosen, Path(folder), logs)
        try:
            with step.step("mkosi, with the same packages"):
                figures += mkosi.measure(wanted, Path(folder) / "mkosi")
            notes = []
        except (Mistake, process.CommandFailed) as failure:
            notes = [f"mkosi beside it: not measured: {str(failure).splitlines()[0]}"]
    title = "Builds on this machine"
    print(msgspec.json.encode(figures).decode() if as_json else table.render(title, figures, notes))
    if not all(figure.kept for figure in figures):
        raise SystemExit(1)


def measure(project: Path, wanted: recipe.Image, chosen: choice.Choice, folder: Path, logs: Path) -> list[Figure]:
    """Build in a copy of the project: from the packages alone, again, and after a change here and there."""
    clone = folder / "clone"
    reproduce.copy_sources(project, clone)
    command: list[str | Path] = [sys.executable, "-Es", clone / "tasks.py", "build"]

    def timed(what: str) -> float:
        with step.step(f"A build: {what}"):
            start = time.monotonic()
            process.run(command, cwd=clone, env={"XDG_CACHE_HOME": str(folder / "cache")})
            return time.monotonic() - start

    process.run([*command[:-1], "keys"], cwd=clone)
    cold, alone = [], []
    for _ in range(PAIRS):
        shutil.rmtree(folder / "cache", ignore_errors=True)
        shutil.rmtree(clone / "build", ignore_errors=True)
        reproduce.seed(folder / "cache/braid", chosen, quick=False)
        cold.append(timed("nothing but the packages"))
        alone.append(mmdebstrap_alone(wanted, chosen, folder / "root.tar", logs))
    figures = [
        Figure("cold, with the packages cached", min(cold), "s"),
        Figure("mmdebstrap alone, the same packages", min(alone), "s"),
        Figure("cold, in proportion to mmdebstrap alone", min(cold) / min(alone), "times", COLD),
        Figure("nothing changed", timed("nothing changed"), "s", UNCHANGED),
    ]
    for name, change in CHANGES.items():
        change(clone)
        figures.append(Figure(f"after a change of {name}", timed(f"{name} changed"), "s", WARM))
    return figures


def mmdebstrap_alone(wanted: recipe.Image, chosen: choice.Choice, into: Path, logs: Path) -> float:
    """Seconds by its own word: everything unpacked, nothing tidied, in memory like ours."""
    log = logs / "bench-mmdebstrap.log"
    everything = msgspec.structs.replace(wanted, without=(), but=())
    shape = bootable.tooled(wanted, chosen, logs)
    request = msgspec.structs.replace(installed.request(everything, chosen.root, shape, into, logs, tidy=()), log=log)
    with cache.missing(), step.step("mmdebstrap alone"):
        sandbox.call(installed.make, request)
    found = SUCCESS.search(log.read_text())
    assert found, f"{log} does not tell how long it took"
    return float(found[1])


def _append(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as sink:
        sink.write(text)
