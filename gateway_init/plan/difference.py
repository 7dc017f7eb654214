"""From what is and what should be to the actions between them, in an order that never leaves a gap."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from gateway_init.facts.facts import Endpoint, Route
from gateway_init.plan.plan import ORDER, Firewall, Item, Service, SubflowLimit

REPLACED = (Firewall, Service, SubflowLimit, Route)
"""Kinds that are replaced in one step, so that the old one is not removed first: there is no moment without a ruleset,
none without a default route."""

LARGEST_ID = 255
"""Endpoint ids are 1 to 255 (RFC 8684 section 3.4.1: an 8-bit address id, 0 being the initial subflow's)."""


class Add(NamedTuple):
    item: Item


class Remove(NamedTuple):
    item: Item


def difference(desired: Collection[Item], actual: Collection[Item]) -> tuple[Add | Remove, ...]:
    """Actions that lead from `actual` to `desired`; none where they are the same.

    What goes is removed first, in the reverse of ORDER; then what is missing is added, in ORDER.
    """
    wanted, present = frozenset(desired), frozenset(actual)
    replaced = {_identity(item) for item in wanted if isinstance(item, REPLACED)}
    gone = [item for item in present - wanted if not (isinstance(item, REPLACED) and _identity(item) in replaced)]
    removals = [Remove(item) for item in sorted(gone, key=_rank, reverse=True)]
    return (*removals, *(Add(item) for item in sorted(wanted - present, key=_rank)))


def fresh_id(taken: Collection[int], last: int) -> int:
    """An endpoint id that is neither in use nor was in use lately: the next one after the last given.

    Giving a returning path its old id makes some kernels refuse its subflows, so ids go round.

    >>> fresh_id({1, 2, 4}, last=2)
    3
    >>> fresh_id({1}, last=255)
    2

    Raises ValueError when all ids are taken.
    """
    for step in range(LARGEST_ID):
        candidate = (last + step) % LARGEST_ID + 1
        if candidate not in taken:
            return candidate
    raise ValueError("all 255 endpoint ids are taken")


def _identity(item: Item) -> tuple[type, str | int]:
    """What two items share of which one takes the other's place."""
    if isinstance(item, Service):
        return Service, item.name
    return type(item), item.table if isinstance(item, Route) else 0


def _rank(item: Item) -> tuple[int, str]:
    """Order of kinds, then by text: the same difference always gives the same actions."""
    assert not isinstance(item, Endpoint) or item.id == 0, "a plan does not know the kernel's ids"
    return ORDER.index(type(item)), repr(item)
