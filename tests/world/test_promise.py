"""The core promise: all paths at once carry each connection, and only the failure of all of them is felt."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness_now
from qemu.world.carried import carried, shares
from qemu.world.vm import World
from tests.world.story import SIZE, at_work, digest, download, expected

RATE = 1000
"""Of each path's way across the Internet, in kbit/s: the line carries more than all of them together."""
BEGUN = 50_000
"""Bytes that a path has carried of a download, at least, once it has joined."""


pytestmark = pytest.mark.usefixtures("all_lines")


@pytest.fixture(autouse=True)
def alike(world: World) -> None:
    """All ways are alike, however slow the machine."""
    for route in world.description.routes:
        world.route(route.path).shape(kbit=round(RATE / slowness_now()), delay="20ms")


def wait_until_every_path_carries(world: World, before: Mapping[str, int]) -> None:
    """By the ISP's counters: before the box has told who joined, a short download is over."""

    def everywhere(_: str) -> bool:
        return all(count - before[path] >= BEGUN for path, count in carried(world).items())

    world.host("isp").wait_until("true", everywhere, what="not every path carries")


def test_with_all_ways_alike_every_path_carries_its_part(lan: Shell, world: World) -> None:
    before = carried(world)
    assert digest(download(lan, world, SIZE)) == expected(SIZE)
    found = shares(before, carried(world))
    assert at_work(found, 0.1) == list(found), found


def test_whichever_path_fails_the_others_carry_the_whole(gateway: Gateway, lan: Shell, world: World) -> None:
    for path in list(carried(world)):
        wait_until_all_up(gateway)
        before = carried(world)
        going = download(lan, world, SIZE)
        wait_until_every_path_carries(world, before)
        world.route(path).block()
        blocked = carried(world)
        assert digest(going) == expected(SIZE), path
        found = shares(blocked, carried(world))
        assert found[path] == 0, found
        assert at_work(found), "the download was over before the path failed"
        world.route(path).restore().shape(kbit=round(RATE / slowness_now()), delay="20ms")
