"""What a start tells the boot loader and the last update's record: that the system is up."""

from __future__ import annotations

import logging

from gateway_init.base.mistake import Mistake
from gateway_init.base.whole_file import write
from gateway_init.host.console import say
from gateway_init.update import boot_memory
from gateway_init.update import record as update_record
from gateway_init.wellknown import number as numbering
from gateway_init.wellknown.slots import Slots

log = logging.getLogger(__name__)


def note_start() -> None:
    """The daemon is up: a system that has proven itself is counted anew, and what became of an update is told.

    Once for each start of the box: a daemon that comes back later may find an update under way. A system on trial is
    braid-trial.service's, and a box without slots has nothing to note.
    """
    if numbering.START_NOTED.exists():
        return
    write(numbering.START_NOTED, "", mode=0o600)
    own = boot_memory.own_slot()
    if not own or boot_memory.started_on_trial():
        return
    before = update_record.recall()
    after = before

    def settled(memory: Slots | None) -> Slots:
        nonlocal after
        after, slots = update_record.settle(before, memory, own)
        return slots

    try:
        boot_memory.change(settled)
    except Mistake as mistake:
        log.warning("%s", mistake.what)
    if after is not None and after != before:
        line = f"braid: {update_record.tell(after)}; slot {own} runs"
        log.info("%s", line.removeprefix("braid: "))
        say(line)
        if failure := update_record.note(after):
            log.warning("%s", failure)
