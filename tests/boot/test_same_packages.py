"""The same bytes anywhere: built again from scratch without network; and what differs, also from a lock, is named.

No story takes image/packages.lock as it stands: of what it names, the archive may long have dropped some.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from image import build, recipe
from image.packages import choice, lock
from image.packages.package import Package
from servers import keys
from tests.boot.clone import NOWHERE, SITE, Clone
from tests.frozen import HOME

REPRODUCE = f"""
import sys
from pathlib import Path
from gateway_init.config.load import load
from image import reproduce
file = Path("{SITE}")
site = load(file)
results = reproduce.reproduce(site, file, Path("secrets"), Path("build"), quick="quick" in sys.argv)
print(reproduce.render(results))
sys.exit(any(result.differences for result in results))
"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    keys.make_missing(HOME.load(), tmp_path / "secrets")
    return Clone(tmp_path / "clone", tmp_path / "secrets")


def lock_what_is_chosen(clone: Clone) -> dict[str, Package]:
    """Lock in the clone what a build would take there now; returns it by name."""
    wanted = recipe.load(build.RECIPE, recipe.Image)
    asked, chosen = choice.selections(wanted), choice.newest(wanted, clone.folder / "build/logs")
    held = lock.of({use: (asked[use], packages) for use, packages in chosen.by_use.items()})
    clone.write("image/packages.lock", lock.render(held))
    return {line.package.name: line.package for line in held.lines}


def hold(clone: Clone, one: Package, version: str, digest: str) -> None:
    """Let the clone's lock have another version of a package."""
    old = f"{one.name} {one.version} {one.architecture} {one.sha256}"
    clone.replace("image/packages.lock", old, f"{one.name} {version} {one.architecture} {digest}")


def test_with_nothing_but_the_packages_a_build_elsewhere_without_network_gives_the_same_bytes(clone: Clone) -> None:
    assert clone.build().returncode == 0
    again = clone.python("-c", REPRODUCE)
    assert again.returncode == 0, again.stdout + again.stderr
    for name in ("braid.img", "braid.img.zst", "braid.raucb", "manifest.json"):
        assert f"{name}  the same (sha256 " in again.stdout


def test_what_differs_is_named_down_to_the_file_inside_of_the_squashfs(clone: Clone) -> None:
    clone.write("rootfs-hooks/50-planted", "#!/bin/sh\ncat /proc/sys/kernel/random/uuid > /etc/planted\n", 0o755)
    assert clone.build().returncode == 0
    again = clone.python("-c", REPRODUCE, "quick")
    assert again.returncode == 1, again.stderr
    assert "braid.img  DIFFERS\n  slot A: root.squashfs: etc/planted: content, from byte" in again.stdout
    about_the_image = again.stdout.partition("braid.img.zst")[0].splitlines()[1:]
    assert about_the_image[1:] == ["  slot B: as in slot A"]


def test_locked_packages_that_are_nowhere_to_be_found_are_all_named(clone: Clone) -> None:
    held = lock_what_is_chosen(clone)
    for name, version, digest in (("ppp", "2.4.9-1", "0" * 64), ("nano", "7.2-1", "1" * 64)):
        hold(clone, held[name], version, digest)
    done = clone.python("-m", "image.rebuild", SITE, "secrets", "build", "--locked", env=NOWHERE)
    assert done.returncode == 2, done.stderr
    assert "locked packages are neither in the cache nor in the archive\n" in done.stderr
    assert "\n  nano 7.2-1 (amd64, sha256 111" in done.stderr
    assert "\n  ppp 2.4.9-1 (amd64, sha256 000" in done.stderr
    assert "`invoke lock`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_build_says_how_its_packages_differ_from_the_lock(clone: Clone) -> None:
    ppp = lock_what_is_chosen(clone)["ppp"]
    assert clone.build().stdout.endswith("Packages: as locked\n")
    hold(clone, ppp, "2.4.9-1", "0" * 64)
    assert f"  upgraded    ppp  2.4.9-1 -> {ppp.version}\n" in clone.build().stdout


def test_a_package_that_the_lock_lacks_is_told_before_anything_is_made(clone: Clone) -> None:
    clone.replace("image/recipe.yaml", "  - tcpdump\n", "  - tcpdump\n  - traceroute\n")
    done = clone.python("-m", "image.rebuild", SITE, "secrets", "build", "--locked", env=NOWHERE)
    assert done.returncode == 2, done.stderr
    assert "it lacks traceroute (root)" in done.stderr
    assert "`invoke lock`" in done.stderr
    assert not clone.image.exists()
