"""Which sticks show a disk first, and what each is to be told: from the archive of usb-modeswitch-data.

Its files are called VENDOR:PRODUCT, and where makers shared that number VENDOR:PRODUCT:uMa=WORDS as well: those fit
only a stick whose texts hold these words. What is in a file is for usb_modeswitch(1).
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

PACK = Path("/usr/share/usb_modeswitch/configPack.tar.gz")
PROGRAM = "/usr/sbin/usb_modeswitch"
NUMBER = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}")


class Stick(Struct, frozen=True):
    """Something that is plugged into USB, as sysfs tells."""

    socket: str
    """Such as 1-1.2."""
    number: str
    """VENDOR:PRODUCT, in hexadecimal digits."""
    bus: int
    device: int
    """The kernel's numbers of it; with another mode it gets another one."""
    configurations: int = 1
    texts: Mapping[str, str] = {}
    """What it says of itself, by what the archive calls each: uMa, uPr and uSe of USB; sVe, sMo and sRe of its disk, as
    soon as that is there. A stranger said it."""


def orders(pack: Path = PACK) -> dict[str, str]:
    """The texts of the archive's files, by their names. Raises OSError."""
    with tarfile.open(pack) as archive:
        files = ((member.name.rpartition("/")[2], archive.extractfile(member)) for member in archive)
        return {name: file.read().decode() for name, file in files if file and NUMBER.match(name)}


def fitting(stick: Stick, names: Iterable[str]) -> str:
    """The name of the file that is meant for a stick, rather one with words; empty for none.

    >>> names = ["19d2:2000", "05c6:1000:uMa=Co.,Ltd", "05c6:1000:sVe=GT"]
    >>> fitting(Stick("1-1", "05c6:1000", 1, 2, texts={"sVe": "GT MAX"}), names)
    '05c6:1000:sVe=GT'
    """
    fit = [name for name in names if name.split(":", 2)[:2] == stick.number.split(":") and _is(stick, name)]
    return max(fit, key=len, default="")


def _is(stick: Stick, name: str) -> bool:
    words = (condition.partition("=")[::2] for condition in name.split(":")[2:])
    return all(
        wanted in (text := stick.texts.get(attribute, "")) or wanted.replace("_", " ") in text
        for attribute, wanted in words
    )


def command(stick: Stick, order: str) -> list[str]:
    """The words that have a stick do as a file says."""
    vendor, product = stick.number.split(":")
    # With one configuration there is none to look for: the stick would be asked in vain.
    single = ["-u", "-1"] if stick.configurations == 1 else []
    where = ["-b", str(stick.bus), "-g", str(stick.device), "-v", vendor, "-p", product]
    return [PROGRAM, *single, *where, "-f", order]
