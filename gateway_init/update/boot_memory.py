"""The boot loader's memory on the box's disk: read and written in place, whole sectors at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from gateway_init.base.mistake import Mistake
from gateway_init.wellknown import place, slots
from gateway_init.wellknown.slots import Slots

ARGUMENT = "braid.slot="


def own_slot(command_line: Path = place.COMMAND_LINE) -> str:
    """Name of the slot that runs; empty where none does (not booted from a disk of ours)."""
    words = command_line.read_text().split()
    return next((word.removeprefix(ARGUMENT) for word in words if word.startswith(ARGUMENT)), "")


def started_on_trial(command_line: Path = place.COMMAND_LINE) -> bool:
    """Whether the boot loader started this system as one that has yet to prove itself."""
    return slots.TRIAL_ARGUMENT in command_line.read_text().split()


def size(slot: str, devices: Path = place.DEVICES) -> int:
    """Bytes that a slot holds: no bundle is larger. Raises Mistake where it cannot be read."""
    try:
        with (devices / slot).open("rb", buffering=0) as device:
            return device.seek(0, os.SEEK_END)
    except OSError as error:
        raise Mistake(f"slot {slot}: {error.strerror}", hint="is this a Braid gateway?") from None


def read(disk: Path = place.DISK) -> Slots | None:
    """What is remembered; None where the sectors hold something else. Raises Mistake where the disk cannot be read."""
    try:
        with disk.open("rb", buffering=0) as source:
            return slots.parse(os.pread(source.fileno(), slots.BYTES, _place(source.fileno(), disk)))
    except OSError as error:
        raise _unreachable(disk, error) from None


def change(how: Callable[[Slots | None], Slots], disk: Path = place.DISK) -> Slots:
    """Replace what is remembered by what `how` makes of it, one process at a time; what is remembered now.

    It is on the disk when this returns. Raises Mistake where the disk cannot be written.
    """
    try:
        fd = os.open(disk, os.O_RDWR | os.O_SYNC | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            offset = _place(fd, disk)
            before = slots.parse(os.pread(fd, slots.BYTES, offset))
            after = how(before)
            if after != before:
                os.pwrite(fd, slots.render(after), offset)
        finally:
            os.close(fd)
    except OSError as error:
        raise _unreachable(disk, error) from None
    return after


def _place(fd: int, disk: Path) -> int:
    """Offset of the memory in bytes."""
    sector = slots.pointed(os.pread(fd, slots.SECTOR, slots.POINTER_AT * slots.SECTOR))
    if sector is None:
        raise Mistake(f"{disk} does not say where the boot loader's memory is", hint="is this a Braid gateway?")
    return sector * slots.SECTOR


def _unreachable(disk: Path, error: OSError) -> Mistake:
    return Mistake(f"the boot loader's memory on {disk}: {error.strerror}", hint="is this a Braid gateway?")
