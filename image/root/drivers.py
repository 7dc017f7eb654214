"""The kernel's drivers: those that stay, unpacked, straight from its package and beside the installation of all else.

Left to the installation they would be the longest part of it: depmod(8) unpacks every one of them.
"""

from __future__ import annotations

import lzma
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from gateway_init.base import process
from image import recipe
from image.packages import pool
from image.packages.package import Package
from image.packages.tools import Tools
from image.root import left_out as surplus
from image.root import module
from image.work import cache, files, makers, step, tarball

LEFT_TO_US = "/usr/lib/modules/*/kernel/*"
"""What the installation leaves out of the kernel's package."""
FOLDER = "usr/lib/modules"


class Request(Struct, frozen=True):
    packages: tuple[Package, ...]
    """The kernel's; in the pool."""
    keep: tuple[str, ...]
    without: tuple[str, ...]
    """Patterns for paths that the recipe leaves out of any package."""
    tools: Path
    """Their tar file."""
    into: Path
    """Where the tar file goes."""


def packages(root: Iterable[Package]) -> tuple[Package, ...]:
    """Those that have drivers."""
    return tuple(one for one in root if one.name.startswith("linux-image-"))


def kept(wanted: recipe.Root) -> tuple[str, ...]:
    """The modules that stay, by name or pattern; nothing where all do."""
    named = (*wanted.kernel.modules, *wanted.initrd.modules, *wanted.initrd.last)
    return (*wanted.kernel.keep, *named) if wanted.kernel.keep else ()


def left_out(wanted: recipe.Root) -> tuple[str, ...]:
    """Those of the recipe's patterns that are about drivers."""
    return tuple(pattern for pattern in wanted.without if pattern.startswith(f"/{FOLDER}/"))


def request(wanted: recipe.Root, root: Iterable[Package], tools: Path, into: Path) -> Request:
    """What to make of a recipe whose packages are `root`."""
    return Request(packages(root), kept(wanted), left_out(wanted), tools, into)


def entry(wanted: recipe.Root, root: Iterable[Package], tools: str) -> str:
    """Name of the tar file in the cache; `tools` is that of the tools."""
    digests = [package.sha256 for package in packages(root)]
    return f"drivers-{cache.key(makers.code(__name__), kept(wanted), left_out(wanted), digests, tools)}.tar"


def make(wanted: Request, scratch: Path) -> None:
    """Put the tar file in its place. Raises Mistake for what the recipe names and is not there. Runs in a sandbox."""
    with step.step("Choosing the kernel's drivers"):
        shape = Tools(wanted.tools, scratch)
        root = scratch / "root"
        for package in wanted.packages:
            process.run(["dpkg-deb", "--extract", pool.file(package), root])
        for tree in root.iterdir():
            if tree.name != "usr":
                shutil.rmtree(tree)
        paths = [path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()]
        for path in {path for pattern in wanted.without for path in surplus.matching(paths, pattern)}:
            (root / path).unlink()
        choose(shape, root, wanted.keep)
        tar = scratch / "drivers.tar"
        tarball.pack(root, tar, FOLDER)
        files.publish(tar, wanted.into)


def choose(tools: Tools, root: Path, keep: tuple[str, ...]) -> None:
    """Remove the modules that nothing names or needs, and unpack the others.

    The root is compressed as a whole: that is smaller than modules each compressed by itself, and loads sooner.
    """
    (folder,) = (root / FOLDER).iterdir()
    (root / "lib").symlink_to("usr/lib")  # where depmod looks
    _index(tools, root, folder.name)
    available = module.of(folder)
    staying = available.selected(keep) if keep else available.files()
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda file: _unpack(folder / file), sorted(staying)))
    for file in available.files() - staying:
        (folder / file).unlink()
    for empty in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(empty.iterdir()):
            empty.rmdir()
    _index(tools, root, folder.name)


def _index(tools: Tools, root: Path, release: str) -> None:
    tools.run("depmod", "--all", "--basedir", root, release)


def _unpack(file: Path) -> None:
    if file.suffix == ".xz":
        plain = file.with_suffix("")
        plain.write_bytes(lzma.decompress(file.read_bytes()))
        plain.chmod(0o644)
        file.unlink()
