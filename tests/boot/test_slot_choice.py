"""Which slot GRUB boots: the choice that updates rely on, and that once was never tested elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway_init.wellknown import slots
from gateway_init.wellknown.slots import AS_DELIVERED, BAD, Slot, Slots
from image import recipe
from image.disk import grub, layout
from image.work import sandbox
from qemu.drive.gateway import Gateway, copy
from qemu.machine.rundir import run_folder
from tests.frozen import HOME, LOGS

GRUB_LIMIT = 60.0


class Card:
    """A copy of the image that a test may spoil before it boots."""

    def __init__(self, file: Path) -> None:
        self.file = file
        sizes = recipe.load(sandbox.PROJECT / "image/recipe.yaml", recipe.Image).disk
        self.places = layout.layout([sizes.boot, sizes.slot, sizes.slot, sizes.data])

    def place(self) -> int:
        """Offset of the boot loader's memory in bytes."""
        with self.file.open("rb") as card:
            card.seek(slots.POINTER_AT * slots.SECTOR)
            sector = slots.pointed(card.read(slots.SECTOR))
        assert sector, "the card does not say where the boot loader's memory is"
        return sector * slots.SECTOR

    @property
    def memory(self) -> bytes:
        with self.file.open("rb") as card:
            card.seek(self.place())
            return card.read(slots.BYTES)

    @memory.setter
    def memory(self, block: bytes) -> None:
        with self.file.open("r+b") as card:
            card.seek(self.place())
            card.write(block)

    def hang(self, partition: int) -> None:
        """Let the kernel of a slot do nothing, from its first instruction on."""
        start, size = (number << 20 for number in self.places[partition - 1])
        with self.file.open("r+b") as card:
            card.seek(start)
            kernel = card.read(size).index(KERNEL_HEADER) - 0x202
            card.seek(start + kernel + 0x1F1)
            (setup,) = card.read(1)
            card.seek(start + kernel + (1 + setup) * slots.SECTOR)
            card.write(HANG)

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
    copy(HOME.image, folder / "card")
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


KERNEL_HEADER = b"HdrS"
"""At 0x202 of a kernel, whose setup has a sector and as many more as 0x1f1 says (Linux, Documentation/x86/boot.rst)."""
HANG = b"\xf4\xeb\xfd"
"""In x86 code: halt, for ever."""
NEVER_UP = Slot(proven=True, tries=slots.PROVEN_TRIES)


@pytest.mark.parametrize(
    ("memory", "slot"),
    [
        (AS_DELIVERED, "A"),
        (Slots(("B", "A")), "B"),
        (Slots(("A", "B"), a=BAD), "B"),
        (Slots(("A", "B"), a=NEVER_UP), "B"),
        (Slots(("B", "A"), b=Slot(tries=1)), "B"),
        (Slots(("B", "A"), b=BAD), "A"),
        (Slots(("A", "B"), a=BAD, b=NEVER_UP), "B"),
        (None, "A"),
    ],
    ids=[
        "as delivered", "B first", "A is bad", "A came up no more", "B is on its second try", "B was tried in vain",
        "none is left, but B has worked", "forgotten",
    ],
)  # fmt: skip
def test_grub_chooses_and_counts_as_the_box_does(
    boot: Callable[[], Gateway], card: Card, memory: Slots | None, slot: str
) -> None:
    card.memory = slots.render(memory) if memory else bytes(slots.BYTES)

    gateway = boot()
    gateway.console.expect(f"GRUB: slot {slot}", GRUB_LIMIT)
    gateway.console.expect("Linux version", GRUB_LIMIT)
    gateway.crash()

    if memory:
        assert (slot, slots.parse(Card(gateway.disk).memory)) == slots.choose(memory)


def test_a_new_kernel_that_hangs_at_once_is_left_by_the_watchdog(boot: Callable[[], Gateway], card: Card) -> None:
    card.memory = slots.render(Slots(("B", "A"), b=Slot(tries=1)))
    card.hang(3)
    gateway = boot()
    gateway.console.expect("GRUB: slot B", GRUB_LIMIT)
    gateway.console.expect("GRUB: slot A", grub.WATCHDOG_SECONDS + GRUB_LIMIT)
    gateway.console.expect("Linux version", GRUB_LIMIT)


def test_a_card_that_wears_out_still_boots(boot: Callable[[], Gateway], card: Card) -> None:
    card.spoil(2)
    card.spoil(4)
    gateway = boot()
    gateway.console.expect("GRUB: slot A", GRUB_LIMIT)
    gateway.console.expect("GRUB: slot B", GRUB_LIMIT)
    assert "braid.slot=B" in gateway.succeed("cat /proc/cmdline")
    assert gateway.succeed("cat /run/image/data").strip() in ("mended", "made anew")
    gateway.succeed("touch /data/written")
    gateway.power_off()
