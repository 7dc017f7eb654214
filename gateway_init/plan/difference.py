"""From what is and what should be to the actions between them, in an order that never leaves a gap."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

from msgspec import Struct

from gateway_init.facts.item import Endpoint, Firewall, Item


class Add(Struct, frozen=True):
    item: Item


class Remove(Struct, frozen=True):
    item: Item


Action: TypeAlias = Add | Remove


def difference(desired: Collection[Item], actual: Collection[Item]) -> tuple[Action, ...]:
    """Actions that lead from `actual` to `desired`; none where they are the same.

    What goes is removed first, in the reverse of its rank; then what is missing is added, by rank. What takes another's
    place does so in one step: the old one is not removed first.
    """
    wanted, present = frozenset(desired), frozenset(actual)
    replaced = {item.key for item in wanted}
    gone = [item for item in present - wanted if item.key not in replaced and not item.lasts]
    removals = [Remove(item) for item in sorted(gone, key=_order, reverse=True)]
    return (*removals, *(Add(item) for item in sorted(wanted - present, key=_order)))


def still_safe(failed: Iterable[Action], rest: Iterable[Action]) -> tuple[Action, ...]:
    """What of the actions that come after failed ones may be done: all, but no addition behind closed doors that are
    not there. A route, a bridge or a service without its ruleset would let out what is to stay in."""
    if any(isinstance(action.item, Firewall) for action in failed):
        return tuple(action for action in rest if isinstance(action, Remove))
    return tuple(rest)


def _order(item: Item) -> tuple[int, str]:
    """By rank, then by text: the same difference always gives the same actions."""
    assert not isinstance(item, Endpoint) or item.id == 0, "a plan does not know the kernel's ids"
    return item.rank, repr(item)
