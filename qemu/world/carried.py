"""Who carried what: bytes by path, as the ISP has counted them."""

from __future__ import annotations

import re
from typing import Literal

from qemu.world.vm import World

COUNTER = re.compile(r"counter (\S+) {\s*packets \d+ bytes (\d+)")


def carried(world: World, direction: Literal["up", "down"] = "down") -> dict[str, int]:
    """Bytes that each path has carried towards the Internet, or to the gateway, as the ISP has counted them: all at
    once, since each question takes an emulated machine a second."""
    told = world.host("isp").succeed("nft list counters table ip world")
    counts = {name: int(count) for name, count in COUNTER.findall(told)}
    return {route.path: counts[f"{route.path}-{direction}"] for route in world.description.routes}


def shares(before: dict[str, int], after: dict[str, int]) -> dict[str, float]:
    """Each path's share of what came between two looks; 0 of nothing."""
    bytes_ = {path: after[path] - before[path] for path in after}
    total = sum(bytes_.values())
    return {path: count / (total or 1) for path, count in bytes_.items()}
