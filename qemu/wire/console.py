"""A root shell at the other end of a serial line, driven so that neither echo nor chatter can fool us.

The line is shared: the kernel and the gateway print on it whenever they like. So a command's output comes
back in base64, each line of it marked and numbered, with its checksum and length and the exit code in one closing
line (sent three times). Where something was printed into it, the checksum fails and it is asked for again; of each line
the longest reading counts.
The marker is sent in two halves, so an echo of what we type never looks like an answer.
"""

from __future__ import annotations

import base64
import re
import secrets
import shlex
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pexpect

from qemu.machine.accel import slowness
from qemu.machine.log import Log
from qemu.wire.line import Line

PANIC = re.compile(r"Kernel panic - not syncing[^\r\n]*|BUG: [^\r\n]*|Oops: [^\r\n]*|general protection fault[^\r\n]*")
ESCAPES = re.compile(r"\x1b\][^\x07\x1b\r\n]*(?:\x07|\x1b\\)|\x1b\[[0-9;?!]*[a-zA-Z]|\x1b[=>cM78]|\r")

CHUNK = 900
"""Bytes of a command sent on one line: a terminal takes at most 4095 (termios(3), N_TTY_BUF_SIZE)."""

SHELL = r"""
stty -echo -onlcr 2>/dev/null; PS1=; PS2=; unset PROMPT_COMMAND HISTFILE; d=$(mktemp -d /run/console.XXXXXX); c=
r() { printf %s "$c" | base64 -d >"$d/c"; c=; timeout -k 5 "$2" sh "$d/c" >"$d/o" 2>&1 </dev/null; echo $? >"$d/x"; }
s() { m=@@$1; v="$(cat "$d/x") $(cksum <"$d/o")"; base64 -w 76 <"$d/o" | grep -n "" | sed "s/^/$m:/"; z=$m=$v; }
t() { s "$1"; printf '\n%s\n' "$z" "$z" "$z"; }
""".strip()
"""What is typed into a shell to prepare it: r runs what was collected in $c with a limit in seconds, and t tells
how it went, with the marker's second half."""

READINGS = 20
"""How often an answer is asked for before it is given up: a busy machine may print into most of them."""

ASK_AGAIN = 2.0
"""Seconds from one question whether there is a shell to the next, on any machine."""

TIMED_OUT = 124
"""Exit code of timeout(1)."""


class Panic(Exception):
    """The kernel has given up."""


class Silent(Exception):
    """What was waited for did not come. The text holds the end of what did."""


class Answer(NamedTuple):
    output: str
    """Standard output and error, as they came."""
    code: int


