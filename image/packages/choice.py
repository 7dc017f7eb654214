"""Which packages an image is made of, in which versions: the newest, or those of image/packages.lock."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from image import recipe
from image.packages import archive, lock, tools
from image.packages.package import Package, Selection
from image.root import installed
from image.work import cache, files, sandbox, step

LOG = "archive.log"

FORMAT = 1


class Choice(Struct, frozen=True):
    """Packages with all that they need."""

    root: tuple[Package, ...]
    tools: tuple[Package, ...]

    @property
    def by_use(self) -> dict[str, tuple[Package, ...]]:
        """As the lock calls them."""
        return {"root": self.root, "tools": self.tools}

    @property
    def digests(self) -> list[list[str]]:
        """What is the same for the same packages, however they were chosen."""
        return [[package.sha256 for package in packages] for packages in self.by_use.values()]


def selections(wanted: recipe.Root) -> dict[str, Selection]:
    """What a recipe asks for, by use."""
    return {"root": installed.selection(wanted), "tools": tools.selection(wanted)}


def newest(wanted: recipe.Root, logs: Path, *, fresh: bool = False) -> Choice:
    """The newest packages that the archive had when it was last asked for these. `fresh`: it is asked again."""
    return Choice(**chosen(selections(wanted), logs, fresh=fresh))


def chosen(asked: Mapping[str, Selection], logs: Path, *, fresh: bool = False) -> dict[str, tuple[Package, ...]]:
    """The newest packages of selections of one suite, by use, as of when the archive was last asked for these."""
    names = {use: _entry(selection, fresh=fresh) for use, selection in asked.items()}
    with cache.missing(*names.values()) as absent:
        missing = {use: asked[use] for use, name in names.items() if cache.home() / name in absent}
        if missing:
            query = archive.Query(tuple(missing.values()), fresh, logs / LOG)
            for use, packages in zip(missing, sandbox.call(archive.resolve, query), strict=True):
                files.publish_text(msgspec.json.encode(packages).decode(), cache.home() / names[use], mode=0o600)
    return {use: _read(cache.home() / name) for use, name in names.items()}


def locked(wanted: recipe.Root, file: Path) -> Choice:
    """The packages of the lock. Raises Mistake where it is none, or not for this recipe."""
    held = lock.read(file)
    lock.check(held, selections(wanted), file)
    return Choice(held.packages("root"), held.packages("tools"))


def renew(wanted: recipe.Root, file: Path, logs: Path) -> str:
    """Lock what the archive has now, and tell what changed. Raises Mistake where it cannot be reached."""
    archive.check()
    sandbox.check()
    with step.step("Locking the packages"):
        chosen = newest(wanted, logs, fresh=True)
    asked = selections(wanted)
    made = lock.of({use: (asked[use], packages) for use, packages in chosen.by_use.items()})
    old = _all(lock.read(file).lines) if file.exists() else ()
    changes = lock.changes(old, _all(made.lines))
    files.publish_text(lock.render(made), file)
    if not changes:
        return f"no package changed, {len(made.lines)} are locked"
    if not old:
        return f"{len(made.lines)} packages are locked"
    security = sum(change.security for change in changes)
    return f"{lock.table(changes)}\n{len(changes)} packages changed, {security} of them by security updates"


def differences(chosen: Choice, file: Path) -> list[lock.Change]:
    """How a choice differs from the lock, in the root or in the tools."""
    held = lock.read(file)
    found = [lock.changes(held.packages(use), packages) for use, packages in chosen.by_use.items()]
    return sorted({change for each in found for change in each}, key=lambda change: change.name)


def _all(lines: tuple[lock.Line, ...]) -> tuple[Package, ...]:
    return tuple(line.package for line in lines)


def _entry(selection: Selection, *, fresh: bool) -> str:
    return cache.latest(f"set-{cache.key(FORMAT, selection)}", ".json", fresh=fresh)


def _read(file: Path) -> tuple[Package, ...]:
    return msgspec.json.decode(file.read_bytes(), type=tuple[Package, ...])
