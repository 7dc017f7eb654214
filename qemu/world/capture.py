"""What really left the gateway by a line: a capture at the modem's end of its cable, judged by what may leave."""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from qemu.drive.shell import Shell
from qemu.world.description import Line
from qemu.world.inside import watch

JUDGE = "cd /run/world/src && python3 -m qemu.world.leak"
LIMIT = 300.0
"""Seconds on the reference machine for all that a capture has."""


class Verdict(NamedTuple):
    """A capture, judged. Each entry is a packet in words and with its bytes; there are the first ten at most."""

    packets: int
    """All that the gateway sent."""
    counts: Mapping[str, int]
    """How many of each class, as `braid allowed` calls them."""
    foreign: list[str]
    """Sent by the gateway, and of no class."""
    plain: list[str]
    """Connections to the destination that were opened without Multipath TCP."""


class Capture:
    """A capture that runs until `stop`."""

    def __init__(self, modem: Shell, line: Line) -> None:
        self._modem = modem
        self._line = line
        self._file = f"/run/world/capture-{secrets.token_hex(4)}"
        self._seen = 0
        self._job = modem.start(f"exec {shlex.join(watch.catch(self._file))}")
        modem.wait_until_succeeds(f"test -s {self._file}")

    def look(self, allowed: str = "") -> Verdict:
        """Judge what came since the last look. `allowed`: what `braid allowed --json` prints, where that is another
        list than the one of the site that the world was made of."""
        words = f"{self._line.name}={self._file} --begin {self._seen}"
        if allowed:
            self._modem.succeed(f"cat >{self._file}.allowed <<'END'\n{allowed}\nEND")
            words += f" --allowed {self._file}.allowed"
        told = judged(self._modem, words)[self._line.name]
        self._seen = told["end"] or self._seen
        return Verdict(told["packets"], told["counts"], told["shown"], told["plain"])

    def stop(self, allowed: str = "") -> Verdict:
        """End it, and judge what came since the last look, or from the start."""
        self._job.stop()
        return self.look(allowed)


def judged(host: Shell, words: str) -> dict[str, dict[str, Any]]:
    """The verdicts of qemu.world.leak, by line."""
    told: dict[str, dict[str, Any]] = json.loads(host.succeed(f"{JUDGE} {words}", LIMIT))
    return told
