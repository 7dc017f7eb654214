"""A build that is interrupted, anywhere and anyhow, leaves nothing behind but the image of before."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from image.work import cache
from servers import keys
from tests.boot.clone import Clone
from tests.frozen import HOME

LIMIT = 60
"""Seconds that a condition may take to come true on a slow machine."""


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with all that is in the user's, and that no other build puts anything into."""
    own = tmp_path_factory.mktemp("cached") / "braid"
    own.mkdir()
    for entry in cache.home().glob("*"):
        if entry.name not in ("locks", "scratch"):
            (own / entry.name).symlink_to(entry)
    return own


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, cached: Path) -> Clone:
    folder = tmp_path_factory.mktemp("interrupted")
    keys.make_missing(HOME.load(), folder / "secrets")
    return Clone(folder / "clone", folder / "secrets", {"XDG_CACHE_HOME": str(cached.parent)})


def digest(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def entries(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def wait_for(build: subprocess.Popen[str], line: str) -> None:
    assert build.stderr
    seen = []
    for said in build.stderr:
        seen.append(said)
        if line in said:
            return
    raise AssertionError(f"the build never said {line!r}:\n{''.join(seen)}")


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LIMIT
    while not true():
        assert time.monotonic() < end, f"not within {LIMIT} s: {what}"
        time.sleep(0.05)


def processes_in(folder: Path) -> list[str]:
    """Command lines of the processes that work in a folder or were told of it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if (entry / "cwd").readlink().is_relative_to(folder) or str(folder) in words:
                found.append(words)
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("step", "number"),
    [
        ("Unpacking the packages", signal.SIGKILL),
        ("Hook 10-compile", signal.SIGKILL),
        ("Squashing", signal.SIGKILL),
        ("Writing the disk image", signal.SIGKILL),
        ("Squashing", signal.SIGTERM),
        ("Squashing", signal.SIGINT),
    ],
)
def test_an_interrupted_build_leaves_nothing_and_the_next_one_works(
    clone: Clone, cached: Path, step: str, number: signal.Signals
) -> None:
    assert clone.build().returncode == 0
    before, mounts = digest(clone.image), Path("/proc/self/mountinfo").read_text()
    kept, made = entries(cached), entries(clone.folder / "build")

    clone.write("overlay/etc/motd", f"changed before {step} and {number.name}\n")
    build = clone.start()
    wait_for(build, step)
    build.send_signal(number)
    build.communicate()
    assert build.returncode != 0

    until(lambda: processes_in(clone.folder) == [], "all its processes are gone")
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert entries(cached) == kept
    assert entries(clone.folder / "build") == made
    assert digest(clone.image) == before

    again = clone.build()
    assert again.returncode == 0, again.stderr
    assert digest(clone.image) != before


def test_interrupted_while_packages_come_the_cache_has_no_part_of_them(clone: Clone, tmp_path: Path) -> None:
    assert clone.build().returncode == 0
    before = digest(clone.image)
    clone.write("overlay/etc/motd", "changed before packages\n")
    build = clone.start({"XDG_CACHE_HOME": str(tmp_path / "cache")})
    wait_for(build, "Fetching")
    build.kill()
    build.communicate()

    until(lambda: processes_in(tmp_path) == [], f"all its processes are gone: {processes_in(tmp_path)}")
    left = tmp_path / "cache/braid"
    assert {name.partition("-")[0] for name in entries(left)} <= {"locks", "scratch", "indexes", "packages"}
    assert [deb for deb in left.glob("packages/*.deb") if digest(deb) != deb.stem] == []
    assert digest(clone.image) == before


def test_two_builds_at_once_in_one_place_both_end_well(clone: Clone) -> None:
    clone.write("overlay/etc/motd", "changed before two builds\n")
    both = [clone.start(), clone.start()]
    for build in both:
        _, err = build.communicate()
        assert build.returncode == 0, err
    assert "up to date" in clone.build().stdout
