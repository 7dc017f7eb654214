"""A person at the machines: the gateway's serial console in this terminal, shells on the world's hosts in others."""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import socket
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gateway_init.base.mistake import Mistake
from gateway_init.config import load
from qemu.drive.gateway import Gateway
from qemu.machine import rundir
from qemu.world.rehearsal import rehearsal
from qemu.world.vm import HOSTS_FILE, TERMINALS, World

PROJECT = Path(__file__).resolve().parent.parent
CONFIG = PROJECT / "overlay/etc/braid/gateway.yaml"
SECRETS = PROJECT / "secrets"
LOGS = PROJECT / "build/logs"

PROMPT_LIMIT = 300
"""Seconds that the world may take to boot."""

LEAVE = b"\x1d"
"""Ctrl-]."""

LEFT, LEFT_SHELL = b"\x1b]braid\x07", "\\033]braid\\007"
"""Printed when a host's shell has ended: terminals show nothing of it (ECMA-48, OSC). And the same for printf(1)."""


def console(image: Path) -> None:
    """Boot the image and be its serial console, until Ctrl-] or power-off. The image is not changed."""
    _need_terminal()
    with rundir.run_folder() as folder:
        gateway = Gateway(folder, image, LOGS / "qemu-gateway.log")
        try:
            gateway.power_on()
            print("The gateway boots. Ctrl-] leaves and pulls its plug.\n")
            _attach(gateway)
        finally:
            gateway.close()


def with_world(image: Path) -> None:
    """The same, with the simulated Internet at its ports."""
    _need_terminal()
    site = load(CONFIG)
    with rehearsal(image, site, SECRETS, LOGS, name="qemu", start=list(site.servers)) as (gateway, world):
        print(f"The gateway boots, and so does the world: {', '.join(world.description.hosts)}.")
        print("A shell on one of them: `invoke qemu --host NAME` in a second terminal.")
        print("Ctrl-] leaves and ends both.\n")
        _attach(gateway, _news_of(world))


def terminal(host: str) -> None:
    """A shell on a host of the world that runs, until Ctrl-] or `exit`."""
    _need_terminal()
    folder = next((each for each in rundir.live() if (each / HOSTS_FILE).exists()), None)
    if folder is None:
        raise Mistake("no simulated Internet is running", hint="start it by `invoke qemu --world`")
    hosts = (folder / HOSTS_FILE).read_text().split()
    if host not in hosts:
        raise Mistake(f"{host}: no such host", hint=f"there are: {', '.join(hosts)}")
    with _free_console(folder) as line:
        _wait_for_prompt(line)
        size = shutil.get_terminal_size()
        window = f"stty sane rows {size.lines} cols {size.columns}"
        shell = f"on {host} env PS1='{host}:\\w# ' bash --norc --noprofile -i"
        line.sendall(f"{window}; {shell}; printf '{LEFT_SHELL}'; exit\r".encode())
        print(f"{host}: Ctrl-] leaves.")
        try:
            _bridge(line, end=LEFT)
        finally:
            # The next one finds a fresh shell: interrupt what runs, and leave the host.
            line.sendall(b"\x03\x04")


def _wait_for_prompt(line: socket.socket) -> None:
    """The world may still be booting: what is typed before its shell is there gets lost."""
    said = b""
    line.settimeout(1.0)
    for _ in range(PROMPT_LIMIT):
        # No echo: what is typed next is not for the person to see.
        line.sendall(b"stty -echo\r")
        with suppress(TimeoutError):
            while not said.endswith(b"# "):
                said += line.recv(4096)
            with suppress(TimeoutError):
                while line.recv(4096):
                    pass
            line.settimeout(None)
            return
    raise Mistake("the world does not answer", hint=f"see {LOGS / 'qemu-kernel.log'}")


def _need_terminal() -> None:
    if not sys.stdin.isatty():
        raise Mistake(
            "the console needs a terminal", hint="scripts use qemu.drive.gateway.Gateway; see docs/testing.md"
        )


@contextmanager
def _free_console(folder: Path) -> Iterator[socket.socket]:
    for number in range(1, 1 + TERMINALS):
        with (folder / f"hvc{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(str(folder / f"hvc{number}"))
                yield line
            return
    raise Mistake(f"all {TERMINALS} terminals are in use", hint="leave one by Ctrl-]")


def _news_of(world: World) -> Callable[[], str]:
    """What the world has to say, once."""
    told = False

    def news() -> str:
        nonlocal told
        line = next((line for line in world.console.transcript.splitlines() if line.startswith("world: ")), "")
        if told or not line:
            return ""
        told = True
        return f"[{line}]"

    return news


def _attach(gateway: Gateway, news: Callable[[], str] | None = None) -> None:
    so_far, line = gateway.console.hand_over()
    # A new QEMU for each restart would take the line away.
    gateway.monitor.execute("set-action", reboot="reset")
    print(so_far, end="", flush=True)
    _bridge(line, news=news)
    print("\r")


def _bridge(line: socket.socket, *, end: bytes = b"", news: Callable[[], str] | None = None) -> None:
    """Join this terminal and a line, until Ctrl-], the line's end, or its saying `end`."""
    keyboard, screen = sys.stdin.fileno(), sys.stdout.fileno()
    sys.stdout.flush()
    before = termios.tcgetattr(keyboard)
    tail = b""
    try:
        tty.setraw(keyboard)
        while True:
            ready, _, _ = select.select([keyboard, line], [], [], 1.0)
            if news is not None and (text := news()):
                os.write(screen, f"\r\n{text}\r\n".encode())
            if keyboard in ready:
                typed = os.read(keyboard, 4096)
                if not typed or LEAVE in typed:
                    return
                line.sendall(typed)
            if line in ready:
                said = line.recv(65536)
                if not said:
                    return
                os.write(screen, said)
                tail = (tail + said)[-256:]
                if end and tail.endswith(end):
                    return
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
