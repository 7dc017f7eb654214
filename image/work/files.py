"""Files that appear whole or not at all, however the process that makes them ends."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway_init.base.mistake import Mistake

CHUNK = 1 << 20


def publish(source: Path, target: Path, *, mode: int = 0o600) -> None:
    """Put a copy of `source` in the place of `target`, holes kept, in one move after it is safe on the disk.

    Until then the copy has no name (open(2), O_TMPFILE), so a kill leaves nothing. Where the file system knows no
    nameless files it is called `.NAME.new`, which the next build overwrites.
    The caller makes sure that nobody else writes `target`. Raises Mistake where the disk is full.
    """
    aside = target.with_name(f".{target.name}.new")
    try:
        aside.unlink(missing_ok=True)
        try:
            fd = os.open(target.parent, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, mode)
        except OSError as error:
            if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL):
                raise
            fd = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
        try:
            with source.open("rb") as data:
                os.ftruncate(fd, os.fstat(data.fileno()).st_size)
                write_at(data.fileno(), fd, 0)
            os.fchmod(fd, mode)
            os.fsync(fd)
            if not aside.exists():
                _link(fd, aside)
        finally:
            os.close(fd)
        aside.replace(target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            aside.unlink(missing_ok=True)
            raise Mistake(
                f"{target}: no space left on the disk",
                hint=f"{source.stat().st_blocks // 2048} MiB are needed; `invoke clean --cache` frees some",
            ) from None
        raise


def publish_text(text: str, target: Path, *, mode: int = 0o644) -> None:
    """Like `publish`, for a short text."""
    aside = target.with_name(f".{target.name}.new")
    aside.unlink(missing_ok=True)
    fd = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
    with os.fdopen(fd, "w") as sink:
        sink.write(text)
        sink.flush()
        os.fsync(fd)
    aside.replace(target)


@contextmanager
def lock(file: Path, *, shared: bool = False, busy: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a lock until the end of the block, or of the process. Where it is taken, `busy` is called, then we wait."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(fd, how | fcntl.LOCK_NB)
        except BlockingIOError:
            busy()
            fcntl.flock(fd, how)
        yield
    finally:
        os.close(fd)


def data_ranges(fd: int) -> Iterator[tuple[int, int]]:
    """Start and end of each part of a file that is not a hole."""
    end = os.fstat(fd).st_size
    at = 0
    while at < end:
        try:
            at = os.lseek(fd, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        until = os.lseek(fd, at, os.SEEK_HOLE)
        yield at, until
        at = until


def write_at(source: int, sink: int, offset: int) -> None:
    """Copy a file into another one from `offset` on, its holes left alone."""
    _copy(source, sink, range(os.fstat(source).st_size), offset)


def cut_out(image: Path, start: int, size: int, into: Path) -> None:
    """Copy a part of a file into a new one; what is zero becomes a hole. In bytes."""
    with image.open("rb") as source, into.open("xb") as sink:
        sink.truncate(size)
        _copy(source.fileno(), sink.fileno(), range(start, start + size), -start)


def digest(file: Path) -> str:
    """SHA-256 in hexadecimal digits."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _copy(source: int, sink: int, part: range, shift: int) -> None:
    """Copy what is neither hole nor zero of a part of a file, to where it stands plus `shift`."""
    for start, end in data_ranges(source):
        at, until = max(start, part.start), min(end, part.stop)
        while at < until:
            data = os.pread(source, min(CHUNK, until - at), at)
            if not data:
                raise EOFError("the file became shorter while it was read")
            done = 0 if data.strip(b"\0") else len(data)
            while done < len(data):
                done += os.pwrite(sink, data[done:], at + shift + done)
            at += len(data)


def _link(fd: int, name: Path) -> None:
    directory = os.open(name.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # A dir_fd makes Python call linkat(2), the only call that follows /proc/self/fd.
        os.link(f"/proc/self/fd/{fd}", name.name, dst_dir_fd=directory, src_dir_fd=directory)
    finally:
        os.close(directory)


def walk(path: Path) -> Iterator[Path]:
    """A path and, of a folder, all that is in it, in the same order everywhere; links are not followed."""
    yield path
    if path.is_dir() and not path.is_symlink():
        for inner in sorted(path.iterdir()):
            if inner.name != "__pycache__":
                yield from walk(inner)
