"""Files that a program in a sandbox writes and we read: whoever has taken the program may have put anything there."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read(file: Path, most: int) -> str:
    """Its text, at most so many bytes of it; empty where there is none, or something else than a file in its place."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        return os.read(descriptor, most).decode("ascii", errors="replace")
    except OSError:
        return ""
    finally:
        os.close(descriptor)
