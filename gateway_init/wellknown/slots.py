"""The boot loader's memory of the two slots, as GRUB, RAUC and the box know it: pure functions.

GRUB's environment block (GRUB manual, "Environment block") holds the variables that RAUC's integration of GRUB made
common: ORDER, and of each slot NAME_OK and NAME_TRY. It is a file of the boot partition, since GRUB writes to files
only; but all others write it as raw sectors, so that no file system is ever mounted for it. A pointer in front of the
first partition says where they are. All that changes is in the first sector, so that a power cut cannot tear it.

OK=1 says that a slot has proven itself by carrying traffic. TRY counts the starts since the system last said that
it is up. image/disk/grub.cfg.j2 counts and chooses as `choose` does here.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Struct

NAMES = ("A", "B")
TRIAL_ARGUMENT = "braid.trial"
"""The kernel's argument in a system that was put in by an update and has not proven itself."""
SECTOR = 512
FILE = "grub/grubenv"
"""The block's name in the boot partition."""
BYTES = 1024
POINTER_AT = 2047
"""Sector of the pointer: the last one before the first partition."""
POINTER = re.compile(rb"Braid: boot memory at sector ([0-9]{4,10})\n")
HEAD = b"# GRUB Environment Block\n"

PROVEN_TRIES = 5
"""Starts in a row that a proven slot may end without being up: mains that come and go are no fault of its own."""
TRIAL_TRIES = 2
"""The same for a new slot: one power cut is forgiven."""


class Slot(Struct, frozen=True):
    """What is remembered of one slot."""

    proven: bool = False
    tries: int = 0

    @property
    def limit(self) -> int:
        return PROVEN_TRIES if self.proven else TRIAL_TRIES

    @property
    def bootable(self) -> bool:
        return self.tries < self.limit

    @property
    def state(self) -> str:
        """`good`, `trial` or `bad`, or `failing`: proven once, but not up any more."""
        if self.proven:
            return "good" if self.bootable else "failing"
        return "trial" if self.bootable else "bad"


PROVEN = Slot(proven=True)
TRIAL = Slot()
BAD = Slot(tries=TRIAL_TRIES)


class Slots(Struct, frozen=True):
    """The whole memory."""

    order: tuple[str, str] = NAMES
    a: Slot = PROVEN
    b: Slot = PROVEN

    def __getitem__(self, name: str) -> Slot:
        return {"A": self.a, "B": self.b}[name]

    def with_slot(self, name: str, slot: Slot) -> Slots:
        return msgspec.structs.replace(self, **{name.lower(): slot})

    def first(self, name: str) -> Slots:
        return msgspec.structs.replace(self, order=(name, other(name)))


AS_DELIVERED = Slots()
"""Both slots come filled with the same system."""


def other(name: str) -> str:
    """
    >>> other("A")
    'B'
    """
    return NAMES[1 - NAMES.index(name)]


def parse(block: bytes) -> Slots | None:
    """The memory in its two sectors; None where they hold no environment block."""
    if not block.startswith(HEAD):
        return None
    found = dict(re.findall(r"^(\w+)=(.*)$", block.decode("ascii", "replace"), re.MULTILINE))
    order = tuple(found.get("ORDER", "").split())
    return Slots(
        order=(order[0], order[1]) if sorted(order) == sorted(NAMES) else NAMES,
        **{name.lower(): Slot(found.get(f"{name}_OK") == "1", _number(found.get(f"{name}_TRY"))) for name in NAMES},
    )


def render(slots: Slots) -> bytes:
    """The two sectors. The second one is the same whatever is remembered."""
    lines = [f"ORDER={' '.join(slots.order)}"]
    for name in NAMES:
        lines += [f"{name}_OK={int(slots[name].proven)}", f"{name}_TRY={slots[name].tries}"]
    return (HEAD + "".join(f"{line}\n" for line in lines).encode()).ljust(BYTES, b"#")


def pointer(sector: int) -> bytes:
    """The sector that says where the memory is: `sector` counts from the disk's start."""
    return f"Braid: boot memory at sector {sector}\n".encode().ljust(SECTOR, b"\0")


def pointed(sector: bytes) -> int | None:
    """Where the memory is, as the pointer's sector says; None where it is no pointer.

    >>> pointed(pointer(2600))
    2600
    """
    found = POINTER.match(sector)
    return int(found.group(1)) if found else None


def choose(slots: Slots) -> tuple[str, Slots]:
    """Which slot a start takes, and what is remembered after it."""
    for name in slots.order:
        if slots[name].bootable:
            tried = msgspec.structs.replace(slots[name], tries=slots[name].tries + 1)
            return name, slots.with_slot(name, tried)
    # Nothing is left to lose: a slot that has worked once before one that never did.
    return next((name for name in slots.order if slots[name].proven), slots.order[0]), slots


def installing(slots: Slots, name: str) -> Slots:
    """An update begins to overwrite a slot."""
    return slots.with_slot(name, BAD).first(other(name))


def installed(slots: Slots, name: str) -> Slots:
    """A slot is complete, and the next start tries it."""
    return slots.with_slot(name, TRIAL).first(name)


def proven(slots: Slots, name: str) -> Slots:
    """The slot has carried traffic."""
    return slots.with_slot(name, PROVEN).first(name)


def rejected(slots: Slots, name: str) -> Slots:
    """The slot is not to be started again."""
    return slots.with_slot(name, BAD).first(other(name))


def up(slots: Slots | None, name: str) -> Slots:
    """The slot's system is up: a proven slot starts counting anew, a new one stays on trial.

    A memory that was lost is made again: the slot that runs is trusted, and the other one stands by.
    """
    if slots is None:
        return Slots().with_slot(other(name), TRIAL).first(name)
    return slots.with_slot(name, PROVEN) if slots[name].proven else slots


def _number(text: str | None) -> int:
    """A count; what is none counts as many."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,3}", text) else TRIAL_TRIES + PROVEN_TRIES
