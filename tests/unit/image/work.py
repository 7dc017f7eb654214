"""Functions that the tests of the sandbox run inside of it."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from gateway_init.base import process
from gateway_init.base.mistake import Mistake


class Given(Struct, frozen=True):
    folder: Path
    number: int = 0


class Found(Struct, frozen=True):
    user: int
    first_process: bool
    scratch_is_empty: bool
    folder: Path


def look(given: Given, scratch: Path) -> Found:
    return Found(os.geteuid(), os.getpid() == 1, not list(scratch.iterdir()), given.folder)


def own_files(_: Given, scratch: Path) -> list[int]:
    """Make files of two owners, as unpacking a root does."""
    for owner in (0, 65534):
        (scratch / str(owner)).write_text("x")
        os.chown(scratch / str(owner), owner, owner)
    return sorted(file.stat().st_uid for file in scratch.iterdir())


def be_wrong(given: Given, _: Path) -> None:
    raise Mistake(f"number {given.number} is wrong", hint="take another")


def fail(given: Given, _: Path) -> None:
    process.run(["sh", "-c", "echo it went wrong; exit 3"], cwd=given.folder)


def fill(_: Given, scratch: Path) -> None:
    """Fill the scratch file system to the brim."""
    process.run(["mount", "-o", "remount,size=1m", scratch])
    (scratch / "large").write_bytes(bytes(2 << 20))


def hang(given: Given, scratch: Path) -> None:
    """Mount, start and half-write things, say so, and wait for the end."""
    inner = scratch / "inner"
    inner.mkdir()
    process.run(["mount", "-t", "tmpfs", "braid-test", inner])
    fd = os.open(given.folder, os.O_TMPFILE | os.O_WRONLY)
    os.write(fd, b"half of it")
    (given.folder / "at-work").touch()
    process.run(["sleep", f"{86400 + given.number}"])
