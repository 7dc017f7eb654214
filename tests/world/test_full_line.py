"""A line that is full towards the home: its straight path carries alone, and the others when that way dies."""

from __future__ import annotations

import json

from qemu.drive.gateway import Gateway
from qemu.drive.rate import tell_speed
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness_now
from qemu.world.carried import carried, shares
from qemu.world.topology import DOWN_KBIT, UP_KBIT
from qemu.world.vm import World
from tests.world.story import digest, download, expected

SIZE = 12_000_000
"""Bytes: 36 s of the line."""
SEEN = 300_000
"""Bytes that the straight path has carried, at least, by when it is seen who carries."""


def in_reserve(told: str) -> set[str]:
    """The paths of which a status says that they are."""
    return {path["name"] for path in json.loads(told)["paths"] if path["reason"].startswith("in reserve")}


def test_a_download_that_fills_the_line_goes_straight_and_by_the_others_when_that_way_dies(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    # What this machine's box can fill.
    rate = round(DOWN_KBIT / 3 / slowness_now())
    world.uplink("adsl").shape(down_kbit=rate)
    tell_speed(gateway, ["adsl"], f"down: {rate}, up: {UP_KBIT}")
    going = download(lan, world, SIZE)
    tunnels = set(carried(world)) - {"adsl", "phone"}
    gateway.wait_until("braid status --json", lambda told: in_reserve(told) == tunnels, what="all carry on")
    before = carried(world)
    world.host("isp").wait_until(
        "true", lambda _: carried(world)["adsl"] - before["adsl"] > SEEN, what="the straight path does not carry"
    )
    found = shares(before, carried(world))
    assert found["adsl"] > 0.95, found
    world.route("adsl").block()
    blocked = carried(world)
    assert going.running(), "the download was over before the path failed"
    assert digest(going) == expected(SIZE)
    found = shares(blocked, carried(world))
    assert found["adsl"] == found["phone"] == 0, found
    assert in_reserve(gateway.succeed("braid status --json")) == set()
    world.route("adsl").restore()
    world.uplink("adsl").shape(down_kbit=DOWN_KBIT)
    gateway.succeed("braid config reset")
    assert world.leaked() == 0
