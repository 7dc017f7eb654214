"""image/packages.lock: which packages an image is made of, to the byte; one line for each, for people and for git."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from gateway_init.base.mistake import Mistake
from image.packages import package
from image.packages.package import Package, Selection

NAME = "packages.lock"

HEADER = """\
# The packages of the image's root and of the tools that shape it. Made by `invoke lock`; do not edit.
# name version architecture sha256, and for what: asked (the recipe names it) or needed (by what it names)
"""

LINE = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9+.-]+) (?P<version>[A-Za-z0-9.+~:-]+) (?P<architecture>[a-z0-9]+)"
    r" (?P<sha256>[0-9a-f]{64})(?P<uses>( [a-z]+:(asked|needed))+)"
)


class Line(Struct, frozen=True):
    package: Package
    uses: dict[str, bool]
    """For what it is there, such as root or tools; and whether that names it."""


class Lock(Struct, frozen=True):
    suite: str
    lines: tuple[Line, ...]

    def packages(self, use: str) -> tuple[Package, ...]:
        return tuple(line.package for line in self.lines if use in line.uses)

    def asked(self, use: str) -> set[str]:
        return {line.package.name for line in self.lines if line.uses.get(use)}


class Change(Struct, frozen=True):
    """How a package differs from the lock."""

    name: str
    what: str
    """added, removed, upgraded, downgraded, or rebuilt (another content under the same version)."""
    old: str
    new: str
    security: bool
    """Whether that is a security update."""


def of(chosen: Mapping[str, tuple[Selection, tuple[Package, ...]]]) -> Lock:
    """A lock for what was chosen, by use."""
    uses: dict[Package, dict[str, bool]] = {}
    for use, (selection, packages) in chosen.items():
        for one in packages:
            uses.setdefault(one, {})[use] = one.name in selection.packages
    (suite,) = {selection.suite for selection, _ in chosen.values()}
    return Lock(suite, tuple(Line(one, uses[one]) for one in sorted(uses)))


def render(lock: Lock) -> str:
    lines = [
        f"{line.package.name} {line.package.version} {line.package.architecture} {line.package.sha256}"
        + "".join(f" {use}:{'asked' if asked else 'needed'}" for use, asked in line.uses.items())
        for line in lock.lines
    ]
    return HEADER + f"suite {lock.suite}\n" + "".join(f"{line}\n" for line in lines)


def read(file: Path) -> Lock:
    """Raises Mistake with file, line and what is wrong."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Mistake(f"{file}: there is none", hint="`invoke lock` makes it") from None
    suite, lines = "", []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            continue
        if line.startswith("suite ") and not suite:
            suite = line.removeprefix("suite ")
        elif match := LINE.fullmatch(line):
            one = Package(match["name"], match["version"], match["architecture"], match["sha256"])
            uses = dict(use.split(":") for use in match["uses"].split())
            lines.append(Line(one, {use: why == "asked" for use, why in uses.items()}))
        else:
            raise Mistake(f"{file}:{number}: not a line of a lock: {line[:60]}", hint="`invoke lock` makes it anew")
    return Lock(suite, tuple(lines))


def check(lock: Lock, wanted: Mapping[str, Selection], file: Path) -> None:
    """Raises Mistake where the lock was made for other wishes than the recipe's now."""
    wrong = []
    for use, selection in wanted.items():
        if selection.suite != lock.suite:
            wrong.append(f"it is for {lock.suite or 'no suite'}, the recipe for {selection.suite}")
        asked = lock.asked(use)
        wrong += [f"it lacks {name} ({use})" for name in sorted(set(selection.packages) - asked)]
        wrong += [f"{name} ({use}) is no longer asked for" for name in sorted(asked - set(selection.packages))]
    if wrong:
        raise Mistake(
            f"{file} is not for this recipe: {'; '.join(dict.fromkeys(wrong))}", hint="renew it by `invoke lock`"
        )


def changes(old: tuple[Package, ...], new: tuple[Package, ...]) -> list[Change]:
    """What is different in the new set of packages."""
    before, after = package.by_name(old), package.by_name(new)
    found = []
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            found.append(Change(name, "added", "", now.version, False))
        elif now is None and was is not None:
            found.append(Change(name, "removed", was.version, "", False))
        elif was is not None and now is not None and was.sha256 != now.sha256:
            what = "rebuilt" if was.version == now.version else package.direction(was.version, now.version)
            found.append(Change(name, what, was.version, now.version, now.security))
    return found


def table(found: Sequence[Change]) -> str:
    """Changes for a person.

    >>> print(table([Change("openssl", "upgraded", "3.5.1-1", "3.5.1-1+deb13u1", True)]))
      upgraded    openssl  3.5.1-1 -> 3.5.1-1+deb13u1  security
    """
    width = max((len(change.name) for change in found), default=0)
    rows = []
    for change in found:
        versions = " -> ".join(filter(None, (change.old, change.new)))
        rows.append(f"  {change.what:<10}  {change.name:<{width}}  {versions}{'  security' if change.security else ''}")
    return "\n".join(rows)
