"""Trees that go into a tar file come out of it, whole, in part, or one text."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.base.process import CommandFailed
from image.work import tarball


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "lists").mkdir(parents=True)
    (tree / "lists/one").write_text("one\n")
    (tree / "places").write_text("deb ...\n")
    return tree


@pytest.mark.parametrize("parts", [(), ("places", "lists")])
def test_a_file_s_text_is_read_from_a_tree_packed_whole_or_in_parts(
    tree: Path, tmp_path: Path, parts: tuple[str, ...]
) -> None:
    tarball.pack(tree, tmp_path / "tar", *parts)
    assert tarball.read(tmp_path / "tar", "places") == "deb ...\n"
    assert tarball.read(tmp_path / "tar", "lists/one") == "one\n"
    with pytest.raises(CommandFailed):
        tarball.read(tmp_path / "tar", "none")


def test_a_part_comes_out_alone(tree: Path, tmp_path: Path) -> None:
    tarball.pack(tree, tmp_path / "tar")
    into = tmp_path / "into"
    into.mkdir()
    tarball.unpack(tmp_path / "tar", into, "lists")
    assert [each.name for each in into.iterdir()] == ["lists"]
