"""The words of stories about a telephone: when it is in use, and when it is not any more."""

from __future__ import annotations

import re

from qemu.drive.gateway import Gateway

PHONE = "phone"
IDLE = 10
"""Seconds that a line on demand is kept in these stories; one with the default would wait for two minutes."""


def wait_until_used(gateway: Gateway, limit: float = 60.0) -> None:
    gateway.wait_until("ip mptcp endpoint", lambda text: f"dev {PHONE}" in text, limit, "the phone is not in use")


def wait_until_let_go(gateway: Gateway, limit: float = 120.0) -> None:
    gateway.wait_until("ip mptcp endpoint", lambda text: f"dev {PHONE}" not in text, limit, "the phone is still in use")
    gateway.wait_until(
        "ip -4 -br address show dev phone", lambda text: "192.168" not in text, limit, "still an address"
    )


def moments(gateway: Gateway, *words: str) -> list[float]:
    """When the daemon last said each of these, in seconds since boot."""
    said = gateway.succeed("journalctl -b -u braid -o short-monotonic --no-pager | tail -n 200").splitlines()
    found = []
    for word in words:
        line = [line for line in said if word in line][-1]
        match = re.match(r"\[ *([0-9.]+)\]", line)
        assert match
        found.append(float(match[1]))
    return found
