"""The note of the last update, on a data partition that may hold anything."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gateway_init.update import record
from gateway_init.update.record import Update

NOTED = Update(old="1", new="2", slot="B", paths=("adsl",), served=True)
TEXT = msgspec.json.encode(NOTED)

spoilt = st.builds(
    lambda at, bytes_, end: (TEXT[:at] + bytes_ + TEXT[at + len(bytes_) :])[:end],
    st.integers(0, len(TEXT)),
    st.binary(max_size=8),
    st.integers(0, len(TEXT) + 8),
)


@given(st.binary() | spoilt)
def test_whatever_stands_there_is_a_note_or_none(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "update.json"
        file.write_bytes(content)
        found = record.recall(file)
    assert found is None or isinstance(found, Update)


def test_what_was_noted_is_recalled(tmp_path: Path) -> None:
    assert record.recall(tmp_path / "update.json") is None
    assert record.note(NOTED, tmp_path / "update.json") == ""
    assert record.recall(tmp_path / "update.json") == NOTED
