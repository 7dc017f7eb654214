"""What is inside of the files that a build makes, down to the single file: to name what differs between two of them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from image.account.manifest import artifact
from image.disk import layout
from image.look import contents
from image.packages.tools import Tools
from image.work import files

SHOWN = 20
"""Differences that are named; the first ones say enough."""


_Unpack: TypeAlias = "Callable[[Path], Path]"


class Pair(Struct, frozen=True):
    """Two files that should be the same."""

    first: Path
    second: Path
    tools: Path
    """The tar file of the tools that open them."""


def differences(pair: Pair, scratch: Path) -> list[str]:
    """Where two files differ, such as `slot A: root.squashfs: etc/motd: content`. Runs in a sandbox."""
    opener = _Opener(Tools(pair.tools, scratch), scratch)
    found = opener.compare(pair.first, pair.second, pair.first.name)
    return [difference for difference, _ in zip(found, range(SHOWN), strict=False)]


def first_difference(one: Path, other: Path) -> int | None:
    """Offset of the first byte that differs, or where the shorter file ends."""
    at = 0
    with one.open("rb") as first, other.open("rb") as second:
        while True:
            a, b = first.read(files.CHUNK), second.read(files.CHUNK)
            if a != b:
                return at + next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
            if not a:
                return None
            at += len(a)


class _Opener:
    def __init__(self, tools: Tools, scratch: Path) -> None:
        self._tools = tools
        self._scratch = scratch
        self._numbers = count()
        self._seen: dict[tuple[str, str], str] = {}

    def compare(self, one: Path, other: Path, name: str) -> Iterator[str]:
        """The differences inside of two files; of two that nothing can open, the place where they begin to differ."""
        at = first_difference(one, other)
        if at is None:
            return
        both = artifact(one).sha256, artifact(other).sha256
        if both in self._seen:
            yield f"{name}: as in {self._seen[both]}"
            return
        self._seen[both] = name
        inner = list(self._inside(one, other, name))
        yield from inner
        if not inner:
            yield f"{name}: content, from byte {at}"

    def _inside(self, one: Path, other: Path, name: str) -> Iterator[str]:
        match one.suffix:
            case ".img" if _is_disk(one) and _is_disk(other):
                yield from self._partitions(one, other)
            case ".img" if one.name.startswith("initrd"):
                yield from self._trees(one, other, name, self._unpack_initrd)
            case ".ext4":
                yield from self._trees(one, other, name, self._unpack_ext4)
            case ".squashfs" | ".raucb":
                yield from self._trees(one, other, name, self._unpack_squashfs)

    def _partitions(self, one: Path, other: Path) -> Iterator[str]:
        first, second = contents.partitions(one), contents.partitions(other)
        if first != second or _head(one, first) != _head(other, second):
            yield "the boot loader or the partition table"
        for number, (a, b) in enumerate(zip(first, second, strict=False)):
            name = layout.PARTITIONS[number]
            yield from self.compare(self._cut(one, *a), self._cut(other, *b), name)

    def _cut(self, image: Path, start: int, size: int) -> Path:
        part = self._place(".ext4")
        files.cut_out(image, start, size, part)
        return part

    def _trees(self, one: Path, other: Path, name: str, unpack: _Unpack) -> Iterator[str]:
        first, second = unpack(self._copy(one)), unpack(self._copy(other))
        paths = {path.relative_to(tree) for tree in (first, second) for path in tree.rglob("*")}
        for path in sorted(paths):
            a, b = first / path, second / path
            if not os.path.lexists(a) or not os.path.lexists(b):
                yield f"{name}: {path}: only in the {'first' if os.path.lexists(a) else 'second'}"
                continue
            for what, x, y in zip(("kind", "mode", "owner", "group", "time"), _meta(a), _meta(b), strict=True):
                if x != y:
                    yield f"{name}: {path}: {what} ({x} and {y})"
            if a.is_symlink() and b.is_symlink() and a.readlink() != b.readlink():
                yield f"{name}: {path}: target ({a.readlink()} and {b.readlink()})"
            elif _is_plain(a) and _is_plain(b):
                yield from self.compare(a, b, f"{name}: {path}")

    def _unpack_ext4(self, file: Path) -> Path:
        tree = self._place("")
        tree.mkdir()
        self._tools.run("debugfs", "-R", f"rdump / {self._tools.seen(tree)}", file)
        return tree

    def _unpack_squashfs(self, file: Path) -> Path:
        tree = self._place("")
        self._tools.run("unsquashfs", "-quiet", "-no-progress", "-dest", tree, file)
        return tree

    def _unpack_initrd(self, file: Path) -> Path:
        tree, archive = self._place(""), self._place(".cpio")
        tree.mkdir()
        self._tools.run("zstd", "--quiet", "--decompress", file, "-o", archive)
        self._tools.run("cpio", "--extract", "--quiet", "--directory", tree, "--file", archive)
        return tree

    def _copy(self, file: Path) -> Path:
        """Where the tools can see it."""
        if file.is_relative_to(self._scratch):
            return file
        there = self._place(file.suffix)
        there.write_bytes(file.read_bytes())
        return there

    def _place(self, suffix: str) -> Path:
        return self._scratch / f"compare-{next(self._numbers)}{suffix}"


def _is_disk(file: Path) -> bool:
    with file.open("rb") as source:
        return source.read(layout.SECTOR)[-2:] == b"\x55\xaa"


def _head(image: Path, partitions: list[tuple[int, int]]) -> bytes:
    with image.open("rb") as source:
        return source.read(partitions[0][0])


def _meta(path: Path) -> tuple[str, str, int, int, int]:
    seen = path.lstat()
    mode = f"{stat.S_IMODE(seen.st_mode):04o}"
    return stat.filemode(seen.st_mode)[0], mode, seen.st_uid, seen.st_gid, int(seen.st_mtime)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
