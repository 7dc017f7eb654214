"""A fault that is put into the project, to see whether a test notices: one piece of a file, replaced by another."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
import yaml
from msgspec import Struct

from gateway_init.base.mistake import Mistake

LISTED = Path(__file__).with_name("faults.yaml")

Origin: TypeAlias = Literal["listed", "random"]


class Fault(Struct, frozen=True, kw_only=True):
    """One piece of one file, replaced."""

    origin: Origin
    name: str
    """What is wrong then, in a few words."""
    file: str
    """Below the project's root."""
    start: int
    """Where the piece begins, in characters from the file's."""
    line: int
    """The line that it begins in, from 1."""
    old: str
    new: str
    why: str = ""
    """What a user would lose."""

    def put_into(self, text: str) -> str:
        """The file's text with the fault."""
        end = self.start + len(self.old)
        assert text[self.start : end] == self.old, f"{self.file}:{self.line} has changed meanwhile"
        return text[: self.start] + self.new + text[end:]

    def diff(self, text: str) -> list[str]:
        """The lines of the file's text that go (`- `) and those that come (`+ `), not indented."""
        lines = difflib.ndiff(text.splitlines(), self.put_into(text).splitlines())
        return [f"{line[0]} {line[1:].strip()}" for line in lines if line[0] in "-+"]


class _Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    file: str
    old: str
    new: str
    why: str


def listed(root: Path, file: Path = LISTED) -> list[Fault]:
    """Our own faults, in the order of the file.

    Raises Mistake for the file that is none of faults, and for each fault that does not fit today's text: the piece
    that it replaces must be there exactly once.
    """
    try:
        entries = msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8")), list[_Entry])
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise Mistake(f"{file}: {error}", hint="each fault has name, file, old, new and why") from None
    placed = [_place(root, entry) for entry in entries]
    wrong = [each for each in placed if isinstance(each, str)]
    if wrong:
        raise Mistake("\n".join(wrong), hint=f"mend these entries of {file.name}, so that they fit today's text")
    return [each for each in placed if isinstance(each, Fault)]


def _place(root: Path, entry: _Entry) -> Fault | str:
    """The fault, or why it does not fit."""
    where = f"'{entry.name}' ({entry.file})"
    try:
        text = (root / entry.file).read_text(encoding="utf-8")
    except FileNotFoundError:
        return f"{where}: no such file"
    if entry.old == entry.new:
        return f"{where}: old and new are the same"
    if (times := text.count(entry.old)) != 1:
        return f"{where}: what it replaces is there {times} times, not once: {entry.old.strip()!r}"
    start = text.index(entry.old)
    return Fault(origin="listed", start=start, line=text.count("\n", 0, start) + 1, **msgspec.structs.asdict(entry))
