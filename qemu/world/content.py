"""What the web origin serves: files of any size whose bytes both sides can make from the size alone."""

from __future__ import annotations

import random


def content(size: int) -> bytes:
    """`size` bytes that do not compress, always the same ones.

    >>> content(4).hex() == content(4).hex() and len(content(1000))
    1000
    """
    return random.Random(size).randbytes(size)  # noqa: S311 (the same bytes each time are wanted)
