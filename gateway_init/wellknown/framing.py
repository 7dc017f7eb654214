"""What a packet takes on a line besides its own bytes, by the names that gateway.yaml has for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

CELL, CELL_CARRIES = 53, 48
"""Bytes of a cell of ATM (ITU-T I.361)."""
PTM = 65 / 64
"""PTM takes one byte more for each 64 (ITU-T G.993.2, annex N)."""


class Framing(NamedTuple):
    """By the names of tc-cake(8)."""

    overhead: int
    """Bytes."""
    cells: int = 0
    """0 for none, 1 for those of ATM, 2 for the 65 bytes of PTM (CAKE_ATM_NONE and so on of linux/pkt_sched.h)."""
    least: int = 0
    """Bytes of the smallest packet (mpu)."""

    def taken(self, length: float, packets: float) -> float:
        """Bytes that the line carries for packets of so many bytes together, all of them taken for equally long.

        >>> Framing(48, 1).taken(100, 1), Framing(22).taken(3000, 2)
        (212.0, 3044.0)
        """
        if not packets:
            return 0.0
        each = max(length / packets + self.overhead, self.least)
        if self.cells == 1:
            return float(packets * CELL * -(-each // CELL_CARRIES))
        return packets * each * (PTM if self.cells else 1)


BARE = "bare"
FRAMINGS: Mapping[str, Framing] = {
    # `conservative`: no line that carries PPPoE in ATM takes more.
    "adsl": Framing(48, 1),
    # `pppoe-ptm`, and the tag of a VLAN
    "vdsl": Framing(34, 2),
    # `ethernet`, with PPPoE and the tag of a VLAN
    "ethernet": Framing(50, 0, 84),
    # As the interface counts: of a line of which nothing else is known.
    BARE: Framing(0),
}
UNKNOWN = FRAMINGS[BARE]
