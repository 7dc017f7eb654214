"""A person at the machines: the gateway's serial console in this terminal, shells on the world's hosts in others."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gateway_init.base.mistake import Mistake
from gateway_init.config.load import load
from qemu.drive.bridge import bridge, lender
from qemu.drive.gateway import Gateway
from qemu.machine import rundir
from qemu.world import attached
from qemu.world.rehearsal import rehearsal
from qemu.world.terminal import free, running
from qemu.world.vm import HOSTS_FILE, World

PROJECT = Path(__file__).resolve().parent.parent
LOGS = PROJECT / "build/logs"

PROMPT_LIMIT = 300
"""Seconds that the world may take to boot."""

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


def with_world(image: Path, config: Path, secrets: Path, *start: str) -> None:
    """The same, with the simulated Internet of that image's site at its ports. `start` names the servers, else all."""
    _need_terminal()
    site = load(config)
    with (
        rehearsal(image, site, secrets, LOGS, name="qemu", start=start or list(site.servers)) as rig,
        lender(rig.folder) as lend,
    ):
        attached.invite(rig, config)
        print(f"The gateway boots, and so does the world: {', '.join(rig.world.description.hosts)}.")
        print("In a second terminal: `invoke qemu --host NAME` is a shell on one of them;")
        print("`invoke qemu-test --attach -k NAME` runs stories here, with --push on the gateway_init of your tree.")
        print("Ctrl-] leaves and ends both.\n")
        _attach(rig.gateway, _news_of(rig.world), lend)


def terminal(host: str) -> None:
    """A shell on a host of the world that runs, until Ctrl-] or `exit`."""
    _need_terminal()
    folder = running()
    hosts = (folder / HOSTS_FILE).read_text().split()
    if host not in hosts:
        raise Mistake(f"{host}: no such host", hint=f"there are: {', '.join(hosts)}")
    with free(folder) as console, socket.socket(socket.AF_UNIX) as line:
        line.connect(str(console))
        _wait_for_prompt(line)
        size = shutil.get_terminal_size()
        window = f"stty sane rows {size.lines} cols {size.columns}"
        shell = f"on {host} env PS1='{host}:\\w# ' bash --norc --noprofile -i"
        line.sendall(f"{window}; {shell}; printf '{LEFT_SHELL}'; exit\r".encode())
        print(f"{host}: Ctrl-] leaves.")
        try:
            bridge(line, end=LEFT)
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


def _attach(gateway: Gateway, news: Callable[[], str] | None = None, lend: socket.socket | None = None) -> None:
    so_far, line = gateway.console.hand_over()
    # A new QEMU for each restart would take the line away.
    gateway.monitor.execute("set-action", reboot="reset")
    print(so_far, end="", flush=True)
    bridge(line, news=news, lend=lend)
    print("\r")
