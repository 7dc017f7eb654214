"""When the power goes in the middle of an update, and the disk that this leaves."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

from image import recipe
from image.disk import layout
from image.work import sandbox
from qemu.drive.gateway import Gateway
from qemu.machine.accel import slowness

CUTS = int(os.environ.get("BRAID_CUTS", "1"))
"""Points at which the power goes; `BRAID_CUTS=20 invoke qemu-test -k power` for as many as one likes."""
SEED = int(os.environ.get("BRAID_SEED", random.SystemRandom().randrange(10**6)))
FIRST_START = 40.0
"""Seconds from the kernel's first line of a new system to the verdict, about."""


def points() -> tuple[list[int], list[float]]:
    """Bytes of the installation after which the power goes, and seconds of the new system's first start."""
    chance = random.Random(SEED)
    # Half of them each; of an odd number, chance decides about the last.
    first = (CUTS + chance.randrange(2)) // 2
    in_bytes = sorted(chance.randrange(_slot_bytes()) for _ in range(first))
    return in_bytes, sorted(chance.uniform(0, FIRST_START) for _ in range(CUTS - first))


def freeze_when(gateway: Gateway, folder: Path, measure: Callable[[], float], point: float, limit: float) -> Path:
    """A copy of the disk as it is when a measure reaches a point; `limit` is in seconds on the reference machine."""
    deadline = time.monotonic() + limit * slowness()
    while measure() < point:
        assert time.monotonic() < deadline, "the moment did not come"
        time.sleep(0.02)
    copied = folder / f"cut-{len(list(folder.iterdir()))}"
    gateway.freeze(copied)
    return copied


def _slot_bytes() -> int:
    return recipe.load(sandbox.PROJECT / "image/recipe.yaml", recipe.Image).disk.slot * layout.MEBIBYTE
