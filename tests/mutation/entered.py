"""A plugin of pytest's: which tests come by which function, template and file. `pytest -p tests.mutation.entered`.

A test is told by its name without parameters. What a module does when it is collected is told of the module's file.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import msgspec
import pytest
from msgspec import Struct

VARIABLE = "BRAID_ENTERED"
"""Names the folder that takes what was found, a file for each process."""

HERE = str(Path(__file__).resolve().parents[2]) + "/"


class Entered(Struct, frozen=True):
    """What was found."""

    seconds: dict[str, float]
    """How long each test takes, by its name."""
    functions: dict[str, list[str]]
    """The tests that enter a function, by the function's `FILE:FIRST LINE`."""
    files: dict[str, list[str]]
    """The tests that enter anything in a file, or open it, by the file's name."""
    children: list[str]
    """The tests that start another Python, in which we see nothing."""


class _Watch:
    def __init__(self) -> None:
        self.test = ""
        self.collecting = False
        self.seconds: dict[str, float] = defaultdict(float)
        self.codes: dict[str, set[CodeType]] = defaultdict(set)
        self.opened: dict[str, set[str]] = defaultdict(set)
        self.children: set[str] = set()
        self.fixtures: dict[str, set[str]] = defaultdict(set)
        """Tests by the fixtures that they share with others, each of which was made in the first one of them only."""

    def trace(self, frame: FrameType, _event: str, _argument: Any) -> None:
        self.codes[self.test].add(frame.f_code)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook (PEP 578)."""
        if not self.test or self.collecting:
            return
        if event == "open" and isinstance(arguments[0], str | Path):
            self.opened[self.test].add(os.path.abspath(arguments[0]))  # noqa: PTH100 - a Path would open nothing, too
        elif event == "os.forkpty" or (event == "subprocess.Popen" and sys.executable in map(str, arguments[1])):
            self.children.add(self.test)

    def found(self) -> Entered:
        functions: dict[str, set[str]] = defaultdict(set)
        files: dict[str, set[str]] = defaultdict(set)
        for test, codes in self.codes.items():
            for code in codes:
                if test and code.co_filename.startswith(HERE):
                    file = code.co_filename.removeprefix(HERE)
                    functions[f"{file}:{code.co_firstlineno}"] |= self.fixtures.get(test, {test})
                    files[file] |= self.fixtures.get(test, {test})
        for test, opened in self.opened.items():
            for name in opened:
                if name.startswith(HERE):
                    files[name.removeprefix(HERE)] |= self.fixtures.get(test, {test})
        return Entered(
            self.seconds,
            {name: sorted(tests) for name, tests in functions.items()},
            {name: sorted(tests) for name, tests in files.items()},
            sorted(self.children),
        )


WATCH = _Watch()


def pytest_configure() -> None:
    sys.addaudithook(WATCH.hear)
    threading.settrace(WATCH.trace)
    sys.settrace(WATCH.trace)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    WATCH.test, WATCH.collecting = collector.nodeid if isinstance(collector, pytest.Module) else "", True
    try:
        return (yield)
    finally:
        WATCH.test, WATCH.collecting = "", False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    # Python lets go of a tracer that raises anything, and where the stack is full it does (test_mistakes.py fills it).
    sys.settrace(WATCH.trace)
    WATCH.test = item.nodeid.partition("[")[0]
    for fixture in getattr(item, "fixturenames", ()):
        WATCH.fixtures[_shared(fixture)].add(WATCH.test)
    try:
        return (yield)
    finally:
        WATCH.test = ""


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
    before = WATCH.test
    if fixturedef.scope != "function":
        WATCH.test = _shared(fixturedef.argname)
    try:
        return (yield)
    finally:
        WATCH.test = before


def _shared(fixture: str) -> str:
    """What stands for the tests that share a fixture."""
    return f"@{fixture}"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    WATCH.seconds[report.nodeid.partition("[")[0]] += report.duration


def pytest_unconfigure() -> None:
    sys.settrace(None)
    if into := os.environ.get(VARIABLE):
        Path(into, f"{os.getpid()}.json").write_bytes(msgspec.json.encode(WATCH.found()))
