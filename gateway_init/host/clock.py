"""The box's clock, and where it is kept while the power is off."""

from __future__ import annotations

import time
from pathlib import Path

from gateway_init.base.whole_file import write
from gateway_init.wellknown import place


def built(release: Path = place.RELEASE) -> float:
    """When the image was made, by the time that all of its files bear, in seconds since 1970."""
    return release.stat().st_mtime


def kept(file: Path = place.CLOCK) -> float:
    """The last time that was kept, in seconds since 1970; 0 where none is to be read."""
    try:
        return float(int(file.read_text()))
    except (OSError, ValueError):
        return 0.0


def keep(now: float, file: Path = place.CLOCK) -> str:
    """Keep a time for the next start; why not, where that fails (a data partition that is full or gone)."""
    try:
        write(file, f"{int(now)}\n", mode=0o600)
    except OSError as error:
        return f"{file}: {error.strerror}"
    return ""


def known(file: Path = place.CLOCK_KNOWN) -> None:
    """Say that the clock is right: whoever tells the time to others waits for it."""
    write(file, "", mode=0o644)


def set_to(seconds: float) -> None:
    """Set the clock (clock_settime(2)); it takes CAP_SYS_TIME."""
    time.clock_settime(time.CLOCK_REALTIME, seconds)
