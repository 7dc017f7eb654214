"""What `invoke test` and `invoke lint` run, in which order, and the one line that sums it up."""

from __future__ import annotations

import os
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from gateway_init.base import process
from gateway_init.base.mistake import Mistake

WORKERS = ("--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal")
"""Options of pytest-xdist for tests that share nothing. More workers than that take longer to start than they save."""

TWO_GROUPS = ("--numprocesses=2", "--dist=loadscope")
"""For tests that share machines (tests/conftest.py tells them apart): the world's wait most of the time, for a
watchdog or a line, and leave a core to the others."""

NOTHING_COLLECTED = 5
"""Exit code of pytest where no test was chosen."""


class Stage(NamedTuple):
    """Tests that run together."""

    name: str
    folders: tuple[str, ...]
    in_namespaces: bool = False
    """Makes network namespaces, which an ordinary user may in a user namespace only (user_namespaces(7))."""
    needs_image: bool = False
    workers: tuple[str, ...] = ()
    """Options of pytest-xdist; none for one test after the other."""


EXAMPLES = ("gateway_init", "image", "servers", "qemu", "bench", "task", "docs", "tests/stages.py", "command_line.py")
"""Where docstrings hold examples: they are tests, too."""

UNIT = Stage("unit", ("tests/unit", *EXAMPLES), workers=WORKERS)
KERNEL = Stage("kernel", ("tests/netns",), in_namespaces=True)
SYSTEM = Stage("system", ("tests/flash", "tests/boot", "tests/world"), needs_image=True, workers=TWO_GROUPS)

QUICK = (UNIT, KERNEL)
EVERYTHING = (*QUICK, SYSTEM)


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


def lint(root: Path) -> None:
    """Check style and types. Raises CommandFailed with what the first tool that objects says."""
    tool = Path(sys.executable).parent
    for title, words in (
        ("style", ["ruff", "check"]),
        ("format", ["ruff", "format", "--check"]),
        ("types", ["mypy"]),
    ):
        start = time.monotonic()
        process.run([tool / words[0], *words[1:]], cwd=root)
        announce(f"lint: {title} ({' '.join(words)}) fine, {time.monotonic() - start:.1f} s")


def run(stages: Sequence[Stage], root: Path, logs: Path, match: str, make_image: Callable[[], None]) -> None:
    """Run the stages with pytest, the next one only where all went well; print one line that sums all up.

    `match` is pytest's -k. `make_image` is called before the first stage that needs the image and has tests.
    Raises Mistake where no test matches, SystemExit(1) where one failed.
    """
    logs.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    tally = Tally()
    code = 0
    for stage in stages:
        if not _has_tests(stage, root, match):
            continue
        if stage.needs_image:
            make_image()
        announce(f"tests: {stage.name} ({', '.join(stage.folders)})")
        report = logs / f"tests-{stage.name}.xml"
        report.unlink(missing_ok=True)
        verbose = ["-v"] if stage.needs_image else []
        # A choice of tests is through before workers have started.
        workers = () if match else stage.workers
        command = [*_pytest(stage, root, match), *verbose, *workers, f"--junitxml={report}"]
        if stage.in_namespaces and (prefix := _user_namespace()):
            # Inside the user is called root, whose folder in /tmp may be another's.
            command = [*prefix, *command, f"--basetemp={logs.parent / 'pytest'}"]
        code = process.show(command, cwd=root, env=settings())
        tally = tally.plus(_tally(report))
        if code:
            break
    if not code and tally == Tally():
        raise Mistake(f"no test matches '{match}'", hint="the names are those of `pytest --collect-only -q`")
    print(f"\n{tally.render(time.monotonic() - start)} (reports: {logs})", flush=True)
    if code:
        raise SystemExit(1)


def announce(line: str) -> None:
    print(f"== {line}", flush=True)


def settings() -> dict[str, str]:
    """What a person set for the tests, such as BRAID_ACCEL or BRAID_CUTS."""
    return {name: value for name, value in os.environ.items() if name.startswith("BRAID_")}


def _pytest(stage: Stage, root: Path, match: str) -> list[str]:
    present = [folder for folder in stage.folders if (root / folder).exists()]
    return [sys.executable, "-m", "pytest", "--no-header", *present, *(["-k", match] if match else [])]


def _user_namespace() -> list[str]:
    """What to put before a command so that it may make namespaces; nothing for root, or where it would not help."""
    unshare = ["unshare", "--map-root-user", "--net", "--"]
    if os.geteuid() == 0 or process.run([*unshare, "true"], check=False).returncode:
        return []
    return unshare


def _has_tests(stage: Stage, root: Path, match: str) -> bool:
    if not match:
        return True
    found = process.run([*_pytest(stage, root, match), "--collect-only", "-q"], cwd=root, check=False)
    return found.returncode != NOTHING_COLLECTED


def _tally(report: Path) -> Tally:
    """Read pytest's JUnit report; a stage that ended without one counts as one failure."""
    if not report.exists():
        return Tally(failed=1)
    suite = next(ElementTree.parse(report).iter("testsuite"))  # noqa: S314 -- our own report
    total, skipped = int(suite.attrib["tests"]), int(suite.attrib["skipped"])
    failed = int(suite.attrib["failures"]) + int(suite.attrib["errors"])
    return Tally(total - failed - skipped, failed, skipped)
