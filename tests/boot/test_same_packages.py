"""The same bytes anywhere: built again from scratch without network, from a lock; and what differs is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.config import load
from image.packages import lock
from image.work import sandbox
from servers import keys
from tests.boot.clone import Clone

CONFIG = "overlay/etc/braid/gateway.yaml"
NOWHERE = {"http_proxy": "http://127.0.0.1:9"}

REPRODUCE = f"""
import sys
from pathlib import Path
from gateway_init import config
from image import reproduce
file = Path("{CONFIG}")
site = config.load(file)
results = reproduce.reproduce(site, file, Path("secrets"), Path("build"), quick="quick" in sys.argv)
print(reproduce.render(results))
sys.exit(any(result.differences for result in results))
"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    keys.make_missing(load(sandbox.PROJECT / CONFIG), tmp_path / "secrets")
    return Clone(tmp_path / "clone", tmp_path / "secrets")


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
    held = lock.read(sandbox.PROJECT / "image" / lock.NAME)
    ppp, nano = (next(line.package for line in held.lines if line.package.name == name) for name in ("ppp", "nano"))
    clone.replace("image/packages.lock", f"ppp {ppp.version} amd64 {ppp.sha256}", f"ppp 2.4.9-1 amd64 {'0' * 64}")
    clone.replace("image/packages.lock", f"nano {nano.version} amd64 {nano.sha256}", f"nano 7.2-1 amd64 {'1' * 64}")
    done = clone.python("-m", "image.rebuild", CONFIG, "secrets", "build", "--locked", env=NOWHERE)
    assert done.returncode == 2, done.stderr
    assert "error: 2 of " in done.stderr
    assert "ppp 2.4.9-1 (amd64, sha256 000" in done.stderr
    assert "nano 7.2-1 (amd64, sha256 111" in done.stderr
    assert "`invoke lock`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_build_says_how_its_packages_differ_from_the_lock(clone: Clone) -> None:
    held = lock.read(sandbox.PROJECT / "image" / lock.NAME)
    ppp = next(line.package for line in held.lines if line.package.name == "ppp")
    assert clone.build().stdout.endswith("Packages: as locked\n")
    clone.replace("image/packages.lock", f"ppp {ppp.version} amd64 {ppp.sha256}", f"ppp 2.4.9-1 amd64 {'0' * 64}")
    assert f"  upgraded    ppp  2.4.9-1 -> {ppp.version}\n" in clone.build().stdout


def test_a_package_that_the_lock_lacks_is_told_before_anything_is_made(clone: Clone) -> None:
    clone.replace("image/recipe.yaml", "  - tcpdump\n", "  - tcpdump\n  - traceroute\n")
    done = clone.python("-m", "image.rebuild", CONFIG, "secrets", "build", "--locked", env=NOWHERE)
    assert done.returncode == 2, done.stderr
    assert "it lacks traceroute (root)" in done.stderr
    assert "`invoke lock`" in done.stderr
    assert not clone.image.exists()
