"""Nothing in the cache outlives a change of the code that made it."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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


class Closing:
    """Closes a file when it is collected, as many do: meanwhile other threads go on."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        os.close(os.open(os.devnull, os.O_RDONLY))
        sum(range(10_000))


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that take turns all the time, and a collector that looks often."""
    turns, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    yield
    sys.setswitchinterval(turns)
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("restless")
def test_many_may_ask_at_once() -> None:
    """As the root and, beside it, the initrd do; what one collects meanwhile lets the others go on in its midst."""

    def ask(maker: str) -> set[str]:
        Closing()
        return makers.closure(maker)

    asked = ["image.root.finished", "image.disk.initrd", "image.root.installed", "image.root.reduced"] * 10
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, asked))
    assert found == [makers.closure(each) for each in asked]
