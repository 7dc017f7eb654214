"""A thin line up: while it is busy, connections do with two of its paths, which is as much, and costs less."""

from __future__ import annotations

import hashlib
import json

from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.rehearse.measure import ENDLESS, FLOW
from qemu.world.carried import carried
from qemu.world.content import content
from qemu.world.vm import World
from tests.world.story import DOWNLOAD_LIMIT

SENT = 500_000
"""Bytes: 8 s of half a line with 1 Mbit/s up."""
AHEAD = 2_500_000
"""Bytes of uploads that may wait in the box: 20 s of the line."""


def spared(told: str) -> set[str]:
    """The paths of which a status says that they are, and that have no endpoint."""
    paths = json.loads(told)["paths"]
    return {path["name"] for path in paths if path["reason"].startswith("spared") and not path["endpoint"]}


def carrying(told: str) -> set[str]:
    """The paths over which connections have subflows, by a status."""
    return {path["name"] for path in json.loads(told)["paths"] if path["subflows"]}


def waiting(told: str) -> int:
    """Bytes that connections have in the box, by ss(8): what nobody has read, and what nobody has acknowledged."""
    return sum(int(count) for line in told.splitlines() for count in line.split()[1:3])


def test_an_upload_that_fills_the_line_goes_by_two_of_its_paths_and_afterwards_all_carry(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    paths = {path["name"] for path in wait_until_all_up(gateway)["paths"] if path["up"]}
    web = world.description.web.name
    filling = lan.start(f"{FLOW} send {web} {ENDLESS}")

    def few(told: str) -> bool:
        # What was handed to the others before is still sent by them, for a while.
        return len(spared(told)) == len(paths) - 2 and carrying(told) == paths - spared(told)

    without = spared(gateway.wait_until("braid status --json", few, what="all carry on"))
    before = carried(world, "up")
    _, digest = lan.succeed(f"{FLOW} send {web} {SENT}", DOWNLOAD_LIMIT).split()
    assert digest == hashlib.sha256(content(SENT)).hexdigest()
    grown = {path: count - before[path] for path, count in carried(world, "up").items()}
    # What the others carry meanwhile are probes, for as long as it takes.
    assert sum(grown[path] for path in without) < sum(grown[path] for path in paths - without) / 4, grown
    # Or a program that is ended now would have the line for minutes.
    assert waiting(gateway.succeed("ss -Htn")) < AHEAD
    filling.stop()
    wait_until_all_up(gateway)
    assert spared(gateway.succeed("braid status --json")) == set()
    assert world.leaked() == 0
