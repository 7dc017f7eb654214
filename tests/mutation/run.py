"""`invoke mutate`: put faults into copies of the project, one at a time, and see whether a test notices."""

from __future__ import annotations

import itertools
import os
import queue
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from image.reproduce import copy_sources
from tests import stages
from tests.mutation import change, near, verdict
from tests.mutation.fault import Fault, listed
from tests.mutation.near import Nearness
from tests.mutation.verdict import Verdict

PURE = (
    *(f"gateway_init/{room}/" for room in ("config", "evidence", "facts", "plan", "report", "uplink", "wellknown")),
    *(f"gateway_init/store/{name}.py" for name in ("change", "diff", "state", "three_way")),
    *(f"gateway_init/update/{name}.py" for name in ("judgement", "record")),
)
"""Where random faults go: the rooms, or files of rooms, that decide and do nothing."""

ANYWHERE = ("gateway_init/", "servers/")
"""Where they may go where a person asks for a place by name."""

PATIENCE = 5
SPARE = 30.0
"""A fault is taken to hang the tests where they take so many times as long as without it, and so many seconds more."""

UNKNOWN_TEST = re.compile(r"^ERROR: (not found: .*)$", re.MULTILINE)


def run(
    root: Path, logs: Path, *, count: int, seed: int, match: str, with_listed: bool, jobs: int, as_json: bool
) -> None:
    """Try the listed faults and `count` random ones, `jobs` at once; print the survivors and a table, or JSON.

    `match` is a part of a fault's file or name: only such faults are tried, and the random ones may then be in any file
    of gateway_init and servers. Raises Mistake where there is none, or a listed fault does not fit; SystemExit(1)
    where too few are caught.
    """
    faults = chosen(root, count, seed, match, with_listed=with_listed)
    logs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="braid-mutate-") as folder:
        clones = [Path(folder) / f"clone-{number}" for number in range(min(jobs or os.cpu_count() or 1, len(faults)))]
        for clone in clones:
            copy_sources(root, clone)
        _say(f"{len(faults)} faults; first all tests once without any, to see which come by what")
        nearness = near.look(clones[0], logs, len(clones))
        verdicts = _try_all(faults, clones, nearness)
    sys.stdout.write(verdict.as_json(verdicts) if as_json else verdict.as_text(verdicts))
    if not verdict.kept(verdicts):
        raise SystemExit(1)


def chosen(root: Path, count: int, seed: int, match: str, *, with_listed: bool) -> list[Fault]:
    """The faults to try. Raises Mistake."""
    ours = listed(root) if with_listed else []
    places = ANYWHERE if match else PURE
    files = [name for name in _sources(root) if name.startswith(places) and match in name]
    random = change.sample(root, files, count, seed)
    faults = [*(fault for fault in ours if match in f"{fault.file} {fault.name}"), *random]
    if not faults:
        raise Mistake(f"no fault matches '{match}'", hint="give a part of a file's name, such as plan or firewall.nft")
    return faults


def _sources(root: Path) -> list[str]:
    return [str(file.relative_to(root)) for suffix in ("py", "j2") for file in root.glob(f"[!.]*/**/*.{suffix}")]


def _try_all(faults: Sequence[Fault], clones: Sequence[Path], nearness: Nearness) -> list[Verdict]:
    free: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for clone in clones:
        free.put(clone)
    ticks = itertools.count(int(time.time()))

    def attempt(fault: Fault) -> Verdict:
        clone = free.get()
        try:
            return _try(fault, clone, nearness, lambda: next(ticks))
        finally:
            free.put(clone)

    verdicts: list[Verdict] = []
    start = time.monotonic()
    with ThreadPoolExecutor(len(clones)) as pool:
        for each in pool.map(attempt, faults):
            verdicts.append(each)
            if not each.caught:
                _say(f"survives: {each.fault.file}:{each.fault.line}: {each.fault.name}")
            if len(verdicts) % 10 == 0:
                _say(progress(len(verdicts), len(faults), time.monotonic() - start))
    return verdicts


def progress(done: int, of: int, seconds: float) -> str:
    """
    >>> progress(20, 100, 90)
    '20 of 100, about 6 min left'
    """
    return f"{done} of {of}, about {seconds / done * (of - done) / 60:.0f} min left"


def _try(fault: Fault, clone: Path, nearness: Nearness, tick: Callable[[], int]) -> Verdict:
    text = (clone / fault.file).read_text(encoding="utf-8")
    tests = nearness.tests(fault, text)
    by = ""
    with _put(fault, clone / fault.file, text, tick):
        for stage in stages.QUICK:
            mine = [test for test in tests if test.startswith(stage.folders)]
            if mine and not by:
                by = _notices(stage, mine, clone, PATIENCE * sum(map(nearness.seconds, mine)) + SPARE)
    return Verdict(fault, bool(by), by or f"{len(tests)} tests come by it", tuple(fault.diff(text)))


@contextmanager
def _put(fault: Fault, file: Path, text: str, tick: Callable[[], int]) -> Iterator[None]:
    """The file with the fault, for the length of the block. `tick` gives another second each time: by that and its size
    Python knows a file whose bytecode it has."""
    try:
        file.write_text(fault.put_into(text), encoding="utf-8")
        os.utime(file, (now := tick(), now))
        yield
    finally:
        file.write_text(text, encoding="utf-8")
        os.utime(file, (now := tick(), now))


def _notices(stage: stages.Stage, tests: Sequence[str], clone: Path, limit: float) -> str:
    """The first of the tests that fails; empty where none does."""
    try:
        done = process.run(
            [*near.command(stage, clone), "-x", *tests], cwd=clone, env=stages.settings(), timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return f"hangs: no end after {limit:.0f} s"
    if done.returncode in (0, stages.NOTHING_COLLECTED):
        return ""
    if unknown := UNKNOWN_TEST.search(done.stdout + done.stderr):
        raise AssertionError(unknown[1])
    found = near.FAILED.search(done.stdout)
    return found[1] if found else f"pytest ends with exit code {done.returncode}"


def _say(line: str) -> None:
    """For the person who waits; what is found is all that standard output is for."""
    print(f"== {line}", file=sys.stderr, flush=True)
