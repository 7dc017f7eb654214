"""`invoke flash` on a machine with disks that fit, that do not, that must not be touched, that fail, and that lie."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from qemu.drive.gateway import Gateway, copy
from qemu.machine.accel import slowness
from tests.flash.bench import FIXED, IMAGES, PROJECT, SYSTEM, Bench
from tests.flash.conftest import SMALL
from tests.flash.medium import Counterfeit, Liar, Slow, Worn
from tests.frozen import HOME, LOGS, ROOT

BRAID = HOME.image
MIB = 1 << 20
LARGE = 16 * MIB
OLD = b"somebody's holidays "
LIMIT = 200.0


class Ended(NamedTuple):
    code: int
    said: str


def flash(bench: Bench, device: str, image: str = f"{IMAGES}/small.img", answer: str = "") -> Ended:
    """`invoke flash` to its end; without an answer to its question it is told --yes."""
    told = f"<<<'{answer}'" if answer else "--yes"
    said, code = bench.execute(f'bash -c "invoke flash {device} --image {image} {told}"', LIMIT)
    return Ended(code, said)


def refused(bench: Bench, device: str, why: str) -> None:
    """It says why at once, and ends as with a person's mistake."""
    code, said = flash(bench, device)
    assert said.startswith(f"error: {device}: {why}"), said
    assert code == 2


def failed(ended: Ended, device: str, *parts: str) -> None:
    """It says in one error what went wrong and what to do, after it had begun."""
    assert ended.code == 2, ended.said
    error = ended.said[ended.said.index("error: ") :].splitlines()
    assert error[0].startswith(f"error: {device}: "), ended.said
    assert len(error) == 2, ended.said
    for part in parts:
        assert part in "\n".join(error)


