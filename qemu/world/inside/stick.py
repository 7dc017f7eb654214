"""A stick for mobile networks as it is when it is plugged in: a disk, until it is told to eject that. Run in the VM.

Whoever connects has it on his USB (usbredirect(1)): that is QEMU, with the gateway in it. Once it is ejected, or pulled
out, it is a disk again for the next one.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from gateway_init.base import process
from qemu.world.description import Line, from_json
from qemu.world.inside import gadget
from qemu.world.inside.gadget import Gadget

DISK = "19d2:1225"
"""A ZTE MF70, as usb-modeswitch-data knows it."""
WORLD = Path("/run/world/world.json")
SOURCES = Path("/run/world/src")
CONTENT = Path("/run/world/stick")
"""What the disk holds: nothing that anybody reads."""
SIZE = 1 << 20
DEVICES = Path("/sys/bus/usb/devices")
GROUPS = Path("/sys/fs/cgroup/system.slice")
"""A folder for each of systemd's units that runs."""
FILE = "lun.0/file"
"""Of the disk: it is empty once that is ejected."""
LOOK = 0.3
"""Seconds between two looks at whether it was ejected."""
CONTROLLERS = 8
"""As many as a site can have lines."""


def ejected(line: str) -> Path:
    """There once the stick of a line was told to eject its disk; whoever has seen it removes it."""
    return Path(f"/run/world/ejected-{line}")


def disk(line: Line) -> Gadget:
    settings = {f"lun.0/{key}": "1" for key in ("cdrom", "removable", "ro")}
    return Gadget(f"{line.name}-disk", DISK, f"mass_storage.{line.name}", settings)


def make(line: Line) -> None:
    """Make the stick of a line."""
    process.run(["modprobe", "dummy_hcd", f"num={CONTROLLERS}"])
    gadget.ready()
    CONTENT.write_bytes(bytes(SIZE))
    disk(line).make()


def main(name: str) -> None:
    """Be the stick of a line."""
    world = from_json(WORLD.read_text())
    line = world.line(name)
    where = f"{world.operator_address.partition('/')[0]}:{line.redirected}"
    shown = disk(line)
    while True:
        (shown.does / FILE).write_text(str(CONTENT))
        shown.plug(f"dummy_udc.{line.number}")
        lent, told = _lend(line, where), False
        while lent.is_dir() and not told:
            time.sleep(LOOK)
            told = not (shown.does / FILE).read_text().strip()
        shown.pull()
        if told:
            process.run(["systemctl", "stop", lent.name], check=False)
            ejected(name).touch()


def _lend(line: Line, where: str) -> Path:
    """Hand it out as soon as it is there; the folder of that which does so is there as long as it does."""
    while DISK not in _seen():
        time.sleep(LOOK)
    unit = f"lent-{line.name}.service"
    words = ["ip", "netns", "exec", "lan", "usbredirect", "--device", DISK, "--as", where]
    process.run(["systemd-run", "--quiet", "--collect", f"--unit={unit}", *words])
    return GROUPS / unit


def _seen() -> set[str]:
    """What is plugged in, by its number."""
    found = DEVICES.glob("*/idVendor")
    return {f"{file.read_text().strip()}:{(file.parent / 'idProduct').read_text().strip()}" for file in found}


if __name__ == "__main__":
    main(*sys.argv[1:])
