"""How long builds take, against what the issue of quick builds allows: `invoke bench build`.

Everything happens in a copy of the sources with a cache of its own; the user's cache and build folder stay as they are.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from bench import table
from bench.table import Figure
from gateway_init import process

UNCHANGED, WARM = 3, 20
"""Limits in seconds: a build of nothing new, and one after a change of the sources."""

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "build", "__pycache__", ".*_cache", ".hypothesis")

CHANGES: dict[str, Callable[[Path], None]] = {
    "overlay": lambda clone: _append(clone / "overlay/etc/motd", "measured\n"),
    "gateway_init": lambda clone: _append(clone / "gateway_init/numbering.py", "# measured\n"),
    "config": lambda clone: _append(clone / "overlay/etc/braid/gateway.yaml", "# measured\n"),
}


def run(project: Path, *, as_json: bool) -> None:
    """Measure, print the table, or JSON, and exit with 1 where a limit was missed."""
    with tempfile.TemporaryDirectory(prefix="braid-bench-") as folder:
        figures = measure(project, Path(folder))
    print(msgspec.json.encode(figures).decode() if as_json else table.render("Builds on this machine", figures))
    if not all(figure.kept for figure in figures):
        raise SystemExit(1)


def measure(project: Path, folder: Path) -> list[Figure]:
    clone = folder / "clone"
    shutil.copytree(project, clone, ignore=LEFT_OUT, symlinks=True)
    build: list[str | Path] = [sys.executable, "-Es", clone / "tasks.py", "build"]
    own = {"XDG_CACHE_HOME": str(folder / "cache")}

    def timed() -> float:
        start = time.monotonic()
        process.run(build, cwd=clone, env=own)
        return time.monotonic() - start

    cold = timed()
    figures = [Figure("cold, packages fetched", cold, "s"), Figure("nothing changed", timed(), "s", UNCHANGED)]
    for name, change in CHANGES.items():
        change(clone)
        figures.append(Figure(f"after a change of {name}", timed(), "s", WARM))
    return figures


def _append(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as sink:
        sink.write(text)
