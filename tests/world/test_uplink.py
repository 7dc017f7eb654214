"""A thin line up: while it is busy, connections do with two of its paths, which is as much, and costs less."""

from __future__ import annotations

import hashlib
import json

from qemu.drive.gateway import Gateway
from qemu.drive.ready import status, wait_until_all_up
from qemu.drive.shell import Shell
from qemu.rehearse.measure import FLOW
from qemu.world.content import content
from qemu.world.vm import World
from tests.world.story import DOWNLOAD_LIMIT

SENT = 3_000_000
"""Bytes: 24 s of a line with 1 Mbit/s up."""
MORE = 300_000
FEW = 20_000
"""Bytes of probes and their like, meanwhile."""


def spared(gateway: Gateway) -> set[str]:
    """The paths that carry nothing now, by what a person is told."""
    return {path["name"] for path in status(gateway)["paths"] if path["reason"].startswith("spared")}


def resting(told: str) -> set[str]:
    """The paths that are up without an endpoint of Multipath TCP, by a status."""
    return {path["name"] for path in json.loads(told)["paths"] if path["up"] and not path["endpoint"]}


def up(world: World) -> dict[str, int]:
    """Bytes that each path has carried towards the Internet."""
    return {route.path: world.route(route.path).bytes().up for route in world.description.routes}


def test_an_upload_that_fills_the_line_goes_by_two_of_its_paths_and_afterwards_all_carry(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    paths = {path["name"] for path in wait_until_all_up(gateway)["paths"] if path["up"]}
    flow = lan.start(f"{FLOW} send {world.description.web.name} {SENT}")
    gateway.wait_until("braid status --json", lambda text: len(resting(text)) == len(paths) - 2, 60, "all carry on")
    without = spared(gateway)
    assert without == resting(gateway.succeed("braid status --json")) & paths
    before = up(world)
    world.host("isp").wait_until(
        "true", lambda _: sum(up(world).values()) - sum(before.values()) > MORE, what="nothing is sent"
    )
    sent = {path: count - before[path] for path, count in up(world).items()}
    assert max(sent[path] for path in without) < FEW, sent
    assert min(sent[path] for path in paths - without) > FEW, sent
    _, digest = flow.wait(DOWNLOAD_LIMIT).split()
    assert digest == hashlib.sha256(content(SENT)).hexdigest()
    wait_until_all_up(gateway)
    assert spared(gateway) == set()
    assert world.leaked() == 0
