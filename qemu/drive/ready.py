"""When a gateway is ready, and what it says of itself."""

from __future__ import annotations

import json
from typing import Any

from qemu.drive.shell import Shell

READY_LIMIT = 180.0
"""Seconds on the reference machine from power-on to the first traffic of the LAN."""


def status(gateway: Shell) -> dict[str, Any]:
    """What `braid status --json` says."""
    answer: dict[str, Any] = json.loads(gateway.succeed("braid status --json"))
    return answer


def all_up(text: str) -> bool:
    """Whether a gateway whose status this is calls every path up and itself ready."""
    now = json.loads(text)
    return bool(now["ready"]) and all(path["up"] and path["endpoint"] for path in now["paths"])


def wait_until_all_up(gateway: Shell, limit: float = 120.0) -> dict[str, Any]:
    """Wait until the gateway calls every path up and itself ready."""
    answer: dict[str, Any] = json.loads(
        gateway.wait_until("braid status --json", all_up, limit, "not every path is up")
    )
    return answer
