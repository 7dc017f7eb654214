"""The packages that are kept: called by their digests, and trusted by nothing else."""

from __future__ import annotations

import hashlib
import shutil
import threading
from pathlib import Path

import pytest

from gateway_init.base.process import run
from image.packages import pool
from image.packages.package import Package

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="makes a Debian package")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def deb(tmp_path: Path) -> Path:
    tree = tmp_path / "tree/DEBIAN"
    tree.mkdir(parents=True)
    (tree / "control").write_text(
        "Package: small\nVersion: 1.0-1\nArchitecture: all\nMaintainer: Braid <braid@localhost>\nDescription: small\n"
    )
    tree.parent.chmod(0o755)
    tree.chmod(0o755)
    run(["dpkg-deb", "--build", "--root-owner-group", tree.parent, tmp_path / "small.deb"])
    return tmp_path / "small.deb"


def described(deb: Path) -> Package:
    return Package("small", "1.0-1", "all", hashlib.sha256(deb.read_bytes()).hexdigest())


def test_a_package_that_was_added_is_there_and_apt_is_told_how_to_find_it(deb: Path) -> None:
    small = described(deb)
    assert pool.absent([small]) == [small]
    assert pool.add(deb) == small.sha256
    assert pool.absent([small]) == []
    assert pool.file(small).read_bytes() == deb.read_bytes()
    stanza = pool.index([small], "pool").splitlines()
    assert {"Package: small", "Version: 1.0-1", f"Filename: pool/{small.sha256}.deb"} <= set(stanza)
    assert f"SHA256: {small.sha256}" in stanza


def test_a_damaged_package_counts_as_absent(deb: Path) -> None:
    small = described(deb)
    pool.add(deb)
    data = bytearray(deb.read_bytes())
    data[-1] ^= 1
    pool.file(small).write_bytes(data)
    assert pool.absent([small]) == [small]
    pool.add(deb)
    assert pool.absent([small]) == []


def test_builds_side_by_side_may_add_the_same_package(deb: Path) -> None:
    threads = [threading.Thread(target=pool.add, args=[deb]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pool.absent([described(deb)]) == []
    assert {file.suffix for file in pool.folder().iterdir()} == {".deb", ".control"}
