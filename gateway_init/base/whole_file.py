"""Files that are never half-written: write aside, fsync, rename."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def write(file: Path, text: str, *, mode: int) -> None:
    """Replace a file's content; readers see the old whole one or the new whole one. Makes its folder (0700)."""
    write_all({file: text.encode()}, mode=mode)


def write_all(contents: Mapping[Path, bytes], *, mode: int) -> None:
    """Replace several files, in this order, once all of them are written aside: what is full is found out before.

    They last from the return on, whatever happens to the power. Makes their folders (0700). Raises OSError.
    """
    aside: dict[Path, Path] = {}
    try:
        for file, content in contents.items():
            _make(file.parent)
            aside[file] = file.with_name(f".{file.name}.{os.getpid()}")
            _write(aside[file], content, mode)
        for file in contents:
            aside[file].replace(file)
            del aside[file]
    finally:
        for left in aside.values():
            left.unlink(missing_ok=True)
    for folder in dict.fromkeys(file.parent for file in contents):
        sync(folder)


def remove(file: Path) -> None:
    """Remove a file, if it is there; it stays removed, whatever happens to the power. Raises OSError."""
    try:
        file.unlink()
    except FileNotFoundError:
        return
    sync(file.parent)


def sync(folder: Path) -> None:
    """Bring a folder's entries to the disk (fsync(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make(folder: Path) -> None:
    # By itself, mkdir(parents=True) would open those above to everybody.
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _write(file: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as sink:
        os.fchmod(sink.fileno(), mode)
        sink.write(content)
        sink.flush()
        os.fsync(sink.fileno())
