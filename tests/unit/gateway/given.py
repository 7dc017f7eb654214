"""Facts for stories about the example site: a line that is up, a tunnel that stands, a service that runs."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

from gateway_init.config import load
from gateway_init.evidence.readiness import Verdict
from gateway_init.facts.facts import Address, Facts, Link, Unit
from gateway_init.wellknown import unit as service_name

EXAMPLE = Path(__file__).parents[3] / "overlay/etc/braid/gateway.yaml"
SITE = load(EXAMPLE)
PORTS = (Link(2, "enp1s0"), Link(3, "enp2s0"), Link(4, "enp3s0"))
PPP_ADDRESS = IPv4Address("100.64.0.7")
ANSWERED = Verdict(answered=True, at=20.0)
RUNNING = {name: Unit("active", "running") for name in service_name.every(SITE)}


def line_up(*, link: int = 10, address: IPv4Address = PPP_ADDRESS, tunnels: tuple[str, ...] = ()) -> Facts:
    """The ADSL session stands on interface `link`, and so do the named tunnels."""
    links = [*PORTS, Link(link, "adsl")]
    addresses = [Address(link, address, 32)]
    for offset, name in enumerate(tunnels):
        links.append(Link(20 + offset, name))
        addresses.append(Address(20 + offset, SITE.tunnel_address(name), 24))
    return Facts(links=tuple(links), addresses=tuple(addresses), units=RUNNING)


def line_down() -> Facts:
    return Facts(links=PORTS, units=RUNNING)
