"""When a gateway is ready, and what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from qemu.drive.shell import Shell

READY_LIMIT = 180.0
"""Seconds on the reference machine from power-on to the first traffic of the LAN."""


def status(gateway: Shell) -> dict[str, Any]:
    """What `braid status --json` says."""
    answer: dict[str, Any] = json.loads(gateway.succeed("braid status --json"))
    return answer


def all_up(text: str, but: Collection[str] = (), *, every: bool = False) -> bool:
    """Whether a gateway whose status this is calls itself ready, and every path up that does not rest; `but` are names
    of paths that do not matter; `every`: whether those that rest do."""
    now = json.loads(text)
    paths = [path for path in now["paths"] if (every or not path["rests"]) and path["name"] not in but]
    return bool(now["ready"]) and all(path["up"] and path["endpoint"] for path in paths)


def wait_until_all_up(
    gateway: Shell, limit: float = 120.0, *, but: Collection[str] = (), every: bool = False
) -> dict[str, Any]:
    """Wait until the gateway calls itself ready, and every path up that does not rest; `but` and `every` as above."""
    answer: dict[str, Any] = json.loads(
        gateway.wait_until(
            "braid status --json", lambda text: all_up(text, but, every=every), limit, "not every path is up"
        )
    )
    return answer
