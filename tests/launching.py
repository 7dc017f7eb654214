"""A clone that has nothing but `./invoke`, and how it is started there."""

from __future__ import annotations

import shutil
from pathlib import Path

from gateway_init.base.process import run

ROOT = Path(__file__).parents[1]

TASKS = "import sys; print(sys.prefix, *sys.argv[1:])\n"
"""Stands for tasks.py: tells which environment it runs in, and with what."""


def bare_clone(folder: Path) -> Path:
    """A clone whose locked requirements are empty, so that no network is needed."""
    clone = folder / "a clone"
    clone.mkdir()
    shutil.copy(ROOT / "invoke", clone)
    (clone / "tasks.py").write_text(TASKS, encoding="utf-8")
    (clone / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    return clone


def start(command: Path, *words: str, **env: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command, with no package index to ask."""
    done = run([command, *words], cwd=Path("/"), env={"PIP_NO_INDEX": "1", **env}, check=False)
    return done.returncode, done.stdout, done.stderr
