"""All facts in one go, from the kernel, nftables and systemd."""

from __future__ import annotations

from collections.abc import Iterable

from gateway_init import netfilter, systemd
from gateway_init.facts import Facts
from gateway_init.kernel import Kernel


def observe(kernel: Kernel, services: Iterable[str]) -> Facts:
    """Read everything that the plan may depend on; `services` are names of units, besides those that we started."""
    units = systemd.units(sorted({*services, *systemd.ours()}))
    return Facts(
        links=kernel.links(),
        addresses=kernel.addresses(),
        routes=kernel.routes(),
        rules=kernel.rules(),
        endpoints=kernel.endpoints(),
        subflow_limit=kernel.subflow_limit(),
        firewall=netfilter.loaded(),
        services=systemd.started(name for name, unit in units.items() if unit.wanted_alive),
        units=units,
    )
