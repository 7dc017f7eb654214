"""The air round a box without a radio: Linux's simulated radios and an access point's program, on a disk of their own.

They are in no image. The disk is plugged into a box that runs; what the programs link to, they find in the image, whose
own Wi-Fi client links to the same.
"""

from __future__ import annotations

import lzma
from pathlib import Path

from msgspec import Struct

from image import bootable, recipe
from image.packages import archive, choice, pool, tools
from image.packages.package import Package, Selection
from image.work import cache, files, sandbox, step

PROGRAMS = {"hostapd": "usr/sbin/hostapd", "iw": "usr/sbin/iw"}
"""By their packages."""
RADIOS = "mac80211_hwsim.ko"
FORMAT = 1
LOGS = sandbox.PROJECT / "build/logs"


class Request(Struct, frozen=True):
    packages: tuple[Package, ...]
    suite: str
    tools: Path
    into: Path


def disk(release: str) -> Path:
    """A squashfs in the cache with the programs, and the radios for a kernel of that release (uname(1), -r).

    Raises Mistake where it is neither there nor to be made.
    """
    wanted = recipe.load(sandbox.PROJECT / "image/recipe.yaml", recipe.Image)
    names = (*PROGRAMS, f"linux-image-{release}")
    chosen = choice.chosen({"air": Selection(wanted.suite, ("main",), names)}, LOGS)["air"]
    packages = tuple(one for one in chosen if one.name in names)
    name = f"air-{cache.key(FORMAT, [package.sha256 for package in packages])}.img"
    with cache.missing(name) as absent:
        for into in absent:
            sandbox.call(lay, Request(packages, wanted.suite, bootable.looking(wanted, LOGS), into))
    return cache.home() / name


def lay(wanted: Request, scratch: Path) -> None:
    """Put the disk in its place. Runs in a sandbox."""
    if pool.absent(wanted.packages):
        archive.fetch(archive.Order(wanted.packages, wanted.suite, ("main",), LOGS / choice.LOG), scratch)
    with step.step("Making a disk with an access point"):
        shape = tools.Tools(wanted.tools, scratch)
        root, content = scratch / "root", scratch / "content"
        tools.extract(wanted.packages, root)
        content.mkdir()
        for name, path in PROGRAMS.items():
            (root / path).rename(content / name)
        (packed,) = (root / "usr/lib/modules").rglob(f"{RADIOS}.xz")
        (content / RADIOS).write_bytes(lzma.decompress(packed.read_bytes()))
        made = scratch / "air.img"
        shape.run("mksquashfs", content, made, "-quiet", "-no-progress", "-all-root")
        files.publish(made, wanted.into)
