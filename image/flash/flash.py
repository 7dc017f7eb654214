"""The image onto an SD card or USB disk: refuse what might be somebody's data, write, read back, compare."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from mmap import mmap
from pathlib import Path

from gateway_init.base.mistake import Mistake
from image.flash import target as disks

CHUNK = 4 << 20
"""Bytes in one write: large enough for a USB stick to be busy, small enough for a lively progress line."""

GONE = (errno.ENODEV, errno.ENXIO, errno.ENOMEDIUM, errno.ESHUTDOWN)
"""What a disk that is not there any more gives."""

FADING = (errno.EIO, errno.ENOSPC)
"""What it may give just before: the kernel lets writes fail first, then it has no room, then it is forgotten."""
FORGOTTEN = 2.0
"""Seconds after its last word that the kernel may take to forget one, on a busy machine."""

BOOTABLE = b"\x55\xaa"
"""The end of a disk's first sector that a BIOS boots from."""

ZSTANDARD = b"\x28\xb5\x2f\xfd"
"""How a file packed by zstd begins (RFC 8878)."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, the bytes done and the bytes in all."""


def flash(image: Path, device: str, *, yes: bool = False) -> None:
    """Write the image to a whole removable or USB disk, then read it back and compare.

    Asks on the terminal for the disk's name first, unless `yes`. Raises Mistake where the image or the disk
    is not fit for it, where the disk vanishes, or where what is read back differs from what was written.
    """
    size = _size_of(image)
    disk = disks.find(device)
    reason = disks.refusal(disk, size)
    if reason:
        raise Mistake(f"{device}: {reason}", hint="`lsblk -o NAME,SIZE,TRAN,RM,MODEL,MOUNTPOINTS` lists the disks")
    print(f"{disk.node}: {disks.describe(disk)}\n{disks.content(disk)}", flush=True)
    if not yes:
        _confirm(disk)
    with image.open("rb") as source, _claimed(disk) as target:
        write_and_compare(source.fileno(), target, size, device, _show)
    print(f"{disk.node}: written, read back, and the same; it can be taken out")


def write_and_compare(source: int, target: int, size: int, name: str, progress: Progress) -> None:
    """Copy `size` bytes, whole sectors, from one file descriptor to another, and prove that they have arrived.

    The beginning comes last, over zeros: whatever ends this before, the disk is none that a machine would boot.
    Neither writing nor reading back goes through the page cache. Raises Mistake at the first difference, or where
    the disk `name` fails or vanishes.
    """
    # Page-aligned, as O_DIRECT wants it (open(2)).
    with mmap(-1, CHUNK) as wanted, mmap(-1, CHUNK) as got, _uncached(target):
        first, *rest = range(0, size, CHUNK)
        with _told(name, target, "writing", first):
            _write(target, wanted, min(CHUNK, size), first)
        for done, offset in enumerate([*rest, first], start=1):
            length = _read(source, wanted, offset, size)
            with _told(name, target, "writing", offset):
                _write(target, wanted, length, offset)
            progress("writing", min(done * CHUNK, size), size)
        progress("flushing", size, size)
        with _told(name, target, "flushing", size):
            os.fsync(target)
        for offset in (first, *rest):
            length = _read(source, wanted, offset, size)
            with _told(name, target, "reading back", offset):
                came = os.preadv(target, [memoryview(got)[:length]], offset)
            if came < length or got[:length] != wanted[:length]:
                raise Mistake(
                    f"{name}: what was read back differs from the image, {_where(wanted[:length], got[:came], offset)}",
                    hint="the disk is worn out, or smaller than it says: use another one",
                )
            progress("comparing", offset + length, size)


def _read(source: int, buffer: mmap, offset: int, size: int) -> int:
    """The image's bytes from `offset` on into the buffer; how many."""
    length = min(CHUNK, size - offset)
    if os.preadv(source, [memoryview(buffer)[:length]], offset) < length:
        raise Mistake("the image has become shorter meanwhile", hint="the disk does not hold it; begin again")
    return length


def _write(target: int, buffer: mmap, length: int, offset: int) -> None:
    with memoryview(buffer) as view:
        done = 0
        while done < length:
            done += os.pwrite(target, view[done:length], offset + done)


def _where(wanted: bytes, got: bytes, offset: int) -> str:
    """
    >>> _where(b"abc", b"abd", 512)
    'first at byte 514'
    """
    pairs = enumerate(zip(wanted, got, strict=False))
    return f"first at byte {offset + next((i for i, (a, b) in pairs if a != b), len(got))}"


