"""The time that only goes forward; the box has no battery, and its calendar jumps."""

from __future__ import annotations

import time


def uptime() -> float:
    """Seconds since boot."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
