"""QEMU itself: the target suite's own, unpacked into the cache, so that every host runs the same one.

Debian 12's 7.2 loses a race against the kernel's patching of its own text about once in fifteen boots ("Oops: int3");
`invoke bench boots` counts that for the one that is used here.
"""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from msgspec import Struct

from gateway_init.base import process
from image import recipe
from image.packages import archive, choice, pool, tools
from image.packages.package import Package, Selection
from image.work import cache as kept
from image.work import sandbox, step

PACKAGES = ("qemu-system-x86", "seabios", "ipxe-qemu")
LIBRARIES = "usr/lib/x86_64-linux-gnu"
LOADER = f"{LIBRARIES}/ld-linux-x86-64.so.2"
MODULES = f"{LIBRARIES}/qemu"
BINARY = "usr/bin/qemu-system-x86_64"
FIRMWARE = ("usr/share/qemu", "usr/share/seabios")
PARTS = (LIBRARIES, BINARY, *FIRMWARE)
"""What is taken of the packages, which bring an essential system along."""
FORMAT = 1
LOGS = sandbox.PROJECT / "build/logs"


class Request(Struct, frozen=True):
    packages: tuple[Package, ...]
    suite: str
    into: Path


@cache
def program() -> tuple[str, ...]:
    """The words that start QEMU; its options follow. It is fetched and unpacked where the cache lacks it.

    Raises Mistake where it is neither there nor to be fetched.
    """
    root = folder()
    words = [root / LOADER, "--library-path", root / LIBRARIES, root / BINARY]
    for place in FIRMWARE:
        words += ["-L", root / place]
    return tuple(str(word) for word in words)


def surroundings() -> dict[str, str]:
    """Variables for it: where those parts of it are that it loads when they are asked for, such as usb-redir."""
    return {"QEMU_MODULE_DIR": str(folder() / MODULES)}


def folder() -> Path:
    """The folder in the cache that holds QEMU with all that it links to. Its name stands for its content."""
    suite = recipe.load(sandbox.PROJECT / "image/recipe.yaml", recipe.Image).suite
    packages = choice.chosen({"qemu": Selection(suite, ("main",), PACKAGES)}, LOGS)["qemu"]
    name = f"qemu-{kept.key(FORMAT, PARTS, [package.sha256 for package in packages])}"
    with kept.missing(name) as absent:
        for into in absent:
            sandbox.call(lay, Request(packages, suite, into))
    return kept.home() / name


def lay(wanted: Request, scratch: Path) -> None:
    """Put the folder in its place. Runs in a sandbox."""
    if pool.absent(wanted.packages):
        archive.fetch(archive.Order(wanted.packages, wanted.suite, ("main",), LOGS / choice.LOG), scratch)
    with step.step(f"Unpacking QEMU with {len(wanted.packages)} packages"):
        root = scratch / "qemu"
        tools.extract(wanted.packages, root)
        aside = wanted.into.with_name(f".{wanted.into.name}.new")
        if aside.exists():
            shutil.rmtree(aside)
        for part in PARTS:
            (aside / part).parent.mkdir(parents=True, exist_ok=True)
            process.run(["cp", "--archive", root / part, aside / part])
        aside.rename(wanted.into)
