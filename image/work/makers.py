"""The code that makes what is kept in the cache: a part of each key, so that nothing outlives a change of its maker."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache as once
from pathlib import Path
from threading import Lock

from image.work import cache

PROJECT = Path(__file__).resolve().parents[2]
SHAPING = ("image.root.", "image.disk.", "image.packages.tools", "image.account.licence")
"""Modules whose code decides about bytes; the others bring these to work, and log."""
_READING = Lock()
"""CPython 3.11 counts how deep a tree is for all threads together (python/cpython#106905): one is made at a time."""


@once
def code(maker: str) -> str:
    """A digest over a module's source and, of those that shape bytes, the sources of all that it imports.

    >>> code("image.root.drivers") == code("image.root.installed")
    False
    """
    return cache.key([cache.content(_file(module)) for module in sorted(closure(maker))])


def closure(maker: str) -> set[str]:
    """
    >>> "image.root.module" in closure("image.disk.initrd")
    True
    """
    found, new = set[str](), {maker}
    while new:
        found |= new
        new = {inner for module in new for inner in _imported(module)} - found
    return found


def _imported(module: str) -> Iterator[str]:
    text = _file(module).read_text(encoding="utf-8")
    with _READING:
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in (node.module, *(f"{node.module}.{each.name}" for each in node.names)):
                if name.startswith(SHAPING) and _file(name).is_file():
                    yield name


def _file(module: str) -> Path:
    return PROJECT / f"{module.replace('.', '/')}.py"
