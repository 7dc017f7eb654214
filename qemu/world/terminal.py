"""The world's spare consoles: one for each second terminal, and for each program that visits."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway_init.base.mistake import Mistake
from qemu.machine import rundir
from qemu.world.vm import HOSTS_FILE, TERMINALS


def running() -> Path:
    """The folder of the world that was started last and runs. Raises Mistake where there is none."""
    folder = next((each for each in rundir.live() if (each / HOSTS_FILE).exists()), None)
    if folder is None:
        raise Mistake("no simulated Internet is running", hint="start it by `invoke qemu --world`")
    return folder


@contextmanager
def free(folder: Path) -> Iterator[Path]:
    """The socket of a console that nobody uses, ours until the end of the block. Raises Mistake."""
    for number in range(1, 1 + TERMINALS):
        with (folder / f"hvc{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield folder / f"hvc{number}"
            return
    raise Mistake(f"all {TERMINALS} terminals are in use", hint="leave one by Ctrl-]")
