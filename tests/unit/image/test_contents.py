"""What takes the space of an image, and what is different between two."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import msgspec
import pytest

from gateway_init.base.mistake import Mistake
from image import recipe
from image.look import contents, difference, space
from image.look.contents import Contents, File

OLD = Contents(
    bytes=600_000_000,
    partitions=(67_000_000, 128_000_000, 128_000_000, 268_000_000),
    slot={"root.squashfs": 50_000_000, "vmlinuz": 12_000_000},
    files=(
        File("/etc/motd", 0o100644, 10, "a1"),
        File("/usr/bin/bash", 0o100755, 3_000_000, "b1", package="bash", packed=1_500_000),
        File("/usr/lib/libold.so", 0o100644, 1_000_000, "c1", package="libold", packed=500_000),
    ),
    packages={"bash": "5.2-1", "libold": "1.0"},
    config={"CONFIG_MPTCP": "y", "CONFIG_TUN": "m"},
)
NEW = msgspec.structs.replace(
    OLD,
    slot={"root.squashfs": 51_000_000, "vmlinuz": 12_000_000},
    files=(
        File("/etc/motd", 0o100600, 10, "a1"),
        File("/usr/bin/bash", 0o100755, 3_000_100, "b2", package="bash"),
        File("/usr/bin/rauc", 0o100755, 400_000, "d1", package="rauc"),
    ),
    packages={"bash": "5.2-2", "rauc": "1.13"},
    config={"CONFIG_MPTCP": "y", "CONFIG_TUN": "y", "CONFIG_DM_VERITY": "m"},
)


def test_each_package_has_its_share_of_the_compressed_root() -> None:
    found = space.of(OLD, recipe.Budget(slot=128, image=80))
    assert [(share.name, share.packed) for share in found.packages] == [
        ("bash", 37_500_000),
        ("libold", 12_500_000),
        (space.MADE, 0),
    ]
    assert {share.name: share.bytes for share in found.folders} == {
        "/usr/bin": 3_000_000,
        "/usr/lib": 1_000_000,
        "/etc": 10,
    }
    text = space.as_text(found)
    for part in ("62.0 of 128.0 MB", "slot A 128.0", "37.5      3.0  bash", "12.0  vmlinuz"):
        assert part in text
    assert json.loads(space.as_json(found))["budget_bytes"] == 128_000_000


def test_a_long_table_ends_with_what_it_does_not_show() -> None:
    many = tuple(File(f"/usr/bin/{name}", 0o100755, 1_000_000, "", package=str(name), packed=1) for name in range(30))
    text = space.as_text(space.of(msgspec.structs.replace(OLD, files=many), recipe.Budget(slot=128, image=80)))
    assert "5.0  5 more (--json has all)" in text


def test_the_difference_of_two_images() -> None:
    found = difference.between(OLD, NEW)
    assert [(each.name, each.what) for each in found.packages] == [
        ("bash", "upgraded"),
        ("libold", "removed"),
        ("rauc", "added"),
    ]
    assert [(each.name, each.what, each.old, each.new) for each in found.config] == [
        ("CONFIG_DM_VERITY", "added", "", "m"),
        ("CONFIG_TUN", "changed", "m", "y"),
    ]
    assert [(each.path, each.what) for each in found.files] == [
        ("/etc/motd", "mode"),
        ("/usr/bin/bash", "changed"),
        ("/usr/bin/rauc", "added"),
        ("/usr/lib/libold.so", "removed"),
    ]
    assert [(each.path, each.new - each.old) for each in found.sizes] == [("root.squashfs", 1_000_000)]


def test_a_person_sees_first_what_weighs_most() -> None:
    text = difference.as_text(difference.between(OLD, NEW))
    assert "upgraded   bash  5.2-1 -> 5.2-2" in text
    assert "root.squashfs    50.0 -> 51.0" in text
    files = text[text.index("Files") :].splitlines()[1:]
    assert [line.split()[-1] for line in files] == ["/usr/lib/libold.so", "/usr/bin/rauc", "/usr/bin/bash", "/etc/motd"]


def test_an_image_is_no_different_from_itself() -> None:
    assert difference.as_text(difference.between(OLD, OLD)).splitlines() == [
        "Packages: the same",
        "Kernel configuration: the same",
        "Sizes, in MB: the same",
        "Files, in bytes: the same",
    ]


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "some.img"
    with pytest.raises(Mistake, match="No such file"):
        contents.partitions(file)
    for text in (b"", b"\x28\xb5\x2f\xfd", bytes(510) + b"\x55\xaa"):
        file.write_bytes(text)
        with pytest.raises(Mistake, match="neither an image nor a bundle of ours"):
            contents.partitions(file)
    # Cut off: its partitions reach past its end.
    entries = b"".join(bytes(8) + struct.pack("<II", start, 1) for start in range(1, 5))
    file.write_bytes((bytes(446) + entries).ljust(510, b"\0") + b"\x55\xaa")
    with pytest.raises(Mistake, match="neither an image nor a bundle of ours"):
        contents.partitions(file)
