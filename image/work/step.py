"""What the build is doing and how long each part of it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from msgspec import Struct


class Timing(Struct, frozen=True):
    """One finished step."""

    name: str
    depth: int
    """0 for a step of its own, 1 for a step inside of that, and so on."""
    seconds: float


timings: list[Timing] = []
"""The finished steps of this process, an outer one after those inside of it."""

_depth = ContextVar("depth", default=0)
"""How many steps are under way around what runs now; steps of another thread are none of them."""


def begin_at(depth: int) -> None:
    """Indent from here on as the process does that started this one."""
    _depth.set(depth)


def depth() -> int:
    return _depth.get()


def say(text: str) -> None:
    """One line of progress, indented under the step that it belongs to."""
    print(f"{'  ' * _depth.get()}{text}", file=sys.stderr, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the name of what begins, indent what is said inside, and take its time.

    >>> with step("Building the root"):
    ...     say("from the cache")
    """
    say(f"{_bold('*')} {name}")
    inside = _depth.set(_depth.get() + 1)
    start = time.monotonic()
    try:
        yield
    finally:
        _depth.reset(inside)
    took = time.monotonic() - start
    timings.append(Timing(name, _depth.get(), took))
    if took >= 1:
        say(f"  {_faint(f'{took:.1f} s')}")


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m" if sys.stderr.isatty() else text


def _faint(text: str) -> str:
    return f"\x1b[2m{text}\x1b[0m" if sys.stderr.isatty() else text
