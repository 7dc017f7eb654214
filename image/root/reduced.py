"""The base of an image: a recipe's packages without what it removes, and the drivers that it keeps."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from image import recipe
from image.root import installed as rootfs
from image.root import left_out as surplus
from image.work import cache, files, sandbox, step, tarball

FORMAT = 2
"""Counted up when the same packages are to give another base."""


class Request(Struct, frozen=True):
    packages: Path
    """The tar file of what was installed."""
    drivers: Path
    """The tar file of the drivers."""
    remove: recipe.Remove
    privileged: dict[str, str]
    into: Path


def ensure(wanted: recipe.Root, packages: Path, drivers: Path) -> Path:
    """The base as a tar file, from the cache or made now. Raises Mistake for what the recipe names and is not there."""
    rules = wanted.remove, wanted.privileged
    name = f"base-{cache.key(FORMAT, packages.name, drivers.name, *rules)}.tar"
    with cache.missing(name) as absent:
        for into in absent:
            sandbox.call(make, Request(packages, drivers, *rules, into))
    return cache.home() / name


def make(wanted: Request, scratch: Path) -> None:
    """Put the base in its place. Runs in a sandbox."""
    with step.step("Leaving out what the recipe removes"):
        root = scratch / "root"
        rootfs.unpack(wanted.packages, root)
        tarball.unpack(wanted.drivers, root)
        surplus.remove(root, wanted.remove)
        surplus.strip_privileges(root, wanted.privileged)
        tar = scratch / "base.tar"
        tarball.pack(root, tar)
        files.publish(tar, wanted.into)
