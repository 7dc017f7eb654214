"""The rooms of the project: how many files and lines each has, and which others it knows. `invoke rooms`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

from gateway_init.base.process import run
from gateway_init.base.table import table

ROOT = Path(__file__).resolve().parents[1]
HOUSES = ("gateway_init", "image", "qemu")
"""Those with rooms inside."""


class Room(Struct, frozen=True):
    name: str
    files: int
    lines: int
    knows: dict[str, int]
    """Other rooms, and how many imports lead there."""


def committed(*suffixes: str) -> list[str]:
    """Files that are in git, or will be."""
    # Also where another user made the clone.
    listing = run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT
    ).stdout
    return [name for name in sorted(listing.split("\0")) if name.endswith(suffixes) and (ROOT / name).is_file()]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)


def imported(name: str) -> Iterator[str]:
    """The modules that a file imports, in full: of `from gateway_init.base import process`, base.process."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name}: imports by a relative name"
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                where = ROOT / inner.replace(".", "/")
                yield inner if where.is_dir() or where.with_suffix(".py").exists() else str(node.module)


def room_of(parts: Iterable[str]) -> str:
    """The room of a file or module, from the parts of its name.

    >>> room_of(["gateway_init", "plan", "plan.py"]), room_of(["servers", "kit.py"]), room_of(["image", "build.py"])
    ('gateway_init/plan', 'servers', 'image')
    """
    first, *rest = parts
    return f"{first}/{rest[0]}" if first in HOUSES and len(rest) > 1 else first


def rooms() -> list[Room]:
    """Every room with Python in it, but the tests."""
    names = [name for name in committed(".py") if not name.startswith("tests/")]
    by_room: dict[str, list[str]] = {}
    for name in names:
        by_room.setdefault(room_of(name.split("/")), []).append(name)
    return [_room(room, files, set(by_room)) for room, files in sorted(by_room.items())]


def text(found: Iterable[Room]) -> str:
    rows = [
        [
            room.name,
            str(room.files),
            str(room.lines),
            str(sum(room.knows.values())),
            ", ".join(f"{other} {count}" for other, count in room.knows.items()) or "-",
        ]
        for room in found
    ]
    return table(["ROOM", "FILES", "LINES", "ARROWS", "TO"], rows)


def _room(name: str, files: list[str], known: set[str]) -> Room:
    filled = [file for file in files if (ROOT / file).stat().st_size]
    to: dict[str, int] = {}
    for file in filled:
        for module in imported(file):
            other = room_of([*module.split("."), ""]) if module in HOUSES else room_of(module.split("."))
            if other in known and other != name:
                to[other] = to.get(other, 0) + 1
    lines = sum(len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in filled)
    return Room(name, len(filled), lines, dict(sorted(to.items())))
