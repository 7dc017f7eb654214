"""The disk that tells the world VM what to be: a tar as it is, made for each run, since it holds secrets."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterable
from pathlib import Path

from qemu.world.description import Description

ROOT = Path(__file__).resolve().parents[2]
WORLD = Path(__file__).resolve().parent

SOURCES = (
    "gateway_init/__init__.py",
    "gateway_init/base/mistake.py",
    "gateway_init/base/process.py",
    "gateway_init/wellknown/__init__.py",
    "gateway_init/wellknown/usb.py",
    "qemu/world/content.py",
    "qemu/world/counterpart.py",
    "qemu/world/description.py",
    *(
        f"qemu/world/{room}/{file.name}"
        for room in ("inside", "leak", "line")
        for file in sorted((WORLD / room).glob("*.py"))
    ),
)
"""What the program inside needs, by its place in this repository."""

SCRIPTS = ("boot", "on", "udhcpc.script")

UNPACK = "mkdir -p /run/world && tar -xf /dev/vdb -C /run/world && exec sh /run/world/boot"
"""What the VM's systemd is told to run: all else is in the disk."""

SECTOR = 512


def write(disk: Path, world: Description, kits: Iterable[Path]) -> None:
    """Write the disk, readable by us alone. `kits` are folders named after their servers."""
    descriptor = os.open(disk, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:  # noqa: PTH123
        for source in SOURCES:
            tar.add(ROOT / source, f"src/{source}", filter=_root)
        for script in SCRIPTS:
            tar.add(WORLD / "inside" / script, script, filter=_root)
        for kit in kits:
            tar.add(kit, f"kits/{kit.name}", filter=_root)
        text = world.to_json().encode()
        info = tarfile.TarInfo("world.json")
        info.size, info.mode = len(text), 0o600
        tar.addfile(info, io.BytesIO(text))
    os.truncate(disk, -(-disk.stat().st_size // SECTOR) * SECTOR)


def _root(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    return info
