"""Several files are replaced all or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.base.whole_file import write_all


def test_where_one_cannot_be_written_all_stay_as_they_were(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.write_text("old")
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="file"):
        write_all({first: b"new", tmp_path / "file/second": b"new"}, mode=0o600)
    assert first.read_text() == "old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "first"]
