"""A person at the machines: the box's console in one terminal, a device of the LAN in a second."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from qemu.drive.ready import READY_LIMIT
from qemu.machine.accel import slowness
from qemu.machine.rundir import PREFIX
from qemu.world.topology import WEB_NAME
from tests.frozen import HOME, ROOT

LEAVE = "\x1d"
LIMIT = 60.0
WORLD = """
import sys
from pathlib import Path
from qemu import interactive
interactive.with_world(*map(Path, sys.argv[1:4]), *sys.argv[4:])
"""
"""`invoke qemu --world`, with a frozen site in place of the user's, and only the servers that are named."""


@pytest.fixture
def rooms() -> Iterator[Path]:
    """Where runs have their folders, apart from those of other stories: the world that runs is the one in here."""
    with tempfile.TemporaryDirectory(prefix="b") as folder:
        yield Path(folder)


def at(rooms: Path, *words: object) -> pexpect.spawn[str]:
    """A terminal with a command of Python's in it."""
    terminal = pexpect.spawn(
        sys.executable,
        [str(word) for word in words],
        cwd=str(ROOT),
        env={**os.environ, "TMPDIR": str(rooms)},
        encoding="utf-8",
        codec_errors="replace",
    )
    terminal.timeout = LIMIT * slowness()
    return terminal


def invoke(rooms: Path, *words: str) -> pexpect.spawn[str]:
    return at(rooms, "-Es", ROOT / "tasks.py", *words)


@pytest.mark.long
def test_the_box_stands_in_one_terminal_and_the_lan_in_a_second(rooms: Path) -> None:
    box = at(rooms, "-c", WORLD, HOME.image, HOME.config, HOME.secrets, HOME.load().main)
    box.expect("In a second terminal: `invoke qemu --host NAME`")
    box.expect("braid: ready", timeout=2 * READY_LIMIT * slowness())
    box.send("id -u\r")
    box.expect(r"[\r\n]0\r")

    stranger = invoke(rooms, "qemu", "--host", "printer")
    stranger.expect("printer: no such host")
    stranger.expect("there are: isp, modem-adsl")
    stranger.expect(pexpect.EOF)
    stranger.close()
    assert stranger.exitstatus == 2

    lan = invoke(rooms, "qemu", "--host", "lan")
    lan.expect("lan: Ctrl-] leaves")
    lan.expect("lan:.*# ")
    lan.send("udhcpc -i eth0 -n -q -t 10 2>/dev/null\r")
    lan.expect("lan:.*# ")
    # A name was once not there so soon after a first boot, for a reason that is not known: a person would ask again.
    lan.send(f"curl -sS --retry 20 --retry-all-errors --retry-delay 1 http://{WEB_NAME}/bytes/1234 | wc -c\r")
    lan.expect(r"[\r\n]1234\r")
    lan.send(LEAVE)
    lan.expect(pexpect.EOF)
    lan.close()
    assert lan.exitstatus == 0

    box.send(LEAVE)
    box.expect(pexpect.EOF)
    box.close()
    assert box.exitstatus == 0
    assert list(rooms.glob(f"{PREFIX}*")) == []
