"""A data partition that is full or read-only refuses an edit in words, and stops nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from image.work import sandbox
from tests.unit.gateway import full

SPOILT = pytest.mark.parametrize(
    ("given", "why"),
    [(full.Given("rw", fill=True), "No space left on device"), (full.Given("ro", fill=False), "Read-only file system")],
    ids=["full", "read-only"],
)


@SPOILT
def test_an_edit_that_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: full.Given, why: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    seen = sandbox.call(full.edit, given)
    assert seen.refusal.startswith("error: it cannot be kept: ")
    assert why in seen.refusal
    assert "--until-reboot" in seen.refusal
    assert seen.after_refusal == "3h"
    assert seen.state.until_reboot == ("gateway.yaml",)
    assert ["cannot be kept" in line and why in line for line in seen.by_hand] == [True]
    assert seen.after_boot == "3h"


@SPOILT
def test_a_daemon_that_cannot_take_notes_says_so_once_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: full.Given, why: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    seen = sandbox.call(full.remember, given)
    assert [line.rpartition("/memory/")[2] for line in seen.said] == [
        f"{name} cannot be written ({why}); going on without" for name in ("state.json", "config.json", "allotted.json")
    ]
    assert (seen.memory, seen.on_disk) == (3, 3)


@SPOILT
def test_an_update_that_cannot_be_noted_is_told_and_stopped_by_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: full.Given, why: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    seen = sandbox.call(full.note, given)
    assert seen.failures[0] == ""
    assert seen.failures[1].endswith(f"/update.json: {why}")
    assert seen.version == "2"
