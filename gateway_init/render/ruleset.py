"""The ruleset: TCP of the LAN is redirected, what may leave an uplink is a short list, all else is dropped."""

from __future__ import annotations

from msgspec import Struct

from gateway_init.base.digest import digest
from gateway_init.config.allotted import Allotment
from gateway_init.config.site import Site
from gateway_init.wellknown import number


class Ruleset(Struct, frozen=True):
    """What the packet filter is to hold."""

    text: str
    """For one atomic `nft -f -`."""
    digest: str
    """Of the text, which carries it as the table's comment."""


def ruleset(site: Site, numbers: Allotment) -> Ruleset:
    from gateway_init.base.template import render

    variables = {
        "table": number.NFT_TABLE,
        "site": site,
        "number": number,
        "uplinks": {kind.interface(line): numbers.mark(line.name) for kind, line in site.lines},
        "leaves": [match for kind, line in site.lines for match in kind.leaves(line)],
        "tunnels": {name: site.tunnel_address(name) for name in site.tunnels},
        "inside": [site.lan.address.network, *(server.openvpn.network for server in site.servers.values())],
        "destination": site.destination,
    }
    mark = digest(render("render/templates/nftables.conf.j2", variables | {"digest": ""}))
    return Ruleset(render("render/templates/nftables.conf.j2", variables | {"digest": mark}), mark)
