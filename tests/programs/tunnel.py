"""Both ends of a tunnel, as real OpenVPN processes in this network namespace."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

DONE = "Initialization Sequence Completed"


class Ends:
    """They are told apart by the names that they are started under."""

    def __init__(self, openvpn: list[str | Path], folder: Path) -> None:
        self._openvpn = openvpn
        self._folder = folder
        self._running: dict[str, subprocess.Popen[str]] = {}

    def start(self, end: str, config: str, files: Mapping[str, Path], *more: str) -> None:
        """With options of openvpn(8), `files` by their names; what ran under that name says goodbye first."""
        if before := self._running.get(end):
            before.terminate()
            self._close(before)
        text = self._folder / f"{end}.conf"
        text.write_text(config)
        options = [part for name, file in files.items() for part in (f"--{name}", file)]
        self._running[end] = subprocess.Popen(
            [*self._openvpn, "--config", text, *options, *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, end: str, words: str) -> list[str]:
        """What it tells from now on, to a line with these words."""
        told: list[str] = []
        for line in self._running[end].stdout or ():
            told.append(line)
            if words in line:
                return told
        raise AssertionError("".join(told))

    def close(self) -> None:
        for process in self._running.values():
            process.kill()
            self._close(process)

    @staticmethod
    def _close(process: subprocess.Popen[str]) -> None:
        process.wait()
        if process.stdout:
            process.stdout.close()
