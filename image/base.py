"""The base of an image: a recipe's packages without what it removes, and the drivers that it keeps, unpacked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from gateway_init import process
from image import cache, files, kernel, module, recipe, rootfs, sandbox, step, surplus

FORMAT = 1
"""Counted up when the same packages are to give another base."""


class Request(Struct, frozen=True):
    packages: Path
    """Their tar file."""
    keep: tuple[str, ...]
    remove: recipe.Remove
    privileged: dict[str, str]
    into: Path


def ensure(wanted: recipe.Root, packages: Path) -> Path:
    """The base as a tar file, from the cache or made now. Raises Mistake for what the recipe names and is not there."""
    rules = kept(wanted), wanted.remove, wanted.privileged
    name = f"base-{cache.key(FORMAT, packages.name, *rules)}.tar"
    with cache.missing(name) as absent:
        for into in absent:
            sandbox.call(make, Request(packages, *rules, into))
    return cache.home() / name


def kept(wanted: recipe.Root) -> tuple[str, ...]:
    """The modules that stay, by name or pattern; nothing where all do."""
    named = (*wanted.kernel.modules, *wanted.initrd.modules, *wanted.initrd.last)
    return (*wanted.kernel.keep, *named) if wanted.kernel.keep else ()


def make(wanted: Request, scratch: Path) -> None:
    """Put the base in its place. Runs in a sandbox."""
    with step.step("Leaving out what the recipe removes, and the drivers that it does not keep"):
        root = scratch / "root"
        rootfs.unpack(wanted.packages, root)
        choose(root, wanted.keep)
        surplus.remove(root, wanted.remove)
        surplus.strip_privileges(root, wanted.privileged)
        tar = scratch / "base.tar"
        process.run(["tar", "--create", "--file", tar, "--directory", root, "--numeric-owner", "."])
        files.publish(tar, wanted.into)


def choose(root: Path, keep: tuple[str, ...]) -> None:
    """Remove the modules that nothing names or needs, and unpack the others.

    The root is compressed as a whole: that is smaller than modules each compressed by itself, and loads sooner.
    """
    folder = kernel.modules(root)
    available = module.of(folder)
    staying = available.selected(keep) if keep else available.files()
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda file: _unpack(folder / file), sorted(staying)))
    for file in available.files() - staying:
        (folder / file).unlink()
    for empty in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(empty.iterdir()):
            empty.rmdir()
    process.run(["chroot", root, "depmod", "--all", kernel.release(root)], env={"PATH": "/usr/sbin:/usr/bin"})


def _unpack(file: Path) -> None:
    if file.suffix == ".xz":
        plain = file.with_name(module.unpacked(file.name))
        plain.write_bytes(module.read(file))
        plain.chmod(0o644)
        file.unlink()
