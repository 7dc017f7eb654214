"""Empties the sets of what names have led to, in turn: an address is kept for as long as anybody may go by the answer,
and not much longer, since by then it may be somebody else's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from gateway_init.base.process import CommandFailed
from gateway_init.config.name_sets import HALVES
from gateway_init.evidence.memory import Emptied
from gateway_init.host import nftables
from gateway_init.wellknown.number import NAMES_KEPT, NFT_ROUTES

log = logging.getLogger(__name__)

Do = Callable[[str, str], None]
"""To a set of a table."""


def keep(
    sets: Collection[str],
    before: Emptied,
    now: float,
    empty: Do = nftables.empty,
    drop: Do = nftables.drop,
    there: Callable[[str], Collection[str]] = nftables.elements,
) -> Emptied:
    """To be called every few seconds. `sets` are the names of both halves of each; `now` is in seconds since boot.

    Whatever is answered goes into both halves, and every NAMES_KEPT seconds one of them is emptied: an answer is in at
    least one for so long, and in none after twice that. Sets of a config that is no more go as well.
    """
    if not sets or (before.at is not None and now - before.at < NAMES_KEPT):
        return before
    if before.at is None:
        return Emptied(at=now)
    half = HALVES[before.turn % len(HALVES)]
    for name in there(NFT_ROUTES):
        try:
            if name not in sets:
                drop(NFT_ROUTES, name)
            elif name.endswith(f"-{half}"):
                empty(NFT_ROUTES, name)
        except (CommandFailed, OSError) as error:
            log.warning("%s", error)
    return Emptied(before.turn + 1, now)
