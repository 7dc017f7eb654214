"""Which bundles a box takes, by what RAUC says of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.update.install import version_of

RUNS = 1_754_697_600
"""2025-08-09, when what runs here was made."""


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a rauc stands that says of each bundle what is in it."""
    rauc = tmp_path / "rauc"
    rauc.write_text('#!/bin/sh\nexec cat "$3"\n')
    rauc.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("gateway_init.update.release.read", lambda: {"compatible": "braid-apu-home", "made": str(RUNS)})
    return tmp_path


def bundle(box: Path, **said: object) -> Path:
    file = box / "braid.raucb"
    file.write_text(json.dumps({"compatible": "braid-apu-home", "version": "2", "build": str(RUNS), **said}))
    return file


@pytest.mark.parametrize("made", [RUNS, RUNS + 1])
def test_a_system_that_is_as_old_or_newer_is_taken(box: Path, made: int) -> None:
    assert version_of(bundle(box, build=str(made)), allow_older=False) == "2"


@pytest.mark.parametrize(
    ("made", "day"), [(str(RUNS - 1), "2025-08-08"), (None, "an unknown day"), ("", "an unknown day")]
)
def test_an_older_one_is_taken_only_by_whoever_means_it(box: Path, made: str | None, day: str) -> None:
    with pytest.raises(Mistake, match=f"older: it is from {day}, and the system that runs from 2025-08-09") as refused:
        version_of(bundle(box, build=made), allow_older=False)
    assert "--allow-older" in refused.value.hint
    assert version_of(bundle(box, build=made), allow_older=True) == "2"


def test_one_for_another_board_is_refused_whoever_means_it(box: Path) -> None:
    with pytest.raises(Mistake, match="the bundle is for braid-apu9-home, this box is braid-apu-home"):
        version_of(bundle(box, compatible="braid-apu9-home"), allow_older=True)
