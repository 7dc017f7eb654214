"""Files that are never half-written: write aside, fsync, rename."""

from __future__ import annotations

import os
from pathlib import Path


def write(file: Path, text: str, *, mode: int) -> None:
    """Replace a file's content; readers see the old whole one or the new whole one. Makes its folder (0700)."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as sink:
            os.fchmod(sink.fileno(), mode)
            sink.write(text)
            sink.flush()
            os.fsync(sink.fileno())
        aside.replace(file)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
