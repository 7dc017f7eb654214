"""gateway_init on a network namespace, and the lines that come and go there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from ipaddress import IPv4Address
from types import MappingProxyType
from typing import Any

from gateway_init.base.process import run
from gateway_init.config.allotted import NOTHING, Allotment, allot
from gateway_init.config.load import load
from gateway_init.config.site import Site
from gateway_init.daemon.turn import Reconciler
from gateway_init.evidence.evidence import Evidence
from gateway_init.evidence.memory import Memory
from gateway_init.host.kernel import Kernel
from gateway_init.host.observer import STALE
from gateway_init.render.rendered import Runnable
from gateway_init.render.ruleset import Ruleset, ruleset
from gateway_init.wellknown.carrier import Carrier
from tests.unit.gateway.given import EXAMPLE

SITE = load(EXAMPLE)
NOTHING_KNOWN = Memory()


class Gateway:
    """It takes a turn whenever it is told to; no unit is started."""

    def __init__(
        self,
        kernel: Kernel,
        site: Site = SITE,
        before: Allotment = NOTHING,
        rules: Ruleset | None = None,
        carriers: Mapping[str, Carrier] = MappingProxyType({}),
    ) -> None:
        """`before`: the numbers of the config that was in force; `rules`: other ones than the site's; `carriers`: those
        that it has, where the kernel can have any."""
        self.numbers = allot(site, before)
        runnable = Runnable(site, self.numbers, {}, rules or ruleset(site, self.numbers), dict(carriers))
        self._reconciler = Reconciler(runnable, kernel)
        self._now = 0.0

    def settle(self, memory: Memory = NOTHING_KNOWN, after: float = STALE) -> Evidence:
        """What is known once there is nothing left to do, so many seconds later."""
        self._now += after
        return self._reconciler.settle(memory, self._now)

    def join_anew(self, *addresses: IPv4Address) -> None:
        self._reconciler.join_anew(addresses, self._now)
        self.settle()


def ip(*arguments: str) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = json.loads(run(["ip", "-json", *arguments]).stdout or "[]")
    return answer


def session(address: IPv4Address, uplink: str = "adsl", peer: str = "10.64.0.1") -> None:
    """A point-to-point interface named as the uplink, as pppd makes it: a new one for each session."""
    run(["ip", "link", "add", uplink, "type", "veth", "peer", "name", f"far-{uplink}"])
    run(["ip", "link", "set", f"far-{uplink}", "up"])
    run(["ip", "address", "add", str(address), "peer", peer, "dev", uplink])
    up(uplink)


def tunnel(path: str, address: IPv4Address | None = None) -> None:
    run(["ip", "link", "add", path, "type", "veth", "peer", "name", f"x{path}"[:15]])
    run(["ip", "link", "set", f"x{path}"[:15], "up"])
    run(["ip", "address", "add", f"{address or SITE.tunnel_address(path)}/24", "dev", path])
    up(path)


def up(link: str) -> None:
    """It runs: the kernel finds out a little later that both ends are up, and tells then."""
    run(["ip", "link", "set", link, "up"])
    while ip("link", "show", "dev", link)[0]["operstate"] != "UP":
        pass


def way_to_destination(*more: str) -> str:
    return str(ip("route", "get", str(SITE.destination.address), *more)[0]["dev"])
