"""What pytest's JUnit reports say of a run: how the tests ended, which were slow, and what was not proven."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

SLOWEST = 10
"""Tests in the table."""

WIDTH = 110
"""Characters of a line in the table."""


class Tally(NamedTuple):
    """How the tests of one or more stages ended."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def plus(self, other: Tally) -> Tally:
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))

    def render(self, seconds: float) -> str:
        """
        >>> Tally(passed=41, skipped=2).render(75.2)
        '41 passed, 2 skipped in 1 min 15 s'
        """
        words = zip((self.failed, self.passed, self.skipped), ("failed", "passed", "skipped"), strict=True)
        counts = ", ".join(f"{count} {word}" for count, word in words if count) or "no tests ran"
        minutes, rest = divmod(round(seconds), 60)
        return f"{counts} in " + (f"{minutes} min {rest} s" if minutes else f"{rest} s")


class Case(NamedTuple):
    """One test."""

    name: str
    seconds: float
    """Its fixtures' included."""
    skipped: str | None = None
    """Why it was skipped; None where it was not."""


class Report(NamedTuple):
    """One stage, or several."""

    tally: Tally = Tally()
    cases: tuple[Case, ...] = ()

    def plus(self, other: Report) -> Report:
        return Report(self.tally.plus(other.tally), self.cases + other.cases)


def read(file: Path) -> Report:
    """Read a report; a stage that ended without one counts as one failure."""
    if not file.exists():
        return Report(Tally(failed=1))
    suite = next(ElementTree.parse(file).iter("testsuite"))  # noqa: S314 -- our own report
    total, skipped = int(suite.attrib["tests"]), int(suite.attrib["skipped"])
    failed = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
    return Report(
        Tally(total - failed - skipped, failed, skipped), tuple(_case(each) for each in suite.iter("testcase"))
    )


def table(stages: Sequence[tuple[str, float]], cases: Iterable[Case]) -> str:
    """The slowest tests and each stage's time, for a person.

    >>> slow, quick = Case("tests/b: test_slow", 9), Case("tests/a: test_quick", 0.1)
    >>> print(table([("unit", 61.23), ("kernel", 2)], [quick, slow]))
    The slowest tests, in seconds
         9.0  tests/b: test_slow
         0.1  tests/a: test_quick
    Stages, in seconds
        61.2  unit
         2.0  kernel
    """
    slowest = sorted(cases, key=lambda case: -case.seconds)[:SLOWEST]
    rows = [f"{case.seconds:8.1f}  {case.name}" for case in slowest]
    lines = ["The slowest tests, in seconds", *(row if len(row) <= WIDTH else f"{row[: WIDTH - 1]}…" for row in rows)]
    return "\n".join([*lines, "Stages, in seconds", *(f"{seconds:8.1f}  {name}" for name, seconds in stages)])


def unproven(cases: Iterable[Case]) -> str:
    """Each test that was skipped, under the reason; empty where none was.

    >>> print(unproven([Case("tests/a: test_link", 0, "no namespaces"), Case("tests/a: test_sum", 0.1)]))
    NOT PROVEN, since these tests were skipped:
      no namespaces
        tests/a: test_link
    """
    reasons: dict[str, list[str]] = {}
    for case in cases:
        if case.skipped is not None:
            reasons.setdefault(case.skipped, []).append(case.name)
    lines = [line for why, names in reasons.items() for line in (f"  {why}", *(f"    {name}" for name in names))]
    return "\n".join(["NOT PROVEN, since these tests were skipped:", *lines]) if lines else ""


def _case(told: ElementTree.Element) -> Case:
    skipped = told.find("skipped")
    why = None if skipped is None else " ".join(skipped.get("message", "").split()) or "no reason given"
    # Ctrl-C leaves those that were under way without a place and a time.
    place = told.get("classname", "interrupted").replace(".", "/")
    return Case(f"{place}: {told.get('name', '')}", float(told.get("time", "0")), why)
