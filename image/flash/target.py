"""What the kernel knows about a disk, and whether an image may be written over it."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway_init.base import process
from gateway_init.base.mistake import Mistake

SECTOR = 512
"""Bytes in the unit of /sys/block/*/size, whatever the disk's own sectors are."""

OPTICAL = "5"
"""SCSI peripheral device type of CD and DVD drives (/sys/block/*/device/type)."""


@dataclass(frozen=True)
class Disk:
    """Facts about a block device, as sysfs(5) and proc(5) tell them."""

    node: str
    """/dev/NAME."""
    number: str
    """MAJOR:MINOR."""
    size: int
    """Bytes; 0 without a medium."""
    model: str
    serial: str
    whole: str
    """The disk that it is a partition of; empty for a whole disk."""
    physical: bool
    """Not a loop device, RAM disk, LVM volume or the like."""
    optical: bool
    removable: bool
    """The medium can be taken out; true of an SD card in any reader."""
    usb: bool
    read_only: bool
    mounts: tuple[str, ...]
    """Where it or a partition of it is mounted."""
    swap: bool
    holders: tuple[str, ...]
    """Block devices built on it or on a partition of it: LVM, dm-crypt, RAID."""


def refusal(disk: Disk, size: int) -> str | None:
    """Why an image of `size` bytes must not be written to the disk; None where it may."""
    if disk.whole:
        return f"is a partition; name the whole disk: {disk.whole}"
    if not disk.physical:
        return "is no disk that could be taken out"
    if disk.optical:
        return "is an optical drive"
    if "/" in disk.mounts:
        return "holds the running system"
    if disk.mounts:
        return f"is mounted on {', '.join(disk.mounts)}; unmount it first"
    if disk.swap:
        return "is used as swap; see swapoff(8)"
    if disk.holders:
        return f"is in use by {', '.join(disk.holders)} (LVM, encryption or RAID)"
    if not (disk.removable or disk.usb):
        return "is neither removable nor on USB"
    if not disk.size:
        return "has no medium in it"
    if disk.read_only:
        return "is write-protected; look for a switch on the card"
    if disk.size < size:
        return f"is too small: {disk.size >> 20} MiB, and the image has {-(-size >> 20)} MiB"
    return None


def describe(disk: Disk) -> str:
    """Model, size and serial number in one line."""
    words = [disk.model or "no model name", f"{disk.size / 1e9:.1f} GB"]
    return ", ".join([*words, f"serial {disk.serial}" if disk.serial else "no serial number"])


def content(disk: Disk) -> str:
    """What is on it now, as lsblk(8) finds it: a line for each partition."""
    asked = ["lsblk", "--json", "--bytes", "--output", "NAME,SIZE,FSTYPE,LABEL", disk.node]
    return table(json.loads(process.run(asked).stdout)["blockdevices"][0])


def table(found: Mapping[str, Any]) -> str:
    """
    >>> part = {"name": "sdb1", "size": 8 << 20, "fstype": "vfat", "label": "DCIM"}
    >>> print(table({"fstype": None, "children": [part]}))
    On it now:
      sdb1        8 MiB  vfat    DCIM
    >>> table({"fstype": None})
    'On it now: nothing that is known'
    """
    parts = found.get("children") or ([found] if found["fstype"] else [])
    if not parts:
        return "On it now: nothing that is known"
    lines = (
        f"  {part['name']:<8}{part['size'] >> 20:>5} MiB  {part['fstype'] or '':<8}{part['label'] or ''}".rstrip()
        for part in parts
    )
    return "\n".join(["On it now:", *lines])


def find(device: str) -> Disk:
    """The disk behind a device's name or a link to it. Raises Mistake where there is none."""
    hint = "`lsblk` lists the disks"
    try:
        found = Path(device).stat()
    except (FileNotFoundError, NotADirectoryError):
        raise Mistake(f"{device}: no such device", hint=hint) from None
    if not stat.S_ISBLK(found.st_mode):
        raise Mistake(f"{device}: is not a disk", hint=hint)
    number = f"{os.major(found.st_rdev)}:{os.minor(found.st_rdev)}"
    try:
        return facts(number, Path("/"))
    except FileNotFoundError:
        raise Mistake(f"{device}: the kernel knows no disk with the number {number}", hint=hint) from None


def facts(number: str, root: Path) -> Disk:
    """Read the facts of the block device MAJOR:MINOR from sys/ and proc/ in `root`. Raises FileNotFoundError."""
    folder = (root / "sys/dev/block" / number).resolve(strict=True)
    whole = (folder / "partition").exists()
    parts = [folder, *(file.parent for file in sorted(folder.glob("*/partition")))]
    nodes = {f"/dev/{part.name}": _text(part / "dev") for part in parts}
    device = folder / "device"
    return Disk(
        node=f"/dev/{folder.name}",
        number=number,
        size=int(_text(folder / "size") or 0) * SECTOR,
        model=" ".join(words for name in ("vendor", "model", "name") if (words := _text(device / name))),
        serial=_serial(device),
        whole=f"/dev/{folder.parent.name}" if whole else "",
        physical="/devices/virtual/" not in str(folder),
        optical=_text(device / "type") == OPTICAL,
        removable=_text(folder / "removable") == "1" or _text(device / "type") == "SD",
        usb=re.search(r"/usb\d+/", str(folder)) is not None,
        read_only=_text(folder / "ro") == "1",
        mounts=tuple(_mounts(root, nodes)),
        swap=any(node in nodes for node in _swaps(root)),
        holders=tuple(holder.name for part in parts for holder in sorted((part / "holders").glob("*"))),
    )


def _text(file: Path) -> str:
    """What a file of sysfs says; empty where the device has no such file."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _serial(device: Path) -> str:
    """The nearest serial number upwards: a card reader's own is that of the USB device that it sits in."""
    if not device.exists():
        return ""
    start = device.resolve()
    return next((serial for folder in (start, *start.parents) if (serial := _text(folder / "serial"))), "")


def _mounts(root: Path, nodes: dict[str, str]) -> Iterator[str]:
    """Mount points by number and, since btrfs hides the number, by source as well (proc_pid_mountinfo(5))."""
    for line in _text(root / "proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        number, point = before.split()[2], before.split()[4]
        if number in nodes.values() or after.split()[1] in nodes:
            yield re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), point)


def _swaps(root: Path) -> Iterator[str]:
    for line in _text(root / "proc/swaps").splitlines()[1:]:
        yield line.split()[0]
