"""The core promise: all paths at once carry each connection, and only the failure of all of them is felt."""

from __future__ import annotations

import json

import pytest

from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness_now
from qemu.world.carried import carried, shares
from qemu.world.vm import World
from tests.world.story import at_work, digest, download, expected

RATE = 1500
"""Of each path's way across the Internet, in kbit/s: the line carries more than all of them together."""
SIZE = 4_000_000


@pytest.fixture(autouse=True)
def alike(world: World) -> None:
    """All ways are alike, however slow the machine."""
    for route in world.description.routes:
        world.route(route.path).shape(rate=f"{RATE / slowness_now():.0f}kbit", delay="20ms")


def every_path_has_a_subflow(text: str) -> bool:
    return all(path["subflows"] for path in json.loads(text)["paths"])


def test_with_all_ways_alike_every_path_carries_its_part(lan: Shell, world: World) -> None:
    before = carried(world)
    assert digest(download(lan, world, SIZE)) == expected(SIZE)
    found = shares(before, carried(world))
    assert at_work(found) == list(found), found


def test_whichever_path_fails_the_others_carry_the_whole(gateway: Gateway, lan: Shell, world: World) -> None:
    for path in list(carried(world)):
        wait_until_all_up(gateway)
        going = download(lan, world, SIZE)
        gateway.wait_until("braid status --json", every_path_has_a_subflow, what="not every path joined")
        world.route(path).block()
        blocked = carried(world)
        assert digest(going) == expected(SIZE), path
        found = shares(blocked, carried(world))
        assert found[path] == 0, found
        world.route(path).restore().shape(rate=f"{RATE / slowness_now():.0f}kbit", delay="20ms")
