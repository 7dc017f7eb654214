"""A data partition that is full or read-only refuses an edit in words, and stops nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from image.work import sandbox
from tests.unit.gateway import full


@pytest.mark.parametrize(
    ("given", "why"),
    [(full.Given("rw", fill=True), "No space left on device"), (full.Given("ro", fill=False), "Read-only file system")],
    ids=["full", "read-only"],
)
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
