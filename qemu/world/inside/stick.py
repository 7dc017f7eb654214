"""A stick for mobile networks as it is when it is plugged in: a disk, until it is told to eject that. Run in the VM.

Once it is ejected, or pulled out, it is a disk again for the next one.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from gateway_init.base import process
from qemu.world.description import Line, from_json
from qemu.world.inside import lent
from qemu.world.inside.gadget import Gadget

DISK = "19d2:1225"
"""A ZTE MF70, as usb-modeswitch-data knows it."""
CONTENT = Path("/run/world/stick")
"""What the disk holds: nothing that anybody reads."""
SIZE = 1 << 20
FILE = "lun.0/file"
"""Of the disk: it is empty once that is ejected."""


def ejected(line: str) -> Path:
    """There once the stick of a line was told to eject its disk; whoever has seen it removes it."""
    return Path(f"/run/world/ejected-{line}")


def disk(line: Line) -> Gadget:
    settings = {f"lun.0/{key}": "1" for key in ("cdrom", "removable", "ro")}
    return Gadget(f"{line.name}-disk", DISK, f"mass_storage.{line.name}", settings)


def make(line: Line) -> None:
    """Make the stick of a line."""
    lent.ready()
    CONTENT.write_bytes(bytes(SIZE))
    disk(line).make()


def main(name: str) -> None:
    """Be the stick of a line."""
    world = from_json(lent.WORLD.read_text())
    line = world.line(name)
    shown = disk(line)
    while True:
        (shown.does / FILE).write_text(str(CONTENT))
        shown.plug(lent.controller(line))
        handed, told = lent.lend(world, line, DISK), False
        while handed.is_dir() and not told:
            time.sleep(lent.LOOK)
            told = not (shown.does / FILE).read_text().strip()
        shown.pull()
        if told:
            process.run(["systemctl", "stop", handed.name], check=False)
            ejected(name).touch()


if __name__ == "__main__":
    main(*sys.argv[1:])
