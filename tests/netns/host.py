"""Machines of a test: network namespaces with cables between them."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway_init.base.process import run, tied

CLONE_NEWNET = 0x40000000
"""unshare(2)."""
libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: int) -> None:
    """A function of the C library that returns 0, or raises OSError."""
    if getattr(libc, name)(*arguments):
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


class Host:
    """A network namespace, which lives as long as a child process of ours."""

    def __init__(self) -> None:
        # It answers once it is in its namespace, and waits for an end of its input that only ours can bring.
        self._holder = subprocess.Popen(
            tied(["unshare", "--net", "--", "sh", "-c", "echo; exec cat"]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout
        self._holder.stdout.readline()
        self.pid = self._holder.pid
        self.run("ip", "link", "set", "lo", "up")

    def close(self) -> None:
        self._holder.communicate()

    def run(self, *argv: str | Path, stdin: str = "") -> str:
        """Run a command there; what it printed. Raises CommandFailed."""
        return run(["nsenter", f"--net=/proc/{self.pid}/ns/net", "--", *argv], stdin=stdin).stdout

    def address(self, device: str, *addresses: str) -> None:
        """Give an interface addresses, with their prefix lengths, and put it up."""
        for address in addresses:
            self.run("ip", "address", "add", address, "dev", device, *(["nodad"] if ":" in address else []))
        self.run("ip", "link", "set", device, "up")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """For this thread. A socket stays in the namespace that it was made in."""
        home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            call("setns", there, CLONE_NEWNET)
            yield
        finally:
            call("setns", home, CLONE_NEWNET)
            os.close(home)
            os.close(there)

    def socket(self, *kind: int) -> socket.socket:
        with self.inside():
            return socket.socket(*kind)


def cable(one: Host, device: str, other: Host, far: str) -> None:
    end = ["type", "veth", "peer", "name", far, "netns", str(other.pid)]
    run(["ip", "link", "add", "name", device, "netns", str(one.pid), *end])
