"""The ruleset: TCP of the LAN is redirected, what may leave an uplink is a short list, all else is dropped."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from gateway_init.base.digest import digest
from gateway_init.config import name_sets
from gateway_init.config.allotted import Allotment
from gateway_init.config.allowed import NEVER_PORTS, by_line, never, to_destination, to_modem, to_servers, unwrapped
from gateway_init.config.forwarding import inbound
from gateway_init.config.site import Site
from gateway_init.render import names, routes
from gateway_init.wellknown import number
from gateway_init.wellknown.doh import DOH

OWN = "fib saddr . oif type local "
"""From an address of the interface by which it leaves: the kernel tells, so that this is true at any moment."""


class Ruleset(Struct, frozen=True):
    """What the packet filter is to hold."""

    text: str
    """For one atomic `nft -f -`."""
    digest: str
    """Of the text, which carries it as the table's comment."""


def ruleset(site: Site, numbers: Allotment, dead: Collection[str] = ()) -> Ruleset:
    """That of a site, while the destinations that are `dead` do not answer."""
    from gateway_init.base.template import render

    variables = {
        "table": number.NFT_TABLE,
        "site": site,
        "number": number,
        "uplinks": {kind.interface(line): numbers.mark(line.name) for kind, line in site.lines},
        "leaves": [
            f'oifname "{kind.interface(line)}" {"" if each.source else OWN}{each.match}'
            for kind, line in site.lines
            for each in kind.leaves(line)
            if each.match
        ],
        "to_destination": [each.match for each in to_destination(site)],
        "to_servers": [each.match for each in to_servers(site)],
        "to_modems": [
            f'oifname "{modem.device}" {each.match}'
            for kind, line in site.lines
            if (modem := kind.modem(line))
            for each in to_modem(modem)
            if each.match
        ],
        "tunnels": {name: site.tunnel_address(name) for name in site.tunnels},
        "modems": [
            (modem, {page: numbers.modem_port(line.name, page) for page in number.MODEM_PAGES})
            for kind, line in site.lines
            if (modem := kind.modem(line))
        ],
        "inside": [site.lan.address.network, *(server.openvpn.network for server in site.servers.values())],
        "destinations": {numbers.destination_mark(name): each for name, each in site.destinations.items()},
        "redirected": {numbers.destination_mark(name): numbers.redirect_port(name) for name in site.destinations},
        "own": numbers.redirect_port(site.goal(dead)),
        "asked": {numbers.resolver_port(name): numbers.redirect_port(name) for name in site.destinations}
        | {port: numbers.redirect_port(to) for port, to in names.asked(site, dead).items()},
        "carriers": {numbers.destination_mark(name): numbers.carrier(name) for name in site.carriers},
        "lines": [
            (kind.interface(line), numbers.mark(line.name), [each.match for each in by_line(site, line.name)])
            for kind, line in site.lines
            if line.name in unwrapped(site)
        ],
        "never": never(site),
        "never_ports": NEVER_PORTS,
        "ports": [(numbers.destination_mark(each.destination), each) for each in inbound(site)],
        "quic": site.policy.quic == "carry",
        "routes": {"sets": name_sets.sets(site), "rules": list(routes.rules(site, numbers, dead))},
        "doh": DOH if site.policy.dns.doh == "refuse" else (),
    }
    mark = digest(render("render/templates/nftables.conf.j2", variables | {"digest": ""}))
    return Ruleset(render("render/templates/nftables.conf.j2", variables | {"digest": mark}), mark)
