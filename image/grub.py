"""The boot loader: GRUB in front of the first partition, its configuration and its memory in that partition."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from image import filesystem, overlay, slot, step
from image.tools import Tools

CONFIG = Path(__file__).parent / "grub.cfg.j2"
SPEED = 115200
MENU_SECONDS = 2
SLOTS = (("A", 2), ("B", 3))
"""Names of the slots and the numbers of their partitions (image/initrd/init counts alike)."""

MODULES = (
    "biosdisk", "part_msdos", "ext2", "normal", "linux", "serial", "terminal", "echo", "test", "regexp", "loadenv",
    "search", "search_fs_uuid", "probe", "configfile", "sleep", "reboot", "minicmd", "ls", "cat",
)  # fmt: skip

FIRST_BOOT = {"ORDER": "A B", "A_OK": "1", "A_TRY": "0", "B_OK": "1", "B_TRY": "0"}
"""What RAUC's GRUB backend finds and changes. Both slots come filled with the same system."""


def partition(tools: Tools, into: Path, *, boot: UUID, locked: bool, mebibytes: int, seconds: int) -> None:
    """Make the boot partition. `locked`: neither the menu nor the initrd gives a way round the console's password."""
    with step.step("Boot partition"):
        tree = into.with_suffix(".tree")
        (tree / "grub").mkdir(parents=True)
        (tree / "grub/grub.cfg").write_text(config(boot, locked=locked))
        environment = tree / "grub/grubenv"
        tools.run("grub-editenv", environment, "create")
        tools.run("grub-editenv", environment, "set", *(f"{name}={value}" for name, value in FIRST_BOOT.items()))
        filesystem.make(tools, into, mebibytes=mebibytes, uuid=boot, label="braid-boot", seconds=seconds, content=tree)


def config(boot: UUID, *, locked: bool) -> str:
    """The text of grub.cfg."""
    return overlay.render(
        CONFIG,
        {
            "boot": boot,
            "files": {"kernel": slot.KERNEL, "initrd": slot.INITRD, "arguments": slot.ARGUMENTS},
            "locked": locked,
            "menu_seconds": MENU_SECONDS,
            "slots": SLOTS,
            "speed": SPEED,
        },
    )


def core(tools: Tools, into: Path) -> tuple[bytes, bytes]:
    """The two parts of GRUB in front of the first partition: for the first sector, and for those after it.

    As shipped, the first looks for the second in sector 1, and that for its rest in sector 2.
    """
    tools.run("grub-mkimage", "-O", "i386-pc", "-p", "(,msdos1)/grub", "-o", into, *MODULES)
    return tools.own("usr/lib/grub/i386-pc/boot.img").read_bytes(), into.read_bytes()
