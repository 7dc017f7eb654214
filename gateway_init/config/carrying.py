"""What is wrong with how UDP of the LAN is carried, beyond types."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway_init.base.problem import Problem
from gateway_init.config.site import Destination, Site
from gateway_init.wellknown.number import CARRIER, INBOUND

OURS = re.compile(rf"({CARRIER}|{INBOUND})\d+")
"""Names of interfaces that the gateway makes."""


def broken(site: Site) -> Iterator[Problem]:
    """Every rule that it breaks."""
    for name, server in site.servers.items():
        if not isinstance(server, Destination):
            continue
        key, port = f"servers.{name}.carrier.port", server.carrier.port
        for what, taken in (("openvpn", server.openvpn.port), ("reflector", server.reflector.port)):
            if port == taken:
                yield Problem(key, f"{port} is {what}'s port, too", "give it another UDP port")
    named = {f"lan.ports[{index}]": port for index, port in enumerate(site.lan.ports)}
    named |= {f"uplinks.{line.name}.{key}": port for kind, line in site.lines for key, port in kind.ports(line).items()}
    named |= {f"uplinks.{name}": name for name in site.uplinks} | {f"paths.{name}": name for name in site.tunnels}
    for key, name in named.items():
        if OURS.fullmatch(name):
            yield Problem(key, f"{name} is an interface of the gateway's own", "choose another name")
