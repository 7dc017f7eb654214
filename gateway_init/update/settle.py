"""What a start tells the boot loader and the last update's record: that the system is up."""

from __future__ import annotations

import logging

from gateway_init.base.mistake import Mistake
from gateway_init.base.whole_file import write
from gateway_init.host.console import say
from gateway_init.update import boot_memory, record
from gateway_init.wellknown import place
from gateway_init.wellknown.slots import Slots

log = logging.getLogger(__name__)


def note_start() -> None:
    """The daemon is up: a system that has proven itself is counted anew, and what became of an update is told.

    Once for each start of the box: a daemon that comes back later may find an update under way. A system on trial is
    braid-trial.service's, and a box without slots has nothing to note.
    """
    if place.START_NOTED.exists():
        return
    try:
        write(place.START_NOTED, "", mode=0o600)
    except OSError as error:
        # The boot loader must be told all the same: else it counts this start as a failed one.
        log.warning("%s: %s", place.START_NOTED, error.strerror)
    own = boot_memory.own_slot()
    if not own or boot_memory.started_on_trial():
        return
    before = record.recall()
    after = before

    def settled(memory: Slots | None) -> Slots:
        nonlocal after
        after, slots = record.settle(before, memory, own)
        return slots

    try:
        boot_memory.change(settled)
    except Mistake as mistake:
        log.warning("%s", mistake.what)
    if after is not None and after != before:
        line = f"braid: {record.tell(after)}; slot {own} runs"
        log.info("%s", line.removeprefix("braid: "))
        say(line)
        if failure := record.note(after):
            log.warning("%s", failure)
