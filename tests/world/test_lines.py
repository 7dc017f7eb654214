"""Lines of other kinds than the first, at the site that has one of each: what befalls one is felt by nobody."""

from __future__ import annotations

import pytest

from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.world.carried import carried, shares
from qemu.world.line.dhcp import MTU
from qemu.world.vm import World
from tests.frozen import THIRD, Frozen
from tests.world.story import at_work, digest, download, expected

CABLE, OFFICE = "cable", "office"
SOME = 200_000
"""Bytes that are no questions and answers: packets as large as they get were among them."""
PATIENCE = 150.0
"""Seconds on the reference machine for what a lease, or the answer of a router, takes to run out."""


@pytest.fixture
def frozen() -> Frozen:
    return THIRD


@pytest.mark.usefixtures("narrow")
def test_a_lease_that_is_taken_back_costs_no_download_and_another_one_is_used(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    before = {line["name"]: line["address"] for line in wait_until_all_up(gateway)["uplinks"]}
    cable, going = world.uplink(CABLE), download(lan, world)
    cable.renumber(f"{cable.assigned}9")
    gateway.wait_until("braid status --json", lambda text: f'"{cable.assigned}"' in text, PATIENCE, "the old address")
    gateway.fail("journalctl -b -u 'braid-dhcp-*' -g denied")
    now = {line["name"]: line["address"] for line in wait_until_all_up(gateway)["uplinks"]}
    assert now == before | {CABLE: cable.assigned}
    assert digest(going) == expected()
    start = carried(world)
    assert digest(download(lan, world)) == expected()
    after = carried(world)
    assert CABLE in at_work(shares(start, after))
    # The line is narrower than a tunnel is by itself, which carries all the same.
    assert int(gateway.succeed("cat /sys/class/net/enp1s0/mtu")) == MTU
    assert after["cable-hill"] - start["cable-hill"] > SOME
    assert world.leaked() == 0


@pytest.mark.usefixtures("narrow")
def test_a_router_that_does_not_answer_takes_its_line_along_and_nothing_else(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    office = world.uplink(OFFICE).cut()
    gateway.wait_until("braid status", lambda text: "no answer from the gateway" in text, PATIENCE, "no reason")
    assert digest(download(lan, world)) == expected()
    office.restore()
    wait_until_all_up(gateway, PATIENCE)
    start = carried(world)
    assert digest(download(lan, world)) == expected()
    assert OFFICE in at_work(shares(start, carried(world)))
    assert world.leaked() == 0
