"""A stick for mobile networks: on the box's own USB it is a disk, until it is told to show its network card."""

from __future__ import annotations

import pytest

from qemu.drive.gateway import Gateway
from qemu.drive.shell import Shell
from qemu.world.line.dongle import LENT
from qemu.world.rehearsal import Rehearsal
from qemu.world.vm import World
from tests.frozen import THIRD, Frozen
from tests.world.story import digest, download, expected

STICK, CABLE = "stick", "cable"
SOME = 200_000
"""Bytes that are no questions and answers."""
PATIENCE = 150.0
"""Seconds on the reference machine for what a lease takes to be renewed."""

pytestmark = pytest.mark.spoils


@pytest.fixture
def frozen() -> Frozen:
    return THIRD


def wait_until_used(gateway: Gateway) -> None:
    gateway.wait_until("ip mptcp endpoint", lambda text: f"dev {STICK}" in text, 60, "the stick is not in use")


@pytest.mark.usefixtures("narrow")
def test_a_stick_that_shows_a_disk_is_told_to_show_its_card_and_carries_its_part_each_time(
    rig: Rehearsal, gateway: Gateway, lan: Shell, world: World
) -> None:
    gateway.succeed(f"braid up {STICK}")
    for times in (1, 2):
        rig.bring(STICK)
        wait_until_used(gateway)
        told = gateway.succeed(f"journalctl -b -u braid-dongle-{STICK} -g 'shows a disk' -o cat")
        assert len(told.splitlines()) == times
        going = download(lan, world)
        carried = f"cat /sys/class/net/{STICK}/statistics/rx_bytes"
        gateway.wait_until(carried, lambda text: int(text) > SOME, 60, "the stick carries nothing")
        gateway.unplug(world.description.line(STICK).gateway_mac)
        gateway.wait_until("braid status", lambda text: "no stick on USB 1-4" in text, 60, "it is still there")
        assert digest(going) == expected()
    assert world.leaked() == 0


@pytest.mark.long
@pytest.mark.usefixtures("narrow")
def test_an_address_that_the_stick_has_is_used_on_no_other_line(
    rig: Rehearsal, gateway: Gateway, lan: Shell, world: World
) -> None:
    gateway.succeed(f"braid up {STICK}")
    rig.bring(STICK)
    wait_until_used(gateway)
    world.uplink(CABLE).renumber(LENT)
    refused = f"the provider gave {LENT}, but uplinks.{STICK} has that already"
    gateway.wait_until("braid status", lambda text: refused in text, PATIENCE, "the address is not refused")
    before = world.route(STICK).bytes().down
    assert digest(download(lan, world)) == expected()
    assert world.route(STICK).bytes().down - before > SOME
    assert gateway.succeed(f"ip -4 -brief address show to {LENT}").split()[0] == STICK
    assert world.leaked() == 0
