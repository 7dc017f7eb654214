"""A gateway that is updated from a stick: how that is begun, and what becomes of it."""

from __future__ import annotations

import json
from typing import Any

from qemu.drive.gateway import Gateway
from tests.world import bundles

STICK = "/run/stick"
VERDICT_LIMIT = 420.0
"""Seconds on the reference machine from the restart to the verdict, whichever."""
TRIAL_SECONDS = 100
"""That a new system has in these stories, on the reference machine."""


def grant(gateway: Gateway, seconds: float, config: str = "/etc/braid/gateway.yaml") -> None:
    """Put a config in force by which new systems have that long to prove themselves."""
    granted = min(3600, max(60, round(seconds)))
    gateway.succeed(f"sed 's/trial_seconds: .*/trial_seconds: {granted}/' {config} >/run/granted.yaml")
    gateway.succeed("braid config set /run/granted.yaml")


def mount(gateway: Gateway) -> None:
    gateway.wait_until_succeeds(f"mkdir -p {STICK} && mount -t ext4 -o ro LABEL={bundles.LABEL} {STICK}")


def install(gateway: Gateway, name: str) -> None:
    """Start an update that ends with a restart."""
    gateway.succeed(f"systemd-run --quiet --unit=an-update braid update {STICK}/{name}.raucb")


def verdict(gateway: Gateway, *states: str) -> dict[str, Any]:
    """Wait until the box has said what became of the update."""

    def told(text: str) -> bool:
        update = json.loads(text)["update"] if text.startswith("{") else None
        return update is not None and update["state"] != "under way"

    now = json.loads(gateway.wait_until("braid status --json", told, VERDICT_LIMIT, "no verdict"))
    assert now["update"]["state"] in states, now["update"]
    return dict(now)
