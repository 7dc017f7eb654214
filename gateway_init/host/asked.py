"""What a person wants of lines on demand: `braid up` and `braid down` leave a file each, and the daemon looks."""

from __future__ import annotations

import os
from contextlib import suppress

import msgspec

from gateway_init.base import note
from gateway_init.base.whole_file import write
from gateway_init.facts.facts import Asked
from gateway_init.wellknown import place


def read() -> dict[str, Asked]:
    """By the names of uplinks."""
    files = sorted(place.ASKED.glob("[a-z]*")) if place.ASKED.is_dir() else []
    found = {file.name: note.recall(file, Asked) for file in files}
    return {name: asked for name, asked in found.items() if asked}


def ask(uplink: str, asked: Asked) -> None:
    """Leave a file, and tell the daemon. Raises OSError."""
    write(place.ASKED / uplink, msgspec.json.encode(asked).decode(), mode=0o600)
    news()


def news() -> None:
    """Have the daemon look."""
    # Nobody listens where the daemon does not run; it looks when it starts.
    with suppress(OSError):
        pipe = os.open(place.NEWS, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.write(pipe, b"asked\n")
        finally:
            os.close(pipe)
