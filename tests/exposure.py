"""How exposed the units of ours are, by systemd's own judgement (systemd-analyze(1), `security`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from gateway_init.base.process import run

UNITS = "usr/lib/systemd/system"
MOST = 3.0
"""The most that a unit of ours may be exposed, of 10."""
MOST_OF_A_SHELL = 5.0
"""The most that a root's shell may be: it is there to change things."""
SHELL = "braid-ssh@.service"
OVERALL = re.compile(r"Overall exposure level for (\S+): (\d+\.\d)")


def exposed(root: Path, analyze: Sequence[str | Path]) -> list[str]:
    """Which units of ours in a root are more exposed than they may be, and how much; each judged without systemd."""
    names = sorted(file.name for file in (root / UNITS).glob("braid*.service"))
    found = {name: _level(name, analyze) for name in names}
    most = {name: MOST_OF_A_SHELL if name == SHELL else MOST for name in names}
    return [f"{name}: {level}, the most is {most[name]}" for name, level in found.items() if not level <= most[name]]


def _level(name: str, analyze: Sequence[str | Path]) -> float:
    done = run([*analyze, "security", "--offline=true", "--no-pager", name], check=False)
    overall = OVERALL.search(done.stdout)
    assert overall, f"{name}: {done.stdout}{done.stderr}"
    return float(overall[2])
