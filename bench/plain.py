"""The same packages as a plain Debian: the root as mmdebstrap leaves it, Debian's initrd, its default units."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

from image import bootable, recipe
from image.disk import filesystem, grub, layout
from image.packages import archive, choice, tools
from image.root import finished, installed, kernel
from image.work import cache, files, sandbox, step

HOOKS = Path(__file__).parent / "plain-hooks"
ALSO = ("initramfs-tools", "zstd")
"""What an installed Debian makes its initrd with. Ours does without."""
MEBIBYTES = 2048
"""Of the one partition: no driver, locale or document is left out."""
UUID_ROOT = UUID("5ad1f3f5-2a0e-4c53-9f0a-1d5a4f0c7c11")
SIGNATURE = 0x64656231

GRUB_CFG = """\
serial --unit=0 --speed={speed}
terminal_input serial
terminal_output serial
set timeout=0
linux /boot/vmlinuz-{release} root=UUID={root} ro quiet console=ttyS0,{speed}
initrd /boot/initrd.img-{release}
boot
"""
"""Debian's default arguments, and no menu at all: the five seconds that Debian's GRUB waits are not counted."""


class Request(Struct, frozen=True):
    root_tar: Path
    tools_tar: Path
    kernel: recipe.Kernel
    seconds: int
    into: Path


def ensure(wanted: recipe.Root, logs: Path) -> Path:
    """A disk image with plain Debian of a recipe's packages, from the cache or made. `logs` takes mmdebstrap's output.

    Raises Mistake for what a person can mend, CommandFailed where a tool fails.
    """
    archive.check()
    sandbox.check()
    whole = msgspec.structs.replace(wanted, packages=(*wanted.packages, *ALSO), without=(), but=())
    chosen = choice.newest(whole, logs)
    shape = bootable.tooled(whole, chosen, logs)
    root_name = installed.entry(whole, chosen.root, shape.name, ())
    sources = cache.content(HOOKS), cache.content(Path(__file__))
    name = f"plain-{cache.key(root_name, shape.name, whole.kernel, *sources)}.img"
    with cache.missing(root_name, name) as absent:
        root_tar, into = (cache.home() / each for each in (root_name, name))
        if root_tar in absent:
            bootable.fetch(whole, chosen, logs)
            sandbox.call(installed.make, installed.request(whole, chosen.root, shape, root_tar, logs, tidy=()))
        if into in absent:
            sandbox.call(make, Request(root_tar, shape, whole.kernel, whole.seconds, into))
    return cache.home() / name


def make(wanted: Request, scratch: Path) -> None:
    """Put the disk in its place. Runs in a sandbox."""
    with step.step("A disk with plain Debian"):
        shape = tools.Tools(wanted.tools_tar, scratch)
        tree, part, image = scratch / "root", scratch / "root.ext4", scratch / "plain.img"
        installed.unpack(wanted.root_tar, tree)
        finished.finish(tree, wanted.kernel, HOOKS, wanted.seconds)
        (tree / "etc/fstab").write_text(f"UUID={UUID_ROOT} / ext4 defaults 0 1\n")
        (tree / "etc/hostname").write_text("debian\n")
        (tree / "grub").mkdir()
        (tree / "grub/grub.cfg").write_text(
            GRUB_CFG.format(speed=grub.SPEED, release=kernel.release(tree), finished=UUID_ROOT)
        )
        filesystem.make(
            shape, part, mebibytes=MEBIBYTES, uuid=UUID_ROOT, label="debian", seconds=wanted.seconds,
            features=filesystem.LASTING, content=tree,
        )  # fmt: skip
        loader, rest = grub.core(shape, scratch / "core.img")
        layout.write(image, loader=loader, rest=rest, signature=SIGNATURE, partitions=[(part, MEBIBYTES)])
        files.publish(image, wanted.into)
