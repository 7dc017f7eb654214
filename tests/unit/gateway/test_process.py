"""Child processes, and files that are never half-written."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gateway_init.base.process import CommandFailed, run
from gateway_init.base.whole_file import write


def test_a_failure_shows_the_command_and_all_it_printed() -> None:
    with pytest.raises(CommandFailed) as caught:
        run(["sh", "-c", "echo to the left; echo to the right >&2; exit 7"])
    shown = str(caught.value)
    assert "exit code 7" in shown
    assert "sh -c 'echo to the left" in shown
    assert "  | to the left\n  | to the right" in shown


def test_a_child_sees_nothing_of_our_environment_but_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD_OF_SOMETHING", "secret")
    assert "secret" not in run(["env"]).stdout


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    pipe = tmp_path / "alive"
    os.mkfifo(pipe)
    child = f"from gateway_init.base.process import run; run(['sh', '-c', 'exec sleep 1000 >{pipe}'])"
    parent = subprocess.Popen([sys.executable, "-c", child], cwd=Path(__file__).parents[3])
    with pipe.open("rb") as reader:  # opens once the grandchild has the other end
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        assert reader.read() == b"", "the end of the pipe comes when the last writer is gone"


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "state"
    write(file, "old", mode=0o600)
    with file.open() as reader:
        write(file, "new", mode=0o600)
        assert reader.read() == "old"
    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["state"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "state"
    write(file, "old", mode=0o600)
    with pytest.raises(UnicodeEncodeError):
        write(file, "new \ud800", mode=0o600)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
