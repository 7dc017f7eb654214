"""A slot: one version of the system, in the file system that GRUB reads and an update replaces as a whole."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import UUID

from image.disk import filesystem, initrd
from image.packages.tools import Tools
from image.work import step

KERNEL, INITRD, ROOT, ARGUMENTS = "vmlinuz", "initrd.img", "root.squashfs", "arguments.cfg"
"""The files in it. image/disk/init and image/disk/grub.cfg.j2 look for them by these names."""


def make(
    tools: Tools,
    into: Path,
    *,
    boot: initrd.Boot,
    root: Path,
    arguments: tuple[str, ...],
    uuid: UUID,
    mebibytes: int,
    seconds: int,
) -> None:
    """Put kernel, initrd, root and the kernel's arguments into a slot. Raises Mistake where they do not fit."""
    with step.step(f"Filling a slot of {mebibytes} MiB"):
        tree = into.with_suffix(".tree")
        tree.mkdir()
        shutil.copyfile(boot.vmlinuz, tree / KERNEL)
        shutil.copyfile(boot.initrd, tree / INITRD)
        root.rename(tree / ROOT)
        # The arguments belong to the version, so they come with the slot and not with the boot loader.
        (tree / ARGUMENTS).write_text(f'set arguments="{" ".join(arguments)}"\n')
        filesystem.make(tools, into, mebibytes=mebibytes, uuid=uuid, label="braid-slot", seconds=seconds, content=tree)
