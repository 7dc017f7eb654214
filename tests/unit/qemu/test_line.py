"""The program inside of the world VM has nothing but Python's own library and what it is handed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from gateway_init.base.process import run
from gateway_init.uplink.kinds import KINDS
from qemu.world.handin import ROOT, SOURCES


def test_it_starts_from_what_it_is_handed(tmp_path: Path) -> None:
    for source in SOURCES:
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, tmp_path / source)
    lines = "".join(f"; import qemu.world.line.{kind.name}" for kind in KINDS)
    program = f"import sys; sys.path.insert(0, '.'); import qemu.world.inside.__main__{lines}"
    run([sys.executable, "-I", "-S", "-c", program], cwd=tmp_path)