@contextmanager
def _told(name: str, target: int, doing: str, offset: int) -> Iterator[None]:
    """An error of the disk's as a person may read it, with what to do."""
    try:
        yield
    except OSError as error:
        what, hint = _what_failed(error, target)
        where = f"({doing}, at {offset >> 20} MiB)"
        raise Mistake(f"{name}: {what} {where}", hint=f"{hint}; it does not hold the image now") from error


def _what_failed(error: OSError, target: int) -> tuple[str, str]:
    if error.errno in GONE or (error.errno in FADING and _has_gone(target)):
        return "the disk has vanished", "was it pulled out, or is the contact loose? Plug it in, and begin again"
    if error.errno == errno.EIO:
        return "the disk reports an error", "try another port or reader, then another disk"
    if error.errno == errno.ENOSPC:
        return "the disk is smaller than it says", "use another one"
    return error.strerror or str(error), "begin again"


def _has_gone(target: int) -> bool:
    """Whether the kernel has forgotten the disk: then all it says of writing to it is EIO, from a moment before on."""
    found = os.fstat(target)
    known = Path("/sys/dev/block", f"{os.major(found.st_rdev)}:{os.minor(found.st_rdev)}")
    deadline = time.monotonic() + FORGOTTEN
    while stat.S_ISBLK(found.st_mode) and known.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return stat.S_ISBLK(found.st_mode) and not known.exists()


@contextmanager
def _uncached(target: int) -> Iterator[None]:
    """Inside, the disk is written and read itself, and not the page cache.

    So a write that fails is told by that write, progress is the disk's own, and what is read back has been on it.
    """
    flags = fcntl.fcntl(target, fcntl.F_GETFL)
    try:
        fcntl.fcntl(target, fcntl.F_SETFL, flags | os.O_DIRECT)
    except OSError as error:
        if error.errno != errno.EINVAL:  # files of some file systems have no other way than the cache; disks do
            raise
    try:
        yield
    finally:
        fcntl.fcntl(target, fcntl.F_SETFL, flags)


@contextmanager
def _claimed(disk: disks.Disk) -> Iterator[int]:
    """The disk, opened for us alone: with O_EXCL the kernel refuses one in use, by whomever (open(2))."""
    try:
        target = os.open(disk.node, os.O_RDWR | os.O_EXCL | os.O_CLOEXEC)
    except OSError as error:
        raise Mistake(f"{disk.node}: {_why_closed(error)}", hint="nothing was written") from None
    try:
        found = os.fstat(target).st_rdev
        if f"{os.major(found)}:{os.minor(found)}" != disk.number:
            raise Mistake(f"{disk.node}: another disk has taken its place", hint="nothing was written")
        yield target
    finally:
        os.close(target)


def _why_closed(error: OSError) -> str:
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return "permission denied; writing to a disk needs root (sudo)"
        case errno.EBUSY:
            return "is in use"
        case errno.ENOENT:
            return "the disk has vanished"
        case errno.EROFS:
            return "is write-protected"
        case number if number in GONE:
            return "the disk has vanished"
        case _:
            return error.strerror or str(error)


def _size_of(image: Path) -> int:
    if not image.exists():
        raise Mistake(f"{image}: no such file", hint="`invoke build` makes the image")
    if not image.is_file():
        raise Mistake(f"{image}: is no file", hint="`invoke build` makes build/braid.img")
    with image.open("rb") as source:
        head = source.read(disks.SECTOR)
    if head.startswith(ZSTANDARD):
        raise Mistake(f"{image}: is packed", hint=f"unpack it first: zstd -d {image}")
    size = image.stat().st_size
    if not head.endswith(BOOTABLE) or len(head) < disks.SECTOR or size % disks.SECTOR:
        raise Mistake(f"{image}: is no image of a disk", hint="`invoke build` makes build/braid.img")
    return size


def _confirm(disk: disks.Disk) -> None:
    name = disk.node.removeprefix("/dev/")
    print(f"All that is on it will be lost. Type its name ({name}) to go on: ", end="", flush=True)
    answer = sys.stdin.readline().strip()
    if answer not in (name, disk.node):
        raise Mistake("not confirmed, nothing was written", hint="scripts confirm with --yes")


def _show(doing: str, done: int, size: int) -> None:
    """One line that moves on a terminal, every tenth of the way elsewhere."""
    percent, mib = 100 * done // size, f"{done >> 20} of {size >> 20} MiB"
    if sys.stdout.isatty():
        print(f"\r{doing:<10} {percent:3} %  {mib}", end="\n" if done == size else "", flush=True)
    elif percent // 10 > 100 * max(done - CHUNK, 0) // size // 10 or done == size:
        print(f"{doing:<10} {percent:3} %  {mib}", flush=True)
