"""Who carried what: bytes by path, as the ISP has counted them."""

from __future__ import annotations

from qemu.world.vm import World


def carried(world: World) -> dict[str, int]:
    """Bytes that each path has carried to the gateway, as the ISP has counted them."""
    return {route.path: world.route(route.path).bytes().down for route in world.description.routes}


def shares(before: dict[str, int], after: dict[str, int]) -> dict[str, float]:
    """Each path's share of what came between two looks."""
    bytes_ = {path: after[path] - before[path] for path in after}
    total = sum(bytes_.values())
    return {path: count / total for path, count in bytes_.items()}
