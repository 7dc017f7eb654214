"""`braid licences`: under which licences the box's packages are, and their texts."""

from __future__ import annotations

import argparse
import lzma
import os
import sys
from difflib import get_close_matches
from pathlib import Path

import msgspec

from gateway_init.base.mistake import Mistake
from gateway_init.base.table import table
from gateway_init.wellknown.licences import FILE, Licences

SHOWN = 4
"""Licences of a package that the table names; --json has all."""


def run(given: argparse.Namespace) -> int:
    """Print a table of the packages, or the text of the one that is named; the exit code. Raises Mistake."""
    known = read(FILE)
    try:
        print(_one(known, given.package, given.json) if given.package else _all(known, given.json), flush=True)
    except BrokenPipeError:
        # Whoever reads has seen enough. At its end, Python would try once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def read(file: Path) -> Licences:
    """What the build packed. Raises Mistake where it is not there."""
    try:
        return msgspec.json.decode(lzma.decompress(file.read_bytes()), type=Licences)
    except FileNotFoundError:
        raise Mistake(f"{file}: no such file", hint="an image that was built has it") from None


def _all(known: Licences, as_json: bool) -> str:
    if as_json:
        return _json([{"package": name, "licences": each.licences} for name, each in known.packages.items()])
    rows = [(name, cell(each.licences)) for name, each in known.packages.items()]
    return f"{table(('package', 'licences'), rows)}\n\nTexts, for `braid licences NAME`: {', '.join(known.common)}"


def cell(licences: tuple[str, ...]) -> str:
    """Licences for the table.

    >>> cell(("GPL-2+", "MIT")), cell(()), cell(("A", "B", "C", "D", "E", "F"))
    ('GPL-2+, MIT', 'see its text', 'A, B, C, D and 2 more')
    """
    more = len(licences) - SHOWN
    return ", ".join(licences[:SHOWN]) + (f" and {more} more" if more > 0 else "") or "see its text"


def _one(known: Licences, name: str, as_json: bool) -> str:
    if package := known.packages.get(name):
        found = {"package": name, "licences": package.licences, "text": package.text}
    elif text := known.common.get(name):
        found = {"licence": name, "text": text}
    else:
        close = get_close_matches(name, [*known.packages, *known.common], n=1)
        hint = f"did you mean '{close[0]}'? " if close else ""
        raise Mistake(f"{name}: no package or licence of that name", hint=f"{hint}`braid licences` lists them")
    return _json(found) if as_json else str(found["text"]).rstrip("\n")


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode()
