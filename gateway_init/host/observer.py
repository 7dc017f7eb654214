"""All facts in one go, from the kernel, nftables and systemd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway_init.facts.facts import Facts, Unit
from gateway_init.host import nftables, noted, systemd
from gateway_init.host.kernel import Kernel

STALE = 3.0
"""Seconds that an answer of nft or systemctl is good for. Each costs a process; netlink costs next to nothing, so
links, addresses and routes are always read anew."""


NEVER = float("-inf")


class Observer:
    """Reads everything that the plan may depend on; of units, those that we started: the others do not run.

    `untouched`: nothing was ever done here since boot, so nft need not be asked what is loaded.
    """

    def __init__(self, kernel: Kernel, *, untouched: bool = False) -> None:
        self._kernel = kernel
        self._units: dict[str, Unit] = {}
        self._units_asked = NEVER
        self._firewall = ""
        self._firewall_asked = float("inf") if untouched else NEVER

    def look(self, now: float, starting: frozenset[str] = frozenset()) -> Facts:
        """The facts at a time in seconds since boot; what nft and systemctl say may be STALE seconds old.

        `starting` are names of units that are just being started: they count as ours, whatever systemd says of them.
        """
        if now - self._units_asked >= STALE:
            self._units = systemd.units(sorted(systemd.ours()))
            self._units_asked = now
        if now - self._firewall_asked >= STALE:
            self._firewall = nftables.loaded()
            self._firewall_asked = now
        return _facts(self._kernel, self._units, starting, self._firewall)

    def forget_units(self) -> None:
        """Ask systemd at the next look: something was changed."""
        self._units_asked = NEVER

    def forget_firewall(self) -> None:
        """Ask nft at the next look: something was changed."""
        self._firewall_asked = NEVER


def look_once(besides: Sequence[str] = ()) -> Facts:
    """The facts for one who looks without ruling: `braid status`, an update, the trial of a new system.

    They cost one process. `besides` are names of units that are not ours. What ruleset is loaded is left out.
    """
    kernel = Kernel()
    try:
        return _facts(kernel, systemd.units(sorted({*systemd.ours(), *besides})))
    finally:
        kernel.close()


def _facts(
    kernel: Kernel, units: Mapping[str, Unit], starting: frozenset[str] = frozenset(), firewall: str = ""
) -> Facts:
    neighbours, answering = kernel.neighbours()
    return Facts(
        links=kernel.links(),
        addresses=kernel.addresses(),
        routes=kernel.routes(),
        rules=kernel.rules(),
        neighbours=neighbours,
        answering=answering,
        endpoints=kernel.endpoints(),
        subflow_limit=kernel.subflow_limit(),
        firewall=firewall,
        services=systemd.started(starting.union(name for name, unit in units.items() if unit.wanted_alive)),
        units=dict(units),
        notes=noted.read(),
    )
