"""Stories in the rig that `invoke qemu --world` keeps: nothing is built and nothing boots."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from gateway_init.base import process
from qemu.drive.push import push as push_to
from qemu.world import attached

VARIABLE = "BRAID_ATTACH"
"""Tells the stories' fixtures where their rig is."""


def run(root: Path, logs: Path, match: str, *, push: bool, long: bool = False) -> None:
    """Run the world's stories that match. `push`: with this tree's gateway_init in the box; `long`: those too that take
    long.

    Raises Mistake where no rig runs, SystemExit(1) where a story failed.
    """
    if push:
        start = time.monotonic()
        with attached.gateway(logs, "push") as gateway:
            found = push_to(gateway, root / "gateway_init")
        names = ", ".join([*found.changed, *(f"{name} (removed)" for name in found.gone)]) or "nothing differs"
        print(f"pushed: {names}; {time.monotonic() - start:.1f} s", flush=True)
    chosen = ["-k", match] if match else [] if long else ["-m", "not long"]
    command = [sys.executable, "-m", "pytest", "--no-header", "-v", "tests/world", *chosen]
    if process.show(command, cwd=root, env={VARIABLE: "1"}):
        raise SystemExit(1)
