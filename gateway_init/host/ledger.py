"""What was used of each budget, on the data partition: it outlives the power and every update."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec

from gateway_init.base import note
from gateway_init.base.whole_file import write
from gateway_init.facts.facts import Entry
from gateway_init.wellknown import place


def read() -> dict[str, Entry]:
    """By the names of budgets; nothing where there is no file, or it is damaged."""
    return note.recall(place.LEDGER, dict[str, Entry]) or {}


def keep(entries: Mapping[str, Entry]) -> None:
    """Write these down; where one began anew meanwhile, by another's hand, that stays. Raises OSError."""
    with _alone():
        now = read()
        newer = {name: entry for name, entry in now.items() if name in entries and entry.begun > entries[name].begun}
        write(place.LEDGER, msgspec.json.encode({**now, **entries, **newer}).decode(), mode=0o600)


@contextmanager
def _alone() -> Iterator[None]:
    """The daemon and a person do not write at once."""
    lock = os.open(place.RUN / "ledger.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
