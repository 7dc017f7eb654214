"""Which image runs: its version, and what it is for."""

from __future__ import annotations

import time
from pathlib import Path

from gateway_init.wellknown import place


def read(file: Path = place.RELEASE) -> dict[str, str]:
    """Names and values; nothing where the file is missing."""
    try:
        return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
    except OSError:
        return {}


def seconds(word: str | None) -> int:
    """When a system's sources are from, since 1970, as the image and RAUC's manifest have it; 0 for nothing known.

    >>> seconds("1754697600"), seconds("yesterday"), seconds(None)
    (1754697600, 0, 0)
    """
    return int(word) if word and word.isascii() and word.isdecimal() else 0


def older(other: int, own: int) -> str:
    """What to say of a system that is older than ours; empty for any other.

    >>> older(0, 86400)
    'it is from an unknown day, and the system that runs from 1970-01-02'
    >>> older(86400, 86400)
    ''
    """
    if other >= own:
        return ""
    return f"it is from {_day(other)}, and the system that runs from {_day(own)}"


def _day(when: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(when)) if when else "an unknown day"


def version(file: Path = place.RELEASE) -> str:
    return read(file).get("version", "unknown")
