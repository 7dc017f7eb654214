"""The cache: keyed by content, whole entries only, safe with two builds at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from image.work import cache, files, sandbox

TAKE = """
import sys, time
from pathlib import Path
from image.work import cache
with cache.missing("entry") as absent:
    for path in absent:
        print("making", flush=True)
        sys.stdin.readline()
        path.write_text("made")
print("done", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_in_use", None)
    return tmp_path / "cache/braid"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "inner").mkdir(parents=True)
    (tree / "inner/file").write_text("content")
    (tree / "link").symlink_to("inner/file")
    return tree


def taker() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", TAKE],
        cwd=sandbox.PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.parametrize("change", ["content", "name", "mode", "link", "new folder"])
def test_any_change_to_a_tree_gives_another_key(tree: Path, change: str) -> None:
    before = cache.content(tree)
    file = tree / "inner/file"
    match change:
        case "content":
            file.write_text("contenT")
        case "name":
            file.rename(tree / "inner/other")
        case "mode":
            file.chmod(0o755)
        case "link":
            (tree / "link").unlink()
            (tree / "link").symlink_to("inner")
        case "new folder":
            (tree / "new").mkdir()
    assert cache.content(tree) != before


def test_byte_code_and_times_make_no_difference(tree: Path) -> None:
    before = cache.content(tree)
    (tree / "__pycache__").mkdir()
    (tree / "__pycache__/x.pyc").write_text("x")
    (tree / "inner/file").touch()
    assert cache.content(tree) == before


def test_of_two_builds_one_makes_an_entry_and_the_other_waits_for_it() -> None:
    first = taker()
    assert said(first) == "making"
    second = taker()
    assert second.stderr
    assert "waiting for another build" in second.stderr.readline()
    go_on(first)
    assert said(second) == "done"
    for process in (first, second):
        process.communicate("\n")


def test_a_cache_in_use_is_not_emptied(home: Path) -> None:
    user = taker()
    assert said(user) == "making"
    with pytest.raises(Mistake, match="a build is using the cache"):
        cache.empty()
    user.communicate("\n\n")
    assert (home / "entry").read_text() == "made"
    cache.empty()
    assert not home.exists()


def test_emptying_an_empty_cache_is_no_mistake(home: Path) -> None:
    cache.empty()
    assert not home.exists()


def test_fresh_packages_do_not_replace_those_that_a_build_has_begun_with(home: Path) -> None:
    home.mkdir(parents=True)
    assert cache.latest("root-abc", ".tar") == "root-abc-1.tar"
    (home / "root-abc-1.tar").touch()
    assert cache.latest("root-abc", ".tar") == "root-abc-1.tar"
    assert cache.latest("root-abc", ".tar", fresh=True) == "root-abc-2.tar"
    (home / "root-abc-2.tar").touch()
    assert cache.latest("root-abc", ".tar") == "root-abc-2.tar"


def test_a_published_file_replaces_the_old_one_whole_and_keeps_its_holes(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    with source.open("wb") as file:
        file.truncate(64 << 20)
        file.seek(32 << 20)
        file.write(b"middle")
    target.write_text("old")
    with target.open() as reader:
        files.publish(source, target)
        assert reader.read() == "old"
    assert target.stat().st_size == 64 << 20
    assert target.stat().st_blocks * 512 < 8 << 20
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.read_bytes()[32 << 20 :].startswith(b"middle")
    assert {file.name for file in tmp_path.iterdir()} == {"source", "target"}


def test_what_an_older_build_left_half_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / ".target.new").write_text("half")
    source = tmp_path / "source"
    source.write_text("whole")
    files.publish(source, tmp_path / "target")
    assert (tmp_path / "target").read_text() == "whole"
    assert not (tmp_path / ".target.new").exists()
