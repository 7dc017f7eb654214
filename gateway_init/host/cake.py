"""The queue before a line, in the words of pyroute2 and of the kernel (sch_cake, tc-cake(8))."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gateway_init.facts.item import Queue
from gateway_init.host.netlink import TC_H_ROOT
from gateway_init.wellknown.framing import FRAMINGS, Framing

KIND = "cake"
OTHER = "other"
"""Framing that none of ours has."""

MODES: Mapping[int, bool | str] = {0: False, 1: True, 2: "ptm"}
"""How pyroute2 says which cells."""


def request(queue: Queue) -> dict[str, Any]:
    """What to ask pyroute2's tc for."""
    framing = FRAMINGS[queue.over]
    return {
        "kind": KIND,
        "index": queue.link,
        "bandwidth": f"{queue.rate}kbit",
        "overhead": framing.overhead,
        "atm_mode": MODES[framing.cells],
        "mpu": framing.least,
    }


def found(messages: Iterable[Any]) -> frozenset[Queue]:
    """Those before lines, of all that the kernel has."""
    return frozenset(
        _queue(message)
        for message in messages
        if message.get_attr("TCA_KIND") == KIND and message["parent"] == TC_H_ROOT
    )


def _queue(message: Any) -> Queue:
    told = message.get_attr("TCA_OPTIONS")
    overhead, cells, least = (told.get_attr(f"TCA_CAKE_{name}") or 0 for name in ("OVERHEAD", "ATM", "MPU"))
    framing = Framing(overhead, cells, least)
    over = next((name for name, each in FRAMINGS.items() if each == framing), OTHER)
    return Queue(message["index"], (told.get_attr("TCA_CAKE_BASE_RATE64") or 0) * 8 // 1000, over)
