"""Nothing in the cache outlives a change of the code that made it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from image.work import makers


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the code, which a test may change."""
    shutil.copytree(makers.PROJECT / "image", tmp_path / "image", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(makers, "PROJECT", tmp_path)
    makers.code.cache_clear()
    yield tmp_path
    makers.code.cache_clear()


@pytest.mark.parametrize(
    ("maker", "changed"),
    [
        ("image.root.installed", "root/installed.py"),
        ("image.root.installed", "packages/tools.py"),
        ("image.root.drivers", "root/module.py"),
        ("image.root.reduced", "root/left_out.py"),
        ("image.disk.initrd", "root/module.py"),
        ("image.disk.initrd", "root/kernel.py"),
        ("image.root.finished", "root/kernel.py"),
        ("image.root.finished", "root/hook.py"),
        ("image.root.finished", "root/overlay.py"),
    ],
)
def test_a_change_of_what_makes_it_gives_it_another_name(project: Path, maker: str, changed: str) -> None:
    before = makers.code(maker)
    with (project / "image" / changed).open("a") as source:
        source.write("# changed\n")
    makers.code.cache_clear()
    assert makers.code(maker) != before


def test_a_change_elsewhere_leaves_the_packages_installed(project: Path) -> None:
    before = makers.code("image.root.installed")
    for name in ("root/site.py", "build.py", "disk/grub.py"):
        with (project / "image" / name).open("a") as source:
            source.write("# changed\n")
    makers.code.cache_clear()
    assert makers.code("image.root.installed") == before
