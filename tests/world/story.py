"""What the stories have in common: a download, and who carried it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from qemu.drive.gateway import Gateway
from qemu.drive.shell import Job, Shell
from qemu.world.content import content
from qemu.world.vm import World

READY_LIMIT = 180.0
"""Seconds on the reference machine from power-on to the first traffic of the LAN."""

DOWNLOAD_LIMIT = 300.0

SIZE = 20_000_000
"""Bytes of a download: with 8 Mbit/s, 20 s and more."""


def url(world: World, size: int = SIZE) -> str:
    return f"http://{world.description.web.name}/bytes/{size}"


def download(lan: Shell, world: World, size: int = SIZE) -> Job:
    """Start a download whose end prints its SHA-256."""
    file = "/run/download"
    return lan.start(f"curl -sS --fail --max-time 600 -o {file} {url(world, size)} && sha256sum {file}")


def digest(job: Job) -> str:
    """The SHA-256 of what was downloaded."""
    return job.wait(DOWNLOAD_LIMIT).split()[0]


def expected(size: int = SIZE) -> str:
    return hashlib.sha256(content(size)).hexdigest()


def carried(world: World) -> dict[str, int]:
    """Bytes that each path has carried to the gateway, as the ISP has counted them."""
    return {route.path: world.route(route.path).bytes().down for route in world.description.routes}


def shares(before: dict[str, int], after: dict[str, int]) -> dict[str, float]:
    """Each path's share of what came between two looks."""
    bytes_ = {path: after[path] - before[path] for path in after}
    total = sum(bytes_.values())
    return {path: count / total for path, count in bytes_.items()}


def at_work(shares: dict[str, float]) -> list[str]:
    """The paths that carried a tenth at least."""
    return [path for path, share in shares.items() if share >= 0.1]


def status(gateway: Gateway) -> dict[str, Any]:
    """What `braid status --json` says."""
    answer: dict[str, Any] = json.loads(gateway.succeed("braid status --json"))
    return answer


def wait_until_all_up(gateway: Gateway, limit: float = 120.0) -> dict[str, Any]:
    """Wait until the gateway calls every path up and itself ready."""

    def holds(text: str) -> bool:
        now = json.loads(text)
        return bool(now["ready"]) and all(path["up"] and path["endpoint"] for path in now["paths"])

    answer: dict[str, Any] = json.loads(gateway.wait_until("braid status --json", holds, limit, "not every path is up"))
    return answer
