"""What became of the last update: noted before it begins, so that no power cut leaves it untold."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from gateway_init.base import note as notes
from gateway_init.base.whole_file import write
from gateway_init.wellknown import place, slots
from gateway_init.wellknown.slots import Slots

UNSEEN = "the new system did not come up"
CUT = "it was interrupted while it was written"


State: TypeAlias = Literal["under way", "good", "rejected", "interrupted", "refused"]


class Update(Struct, frozen=True, kw_only=True):
    """One update, from one slot's system to the other's."""

    old: str
    """Version that ran when it began."""
    new: str
    """Version in the bundle."""
    slot: str
    """Where the new one is put."""
    paths: tuple[str, ...]
    """The paths that were up when it began."""
    served: bool
    """Whether the LAN was served when it began."""
    state: State = "under way"
    reason: str = ""
    """Why it is not good."""
    missing: tuple[str, ...] = ()
    """Of one that is good, the paths that did not come back all the same."""


def settle(record: Update | None, memory: Slots | None, own: str) -> tuple[Update | None, Slots]:
    """At the start of a system that is not on trial: what became of the update, and what the boot loader is to know.

    Where the old system runs though the new one comes first, the new one was tried in vain.
    """
    after = slots.up(memory, own)
    tried_in_vain = memory is not None and _tried_in_vain(memory, own)
    if tried_in_vain:
        after = slots.rejected(after, slots.other(own))
    if record is None or record.state != "under way":
        return record, after
    if own == record.slot:
        # Only where the memory was lost as well: the new system runs, and nobody doubts it any more.
        return msgspec.structs.replace(record, state="good"), after
    if tried_in_vain:
        return msgspec.structs.replace(record, state="rejected", reason=UNSEEN), after
    return msgspec.structs.replace(record, state="interrupted", reason=CUT), after


def _tried_in_vain(memory: Slots, own: str) -> bool:
    first = memory.order[0]
    # One that was never tried is still to come: `braid update --no-reboot`.
    return first != own and memory[own].proven and not memory[first].proven and memory[first].tries > 0


def tell(record: Update) -> str:
    """One line for a person.

    >>> tell(Update(old="1", new="2", slot="B", paths=("adsl",), served=True, state="rejected", reason="adsl is down"))
    'update from 1 to 2: rejected (adsl is down)'
    """
    reason = record.reason or (f"not back: {', '.join(record.missing)}" if record.missing else "")
    why = f" ({reason})" if reason else ""
    return f"update from {record.old} to {record.new}: {record.state}{why}"


def recall(file: Path = place.UPDATE) -> Update | None:
    """The last update; None where there was none, or the note is lost."""
    return notes.recall(file, Update)


def note(record: Update, file: Path = place.UPDATE) -> str:
    """Write it down. Where that fails, why: an update that leaves no note is better than none."""
    try:
        write(file, msgspec.json.encode(record).decode(), mode=0o600)
    except OSError as error:
        return f"{file}: {error.strerror}"
    return ""