def old(file: Path, size: int = LARGE) -> Path:
    """A disk with something on it."""
    file.write_bytes((OLD * (size // len(OLD) + 1))[:size])
    return file


@contextmanager
def untouched(disk: Path) -> Iterator[None]:
    """Not a byte of the disk changes."""
    before = digest(disk)
    yield
    assert digest(disk) == before


def digest(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def same(disk: Path, image: Path) -> bool:
    """Whether the disk begins with the image, to the last bit."""
    with disk.open("rb") as one, image.open("rb") as other:
        return all(one.read(len(data)) == data for data in iter(lambda: other.read(MIB), b""))


@pytest.fixture(scope="module")
def card(folder: Path) -> Path:
    """The beginning of an older Braid, with one file system that is whole."""
    card = folder / "card"
    copy(BRAID, card)
    os.truncate(card, 66 * MIB)
    return card


@pytest.fixture(scope="module")
def plugged(booted: Bench, card: Path) -> str:
    return booted.plug("card", card)


@pytest.fixture(scope="module")
def right(folder: Path) -> Path:
    """A card that is larger than the image."""
    card = old(folder / "right")
    os.truncate(card, BRAID.stat().st_size + 100 * MIB)
    return card


@pytest.fixture(scope="module")
def written(booted: Bench, right: Path) -> Ended:
    """What was said while the image was written to the right card."""
    device = booted.plug("right", right)
    ended = flash(booted, device, f"{PROJECT}/{BRAID.relative_to(ROOT)}", answer=Path(device).name)
    booted.pull("right")
    return ended


@pytest.fixture(scope="module")
def gateway(written: Ended, right: Path, folder: Path) -> Iterator[Gateway]:
    """The box, switched on with the card in it while the stories go on."""
    assert written.code == 0, written.said
    gateway = Gateway(folder, right, LOGS / "flashed-gateway.log")
    try:
        gateway.power_on()
        yield gateway
    finally:
        gateway.close()


def test_the_right_card_holds_the_image_to_the_last_bit(
    bench: Bench, written: Ended, right: Path, gateway: Gateway
) -> None:
    assert bench.log.path != gateway.log.path
    assert written.code == 0
    assert "writing    100 %" in written.said
    assert "comparing  100 %" in written.said
    assert written.said.splitlines()[-1].endswith(": written, read back, and the same; it can be taken out")
    assert same(right, BRAID)


def test_it_shows_what_is_on_a_card_and_goes_on_only_for_its_name(bench: Bench, card: Path, plugged: str) -> None:
    with untouched(card):
        code, said = flash(bench, plugged, answer="yes")
    assert code == 2
    assert "QEMU HARDDISK, 0.1 GB, serial card" in said
    assert "64 MiB  ext4    braid-boot" in said
    assert f"Type its name ({Path(plugged).name}) to go on" in said
    assert "error: not confirmed, nothing was written" in said


def test_a_card_that_is_mounted_is_refused_wherever_it_is_mounted(bench: Bench, card: Path, plugged: str) -> None:
    with untouched(card):
        bench.succeed(f"mkdir -p /run/old && mount -o ro,noload {plugged}1 /run/old")
        refused(bench, plugged, "is mounted on /run/old; unmount it first")
        bench.succeed("umount /run/old")

        elsewhere = bench.start(f"unshare --mount sh -c 'mount -o ro,noload {plugged}1 /run/old && sleep 1000'")
        bench.wait_until_succeeds("grep -qs ' /run/old ' /proc/*/mountinfo")
        failed(flash(bench, plugged), plugged, "is in use", "nothing was written")
        elsewhere.stop()


def test_a_disk_that_is_too_small_is_refused(bench: Bench, folder: Path) -> None:
    disk = old(folder / "small", SMALL - 512)
    device = bench.plug("small", disk)
    with untouched(disk):
        refused(bench, device, "is too small: 12 MiB, and the image has 13 MiB")


def test_a_card_whose_switch_is_on_is_refused(bench: Bench, folder: Path) -> None:
    disk = old(folder / "locked")
    device = bench.plug("locked", disk, write_protected=True)
    with untouched(disk):
        refused(bench, device, "is write-protected; look for a switch on the card")


def test_the_stick_that_the_system_runs_from_is_refused(bench: Bench) -> None:
    refused(bench, SYSTEM, "holds the running system")


def test_a_disk_that_is_built_in_is_refused(bench: Bench) -> None:
    refused(bench, FIXED, "is neither removable nor on USB")


def test_a_disk_that_is_pulled_out_in_the_middle(bench: Bench, folder: Path, small: Path) -> None:
    medium = Slow(old(folder / "pulled"), LARGE, half=SMALL // 2)
    device = bench.plug("pulled", medium)
    job = bench.start(f"invoke flash {device} --image {IMAGES}/small.img --yes; echo exit code $?")
    assert medium.half_way.wait(LIMIT * slowness())

    bench.pull("pulled")
    medium.hurry.set()

    said, code = job.wait().split("exit code ")
    failed(Ended(int(code), said), device, "the disk has vanished", "Plug it in, and begin again")
    with medium.file.open("rb") as content:
        # No machine tries to boot from what is half written.
        assert content.read(512) == bytes(512)
    assert not same(medium.file, small)


@pytest.mark.parametrize("wrong", [0, SMALL - 1])
def test_a_disk_that_returns_another_bit_is_found_out(bench: Bench, folder: Path, wrong: int, small: Path) -> None:
    medium = Liar(folder / f"liar{wrong}", LARGE, wrong)
    device = bench.plug(f"liar{wrong}", medium)
    failed(flash(bench, device), device, f"differs from the image, first at byte {wrong}", "use another one")
    assert same(medium.file, small)


def test_a_counterfeit_that_has_less_than_it_says_is_found_out(bench: Bench, folder: Path) -> None:
    device = bench.plug("counterfeit", Counterfeit(folder / "counterfeit", LARGE, real=8 * MIB))
    failed(flash(bench, device), device, "differs from the image", "smaller than it says")


def test_a_disk_that_is_worn_out_is_told_with_the_place(bench: Bench, folder: Path) -> None:
    device = bench.plug("unwritable", Worn(folder / "unwritable", LARGE, unwritable=9 * MIB))
    failed(flash(bench, device), device, "the disk reports an error (writing, at 8 MiB)", "try another port")

    device = bench.plug("unreadable", Worn(folder / "unreadable", LARGE, unreadable=5 * MIB))
    failed(flash(bench, device), device, "the disk reports an error (reading back, at 4 MiB)")


def test_the_gateway_boots_from_the_card(gateway: Gateway) -> None:
    assert "braid.slot=A" in gateway.succeed("cat /proc/cmdline")
