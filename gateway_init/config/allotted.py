"""Which tables, marks and rules an uplink or a path has: allotted by name, and kept while it has that name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from ipaddress import IPv4Address

from msgspec import Struct

from gateway_init.config.site import Site
from gateway_init.wellknown.number import (
    CARRIER,
    CARRIER_ADDRESS,
    CARRIER_RULE,
    CARRIER_TABLE,
    DESTINATION_MARK,
    DESTINATION_RESOLVER_PORT,
    LATE_RULE,
    MARK,
    MARK_RULE,
    MODEM_PAGES,
    MODEM_PORT,
    MOST_ALLOTTED,
    PATH_MARK,
    PATH_RULE,
    PATH_TABLE,
    REDIRECT_PORT,
    SOCKS_PORT,
    SOURCE_RULE,
    UPLINK_TABLE,
)


class Allotment(Struct, frozen=True):
    """A number for each name, from 0; all others are counted from it."""

    uplinks: dict[str, int] = {}
    paths: dict[str, int] = {}
    destinations: dict[str, int] = {}

    def uplink_table(self, uplink: str) -> int:
        return UPLINK_TABLE + self.uplinks[uplink]

    def mark(self, uplink: str) -> int:
        return MARK + self.uplinks[uplink]

    def mark_rule(self, uplink: str) -> int:
        return MARK_RULE + self.uplinks[uplink]

    def late_rule(self, uplink: str) -> int:
        return LATE_RULE + self.uplinks[uplink]

    def modem_port(self, uplink: str, page: int) -> int:
        """Where the box takes what is for a port of the page of an uplink's modem."""
        return MODEM_PORT + len(MODEM_PAGES) * self.uplinks[uplink] + MODEM_PAGES.index(page)

    def path_table(self, path: str) -> int:
        return PATH_TABLE + self.paths[path]

    def source_rule(self, path: str) -> int:
        return SOURCE_RULE + self.paths[path]

    def path_mark(self, path: str) -> int:
        return PATH_MARK + self.paths[path]

    def path_rule(self, path: str) -> int:
        return PATH_RULE + self.paths[path]

    def redirect_port(self, destination: str) -> int:
        """Where redsocks takes what is for a destination."""
        return REDIRECT_PORT + self.destinations[destination]

    def socks_port(self, destination: str) -> int:
        """Where a destination's client takes what redsocks hands on."""
        return SOCKS_PORT + self.destinations[destination]

    def resolver_port(self, destination: str) -> int:
        """By which a destination's own resolver is asked, and no other's."""
        return DESTINATION_RESOLVER_PORT + self.destinations[destination]

    def destination_mark(self, destination: str) -> int:
        return DESTINATION_MARK + self.destinations[destination]

    def carrier(self, destination: str) -> str:
        """The interface by which UDP of the LAN goes to a destination."""
        return f"{CARRIER}{self.destinations[destination]}"

    def carrier_address(self, destination: str) -> IPv4Address:
        return CARRIER_ADDRESS + self.destinations[destination]

    def carrier_table(self, destination: str) -> int:
        return CARRIER_TABLE + self.destinations[destination]

    def carrier_rule(self, destination: str) -> int:
        return CARRIER_RULE + self.destinations[destination]


NOTHING = Allotment()
"""Before the first config."""


def allot(site: Site, before: Allotment = NOTHING) -> Allotment:
    """What a site's names get: whoever had a number keeps it, whatever is added, removed or put in another order."""
    return Allotment(
        _allot(site.uplinks, before.uplinks),
        _allot(site.paths, before.paths),
        _allot(site.destinations, before.destinations),
    )


def _allot(names: Collection[str], before: Mapping[str, int]) -> dict[str, int]:
    """
    >>> _allot(["cable", "adsl"], {"adsl": 0, "gone": 1})
    {'cable': 1, 'adsl': 0}
    """
    kept: dict[str, int] = {}
    for name in names:
        if before.get(name, -1) in range(MOST_ALLOTTED) and before[name] not in kept.values():
            kept[name] = before[name]
    free = (number for number in range(len(names)) if number not in kept.values())
    return {name: kept[name] if name in kept else next(free) for name in names}
