"""What `invoke test` and `invoke lint` run, in which order, and what is told at the end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from docs.rooms import committed
from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from tests import report as reports
from tests.report import Report

WORKERS = ("--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal")
"""Options of pytest-xdist for tests that share nothing. More workers than that take longer to start than they save."""

WITHOUT_HYPOTHESIS = ("-p", "no:hypothesispytest")
"""For tests that have no use for it: loading it takes longer than loading all else."""

THREE_AT_ONCE = ("--numprocesses=3", "--dist=worksteal")
"""For tests that mostly wait, for what a kernel does after seconds. A fourth takes longer to start than it saves."""

TWO_AT_ONCE = ("--numprocesses=2", "--dist=loadscope")
"""For tests that have machines, some of them shared (tests/conftest.py tells which): two each, which keep two
processors busy. With more of them, what takes a box seconds takes it minutes, and its own patience ends."""

NOTHING_COLLECTED = 5
"""Exit code of pytest where no test was chosen."""


class Stage(NamedTuple):
    """Tests that run together."""

    name: str
    folders: tuple[str, ...]
    in_namespaces: bool = False
    """Makes network namespaces, which an ordinary user may in a user namespace only (user_namespaces(7))."""
    needs: tuple[str, ...] = ()
    """What is made before it has begun, for whichever of its tests."""
    ahead: tuple[str, ...] = ()
    """What is made before it where all of it runs, beside the stage before it, which is shown after that. Of a choice,
    each test makes what it takes."""
    workers: tuple[str, ...] = ()
    """Options of pytest-xdist; none for one test after the other."""
    beside: bool = False
    """Whether it does so beside the stage before it, where all of it runs, and is shown after that: for what mostly
    waits."""


EXAMPLES = (
    "gateway_init",
    "image",
    "servers",
    "qemu",
    "bench",
    "task",
    "docs",
    "tests/stages.py",
    "tests/report.py",
    "tests/mutation",
    "command_line.py",
)
"""Where docstrings hold examples: they are tests, too."""

UNIT = Stage("unit", ("tests/unit", *EXAMPLES), workers=WORKERS)
KERNEL = Stage(
    "kernel", ("tests/netns",), in_namespaces=True, workers=(*WITHOUT_HYPOTHESIS, *THREE_AT_ONCE), beside=True
)
PROGRAMS = Stage("programs", ("tests/programs",), in_namespaces=True, needs=("images",), workers=THREE_AT_ONCE)
SYSTEM = Stage(
    "system",
    ("tests/flash", "tests/boot", "tests/world"),
    needs=("images",),
    ahead=("rigs",),
    workers=TWO_AT_ONCE,
)

QUICK = (UNIT, KERNEL)
EVERYTHING = (*QUICK, PROGRAMS, SYSTEM)


SHELL = re.compile(rb"#!/bin/(ba)?sh\b")
"""How a shell script begins, whatever it is called. A kit's is checked once it is rendered (tests/unit/servers)."""


def lint(root: Path) -> None:
    """Check style, types, spelling and shell scripts. Raises CommandFailed with what the first tool to object says."""
    tool = Path(sys.executable).parent
    for title, words, files in (
        ("style", ["ruff", "check"], []),
        ("format", ["ruff", "format", "--check"], []),
        ("spelling", ["codespell"], []),
        ("shell", ["shellcheck"], _scripts(root)),
        ("types", ["mypy"], []),
    ):
        start = time.monotonic()
        process.run([tool / words[0], *words[1:], *files], cwd=root)
        announce(f"lint: {title} ({' '.join(words)}) fine, {time.monotonic() - start:.1f} s")


def _scripts(root: Path) -> list[str]:
    """Shell scripts that are in git, or will be."""
    return [name for name in committed("") if _is_shell(root / name)]


def _is_shell(file: Path) -> bool:
    with file.open("rb") as source:
        return file.suffix != ".j2" and bool(SHELL.match(source.readline()))


