"""The ruleset: TCP of the LAN is redirected, what may leave an uplink is a short list, all else is dropped."""

from __future__ import annotations

from msgspec import Struct

from gateway_init.base.digest import digest
from gateway_init.config import Site
from gateway_init.wellknown import number as numbering

TABLE = "braid"
"""The one nftables table, of family inet. overlay/etc/nftables.conf loads a closed one by this name at boot."""


class Ruleset(Struct, frozen=True):
    """What the packet filter is to hold."""

    text: str
    """For one atomic `nft -f -`."""
    digest: str
    """Of the text, which carries it as the table's comment."""


def ruleset(site: Site) -> Ruleset:
    from gateway_init.base.template import render

    variables = {
        "table": TABLE,
        "site": site,
        "numbering": numbering,
        "tunnels": {name: path for name, path in site.paths.items() if path.through is not None},
        "destination": site.destination,
    }
    mark = digest(render("nftables.conf.j2", variables | {"digest": ""}))
    return Ruleset(render("nftables.conf.j2", variables | {"digest": mark}), mark)
