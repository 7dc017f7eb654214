"""A thin line up: while it is busy, connections do with two of its paths, which is as much, and costs less."""

from __future__ import annotations

import hashlib
import json

from qemu.drive.gateway import Gateway
from qemu.drive.ready import status, wait_until_all_up
from qemu.drive.shell import Shell
from qemu.rehearse.measure import ENDLESS, FLOW
from qemu.world.carried import carried
from qemu.world.content import content
from qemu.world.vm import World
from tests.world.story import DOWNLOAD_LIMIT

SENT = 500_000
"""Bytes: 8 s of half a line with 1 Mbit/s up."""


def spared(gateway: Gateway) -> set[str]:
    """The paths that carry nothing now, by what a person is told."""
    return {path["name"] for path in status(gateway)["paths"] if path["reason"].startswith("spared")}


def resting(told: str) -> set[str]:
    """The paths that are up without an endpoint of Multipath TCP, by a status."""
    return {path["name"] for path in json.loads(told)["paths"] if path["up"] and not path["endpoint"]}


def carrying(told: str) -> set[str]:
    """The paths over which connections have subflows, by a status."""
    return {path["name"] for path in json.loads(told)["paths"] if path["subflows"]}


def test_an_upload_that_fills_the_line_goes_by_two_of_its_paths_and_afterwards_all_carry(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    paths = {path["name"] for path in wait_until_all_up(gateway)["paths"] if path["up"]}
    web = world.description.web.name
    filling = lan.start(f"{FLOW} send {web} {ENDLESS}")
    gateway.wait_until("braid status --json", lambda text: len(resting(text)) == len(paths) - 2, 60, "all carry on")
    without = spared(gateway)
    assert without == resting(gateway.succeed("braid status --json")) & paths
    # What was handed to the others before is still sent by them.
    gateway.wait_until("braid status --json", lambda text: carrying(text) == paths - without, what="others carry, too")
    before = carried(world, "up")
    _, digest = lan.succeed(f"{FLOW} send {web} {SENT}", DOWNLOAD_LIMIT).split()
    assert digest == hashlib.sha256(content(SENT)).hexdigest()
    grown = {path: count - before[path] for path, count in carried(world, "up").items()}
    # What the others carry meanwhile are probes, for as long as it takes.
    assert sum(grown[path] for path in without) < sum(grown[path] for path in paths - without) / 2, grown
    filling.stop()
    wait_until_all_up(gateway)
    assert spared(gateway) == set()
    assert world.leaked() == 0
