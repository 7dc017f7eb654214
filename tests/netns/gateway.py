"""gateway_init on a network namespace, and the lines that come and go there."""

from __future__ import annotations

import json
from ipaddress import IPv4Address
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
from tests.unit.gateway.given import EXAMPLE

SITE = load(EXAMPLE)


class Gateway:
    """It takes a turn whenever it is told to; no unit is started."""

    def __init__(
        self, kernel: Kernel, site: Site = SITE, before: Allotment = NOTHING, rules: Ruleset | None = None
    ) -> None:
        """`before`: the numbers of the config that was in force; `rules`: other ones than the site's."""
        self.numbers = allot(site, before)
        self._reconciler = Reconciler(Runnable(site, self.numbers, {}, rules or ruleset(site, self.numbers)), kernel)
        self._now = 0.0

    def settle(self) -> Evidence:
        """What is known once there is nothing left to do."""
        self._now += STALE
        return self._reconciler.settle(Memory(), self._now)


def ip(*arguments: str) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = json.loads(run(["ip", "-json", *arguments]).stdout or "[]")
    return answer


def session(address: IPv4Address, uplink: str = "adsl", peer: str = "10.64.0.1") -> None:
    """A point-to-point interface named as the uplink, as pppd makes it: a new one for each session."""
    run(["ip", "link", "add", uplink, "type", "veth", "peer", "name", f"far-{uplink}"])
    run(["ip", "link", "set", f"far-{uplink}", "up"])
    run(["ip", "address", "add", str(address), "peer", peer, "dev", uplink])
    run(["ip", "link", "set", uplink, "up"])


def tunnel(path: str, address: IPv4Address | None = None) -> None:
    run(["ip", "link", "add", path, "type", "veth", "peer", "name", f"x{path}"[:15]])
    run(["ip", "link", "set", f"x{path}"[:15], "up"])
    run(["ip", "address", "add", f"{address or SITE.tunnel_address(path)}/24", "dev", path])
    run(["ip", "link", "set", path, "up"])


def way_to_destination(*more: str) -> str:
    return str(ip("route", "get", str(SITE.destination.address), *more)[0]["dev"])
