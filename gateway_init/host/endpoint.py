"""MPTCP endpoints of the kernel: the id that a new one gets."""

from __future__ import annotations

from collections.abc import Collection

LARGEST_ID = 255
"""Endpoint ids are 1 to 255 (RFC 8684 section 3.4.1: an 8-bit address id, 0 being the initial subflow's)."""


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
