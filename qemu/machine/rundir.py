"""A folder for one run's sockets and disks: short (a socket's path has at most 107 bytes), private, swept."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "braid-run-"
LOCK = "lock"


@contextmanager
def run_folder() -> Iterator[Path]:
    """A new folder, 0700, removed at the end. What killed runs left behind is removed first."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def live() -> list[Path]:
    """The folders of runs that are going on, the newest first."""
    found = [folder for folder in _all() if not _free(folder)]
    return sorted(found, key=lambda folder: folder.stat().st_mtime, reverse=True)


def sweep() -> None:
    for folder in _all():
        if _free(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _all() -> list[Path]:
    return [folder for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if _ours(folder)]


def _ours(folder: Path) -> bool:
    """Whether it is this user's: nobody may look into those of others."""
    try:
        return folder.stat().st_uid == os.geteuid() and (folder / LOCK).exists()
    except FileNotFoundError:
        return False


def _free(folder: Path) -> bool:
    """Whether the run that made the folder has ended: its lock went with it."""
    try:
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
