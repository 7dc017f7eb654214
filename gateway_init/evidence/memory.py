"""What the daemon remembers across its own restarts."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.base import note
from gateway_init.base.whole_file import write
from gateway_init.config.load import from_text
from gateway_init.evidence.busy_uplink import BusyUplink
from gateway_init.evidence.chain import Verdict
from gateway_init.evidence.demand import Demand
from gateway_init.evidence.full_line import FullLine
from gateway_init.evidence.lateness import Late
from gateway_init.evidence.load import Load
from gateway_init.evidence.pace import Paces
from gateway_init.evidence.refused import Refused
from gateway_init.evidence.since import Since
from gateway_init.evidence.standing import Standing


class Announced(Struct, frozen=True, omit_defaults=True):
    """What was said on the console so far."""

    ready: bool = False
    line: str = ""
    said_at: float = float("-inf")
    """Seconds since boot."""


class Emptied(Struct, frozen=True, omit_defaults=True):
    """How often sets of what names have led to were emptied, and when last."""

    turn: int = 0
    at: float | None = None
    """Seconds since boot; None where nobody has looked yet."""


class Memory(Struct, frozen=True):
    """Everything that is not to be read from the kernel or systemd."""

    last_id: int = 0
    since: dict[str, Since] = {}
    announced: Announced = Announced()
    verdict: Verdict = Verdict()
    refused: dict[str, Refused] = {}
    """What uplinks were given and must not have, by name."""
    budgets_told: dict[str, str] = {}
    """What was said of each budget: how often it had begun anew, and the per cent."""
    silent: dict[str, float] = {}
    """Paths over which nothing comes back of the main destination, and since when, in seconds since boot."""
    dead: frozenset[str] = frozenset()
    """Paths that would be left, were another one alive."""
    degraded: dict[str, float] = {}
    """Paths that are to carry only what no other can, and the seconds that their answers usually take."""
    unserved: dict[str, dict[str, float]] = {}
    """The same of every destination, by its name."""
    judges: dict[str, str] = {}
    """The reflectors that `silent`, `dead`, `openers` and `callers` are known by, their addresses and ports, by
    destination."""
    openers: dict[str, str] = {}
    """The paths by which connections open, by destination; empty where nobody knows a better one than the first."""
    standings: dict[str, Standing] = {}
    """Of the destinations that another one may stand in for, by name."""
    emptied: Emptied = Emptied()
    """The sets of what names have led to."""
    callers: dict[str, str] = {}
    """The paths that are best for calls, likewise."""
    busy_uplinks: dict[str, BusyUplink] = {}
    """What is remembered of lines that are busy towards the Internet, by name."""
    full_lines: dict[str, FullLine] = {}
    """The same of lines that are full towards the home."""
    strained: frozenset[str] = frozenset()
    """Paths that are late or lose much for their own sake, and carry their part all the same."""
    answered: frozenset[str] = frozenset()
    """Paths whose probes were answered at some time."""
    late: dict[str, Late] = {}
    """By how much whatever goes over a line is late, by its name, as far as that was seen lately."""
    paces: dict[str, Paces] = {}
    """What is remembered of lines that were full, by name."""
    load: Load = Load()
    """The last sample of what the lines carry."""
    demand: Demand = Demand()
    """Which lines on demand are in use, and what that rests on."""


def recall(file: Path) -> Memory:
    """What was remembered; nothing where there is no file or it cannot be read, as after boot."""
    return note.recall(file, Memory, from_text) or Memory()


def remember(file: Path, memory: Memory) -> None:
    """Raises OSError."""
    # JSON has no word for the infinity of what never happened yet: its structs leave their defaults out.
    write(file, msgspec.json.encode(memory, enc_hook=str).decode(), mode=0o600)
