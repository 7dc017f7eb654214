"""All facts in one go, from the kernel, nftables and systemd."""

from __future__ import annotations

from collections.abc import Iterable

from gateway_init import netfilter, systemd
from gateway_init.facts import Facts, Unit
from gateway_init.kernel import Kernel

STALE = 3.0
"""Seconds that an answer of nft or systemctl is good for. Each costs a process; netlink costs next to nothing, so
links, addresses and routes are always read anew."""


class Observer:
    """Reads everything that the plan may depend on; `services` are names of units, besides those that we started."""

    def __init__(self, kernel: Kernel, services: Iterable[str]) -> None:
        self._kernel = kernel
        self._services = frozenset(services)
        self._units: dict[str, Unit] = {}
        self._firewall = ""
        self._asked = float("-inf")

    def look(self, now: float) -> Facts:
        """The facts at a time in seconds since boot; what nft and systemctl say may be STALE seconds old."""
        if now - self._asked >= STALE:
            self._units = systemd.units(sorted(self._services | systemd.ours()))
            self._firewall = netfilter.loaded()
            self._asked = now
        return Facts(
            links=self._kernel.links(),
            addresses=self._kernel.addresses(),
            routes=self._kernel.routes(),
            rules=self._kernel.rules(),
            endpoints=self._kernel.endpoints(),
            subflow_limit=self._kernel.subflow_limit(),
            firewall=self._firewall,
            services=systemd.started(name for name, unit in self._units.items() if unit.wanted_alive),
            units=self._units,
        )

    def forget(self) -> None:
        """Ask everyone at the next look: something was changed."""
        self._asked = float("-inf")
