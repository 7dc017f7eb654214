"""What the daemon remembers across its own restarts: since when each path is as it is, and the last endpoint id."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.base.whole_file import write
from gateway_init.evidence.evidence import State
from gateway_init.evidence.readiness import Verdict
from gateway_init.report.console_line import Announced


class Since(Struct, frozen=True):
    """Up or down, with which address, from when on."""

    up: bool
    address: str
    at: float
    """Seconds since boot."""


class Memory(Struct, frozen=True):
    """Everything that is not to be read from the kernel or systemd."""

    last_id: int = 0
    since: dict[str, Since] = {}
    announced: Announced = Announced()
    verdict: Verdict = Verdict()


def note(since: Mapping[str, Since], states: Mapping[str, State], now: float) -> dict[str, Since]:
    """Since when each uplink or path is as it is: unchanged ones keep their time, changed ones get `now`."""
    noted = {}
    for name, state in states.items():
        fresh = Since(state.up, str(state.address or ""), now)
        before = since.get(name)
        same = before is not None and (before.up, before.address) == (fresh.up, fresh.address)
        noted[name] = before if before is not None and same else fresh
    return noted


def recall(file: Path) -> Memory:
    """What was remembered; nothing where there is no file or it cannot be read, as after boot."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return Memory()


def remember(file: Path, memory: Memory) -> None:
    write(file, msgspec.json.encode(memory).decode(), mode=0o600)
