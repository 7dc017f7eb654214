"""The one place that starts machines."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from gateway_init.base import process
from qemu.machine import emulator
from qemu.machine.log import Log

ACCEPTS = "00010000"
"""Flags of a socket in /proc/net/unix that listens: __SO_ACCEPTCON of linux/net.h."""


class MachineDied(Exception):
    """QEMU ended although nobody asked it to. The text holds what it said."""


class Running:
    """A QEMU process. It dies with us, however we end."""

    def __init__(self, options: Sequence[str], log: Log) -> None:
        self.log = log
        argv = [*emulator.program(), *options]
        log.open_with(shlex.join(argv))
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *argv],
            stdin=subprocess.DEVNULL,
            stdout=log.file,
            stderr=log.file,
            env=process.environment(emulator.surroundings()),
            # Ctrl-C is for us. A session of its own would do as well, but Linux weighs sessions against each other
            # (sched(7), autogroup): beside a busy one, QEMU's timers came so late that a kernel gave up its own.
            process_group=0,
        )

    def alive(self) -> bool:
        return self._process.poll() is None

    def check(self) -> None:
        """Raise MachineDied where QEMU has ended."""
        if not self.alive():
            raise MachineDied(
                f"QEMU ended with exit code {self._process.returncode}; {self.log.path}:\n{self.log.tail()}"
            )

    def cpu_seconds(self) -> float:
        """Processor time that QEMU has used, in user and kernel mode (proc_pid_stat(5), utime and stime)."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(ticks) for ticks in fields[11:13]) / os.sysconf("SC_CLK_TCK")

    def wait_for(self, *sockets: Path, limit: float = 60.0) -> None:
        """Wait until QEMU listens at these sockets."""
        deadline = time.monotonic() + limit
        for socket in sockets:
            while not listens(socket):
                self.check()
                if time.monotonic() > deadline:
                    raise MachineDied(f"QEMU does not listen at {socket} in {limit:.0f} s\n{self.log.tail()}")
                time.sleep(0.02)

    def wait(self, limit: float) -> None:
        """Wait until it has ended by itself; raises subprocess.TimeoutExpired."""
        self._process.wait(limit)

    def kill(self) -> None:
        """Pull the plug."""
        if self.alive():
            self._process.kill()
        self._process.wait()


def listens(socket: Path) -> bool:
    """Whether somebody listens at a socket. It is there a moment before that (bind(2), listen(2)): on a busy machine,
    whoever connected then was refused."""
    sockets = (line.split() for line in Path("/proc/net/unix").read_text().splitlines())
    return any(fields[3:4] == [ACCEPTS] and fields[-1] == str(socket) for fields in sockets)
