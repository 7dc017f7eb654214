"""Which slot GRUB boots: the choice that updates rely on, and that once was never tested elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from image import disk, recipe, sandbox
from qemu.gateway import Gateway, copy
from qemu.rundir import run_folder

IMAGE = sandbox.PROJECT / "build/braid.img"
LOGS = sandbox.PROJECT / "build/logs"
GRUB_LIMIT = 60.0
BLOCK = b"# GRUB Environment Block\n"


class Card:
    """A copy of the image that a test may spoil before it boots."""

    def __init__(self, file: Path) -> None:
        self.file = file
        sizes = recipe.load(sandbox.PROJECT / "image/recipe.yaml", recipe.Image).disk
        self.places = disk.layout([sizes.boot, sizes.slot, sizes.slot, sizes.data])

    def remember(self, **variables: str) -> None:
        """Change what GRUB finds in its environment, as RAUC does."""
        start, size = self.places[0]
        with self.file.open("r+b") as card:
            card.seek(start << 20)
            boot = card.read(size << 20)
            at = boot.index(BLOCK)
            block = boot[at : at + 1024].decode()
            for name, value in variables.items():
                block, count = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", block)
                assert count == 1, f"the image's grubenv has no {name}"
            card.seek((start << 20) + at)
            card.write(block[:1024].ljust(1024, "#").encode())

    def spoil(self, partition: int) -> None:
        """Overwrite the beginning of a partition, where its file system describes itself."""
        with self.file.open("r+b") as card:
            card.seek(self.places[partition - 1][0] << 20)
            card.write(b"\xff" * (1 << 20))


@pytest.fixture
def folder() -> Iterator[Path]:
    with run_folder() as folder:
        yield folder


@pytest.fixture
def card(folder: Path) -> Card:
    copy(IMAGE, folder / "card")
    return Card(folder / "card")


@pytest.fixture
def boot(folder: Path, card: Card, request: pytest.FixtureRequest) -> Iterator[Callable[[], Gateway]]:
    """Boots the card as it is by then."""
    started: list[Gateway] = []

    def boot() -> Gateway:
        gateway = Gateway(folder, card.file, LOGS / (re.sub(r"[^\w]+", "-", request.node.name).strip("-") + ".log"))
        started.append(gateway)
        gateway.power_on()
        return gateway

    yield boot
    for gateway in started:
        gateway.close()


@pytest.mark.parametrize(
    ("remembered", "slot"),
    [
        ({}, "A"),
        ({"ORDER": "B A"}, "B"),
        ({"A_OK": "0"}, "B"),
        ({"A_TRY": "1"}, "B"),
        ({"ORDER": "B A", "B_OK": "0"}, "A"),
        ({"A_OK": "0", "B_OK": "0"}, "A"),
    ],
    ids=["as delivered", "B first", "A is bad", "A was tried in vain", "B first but bad", "none is good"],
)
def test_grub_boots_the_first_good_slot(
    boot: Callable[[], Gateway], card: Card, remembered: dict[str, str], slot: str
) -> None:
    card.remember(**remembered)
    boot().console.expect(f"GRUB: slot {slot}", GRUB_LIMIT)


def test_a_card_that_wears_out_still_boots(boot: Callable[[], Gateway], card: Card) -> None:
    card.spoil(2)
    card.spoil(4)
    gateway = boot()
    gateway.console.expect("GRUB: slot A", GRUB_LIMIT)
    gateway.console.expect("GRUB: slot B", GRUB_LIMIT)
    assert "braid.slot=B" in gateway.succeed("cat /proc/cmdline")
    assert " /data " not in gateway.succeed("cat /proc/mounts")
    gateway.power_off()
