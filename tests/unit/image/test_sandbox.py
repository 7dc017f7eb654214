"""The sandbox: root inside, nothing left outside, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.base.process import CommandFailed
from image.work import sandbox
from tests.unit.image import work

LIMIT = 30
"""Seconds that a condition may take to come true on a slow machine."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    try:
        sandbox.check()
    except Mistake as mistake:
        pytest.skip(f"no namespaces here: {mistake.what}")
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LIMIT
    while not true():
        assert time.monotonic() < end, f"not within {LIMIT} s: {what}"
        time.sleep(0.05)


def command_lines() -> Iterator[str]:
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue


def test_a_function_is_root_with_an_empty_scratch_of_its_own(folder: Path) -> None:
    found = sandbox.call(work.look, work.Given(folder))
    assert found == work.Found(user=0, first_process=True, scratch_is_empty=True, folder=folder)


def test_files_in_there_can_have_several_owners(folder: Path) -> None:
    assert sandbox.call(work.own_files, work.Given(folder)) == [0, 65534]


def test_nothing_is_mounted_outside(folder: Path) -> None:
    before = Path("/proc/self/mountinfo").read_text()
    sandbox.call(work.own_files, work.Given(folder))
    assert Path("/proc/self/mountinfo").read_text() == before
    assert not list(sandbox.scratch().iterdir())


def test_a_mistake_comes_out_as_a_mistake(folder: Path) -> None:
    with pytest.raises(Mistake, match="number 7 is wrong") as caught:
        sandbox.call(work.be_wrong, work.Given(folder, 7))
    assert caught.value.hint == "take another"


def test_a_failed_command_comes_out_with_its_output(folder: Path) -> None:
    with pytest.raises(CommandFailed, match="it went wrong") as caught:
        sandbox.call(work.fail, work.Given(folder))
    assert caught.value.code == 3


def test_no_space_is_said_in_one_line(folder: Path) -> None:
    with pytest.raises(Mistake, match="no space left in the memory"):
        sandbox.call(work.fill, work.Given(folder))


def test_when_one_of_two_fails_the_other_one_ends(folder: Path) -> None:
    number = os.getpid() % 10000
    hanging = sandbox.start(work.hang, work.Given(folder, number))
    until((folder / "at-work").exists, "the first function is at work")
    with pytest.raises(Mistake, match="is wrong"):
        sandbox.all_of([sandbox.start(work.be_wrong, work.Given(folder)), hanging])
    until(lambda: not any(f"sleep {86400 + number}" in line for line in command_lines()), "its child is gone")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_kill_leaves_no_process_no_mount_and_no_file(folder: Path, cache: Path, number: signal.Signals) -> None:
    mark = 10000 + int(number) * 1000 + os.getpid() % 1000
    code = (
        "from pathlib import Path; from image.work import sandbox; from tests.unit.image import work; "
        f"sandbox.call(work.hang, work.Given(Path({str(folder)!r}), {mark}))"
    )
    before = Path("/proc/self/mountinfo").read_text()
    builder = subprocess.Popen(
        [sys.executable, "-c", code], cwd=sandbox.PROJECT, stderr=subprocess.DEVNULL, start_new_session=True
    )
    until((folder / "at-work").exists, "the function is at work")
    until(lambda: any(f"sleep {86400 + mark}" in line for line in command_lines()), "its child is at work")

    builder.send_signal(number)
    assert builder.wait(LIMIT) != 0

    until(lambda: not any(f"sleep {86400 + mark}" in line for line in command_lines()), "its child is gone")
    until(
        lambda: not any(str(sandbox.PROJECT) in line and "work hang" in line for line in command_lines()), "it is gone"
    )
    assert Path("/proc/self/mountinfo").read_text() == before
    assert [file.name for file in folder.iterdir()] == ["at-work"]
    assert [file.name for file in (cache / "braid").iterdir()] == ["scratch"]
    assert not list((cache / "braid/scratch").iterdir())
