"""The same packages by mkosi, as far as it is installed here: a disk image, cold and after a change.

Debian 13 has mkosi 25; Debian 12's is too old for that suite.
"""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

from bench.table import Figure
from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from image import recipe
from image.packages import archive

OLDEST = 25


def check() -> None:
    """Raises Mistake where there is no mkosi that knows the suite."""
    if shutil.which("mkosi") is None:
        raise Mistake("mkosi is not installed")
    said = process.run(["mkosi", "--version"]).stdout
    version = re.search(r"(\d+)", said)
    if version is None or int(version[1]) < OLDEST:
        raise Mistake(f"{said.strip()} is installed, {OLDEST} is needed")


def measure(wanted: recipe.Image, folder: Path) -> list[Figure]:
    """Seconds of a first build with the packages fetched before, and of one after a change.

    Raises Mistake where mkosi is missing, CommandFailed where it fails.
    """
    check()
    (folder / "mkosi.extra/etc").mkdir(parents=True)
    lists = folder / "mkosi.sandbox/etc/apt/sources.list.d"
    lists.mkdir(parents=True)
    # Of its own it also asks Debian's archive of debug symbols, which not every mirror has.
    (lists / "mkosi.sources").touch()
    (lists / "suite.list").write_text(archive.sources(wanted.suite, wanted.components))
    for name in ("packages", "cache"):
        (folder / name).mkdir()

    def timed(*options: str) -> float:
        start = time.monotonic()
        process.run(
            [
                "mkosi",
                "--distribution=debian",
                f"--release={wanted.suite}",
                *(f"--repositories={name}" for name in wanted.components if name != "main"),
                *(f"--package={name}" for name in wanted.packages),
                "--format=disk",
                "--bootable=no",
                "--with-docs=no",
                "--incremental=yes",
                f"--package-cache-dir={folder / 'packages'}",
                f"--cache-dir={folder / 'cache'}",
                *options,
                "build",
            ],
            cwd=folder,
        )
        return time.monotonic() - start

    timed("-f")  # fetches the packages
    cold = timed("-ff")
    (folder / "mkosi.extra/etc/motd").write_text("measured\n")
    return [
        Figure("mkosi: cold, with the packages cached", cold, "s"),
        Figure("mkosi: after a change (Incremental=yes)", timed("-f"), "s"),
    ]
