"""`invoke flash` writes to what can be taken out and nothing uses, and believes only what it has read back."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from image.flash import flash, target

GIB = 1 << 30
NOTHING_MOUNTED = "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"


class Machine:
    """A sysfs and a proc as Linux lays them out, in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mounts(NOTHING_MOUNTED)
        self.swaps("")

    def write(self, file: str, text: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")

    def mounts(self, text: str) -> None:
        self.write("proc/self/mountinfo", text)

    def swaps(self, text: str) -> None:
        self.write("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n" + text)

    def disk(self, device: str, name: str, number: str, **attributes: str) -> None:
        """A disk below sys/devices/DEVICE with two partitions."""
        folder = f"sys/devices/{device}/block/{name}"
        self.entry(folder, number, **{"size": str(4 * GIB // 512), "ro": "0", "removable": "0"} | attributes)
        major, minor = number.split(":")
        between = "p" if name[-1].isdigit() else ""
        for index in (1, 2):
            part = f"{major}:{int(minor) + index}"
            self.entry(f"{folder}/{name}{between}{index}", part, partition=str(index), size="2048", ro="0")
        if not device.startswith("virtual"):
            (self.root / folder / "device").symlink_to("../..")

    def entry(self, folder: str, number: str, **attributes: str) -> None:
        for key, value in {"dev": number, **attributes}.items():
            self.write(f"{folder}/{key}", value)
        (self.root / folder / "holders").mkdir()
        link = self.root / "sys/dev/block" / number
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(self.root / folder)

    def refusal(self, number: str, size: int = GIB) -> str | None:
        return target.refusal(target.facts(number, self.root), size)


STICK = "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0"
SATA = "pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0"
CARD = "pci0000:00/0000:00:1e.4/mmc_host/mmc0/mmc0:aaaa"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.disk(STICK, "sdb", "8:16", removable="1")
    machine.write(f"sys/devices/{STICK}/vendor", "SanDisk ")
    machine.write(f"sys/devices/{STICK}/model", "Cruzer Blade    ")
    machine.write(f"sys/devices/{STICK}/type", "0")
    machine.write("sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/serial", "4C530001")
    return machine


def test_a_free_usb_stick_is_taken_and_named_with_model_size_and_serial(machine: Machine) -> None:
    assert machine.refusal("8:16") is None
    assert target.describe(target.facts("8:16", machine.root)) == "SanDisk Cruzer Blade, 4.3 GB, serial 4C530001"


def test_an_sd_card_in_a_built_in_reader_is_taken(machine: Machine) -> None:
    machine.disk(CARD, "mmcblk0", "179:0")
    machine.write(f"sys/devices/{CARD}/type", "SD")
    assert machine.refusal("179:0") is None


def test_soldered_flash_is_refused(machine: Machine) -> None:
    machine.disk(CARD, "mmcblk0", "179:0")
    machine.write(f"sys/devices/{CARD}/type", "MMC")
    assert machine.refusal("179:0") == "is neither removable nor on USB"


def test_an_internal_disk_is_refused_even_when_nothing_uses_it(machine: Machine) -> None:
    machine.disk(SATA, "sda", "8:0")
    assert machine.refusal("8:0") == "is neither removable nor on USB"


def test_a_usb_disk_that_does_not_call_itself_removable_is_taken(machine: Machine) -> None:
    machine.disk(STICK.replace("1-2", "1-3"), "sdc", "8:32", removable="0")
    assert machine.refusal("8:32") is None


def test_a_partition_is_refused_with_the_name_of_its_disk(machine: Machine) -> None:
    assert machine.refusal("8:17") == "is a partition; name the whole disk: /dev/sdb"


@pytest.mark.parametrize("part", ["8:16", "8:18"])
def test_a_mounted_disk_is_refused_whichever_part_is_mounted(machine: Machine, part: str) -> None:
    machine.mounts(f"{NOTHING_MOUNTED}40 22 {part} / /media/my\\040stick rw shared:5 - vfat /dev/sdb2 rw")
    assert machine.refusal("8:16") == "is mounted on /media/my stick; unmount it first"


def test_a_mount_that_hides_its_device_number_is_found_by_its_source(machine: Machine) -> None:
    machine.mounts(f"{NOTHING_MOUNTED}40 22 0:45 / /mnt rw - btrfs /dev/sdb1 rw")
    assert machine.refusal("8:16") == "is mounted on /mnt; unmount it first"


def test_a_usb_disk_that_the_system_runs_from_is_refused(machine: Machine) -> None:
    machine.mounts("22 1 8:17 / / rw - ext4 /dev/sdb1 rw\n23 22 8:18 / /home rw - ext4 /dev/sdb2 rw")
    assert machine.refusal("8:16") == "holds the running system"


def test_a_disk_with_swap_is_refused(machine: Machine) -> None:
    machine.swaps("/dev/sdb2 partition 1048572 0 -2\n")
    assert machine.refusal("8:16") == "is used as swap; see swapoff(8)"


def test_a_disk_under_lvm_or_encryption_is_refused(machine: Machine) -> None:
    (machine.root / f"sys/devices/{STICK}/block/sdb/sdb2/holders/dm-0").mkdir()
    assert machine.refusal("8:16") == "is in use by dm-0 (LVM, encryption or RAID)"


def test_loop_devices_are_refused(machine: Machine) -> None:
    machine.disk("virtual", "loop0", "7:0", removable="1")
    assert machine.refusal("7:0") == "is no disk that could be taken out"


def test_an_optical_drive_is_refused(machine: Machine) -> None:
    machine.write(f"sys/devices/{STICK}/type", "5")
    assert machine.refusal("8:16") == "is an optical drive"


def test_an_empty_reader_a_locked_card_and_a_small_card_are_refused(machine: Machine) -> None:
    folder = f"sys/devices/{STICK}/block/sdb"
    machine.write(f"{folder}/size", "0")
    assert machine.refusal("8:16") == "has no medium in it"
    machine.write(f"{folder}/size", str(GIB // 512 - 1))
    assert machine.refusal("8:16") == "is too small: 1023 MiB, and the image has 1024 MiB"
    machine.write(f"{folder}/size", str(GIB // 512))
    assert machine.refusal("8:16") is None
    machine.write(f"{folder}/ro", "1")
    assert machine.refusal("8:16") == "is write-protected; look for a switch on the card"


SECTOR = bytes(510) + b"\x55\xaa"
"""The beginning of a disk that a BIOS boots from."""


@pytest.mark.parametrize(
    ("device", "wrong"),
    [("/dev/no-such-disk", "no such device"), ("/etc", "is not a disk"), ("/dev/null", "is not a disk")],
)
def test_what_is_no_disk_is_refused(tmp_path: Path, device: str, wrong: str) -> None:
    image = tmp_path / "braid.img"
    image.write_bytes(SECTOR)
    with pytest.raises(Mistake, match=wrong):
        flash.flash(image, device, yes=True)


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", "is no image of a disk"),
        (b"suite: trixie\n" * 100, "is no image of a disk"),
        (SECTOR + b"cut off", "is no image of a disk"),
        (b"\x28\xb5\x2f\xfd" + SECTOR, "is packed"),
    ],
    ids=["empty", "another file", "cut off", "packed by zstd"],
)
def test_what_is_no_image_is_refused(tmp_path: Path, content: bytes, wrong: str) -> None:
    image = tmp_path / "braid.img"
    image.write_bytes(content)
    with pytest.raises(Mistake, match=wrong):
        flash.flash(image, "/dev/no-such-disk", yes=True)


def test_an_image_that_is_missing_or_a_directory_is_refused(tmp_path: Path) -> None:
    for name, wrong in (("no.img", "no such file"), (".", "is no file")):
        with pytest.raises(Mistake, match=wrong):
            flash.flash(tmp_path / name, "/dev/no-such-disk", yes=True)


class Copy:
    """An image of two and a half chunks and a file that stands in for the disk."""

    def __init__(self, folder: Path) -> None:
        self.data = random.Random(7).randbytes(flash.CHUNK * 2 + flash.CHUNK // 2 + 512)
        self.source_file = folder / "braid.img"
        self.source_file.write_bytes(self.data)
        self.disk = folder / "disk"
        self.disk.write_bytes(b"\xff" * (len(self.data) + 4096))
        self.source = os.open(self.source_file, os.O_RDONLY)
        self.target = os.open(self.disk, os.O_RDWR)
        self.seen: list[tuple[str, int]] = []

    def run(self, damage: int | None = None) -> None:
        def progress(doing: str, done: int, size: int) -> None:
            self.seen.append((doing, done))
            if doing == "flushing" and damage is not None:  # what a worn-out disk does behind our back
                with self.disk.open("r+b") as disk:
                    disk.seek(damage)
                    disk.write(bytes([self.data[damage] ^ 1]))
            assert done <= size

        flash.write_and_compare(self.source, self.target, len(self.data), "/dev/sdb", progress)


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    copy = Copy(tmp_path)
    yield copy
    os.close(copy.source)
    os.close(copy.target)


def test_the_disk_holds_the_image_and_keeps_what_lies_behind_it(copy: Copy) -> None:
    copy.run()
    assert copy.disk.read_bytes() == copy.data + b"\xff" * 4096
    assert copy.seen[-1] == ("comparing", len(copy.data))


def test_its_beginning_comes_last_and_none_of_it_stays_half_written(copy: Copy) -> None:
    os.truncate(copy.source_file, flash.CHUNK)
    with pytest.raises(Mistake, match="has become shorter"):
        copy.run()
    assert copy.disk.read_bytes()[:512] == bytes(512)


@pytest.mark.parametrize("damage", [0, flash.CHUNK + 12345, flash.CHUNK * 2 + flash.CHUNK // 2 + 511])
def test_one_wrong_bit_anywhere_is_found_and_located(copy: Copy, damage: int) -> None:
    with pytest.raises(Mistake, match=f"differs from the image, first at byte {damage}$"):
        copy.run(damage)


def test_a_disk_that_is_smaller_than_it_says_is_found(copy: Copy) -> None:
    full = os.open("/dev/full", os.O_RDWR)
    try:
        with pytest.raises(Mistake, match="/dev/sdb: the disk is smaller than it says"):
            flash.write_and_compare(copy.source, full, len(copy.data), "/dev/sdb", lambda *_: None)
    finally:
        os.close(full)


def test_a_disk_that_has_taken_the_place_of_the_one_that_was_looked_at_is_not_touched(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person is asked about one stick, and by the time that he has answered another one has its name."""
    image, other = tmp_path / "braid.img", tmp_path / "other"
    image.write_bytes(SECTOR)
    other.write_bytes(b"somebody's photographs")
    looked_at = replace(target.facts("8:16", machine.root), node=str(other))
    monkeypatch.setattr(target, "find", lambda _: looked_at)
    monkeypatch.setattr(target, "content", lambda _: "On it now: nothing that is known")
    with pytest.raises(Mistake, match="another disk has taken its place") as refused:
        flash.flash(image, "/dev/sdb", yes=True)
    assert refused.value.hint == "nothing was written"
    assert other.read_bytes() == b"somebody's photographs"
