"""What the daemon remembers across its own restarts."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.base import note
from gateway_init.base.whole_file import write
from gateway_init.config.load import from_text
from gateway_init.evidence.chain import Verdict
from gateway_init.evidence.refused import Refused
from gateway_init.evidence.since import Since


class Announced(Struct, frozen=True, omit_defaults=True):
    """What was said on the console so far."""

    ready: bool = False
    line: str = ""
    said_at: float = float("-inf")
    """Seconds since boot."""


class Memory(Struct, frozen=True):
    """Everything that is not to be read from the kernel or systemd."""

    last_id: int = 0
    since: dict[str, Since] = {}
    announced: Announced = Announced()
    verdict: Verdict = Verdict()
    refused: dict[str, Refused] = {}
    """What uplinks were given and must not have, by name."""


def recall(file: Path) -> Memory:
    """What was remembered; nothing where there is no file or it cannot be read, as after boot."""
    return note.recall(file, Memory, from_text) or Memory()


def remember(file: Path, memory: Memory) -> None:
    """Raises OSError."""
    # JSON has no word for the infinity of what never happened yet: its structs leave their defaults out.
    write(file, msgspec.json.encode(memory, enc_hook=str).decode(), mode=0o600)
