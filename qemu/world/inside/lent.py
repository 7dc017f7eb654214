"""What the world has on its own USB, handed out to whoever connects (usbredirect(1)): that is QEMU, with the gateway in
it. Run in the VM."""

from __future__ import annotations

import time
from pathlib import Path

from gateway_init.base import process
from qemu.world.description import Description, Line
from qemu.world.inside import gadget

SOURCES = Path("/run/world/src")
WORLD = Path("/run/world/world.json")
LOOK = 0.3
"""Seconds between two looks at whether something is there."""
CONTROLLERS = 8
"""As many as a site can have lines."""
DEVICES = Path("/sys/bus/usb/devices")
GROUPS = Path("/sys/fs/cgroup/system.slice")
"""A folder for each of systemd's units that runs."""


def ready() -> None:
    """Have the kernel take gadgets, and sockets for them, one for each line."""
    process.run(["modprobe", "dummy_hcd", f"num={CONTROLLERS}"])
    gadget.ready()


def controller(line: Line) -> str:
    """The socket of a line's, as Gadget.plug takes it."""
    return f"dummy_udc.{line.number}"


def start(unit: str, module: str, *words: str) -> list[str]:
    """The command that has a module of the world's run on as a unit."""
    place = f"--property=WorkingDirectory={SOURCES}"
    return ["systemd-run", "--quiet", "--collect", f"--unit={unit}", place, "python3", "-m", module, *words]


def lend(world: Description, line: Line, number: str) -> Path:
    """Hand a line's gadget out by its VENDOR:PRODUCT as soon as it is there; the folder of that which does so is there
    until whoever had it has pulled it out."""
    while number not in _seen():
        time.sleep(LOOK)
    where = f"{world.operator_address.partition('/')[0]}:{line.redirected}"
    unit = f"lent-{line.name}.service"
    words = ["ip", "netns", "exec", "lan", "usbredirect", "--device", number, "--as", where]
    process.run(["systemd-run", "--quiet", "--collect", f"--unit={unit}", *words])
    return GROUPS / unit


def lend_until_pulled(world: Description, line: Line, number: str) -> None:
    """The same, and wait until then."""
    handed = lend(world, line, number)
    while handed.is_dir():
        time.sleep(LOOK)


def _seen() -> set[str]:
    """What is plugged in, by its number."""
    found = DEVICES.glob("*/idVendor")
    return {f"{file.read_text().strip()}:{(file.parent / 'idProduct').read_text().strip()}" for file in found}
