"""The budgets of a site, by name: those of its uplinks and of its servers."""

from __future__ import annotations

from msgspec import Struct

from gateway_init.base.digest import digest
from gateway_init.config.site import Site
from gateway_init.wellknown.budget import Budget


class Limited(Struct, frozen=True):
    """What has a budget, and which packets count: matches of nft(8)."""

    budget: Budget
    arrive: str
    depart: str
    ways: tuple[str, ...]
    """The interfaces that they come and go by."""

    @property
    def digest(self) -> str:
        """Of the packets that count."""
        return digest(self.arrive, self.depart)


def of_uplink(name: str) -> str:
    """The name of an uplink's budget; a server may be called the same."""
    return f"uplink-{name}"


def of_server(name: str) -> str:
    return f"server-{name}"


def limited(site: Site) -> dict[str, Limited]:
    """All that has a budget, by its name."""
    found: dict[str, Limited] = {}
    for kind, line in site.lines:
        if budget := line.settings.budget:
            device = kind.interface(line)
            found[of_uplink(line.name)] = Limited(budget, f'iifname "{device}"', f'oifname "{device}"', (device,))
    lines = [kind.interface(line) for kind, line in site.lines]
    for name, server in site.servers.items():
        if server.budget:
            # What goes to it through its own tunnels is in them already; what the LAN claims to come from it does not.
            ways = [*lines, *(path for path, way in site.tunnels.items() if way.through != name)]
            among = f"{{ {_quoted(ways)} }}"
            found[of_server(name)] = Limited(
                server.budget,
                f"iifname {among} ip saddr {server.address}",
                f"oifname {among} ip daddr {server.address}",
                tuple(ways),
            )
    return found


def charged(site: Site, path: str) -> tuple[str, ...]:
    """The budgets that a path's traffic counts against, whether or not the site has them."""
    way = site.paths[path]
    servers = {site.main, *([way.through] if way.through else [])}
    return (of_uplink(way.uplink), *sorted(of_server(server) for server in servers))


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
