"""What the programs of uplinks note of them, such as a lease, and the pipe by which they say that there is news."""

from __future__ import annotations

import os
from pathlib import Path

from gateway_init.base import stranger
from gateway_init.wellknown import place

MOST = 4096
"""Bytes that are read of a note: a stranger may have filled it."""


def read() -> dict[str, dict[str, str]]:
    """The lines NAME=VALUE of each note, by what it is known by (place.note)."""
    found = {
        folder.name.removeprefix(place.LINE): stranger.read(folder / place.LINE_NOTE, MOST) for folder in _folders()
    }
    return {name: dict(line.partition("=")[::2] for line in text.splitlines()) for name, text in found.items() if text}


def _folders() -> list[Path]:
    return sorted(place.LINES.glob(f"{place.LINE}*"))


class News:
    """The pipe, for the daemon. `wakeup` is readable when somebody has news; then `heard` is to be called."""

    def __init__(self) -> None:
        place.NEWS.parent.mkdir(parents=True, exist_ok=True)
        if not place.NEWS.exists():
            os.mkfifo(place.NEWS)
        # Each of them is somebody else, and sees it in its own sandbox alone.
        place.NEWS.chmod(0o666)
        self.wakeup = os.open(place.NEWS, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def heard(self) -> None:
        """Empty it: what it says is not looked at."""
        os.read(self.wakeup, MOST)
