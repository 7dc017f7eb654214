"""Since when each uplink and path is as it is."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gateway_init.uplink.kind import State


class Since(Struct, frozen=True):
    """Up or down, with which address, from when on."""

    up: bool
    address: str
    at: float
    """Seconds since boot."""


def note(since: Mapping[str, Since], states: Mapping[str, State], now: float) -> dict[str, Since]:
    """Since when each uplink or path is as it is: unchanged ones keep their time, changed ones get `now`."""
    noted = {}
    for name, state in states.items():
        fresh = Since(state.up, str(state.address or ""), now)
        before = since.get(name)
        same = before is not None and (before.up, before.address) == (fresh.up, fresh.address)
        noted[name] = before if before is not None and same else fresh
    return noted
