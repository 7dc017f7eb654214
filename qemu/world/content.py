"""What the web origin serves: files of any size whose bytes both sides can make from the size alone."""

from __future__ import annotations

import random

TILE = 1_000_003
"""Bytes after which they repeat: no packet, buffer or block is as long."""


def content(size: int) -> bytes:
    """`size` bytes that do not compress, always the same ones.

    >>> content(4).hex() == content(4).hex() and len(content(1000))
    1000
    """
    # To make all of them so would take an emulated machine a minute for what a live flow asks for.
    tile = random.Random(size).randbytes(min(size, TILE))  # noqa: S311 (the same bytes each time are wanted)
    return b"".join([tile] * (size // TILE)) + tile[: size % TILE] if size >= TILE else tile
