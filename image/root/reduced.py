"""The base of an image: a recipe's packages without what it removes, and the drivers that it keeps."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from image import recipe
from image.root import installed, left_out, licences
from image.work import cache, files, makers, sandbox, step, tarball


class Request(Struct, frozen=True):
    packages: Path
    """The tar file of what was installed."""
    drivers: Path
    """The tar file of the drivers."""
    tools: Path
    """Theirs."""
    remove: recipe.Remove
    privileged: dict[str, str]
    into: Path


def ensure(wanted: recipe.Root, packages: Path, drivers: Path, tools: Path) -> Path:
    """The base as a tar file, from the cache or made now. Raises Mistake for what the recipe names and is not there."""
    rules = wanted.remove, wanted.privileged
    name = f"base-{cache.key(makers.code(__name__), packages.name, drivers.name, tools.name, *rules)}.tar"
    with cache.missing(name) as absent:
        for into in absent:
            sandbox.call(make, Request(packages, drivers, tools, *rules, into))
    return cache.home() / name


def make(wanted: Request, scratch: Path) -> None:
    """Put the base in its place. Runs in a sandbox."""
    with step.step("Leaving out what the recipe removes"):
        root = scratch / "root"
        installed.unpack(wanted.packages, root)
        tarball.unpack(wanted.drivers, root)
        lists = left_out.package_files(root)
        copyrights = licences.texts(root, lists)
        left_out.remove(root, wanted.remove)
        left_out.strip_privileges(root, wanted.privileged)
        if copyrights:
            stay = set(licences.staying(root, lists, wanted.remove.packages))
            licences.pack(root, {name: text for name, text in copyrights.items() if name in stay}, wanted.tools)
        tar = scratch / "base.tar"
        tarball.pack(root, tar)
        files.publish(tar, wanted.into)
