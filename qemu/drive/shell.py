"""The words that a test drives a host with; docs/testing.md lists them."""

from __future__ import annotations

import secrets
import shlex
import time
from collections.abc import Callable

from qemu.machine.accel import slowness
from qemu.wire.console import TIMED_OUT, Answer

Execute = Callable[[str, float], Answer]
"""Runs shell text with a limit in seconds."""

LIMIT = 60.0
"""Seconds that a command may take on the reference machine, if the caller does not say."""

PAUSE = 0.3
"""Seconds between two looks at a condition, at least."""
REST = 2.0
"""Times as long as a question took rests whoever was asked: emulated, he would else have half of his time for it."""


class CheckFailed(AssertionError):
    """A command did not end as it should. The text holds the command and all it printed."""

    def __init__(self, host: str, what: str, command: str, answer: Answer) -> None:
        output = "\n".join(f"  | {line}" for line in answer.output.splitlines())
        code = "the time limit" if answer.code == TIMED_OUT else f"exit code {answer.code}"
        super().__init__(f"{host}: {what} ({code}): {command}\n{output}")


class Job:
    """A command that runs in the background on a host."""

    def __init__(self, shell: Shell, command: str, folder: str) -> None:
        self._shell = shell
        self.command = command
        self._folder = folder

    def running(self) -> bool:
        return self._shell.execute(f"test -e {self._folder}/code").code != 0

    def lines(self) -> int:
        """How many lines it has printed so far."""
        return int(self._shell.succeed(f"wc -l <{self._folder}/output"))

    def wait_for_lines(self, count: int) -> None:
        """Wait until it has printed as many more."""
        enough = self.lines() + count
        self._shell.wait_until(
            f"wc -l <{self._folder}/output", lambda told: int(told) >= enough, what="it says no more"
        )

    def wait_until_says(self, word: str) -> None:
        """Wait until that is in what it has printed."""
        self._shell.wait_until(f"cat {self._folder}/output", lambda told: word in told, what=f"it does not say {word}")

    def wait(self, limit: float = LIMIT) -> str:
        """Wait for its end and return what it printed; it must have succeeded."""
        loop = f"until [ -e {self._folder}/code ]; do sleep 0.2; done"
        waited = self._shell.execute(loop, limit)
        output = self._shell.execute(f"cat {self._folder}/output").output
        if waited.code:
            raise CheckFailed(self._shell.host, "still running", self.command, Answer(output, waited.code))
        code = int(self._shell.succeed(f"cat {self._folder}/code"))
        if code:
            raise CheckFailed(self._shell.host, "failed", self.command, Answer(output, code))
        return output

    def stop(self) -> str:
        """End it (SIGTERM) and return what it printed."""
        self._shell.execute(f"kill -TERM -$(cat {self._folder}/group)")
        self._shell.execute(f"until [ -e {self._folder}/code ]; do sleep 0.1; done", 20)
        return self._shell.succeed(f"cat {self._folder}/output")


class Shell:
    """A root shell on a host."""

    def __init__(self, host: str, execute: Execute) -> None:
        self.host = host
        self._execute = execute

    def execute(self, command: str, limit: float = LIMIT) -> Answer:
        """Run a command; its output and exit code, whatever they are."""
        return self._execute(command, limit)

    def succeed(self, command: str, limit: float = LIMIT) -> str:
        """Run a command that must succeed; its output."""
        answer = self.execute(command, limit)
        if answer.code:
            raise CheckFailed(self.host, "failed", command, answer)
        return answer.output

    def fail(self, command: str, limit: float = LIMIT) -> str:
        """Run a command that must fail; its output."""
        answer = self.execute(command, limit)
        if answer.code in (0, TIMED_OUT):
            raise CheckFailed(self.host, "should have failed", command, answer)
        return answer.output

    def wait_until_succeeds(self, command: str, limit: float = LIMIT) -> str:
        """Run a command again and again until it succeeds; its output."""
        return self._wait(command, limit, "has not succeeded", lambda answer: answer.code == 0)

    def wait_until_fails(self, command: str, limit: float = LIMIT) -> str:
        """Run a command again and again until it fails; its output."""
        return self._wait(command, limit, "has not failed", lambda answer: answer.code not in (0, TIMED_OUT))

    def wait_until(
        self, command: str, holds: Callable[[str], bool], limit: float = LIMIT, what: str = "has not come true"
    ) -> str:
        """Run a command again and again until it succeeds and `holds` says yes to its output."""
        return self._wait(command, limit, what, lambda answer: answer.code == 0 and holds(answer.output))

    def wait_for_unit(self, unit: str, limit: float = LIMIT) -> None:
        """Wait until a systemd unit is active; a unit that has failed ends the wait."""
        show = f"systemctl show --value -p ActiveState {shlex.quote(unit)}"
        state = self._wait(show, limit, "not active yet", lambda a: a.output.strip() in ("active", "failed"))
        if state.strip() == "failed":
            status = self.execute(f"systemctl status --no-pager --full --lines=30 {shlex.quote(unit)}")
            raise CheckFailed(self.host, f"{unit} has failed", show, status)

    def wait_for_open_port(self, port: int, limit: float = LIMIT) -> None:
        """Wait until something listens on a TCP port of the host."""
        self.wait_until(f"ss -Hltn sport = :{port}", lambda output: bool(output.strip()), limit)

    def start(self, command: str) -> Job:
        """Run a command in the background."""
        folder = f"/tmp/job-{secrets.token_hex(4)}"  # noqa: S108 (on the host under test)
        # `stop` must reach the command, and not the shell that notes its end.
        inner = "\n".join(
            [
                "trap : TERM",
                f"echo $$ >{folder}/group",
                f"( {command}\n) >{folder}/output 2>&1",
                f"echo $? >{folder}/code.new",
                f"mv {folder}/code.new {folder}/code",
            ]
        )
        self.succeed(f"mkdir -p {folder} && touch {folder}/output")
        self.succeed(f"setsid sh -c {shlex.quote(inner)} >/dev/null 2>&1 </dev/null &")
        return Job(self, command, folder)

    def _wait(self, command: str, limit: float, what: str, good: Callable[[Answer], bool]) -> str:
        deadline = time.monotonic() + limit * slowness()
        while True:
            asked = time.monotonic()
            answer = self.execute(command, limit)
            if good(answer):
                return answer.output
            now = time.monotonic()
            if now > deadline:
                raise CheckFailed(self.host, f"{what} in {limit * slowness():.0f} s", command, answer)
            time.sleep(max(PAUSE, REST * (now - asked)))
