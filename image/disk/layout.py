"""The disk: an MBR with boot loader, and four partitions one after the other (boot, slot A, slot B, data)."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from pathlib import Path

from gateway_init.wellknown import slots
from image.work import files

PARTITIONS = ("boot", "slot A", "slot B", "data")
MEBIBYTE = 1 << 20
SECTOR = 512
LOADER_SIZE = 440
"""Bytes of the first sector that are the boot loader's; the disk's signature and the table follow."""
LINUX = 0x83
ACTIVE = 0x80
LBA_ONLY = b"\xfe\xff\xff"
"""In place of a cylinder, head and sector."""


def layout(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """First MiB and number of MiB of each partition; one MiB is left for the boot loader.

    >>> layout([64, 192])
    [(1, 64), (65, 192)]
    """
    starts = [1 + sum(sizes[:number]) for number in range(len(sizes))]
    return list(zip(starts, sizes, strict=True))


def first_sector(loader: bytes, signature: int, partitions: Sequence[tuple[int, int]]) -> bytes:
    """The MBR: boot loader, disk signature and partition table; the first partition is the active one."""
    table = b"".join(
        struct.pack(
            "<B3sB3sII",
            0 if number else ACTIVE,
            LBA_ONLY,
            LINUX,
            LBA_ONLY,
            start * MEBIBYTE // SECTOR,
            size * MEBIBYTE // SECTOR,
        )
        for number, (start, size) in enumerate(partitions)
    )
    return loader[:LOADER_SIZE] + struct.pack("<IH", signature, 0) + table.ljust(64, b"\0") + b"\x55\xaa"


def partitions(sector: bytes) -> list[tuple[int, int]]:
    """Offset and size of each partition in bytes, from an MBR; none of what is not one."""
    if len(sector) < SECTOR or sector[SECTOR - 2 :] != b"\x55\xaa":
        return []
    table = [struct.unpack_from("<II", sector, 446 + 16 * number + 8) for number in range(4)]
    return [(start * SECTOR, length * SECTOR) for start, length in table if length]


def write(
    into: Path,
    *,
    loader: bytes,
    rest: bytes,
    signature: int,
    partitions: Sequence[tuple[Path, int]],
    memory: int | None = None,
) -> None:
    """Make the disk's image from each partition's file system and its size in MiB. What is zero becomes a hole.

    `memory` is where the boot loader's memory is in the first partition, in bytes; it is noted for the box.
    """
    if SECTOR + len(rest) > slots.POINTER_AT * SECTOR:
        raise ValueError(f"a boot loader of {len(rest)} bytes does not fit in front of the first partition")
    places = layout([size for _, size in partitions])
    end = sum(places[-1])
    with into.open("xb") as sink:
        sink.truncate(end * MEBIBYTE)
        os.pwrite(sink.fileno(), first_sector(loader, signature, places) + rest, 0)
        if memory is not None:
            sector = (places[0][0] * MEBIBYTE + memory) // SECTOR
            os.pwrite(sink.fileno(), slots.pointer(sector), slots.POINTER_AT * SECTOR)
        for (file, _), (start, _) in zip(partitions, places, strict=True):
            with file.open("rb") as source:
                files.write_at(source.fileno(), sink.fileno(), start * MEBIBYTE)
