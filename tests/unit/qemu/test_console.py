"""The framing of commands on a line that others print on, tried on a real shell in a terminal of its own."""

from __future__ import annotations

import os
import pty
import random
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway_init.base.process import environment
from qemu.drive.shell import CheckFailed, Shell
from qemu.machine.log import Log
from qemu.wire.console import Answer, Console, Panic, Silent

CHATTER = b"\r\n[    1.234567] usb 1-1: new device\r\n"


class Line:
    """A shell behind a socket, as QEMU has a guest behind one; on demand others print on the line, too."""

    def __init__(self, path: Path) -> None:
        self.chatter = 0.0
        """How often something is printed between two pieces of output."""
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.execve("/bin/sh", ["sh", "-i"], environment({"PS1": "# ", "ENV": ""}))  # noqa: S606 (a terminal of its own)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        self._peer, _ = self._listener.accept()
        threading.Thread(target=self._type, daemon=True).start()
        dice = random.Random(1)
        while True:
            try:
                said = os.read(self._terminal, 40)
            except OSError:
                return
            if dice.random() < self.chatter:
                said = said[:7] + CHATTER + said[7:]
            self._peer.sendall(said)

    def _type(self) -> None:
        while typed := self._peer.recv(4096):
            os.write(self._terminal, typed)

    def print(self, text: bytes) -> None:
        self._peer.sendall(text)

    def hang_up(self) -> None:
        self._peer.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)
        self._listener.close()


@pytest.fixture(autouse=True)
def no_qemu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qemu.wire.console.slowness", lambda: 1.0)
    monkeypatch.setattr("qemu.drive.shell.slowness", lambda: 1.0)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path / "line")
    yield line
    line.close()


@pytest.fixture
def console(line: Line, tmp_path: Path) -> Iterator[Console]:
    assert line.chatter == 0.0
    console = Console(tmp_path / "line", Log(tmp_path / "log"))
    console.login(20)
    yield console
    console.close()


def test_output_and_exit_code_come_back(console: Console) -> None:
    assert console.run("echo out; echo err >&2; exit 3", 10) == Answer("out\nerr\n", 3)


def test_text_without_a_last_newline_stays_so(console: Console) -> None:
    assert console.run("printf 'a\\r\\nb'", 10) == Answer("a\r\nb", 0)


def test_a_command_may_be_long_and_hold_anything(console: Console) -> None:
    odd = "'\"$`\\ ! \t ü\n" * 500
    quoted = odd.replace("'", "'\\''")
    assert console.run(f"printf %s '{quoted}'", 10).output == odd


def test_a_command_that_prints_a_marker_fools_nobody(console: Console) -> None:
    assert console.run("echo '@@12345678=0 1 2'; false", 10) == Answer("@@12345678=0 1 2\n", 1)


def test_a_command_cannot_eat_what_is_typed_next(console: Console) -> None:
    assert console.run("cat", 10) == Answer("", 0)


def test_what_others_print_in_between_does_no_harm(console: Console, line: Line) -> None:
    line.chatter = 0.03
    for count in (1, 10, 100):
        assert console.run(f"seq {count}", 20).output.split() == [str(n) for n in range(1, count + 1)]


def test_a_command_that_hangs_is_ended(console: Console) -> None:
    assert console.run("sleep 60", 1).code == 124
    assert console.run("echo alive", 10).output == "alive\n"


def test_a_panic_ends_the_wait_at_once(console: Console, line: Line) -> None:
    line.print(b"\r\nKernel panic - not syncing: Attempted to kill init!\r\n")
    with pytest.raises(Panic, match="Attempted to kill init"):
        console.expect("never", 60)


def test_a_line_that_came_before_is_found(console: Console, line: Line) -> None:
    line.print(b"\r\nbraid: ready in 40 s (paths: adsl)\r\n")
    console.run("true", 10)
    assert console.wait_for_line("braid: ready", 5) == "braid: ready in 40 s (paths: adsl)"
    with pytest.raises(Silent, match="braid: ready in 40 s"):
        console.wait_for_line("something else", 0.2)


def test_a_failed_check_shows_the_command_and_all_it_printed(console: Console) -> None:
    shell = Shell("box", console.run)
    with pytest.raises(CheckFailed, match=r"box: failed \(exit code 2\): echo why; exit 2\n  \| why"):
        shell.succeed("echo why; exit 2")
    with pytest.raises(CheckFailed, match="should have failed"):
        shell.fail("true")


def test_a_command_runs_in_the_background(console: Console) -> None:
    shell = Shell("box", console.run)
    job = shell.start("read line </dev/null; sleep 0.5; echo done")
    assert job.wait(10) == "done\n"
    assert not job.running()
    with pytest.raises(CheckFailed, match=r"exit code 7"):
        shell.start("exit 7").wait(10)


def test_a_background_command_can_be_ended(console: Console) -> None:
    shell = Shell("box", console.run)
    job = shell.start("echo begun; exec sleep 60")
    assert job.running()
    assert "begun" in job.stop()
    assert not job.running()


def test_a_machine_that_starts_again_is_heard_on_its_new_line(tmp_path: Path) -> None:
    path = tmp_path / "line"
    lines = [Line(path)]

    def again() -> bool:
        path.unlink()
        lines.append(Line(path))
        return True

    console = Console(path, Log(tmp_path / "log"), again)
    console.login(20)
    lines[0].hang_up()
    console.login(20)
    assert console.run("echo heard", 10) == Answer("heard\n", 0)
    console.close()
    for line in lines:
        line.close()
