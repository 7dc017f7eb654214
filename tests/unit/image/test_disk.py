"""The disk's first sector, as a BIOS and a kernel read it."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from image.disk import grub, layout
from image.root import identity


def test_the_partition_table_says_where_the_file_systems_are(tmp_path: Path) -> None:
    parts = []
    for number, size in enumerate((1, 2, 1)):
        file = tmp_path / f"part{number}"
        file.write_bytes(f"file system {number}".encode())
        parts.append((file, size))
    image = tmp_path / "disk"
    layout.write(image, loader=b"L" * 512, rest=b"REST", signature=0x1234ABCD, partitions=parts)

    data = image.read_bytes()
    assert data[:440] == b"L" * 440
    assert data[440:444] == bytes.fromhex("cdab3412")
    assert data[510:512] == b"\x55\xaa"
    assert data[512:516] == b"REST"
    active = []
    for number in range(3):
        flag, _, kind, _, first, count = struct.unpack_from("<B3sB3sII", data, 446 + 16 * number)
        assert kind == 0x83
        assert data[first * 512 :].startswith(f"file system {number}".encode())
        assert (first + count) * 512 <= len(data)
        active.append(flag)
    assert active == [0x80, 0, 0]
    assert data[446 + 48 : 446 + 64] == bytes(16)


@given(st.lists(st.integers(1, 4096), min_size=1, max_size=4))
def test_partitions_follow_each_other_without_gap_or_overlap(sizes: list[int]) -> None:
    places = layout.layout(sizes)
    assert places[0][0] == 1
    assert [size for _, size in places] == sizes
    assert all(start + size == after for (start, size), (after, _) in pairwise(places))


def test_holes_stay_holes(tmp_path: Path) -> None:
    part = tmp_path / "part"
    with part.open("wb") as file:
        file.truncate(32 << 20)
        file.seek(16 << 20)
        file.write(b"x")
    image = tmp_path / "disk"
    layout.write(image, loader=b"", rest=b"", signature=0, partitions=[(part, 32)])
    assert image.stat().st_size == 33 << 20
    assert image.stat().st_blocks * 512 < 4 << 20


def test_a_locked_console_leaves_no_way_round_its_password() -> None:
    boot = identity.of("home").boot
    assert "superusers" not in grub.config(boot, locked=False)
    locked = grub.config(boot, locked=True)
    assert 'set superusers="nobody"' in locked
    assert locked.count("braid.rescue=no") == len(grub.SLOTS)
    assert f"braid.boot={boot} braid.slot=B" in locked
