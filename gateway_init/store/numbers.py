"""The numbers of the config in force, remembered while the box runs: an edit leaves those of what stays as they are."""

from __future__ import annotations

from pathlib import Path

import msgspec

from gateway_init.base import note
from gateway_init.base.whole_file import write
from gateway_init.config.allotted import NOTHING, Allotment


def recall(file: Path) -> Allotment:
    """What was allotted; nothing after boot."""
    return note.recall(file, Allotment) or NOTHING


def remember(file: Path, allotment: Allotment) -> None:
    """Raises OSError."""
    if recall(file) != allotment:
        write(file, msgspec.json.encode(allotment).decode(), mode=0o600)
