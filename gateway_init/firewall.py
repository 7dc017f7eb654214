"""The ruleset: TCP of the LAN is redirected, what may leave an uplink is a short list, all else is dropped."""

from __future__ import annotations

from gateway_init import numbering
from gateway_init.config import Site
from gateway_init.rendering import digest, render

TABLE = "braid"
"""The one nftables table, of family inet. overlay/etc/nftables.conf loads a closed one by this name at boot."""


def ruleset(site: Site) -> tuple[str, str]:
    """The text for one atomic `nft -f -`, and its digest, which it carries as the table's comment."""
    variables = {
        "table": TABLE,
        "site": site,
        "numbering": numbering,
        "tunnels": {name: path for name, path in site.paths.items() if path.through is not None},
        "destination": site.destination,
    }
    mark = digest(render("nftables.conf.j2", variables | {"digest": ""}))
    return render("nftables.conf.j2", variables | {"digest": mark}), mark
