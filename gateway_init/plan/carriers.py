"""What UDP of the LAN needs: a tunnel to each destination, by the path that is best for calls, and a way into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway_init.config.allotted import Allotment
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import Evidence
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import Carrier, Forwards, Item, LineAddress, Mtu, Route, Rule, Steered, Up
from gateway_init.uplink.kind import State
from gateway_init.wellknown import carrier, number, tunnel


def items(
    site: Site, facts: Facts, evidence: Evidence, numbers: Allotment, carriers: Mapping[str, str]
) -> Iterator[Item]:
    """`carriers`: the digest of what each is to be made of, by destination. Where no path is up, nothing leads into
    them: what the LAN sends is refused, and does not wait."""
    if not carriers:
        return
    yield Forwards(number.BRIDGE)
    for name, state in evidence.paths.items():
        if state.link and state.address:
            yield Rule(numbers.path_rule(name), numbers.path_table(name), mark=numbers.path_mark(name))
    for name, digest in carriers.items():
        device = numbers.carrier(name)
        yield Carrier(device, digest)
        link = facts.link(device)
        if link is None:
            continue
        yield Up(device)
        yield Forwards(device)
        yield LineAddress(link.index, numbers.carrier_address(name))
        yield Mtu(device, size(site, evidence.uplinks))
        if path := evidence.calls(site, name):
            yield Steered(device, numbers.path_mark(path))
            yield Route(numbers.carrier_table(name), link.index)
            yield Rule(numbers.carrier_rule(name), numbers.carrier_table(name), mark=numbers.destination_mark(name))


def size(site: Site, uplinks: Mapping[str, State]) -> int:
    """Bytes of the largest packet in a carrier, by whichever path it goes: none of them all needs two for it, but for
    lines that are narrower than any should be."""
    narrowest = tunnel.MTU + (0 if site.tunnels else tunnel.WRAPPED)
    for path in site.paths.values():
        if link := uplinks[path.uplink].link:
            narrowest = min(narrowest, link.mtu - (tunnel.WRAPPED if path.through else 0))
    return max(carrier.LEAST_MTU, narrowest - carrier.WRAPPED)
