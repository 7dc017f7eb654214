"""Which tables, marks and rules an uplink or a path has: allotted by name, and kept while it has that name."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from gateway_init.config.site import Site
from gateway_init.wellknown.number import MARK, MARK_RULE, MOST_ALLOTTED, PATH_TABLE, SOURCE_RULE, UPLINK_TABLE


class Allotment(Struct, frozen=True):
    """A number for each name, from 0; all others are counted from it."""

    uplinks: dict[str, int] = {}
    paths: dict[str, int] = {}

    def uplink_table(self, uplink: str) -> int:
        return UPLINK_TABLE + self.uplinks[uplink]

    def mark(self, uplink: str) -> int:
        return MARK + self.uplinks[uplink]

    def mark_rule(self, uplink: str) -> int:
        return MARK_RULE + self.uplinks[uplink]

    def path_table(self, path: str) -> int:
        return PATH_TABLE + self.paths[path]

    def source_rule(self, path: str) -> int:
        return SOURCE_RULE + self.paths[path]


NOTHING = Allotment()
"""Before the first config."""


def allot(site: Site, before: Allotment = NOTHING) -> Allotment:
    """What a site's names get: whoever had a number keeps it, whatever is added, removed or put in another order."""
    return Allotment(_allot(site.uplinks, before.uplinks), _allot(site.paths, before.paths))


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
