"""A thin line up: while it is busy and many connections open, they do with two of its paths, which is as much, and
costs less; an upload alone goes by all."""

from __future__ import annotations

import hashlib
import json

from qemu.drive.gateway import Gateway
from qemu.drive.rate import tell_speed
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.rehearse.measure import ENDLESS, FLOW
from qemu.world.carried import carried
from qemu.world.content import content
from qemu.world.topology import DOWN_KBIT, UP_KBIT
from qemu.world.vm import World
from tests.world.story import DOWNLOAD_LIMIT

UP = 500
"""kbit/s of the line up: of a few new connections a second, as an emulated box opens them, it notices, and not of those
that the box opens for itself."""
POLICY = "busy_uplink: {joins: 6, eased_seconds: 10}"
"""Two connections a second are many, so that a busy machine opens as many; and all carry again soon."""
SENT = 100_000
"""Bytes: 3 s of half the line."""
BEGUN = 700_000
"""Bytes by which an upload has gone on for longer than the box needs to see that its line is busy."""
AHEAD = 6_000_000
"""Bytes of an upload that may wait in the box: it takes up to 3.3 million, and would take 31 million."""


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


def test_while_many_open_over_a_line_that_is_busy_they_do_with_two_of_its_paths_and_afterwards_all_carry(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    line = world.uplink("adsl").shape(up_kbit=UP)
    tell_speed(gateway, ["adsl"], f"down: {DOWN_KBIT}, up: {UP}", POLICY)
    paths = {path["name"] for path in wait_until_all_up(gateway)["paths"] if path["up"]}
    web = world.description.web.name
    begun = sum(carried(world, "up").values())
    filling = lan.start(f"{FLOW} send {web} {ENDLESS}")
    world.host("isp").wait_until(
        "true", lambda _: sum(carried(world, "up").values()) - begun > BEGUN, what="the upload does not go on"
    )
    assert spared(gateway.succeed("braid status --json")) == set(), "it would be sent anew for nothing"
    # Or a program that is ended now would have the line for minutes.
    assert waiting(gateway.succeed("ss -Htn")) < AHEAD

    many = lan.start(f"while :; do curl -s --max-time 20 -o /dev/null http://{web}/bytes/500 & sleep 0.1; done")

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
    many.stop()
    wait_until_all_up(gateway)
    assert spared(gateway.succeed("braid status --json")) == set()
    filling.stop()
    line.shape(up_kbit=UP_KBIT)
    gateway.succeed("braid config reset")
    assert world.leaked() == 0
