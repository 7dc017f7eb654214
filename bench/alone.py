"""One path of a site by itself: its others dead, and left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from qemu.drive.ready import wait_until_all_up
from qemu.world.rehearsal import Rehearsal

PATIENCE = 120.0
"""Seconds on the reference machine until a path that is blocked is left."""


@contextmanager
def alone(rig: Rehearsal, path: str) -> Iterator[None]:
    """Of those paths that are there, for as long as it lasts."""
    others = [name for name in rig.site.paths if name != path and name not in rig.to_come]
    for name in others:
        rig.world.route(name).block()

    def left(told: str) -> bool:
        return not any(path["up"] for path in json.loads(told)["paths"] if path["name"] in others)

    rig.gateway.wait_until("braid status --json", left, PATIENCE, "the others are not left")
    yield
    for name in others:
        rig.world.route(name).restore()
    wait_until_all_up(rig.gateway, PATIENCE, but=rig.to_come)