def run(
    stages: Sequence[Stage],
    root: Path,
    logs: Path,
    match: str,
    make: Mapping[str, Callable[[], None]],
    *,
    long: bool = False,
) -> None:
    """Run the stages with pytest, the next one only where all went well.

    At the end it tells what was slow (not with a choice of tests), what was not proven, and in one line how all went.

    `match` is pytest's -k. `make` holds how to make what stages need, each called before the first that
    needs it and has tests. `long`: also what takes long, which else only a match may choose.
    Raises Mistake where no test matches, SystemExit(1) where one failed.
    """
    logs.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    took: list[tuple[str, float]] = []
    all_of_it = Report()
    failed = False
    beside: dict[str, Future[tuple[subprocess.CompletedProcess[str], float]]] = {}
    background = ThreadPoolExecutor(1)

    def prepare(needs: Sequence[str]) -> None:
        for need in needs:
            if need not in dict(took):
                begun = time.monotonic()
                make[need]()
                took.append((need, time.monotonic() - begun))

    for stage, next_one in zip_longest(stages, stages[1:]):
        if failed and stage.name not in beside:
            break
        if stage.needs and not _has_tests(stage, root, match):
            continue
        prepare((*stage.needs, *(() if match else stage.ahead)))
        begun = time.monotonic()
        announce(f"tests: {stage.name} ({', '.join(stage.folders)})")
        if next_one and next_one.beside and not match:
            beside[next_one.name] = background.submit(_timed, _command(next_one, root, logs, match, long=long), root)
        if next_one and next_one.ahead and not match:
            beside[stage.name] = background.submit(_timed, _command(stage, root, logs, match, long=long), root)
            prepare((*next_one.needs, *next_one.ahead))
        if stage.name in beside:
            done, seconds = beside[stage.name].result()
            code = done.returncode
            print(done.stdout, done.stderr, sep="", end="", flush=True)
        else:
            code = process.show(_command(stage, root, logs, match, long=long), cwd=root, env=settings())
            seconds = time.monotonic() - begun
        failed |= code != 0 and not (code == NOTHING_COLLECTED and match)
        took.append((stage.name, seconds))
        all_of_it = all_of_it.plus(reports.read(_report(stage, logs)))
    if not failed and all_of_it == Report():
        raise Mistake(f"no test matches '{match}'", hint="the names are those of `pytest --collect-only -q`")
    told = ["" if match else reports.table(took, all_of_it.cases), reports.unproven(all_of_it.cases)]
    summary = f"{all_of_it.tally.render(time.monotonic() - start)} (reports: {logs})"
    print("", *filter(None, [*told, summary]), sep="\n", flush=True)
    if failed:
        raise SystemExit(1)


def _timed(command: Sequence[str], root: Path) -> tuple[subprocess.CompletedProcess[str], float]:
    """What became of a stage that nobody watches, and how many seconds it took."""
    begun = time.monotonic()
    return process.run(command, cwd=root, env=settings(), check=False), time.monotonic() - begun


def _report(stage: Stage, logs: Path) -> Path:
    return logs / f"tests-{stage.name}.xml"


def _command(stage: Stage, root: Path, logs: Path, match: str, *, long: bool) -> list[str]:
    report = _report(stage, logs)
    report.unlink(missing_ok=True)
    verbose = ["-v"] if stage.needs else []
    # A choice of tests is through before workers have started.
    workers = () if match else stage.workers
    chosen = [] if match or long else ["-m", "not long"]
    command = [*_pytest(stage, root, match), *verbose, *chosen, *workers, f"--junitxml={report}"]
    if stage.in_namespaces and (prefix := user_namespace()):
        # Inside the user is called root, whose folder in /tmp may be another's.
        return [*prefix, *command, f"--basetemp={logs.parent / 'pytest'}"]
    return command


def announce(line: str) -> None:
    print(f"== {line}", flush=True)


def settings() -> dict[str, str]:
    """What a person set for the tests, such as BRAID_ACCEL or BRAID_CUTS; and whether nobody watches (CI)."""
    return {name: value for name, value in os.environ.items() if name.startswith("BRAID_") or name == "CI"}


def _pytest(stage: Stage, root: Path, match: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "--no-header", *_present(stage, root), *(["-k", match] if match else [])]


def _present(stage: Stage, root: Path) -> list[str]:
    return [folder for folder in stage.folders if (root / folder).exists()]


def user_namespace() -> list[str]:
    """What to put before a command so that it may make namespaces; nothing for root, or where it would not help."""
    unshare = ["unshare", "--map-root-user", "--net", "--"]
    if os.geteuid() == 0 or process.run([*unshare, "true"], check=False).returncode:
        return []
    return unshare


def _has_tests(stage: Stage, root: Path, match: str) -> bool:
    if not match or not _present(stage, root):
        return bool(_present(stage, root))
    found = process.run([*_pytest(stage, root, match), "--collect-only", "-q"], cwd=root, check=False)
    return found.returncode != NOTHING_COLLECTED
