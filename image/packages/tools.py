"""The tools that shape bytes: from the target's own suite, so that every host makes the same image."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from gateway_init.base import process
from image import recipe
from image.packages import pool
from image.packages.package import Package, Selection
from image.work import cache, files, makers, step, tarball

PACKAGES = (
    # what installs packages
    "mmdebstrap", "mount",
    # what makes file systems, archives and boot loaders
    "cpio", "e2fsprogs", "grub-common", "grub-pc-bin", "kmod", "squashfs-tools", "zstd",
    # what makes and checks update bundles
    "cryptsetup-bin", "openssl", "rauc",
)  # fmt: skip
WITHOUT = ("usr/share/man", "usr/share/doc", "usr/share/locale")
GRUB_COPYRIGHT = "usr/share/doc/grub-common/copyright"
"""Stays all the same: of the tools, GRUB alone becomes a part of an image."""
SCRATCH = Path("/scratch")
"""Where the tools find the scratch file system in their own root."""


class Request(Struct, frozen=True):
    packages: tuple[Package, ...]
    """All in the pool."""
    into: Path
    """Where the tar file goes."""


def selection(root: recipe.Root) -> Selection:
    return Selection(root.suite, ("main",), PACKAGES)


def entry(packages: tuple[Package, ...]) -> str:
    """Name of the tools' tar file in the cache."""
    return f"tools-{cache.key(makers.code(__name__), [package.sha256 for package in packages])}.tar"


def make(wanted: Request, scratch: Path) -> None:
    """Unpack the packages, and put the tar file in its place. Runs in a sandbox.

    None of their scripts is run: the tools need only be there.
    """
    with step.step(f"Unpacking {len(wanted.packages)} packages of tools"):
        root = scratch / "root"
        extract(wanted.packages, root)
        copyright_file = (root / GRUB_COPYRIGHT).read_bytes()
        for path in WITHOUT:
            shutil.rmtree(root / path)
        (root / GRUB_COPYRIGHT).parent.mkdir(parents=True)
        (root / GRUB_COPYRIGHT).write_bytes(copyright_file)
        tar = scratch / "tools.tar"
        tarball.pack(root, tar)
        files.publish(tar, wanted.into)


def extract(packages: Sequence[Package], root: Path) -> None:
    """Make a folder with the files of packages that are in the pool; nothing of them is run."""
    root.mkdir()
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for _ in threads.map(lambda one: process.run(["dpkg-deb", "--extract", pool.file(one), root]), packages):
            pass


class Tools:
    """The tools, unpacked into a scratch file system, and run in a root of their own. Lives in a sandbox."""

    def __init__(self, tar: Path, scratch: Path) -> None:
        self._root = scratch / "tools"
        self._scratch = scratch
        self._root.mkdir()
        tarball.unpack(tar, self._root)
        # To the tools it is a file system of its own, in which they may mount.
        process.run(["mount", "--bind", self._root, self._root])
        process.run(["mount", "-t", "proc", "proc", self._root / "proc"])
        process.run(["mount", "--rbind", "/dev", self._root / "dev"])
        (self._root / SCRATCH.name).mkdir()
        process.run(["mount", "--bind", scratch, self._root / SCRATCH.name])

    def run(
        self,
        *argv: str | Path,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> str:
        """Run a tool. Each Path must be in the scratch file system, and is given to the tool as it sees it there.

        Nothing of this machine's environment reaches it. `log` takes what it prints instead of returning it.
        """
        words = [str(self.seen(word)) if isinstance(word, Path) else word for word in argv]
        variables = {"PATH": "/usr/sbin:/usr/bin", "LC_ALL": "C.UTF-8"} | dict(env or {})
        inside = ["env", "--ignore-environment", *(f"{name}={value}" for name, value in variables.items())]
        return process.run(["chroot", self._root, *inside, *words], stdin=stdin, log=log).stdout

    def seen(self, path: Path) -> Path:
        """A path of ours as the tools see it."""
        return SCRATCH / path.relative_to(self._scratch)

    def own(self, path: str) -> Path:
        """A file that came with the tools, as we see it."""
        return self._root / path
