"""The log of one machine: how busy we were, what was run, what was said and what was asked."""

from __future__ import annotations

import os
import platform
import re
import time
from pathlib import Path

FRAMING = re.compile(r"(?m)^@@[0-9a-f]{8}[:=].*\n")
"""How qemu.wire.console has answers sent; the log has them in plain text instead."""


class Log:
    """A text file that opens with the host's load and the QEMU command. Written as things happen."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.file = path.open("w", encoding="utf-8", errors="replace")
        self._started = time.monotonic()
        self._half = ""
        """The beginning of a line that may turn out to be framing."""

    def open_with(self, command: str) -> None:
        load = " ".join(f"{each:.2f}" for each in os.getloadavg())
        self.note(f"host: {platform.platform()}, {os.cpu_count()} CPUs, load {load}")
        self.note(command)

    def note(self, text: str) -> None:
        """A line of ours, with the seconds since the start."""
        self.file.write(f"\n=== {time.monotonic() - self._started:.1f} s: {text}\n")
        self.file.flush()

    def answer(self, output: str, code: int) -> None:
        """What a command has printed, and its exit code."""
        lines = "".join(f"  | {line}\n" for line in output.splitlines())
        self.file.write(f"{lines}  exit code {code}\n")
        self.file.flush()

    def write(self, text: str) -> None:
        """What a machine has said."""
        whole, newline, half = (self._half + text.replace("\r\n", "\n")).rpartition("\n")
        self._half = half if half.startswith("@@") else ""
        self.file.write(FRAMING.sub("", whole + newline) + half.removeprefix(self._half))
        self.file.flush()

    def tail(self, lines: int = 30) -> str:
        self.file.flush()
        text = self.path.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def close(self) -> None:
        self.file.close()
