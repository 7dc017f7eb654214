"""What is different between two images: packages, files, sizes, the kernel's configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec
from msgspec import Struct

from image.account.budget import MEGABYTE
from image.look.contents import Contents, File
from image.packages import package

ROWS = 60
"""Of each table for a person; JSON has all."""


class Change(Struct, frozen=True):
    """A thing that is in one image only, or not the same in both."""

    name: str
    what: str
    """added, removed, changed; of packages also upgraded and downgraded."""
    old: str = ""
    new: str = ""


class Resized(Struct, frozen=True):
    """A file; in bytes, 0 where it is not there."""

    path: str
    what: str
    """added, removed, changed (its content), or mode (only its permissions, or where the link leads to)."""
    old: int
    new: int


class Difference(Struct, frozen=True):
    packages: tuple[Change, ...]
    sizes: tuple[Resized, ...]
    """Of the image and of a slot's files, where they differ."""
    config: tuple[Change, ...]
    files: tuple[Resized, ...]


def between(old: Contents, new: Contents) -> Difference:
    return Difference(
        packages=tuple(_changes(old.packages, new.packages, package.direction)),
        sizes=tuple(_resized({"image": old.bytes} | old.slot, {"image": new.bytes} | new.slot)),
        config=tuple(_changes(old.config, new.config, lambda _old, _new: "changed")),
        files=tuple(_files(old.files, new.files)),
    )


def _changes(old: Mapping[str, str], new: Mapping[str, str], how: Callable[[str, str], str]) -> Iterable[Change]:
    for name in sorted({*old, *new}):
        was, now = old.get(name, ""), new.get(name, "")
        if was != now:
            yield Change(name, "added" if not was else "removed" if not now else how(was, now), was, now)


def _resized(old: Mapping[str, int], new: Mapping[str, int]) -> Iterable[Resized]:
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if was != now:
            yield Resized(name, "added" if was is None else "removed" if now is None else "changed", was or 0, now or 0)


def _files(old: Iterable[File], new: Iterable[File]) -> Iterable[Resized]:
    before, after = {file.path: file for file in old}, {file.path: file for file in new}
    for path in sorted({*before, *after}):
        was, now = before.get(path), after.get(path)
        if was is None and now is not None:
            yield Resized(path, "added", 0, now.bytes)
        elif now is None and was is not None:
            yield Resized(path, "removed", was.bytes, 0)
        elif was is not None and now is not None and was.sha256 != now.sha256:
            yield Resized(path, "changed", was.bytes, now.bytes)
        elif was is not None and now is not None and (was.mode, was.target) != (now.mode, now.target):
            yield Resized(path, "mode", was.bytes, now.bytes)


def as_json(difference: Difference) -> str:
    return msgspec.json.format(msgspec.json.encode(difference), indent=2).decode() + "\n"


def as_text(difference: Difference) -> str:
    """Tables; sizes in MB (10^6 bytes), those of files in bytes."""
    lines = _section("Packages", [_change(each) for each in difference.packages])
    lines += _section("Kernel configuration", [_change(each) for each in difference.config])
    lines += _section(
        "Sizes, in MB",
        [f"{each.path:<16} {each.old / MEGABYTE:.1f} -> {each.new / MEGABYTE:.1f}" for each in difference.sizes],
    )
    # What weighs most comes first.
    files = sorted(difference.files, key=lambda each: (-abs(each.new - each.old), each.path))
    rows = [f"{each.what:<8} {each.old:>9} -> {each.new:>9}  {each.path}" for each in files]
    return "\n".join(lines + _section("Files, in bytes", rows)) + "\n"


def _change(change: Change) -> str:
    versions = " -> ".join(filter(None, (change.old, change.new)))
    return f"{change.what:<10} {change.name}  {versions}"


def _section(title: str, rows: list[str]) -> list[str]:
    shown = rows[:ROWS] + ([f"{len(rows) - ROWS} more (--json has all)"] if len(rows) > ROWS else [])
    return [title, *(f"  {row}" for row in shown)] if rows else [f"{title}: the same"]