class Console:
    """The line itself, and the shell on it once `login` has found one."""

    def __init__(
        self, path: Path, log: Log, again: Callable[[], bool] = lambda: False, *, heard: str | None = None
    ) -> None:
        """`again`: asked when the line has gone, whether the machine has started again and made a new one.

        `heard`: what came over the line of a machine that goes on from a saved state; its shell is prepared.
        """
        self.log = log
        self.prepared = heard is not None
        self._heard = heard or ""
        self._since = 0
        self.may_panic = False
        """Whether a kernel that gives up is what the test is about."""
        self._again = again
        self._line = Line(path, self._hear, self._starts_again)

    def _starts_again(self) -> bool:
        again = self._again()
        self.prepared = self.prepared and not again
        return again

    def _hear(self, text: str) -> None:
        self._heard += text
        self.log.write(text)

    @property
    def transcript(self) -> str:
        """All that has come over the line since `mark`, without escape sequences."""
        return ESCAPES.sub("", self._heard[self._since :])

    def mark(self, text: str = "") -> None:
        """What has come until now is not looked at any more, or what came before the last line with `text`."""
        if text:
            self._since = self._heard.rindex(text)
        else:
            self.drain()
            self._since = len(self._heard)

    def send(self, text: str) -> None:
        self._line.send(text)

    def expect(self, pattern: str, limit: float) -> re.Match[str]:
        """Wait for a regular expression in what comes next; `limit` is in seconds on the reference machine."""
        try:
            wanted: list[Any] = [pattern] if self.may_panic else [pattern, PANIC]
            which = self._line.expect(wanted, timeout=limit * slowness())
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            why = "the machine has gone" if isinstance(error, pexpect.EOF) else f"not in {limit * slowness():.0f} s"
            raise Silent(f"no {pattern!r}: {why}; {self.log.path}:\n{self._tail()}") from None
        match = self._line.match
        assert isinstance(match, re.Match)
        if which == 1:
            self.drain(2.0)
            raise Panic(f"{match.group()}; {self.log.path}:\n{self._tail()}")
        return match

    def wait_for_line(self, text: str, limit: float) -> str:
        """Wait for a line that holds `text`, which may have come already, and return it."""
        while True:
            for line in self.transcript.splitlines(keepends=True):
                if text in line and line.endswith("\n"):
                    return line.strip()
            self.expect(re.escape(text) + r"[^\n]*\n", limit)

    def drain(self, seconds: float = 0.0) -> None:
        """Read what has come, and what comes in the next seconds."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._line.read_nonblocking(65536, max(0.0, deadline - time.monotonic()))
            except (pexpect.TIMEOUT, pexpect.EOF):
                return

    @property
    def heard(self) -> str:
        """All that has come over the line."""
        return self._heard

    def login(self, limit: float) -> None:
        """Find a shell on the line, and prepare it."""
        self._probe(limit)
        # What is typed while one shell takes the line over from another may get lost: hence the second look.
        self.send("exec sh\r")
        self._probe(limit)
        for line in SHELL.splitlines():
            self.send(line + "\r")
        answer = self.run("echo ready", 20.0)
        assert answer == Answer("ready\n", 0), answer
        self.prepared = True

    def _probe(self, limit: float) -> None:
        """Wait until a shell answers."""
        deadline = time.monotonic() + limit * slowness()
        asked: list[str] = []
        while True:
            asked.append(secrets.token_hex(4))
            self.send(f'\recho up""{asked[-1]}\r')
            try:
                # A question from before there was a shell is lost, or answered late: any answer will do.
                self.expect(f"up({'|'.join(asked)})", ASK_AGAIN / slowness())
                return
            except Silent:
                if time.monotonic() > deadline:
                    raise

    def run(self, command: str, limit: float) -> Answer:
        """Run shell text, with nothing on its standard input."""
        whole = base64.b64encode(command.encode()).decode()
        for start in range(0, len(whole), CHUNK):
            self.send(f"c=${{c}}{whole[start : start + CHUNK]}\r")
        half = secrets.token_hex(4)
        self.send(f"r {half} {limit * slowness():.0f}; t {half}\r")
        lines: dict[int, str] = {}
        for _ in range(READINGS):
            answer = self._collect(half, lines, limit + 20.0)
            if answer is not None:
                self.log.answer(answer.output, answer.code)
                return answer
            self.send(f"t {half}\r")
        raise Silent(f"the answer to {shlex.quote(command)} was garbled {READINGS} times; {self.log.path}")

    def _collect(self, half: str, lines: dict[int, str], limit: float) -> Answer | None:
        """One answer, or None where something was printed into it. `lines` has what was read before."""
        # The closing line comes three times; whichever is whole counts.
        close = self.expect(rf"@@{half}=(\d+) (\d+) (\d+)\r?\n", limit)
        before = self._line.before
        assert isinstance(before, str)
        for number, text in re.findall(rf"@@{half}:(\d+):([A-Za-z0-9+/=]+)", before):
            lines[int(number)] = max(lines.get(int(number), ""), text, key=len)
        try:
            body = base64.b64decode("".join(lines[number] for number in sorted(lines)), validate=True)
        except ValueError:
            return None
        code, checksum, length = (int(each) for each in close.groups())
        if len(body) != length or cksum(body) != checksum:
            return None
        return Answer(body.decode(errors="replace"), code)

    def _tail(self) -> str:
        return "\n".join(f"  | {line}" for line in self.transcript.splitlines()[-30:])

    def hand_over(self) -> tuple[str, socket.socket]:
        """What has come so far, and the line itself: for a person."""
        line = self._line.hand_over()
        return self._heard, line

    def close(self) -> None:
        self._line.close()


def _crc_table() -> list[int]:
    table = []
    for index in range(256):
        crc = index << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
        table.append(crc & 0xFFFFFFFF)
    return table


CRC_TABLE = _crc_table()


def cksum(data: bytes) -> int:
    """The checksum of cksum(1), as POSIX defines it.

    >>> cksum(b"hello\\n")
    3015617425
    """
    crc = 0
    length = len(data)
    tail = length.to_bytes((length.bit_length() + 7) // 8, "little")
    for byte in data + tail:
        crc = ((crc << 8) & 0xFFFFFFFF) ^ CRC_TABLE[(crc >> 24) ^ byte]
    return crc ^ 0xFFFFFFFF
