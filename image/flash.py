"""The image onto an SD card or USB disk: refuse what might be somebody's data, write, read back, compare."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from mmap import PAGESIZE, mmap
from pathlib import Path

from gateway_init.mistake import Mistake
from image import disks

CHUNK = 4 << 20
"""Bytes in one write: large enough for a USB stick to be busy, small enough for a lively progress line."""

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
    print(f"{disk.node}: {disks.describe(disk)}")
    if not yes:
        _confirm(disk)
    with image.open("rb") as source, _claimed(disk) as target:
        write_and_compare(source.fileno(), target, size, device, _show)
    print(f"{disk.node}: written, read back, and the same; it can be taken out")


def write_and_compare(source: int, target: int, size: int, name: str, progress: Progress) -> None:
    """Copy `size` bytes from one file descriptor to another, and prove that they have arrived.

    Reading back asks the disk and not the page cache. Raises Mistake at the first difference, or where the
    disk `name` fails or vanishes.
    """
    buffer = mmap(-1, CHUNK)  # page-aligned, as O_DIRECT wants it (open(2))
    try:
        for offset, data in _chunks(source, size):
            _write(target, data, offset)
            progress("writing", offset + len(data), size)
        progress("flushing", size, size)
        os.fsync(target)
        with _uncached(target):
            for offset, data in _chunks(source, size):
                # O_DIRECT reads whole sectors: the last chunk may bring more than the image has.
                length = os.preadv(target, [memoryview(buffer)[: _whole_sectors(len(data))]], offset)
                if length < len(data) or buffer[: len(data)] != data:
                    raise Mistake(
                        f"{name}: what was read back differs from the image, {_where(data, buffer[:length], offset)}",
                        hint="the disk is worn out, or smaller than it says: use another one",
                    )
                progress("comparing", offset + len(data), size)
    except OSError as error:
        raise Mistake(f"{name}: {_what_failed(error)}", hint="the disk does not hold the image now") from error
    finally:
        buffer.close()


def _chunks(source: int, size: int) -> Iterator[tuple[int, bytes]]:
    for offset in range(0, size, CHUNK):
        yield offset, os.pread(source, min(CHUNK, size - offset), offset)


def _write(target: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(target, view, offset)
        view, offset = view[written:], offset + written


def _whole_sectors(length: int) -> int:
    return -(-length // PAGESIZE) * PAGESIZE


def _where(wanted: bytes, got: bytes, offset: int) -> str:
    """
    >>> _where(b"abc", b"abd", 512)
    'first at byte 514'
    """
    pairs = enumerate(zip(wanted, got, strict=False))
    return f"first at byte {offset + next((i for i, (a, b) in pairs if a != b), len(got))}"


def _what_failed(error: OSError) -> str:
    if error.errno in (errno.ENODEV, errno.ENXIO, errno.ENOMEDIUM, errno.ESHUTDOWN):
        return "the disk has vanished"
    if error.errno == errno.EIO:
        return "the disk reports an error, or has been pulled out"
    if error.errno == errno.ENOSPC:
        return "the disk is smaller than it says"
    return error.strerror or str(error)


@contextmanager
def _uncached(target: int) -> Iterator[None]:
    """Reads inside go to the disk: past the page cache, or at least after emptying it of this file."""
    os.posix_fadvise(target, 0, 0, os.POSIX_FADV_DONTNEED)
    flags = fcntl.fcntl(target, fcntl.F_GETFL)
    try:
        fcntl.fcntl(target, fcntl.F_SETFL, flags | os.O_DIRECT)
    except OSError as error:
        if error.errno != errno.EINVAL:  # not on every file system (open(2)); fadvise has to do there
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
        case errno.ENOENT | errno.ENXIO | errno.ENODEV | errno.ENOMEDIUM:
            return "the disk has vanished"
        case errno.EROFS:
            return "is write-protected"
        case _:
            return error.strerror or str(error)


def _size_of(image: Path) -> int:
    if not image.exists():
        raise Mistake(f"{image}: no such file", hint="`invoke build` makes the image")
    if not image.is_file() or not image.stat().st_size:
        raise Mistake(f"{image}: is not an image", hint="`invoke build` makes build/braid.img")
    return image.stat().st_size


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
