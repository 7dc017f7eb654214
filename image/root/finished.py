"""From a recipe's packages to a finished root: additions, hooks, checks, and the squashfs made of it."""

from __future__ import annotations

from pathlib import Path

from image import recipe
from image.packages.tools import Tools
from image.root import hook, kernel, overlay
from image.work import step

COMPRESSION_LEVEL = "9"
"""Of zstd. The next level that saves more (15, by a tenth) takes six times as long, at every rebuild."""

OUTSIDE = ("boot/vmlinuz-*", "boot/System.map-*", "boot/initrd*")
"""Kernel and initrd are files of the slot; the kernel's configuration stays in the root."""


def finish(root: Path, wanted: recipe.Kernel, hooks: Path | None, seconds: int) -> None:
    """Run the hooks and check the kernel. Raises Mistake for what fails."""
    if hooks:
        hook.run_all(hooks, root, seconds)
    with step.step("Checking the kernel, its modules and firmware"):
        kernel.check(root, wanted)


def squash(tools: Tools, root: Path, seconds: int, into: Path) -> None:
    """Make the read-only file system."""
    with step.step("Squashing the root"):
        tools.run(
            "mksquashfs", root, into,
            "-noappend", "-quiet", "-no-progress", "-no-xattrs", "-no-exports",
            "-comp", "zstd", "-Xcompression-level", COMPRESSION_LEVEL, "-b", "256K",
            # By SOURCE_DATE_EPOCH only later times are cut.
            "-all-time", str(seconds), "-mkfs-time", str(seconds),
            "-wildcards", "-e", *OUTSIDE,
        )  # fmt: skip


def lay_all(additions: tuple[overlay.Addition, ...], root: Path) -> None:
    """Lay the additions over the root, one after the other."""
    for addition in additions:
        overlay.lay(addition, root)


def size(root: Path) -> int:
    """Bytes in the files of a root."""
    return sum(file.lstat().st_size for file in root.rglob("*") if file.is_file() and not file.is_symlink())
