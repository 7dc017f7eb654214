"""The boot loader: GRUB in front of the first partition, its configuration and its memory in that partition."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from gateway_init.wellknown import slots
from image.disk import filesystem, slot
from image.packages.tools import Tools
from image.root import overlay
from image.work import step

CONFIG = Path(__file__).parent / "grub.cfg.j2"
WATCHDOG = Path(__file__).parent / "watchdog.cfg.j2"
WATCHDOG_SECONDS = 120
"""From the first instruction of a kernel that is on trial to its initrd: QEMU needs 10, and 40 when it is busy."""
SPEED = 115200
SLOTS = tuple(zip(slots.NAMES, (2, 3), strict=True))
"""Names of the slots and the numbers of their partitions (image/disk/init counts alike)."""

MODULES = (
    "biosdisk", "part_msdos", "ext2", "normal", "linux", "serial", "terminal", "echo", "test", "regexp", "loadenv",
    "search", "search_fs_uuid", "probe", "configfile", "sleep", "reboot", "minicmd", "ls", "cat",
    # for the watchdog
    "iorw", "memrw", "setpci",
)  # fmt: skip


def partition(tools: Tools, into: Path, *, boot: UUID, locked: bool, mebibytes: int, seconds: int) -> None:
    """Make the boot partition. `locked`: neither the menu nor the initrd gives a way round the console's password."""
    with step.step("Boot partition"):
        tree = into.with_suffix(".tree")
        (tree / "grub").mkdir(parents=True)
        (tree / "grub/grub.cfg").write_text(config(boot, locked=locked))
        (tree / slots.FILE).write_bytes(slots.render(slots.AS_DELIVERED))
        filesystem.make(tools, into, mebibytes=mebibytes, uuid=boot, label="braid-boot", seconds=seconds, content=tree)


def memory_offset(partition: Path) -> int:
    """Where in the boot partition the memory is, in bytes."""
    found = partition.read_bytes().split(slots.HEAD)
    if len(found) != 2:
        raise ValueError(f"{partition} holds {len(found) - 1} environment blocks")
    return len(found[0])


def config(boot: UUID, *, locked: bool) -> str:
    """The text of grub.cfg."""
    watchdog = overlay.render(WATCHDOG, {"seconds": WATCHDOG_SECONDS})
    return watchdog + overlay.render(
        CONFIG,
        {
            "boot": boot,
            "delivered": slots.AS_DELIVERED,
            "files": {"kernel": slot.KERNEL, "initrd": slot.INITRD, "arguments": slot.ARGUMENTS},
            "locked": locked,
            "slots": SLOTS,
            "speed": SPEED,
            "trial": slots.TRIAL_ARGUMENT,
            "tries": {"proven": slots.PROVEN_TRIES, "trial": slots.TRIAL_TRIES},
        },
    )


def core(tools: Tools, into: Path) -> tuple[bytes, bytes]:
    """The two parts of GRUB in front of the first partition: for the first sector, and for those after it.

    As shipped, the first looks for the second in sector 1, and that for its rest in sector 2.
    """
    tools.run("grub-mkimage", "-O", "i386-pc", "-p", "(,msdos1)/grub", "-o", into, *MODULES)
    return tools.own("usr/lib/grub/i386-pc/boot.img").read_bytes(), into.read_bytes()
