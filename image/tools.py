"""The tools that shape bytes: from the target's own suite, so that every host makes the same image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gateway_init import process
from image import cache, recipe, rootfs

PACKAGES = ("cpio", "e2fsprogs", "grub-common", "grub-pc-bin", "squashfs-tools", "zstd")
WITHOUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
FORMAT = 1
SCRATCH = Path("/scratch")
"""Where the tools find the scratch file system in their own root."""


def entry(root: recipe.Root) -> str:
    """Name of the tools' tar file in the cache."""
    return cache.latest(f"tools-{cache.key(FORMAT, root.suite, PACKAGES, WITHOUT)}", ".tar")


def request(root: recipe.Root, into: Path, log: Path) -> rootfs.Packages:
    return rootfs.Packages(
        suite=root.suite,
        components=("main",),
        packages=PACKAGES,
        without=WITHOUT,
        but=(),
        seconds=root.seconds,
        variant="extract",
        tidy=(),
        into=into,
        log=log,
    )


class Tools:
    """The tools, unpacked into a scratch file system, and run in a root of their own. Lives in a sandbox."""

    def __init__(self, tar: Path, scratch: Path) -> None:
        self._root = scratch / "tools"
        self._scratch = scratch
        rootfs.unpack(tar, self._root)
        for name in ("bin", "sbin", "lib", "lib64"):
            if not (self._root / name).exists():
                (self._root / name).symlink_to(f"usr/{name}")
        (self._root / SCRATCH.name).mkdir()
        process.run(["mount", "--bind", scratch, self._root / SCRATCH.name])

    def run(self, *argv: str | Path, stdin: str = "", env: Mapping[str, str] | None = None) -> str:
        """Run a tool. Each Path must be in the scratch file system, and is given to the tool as it sees it there."""
        words = [str(self.seen(word)) if isinstance(word, Path) else word for word in argv]
        path = {"PATH": "/usr/sbin:/usr/bin"}
        done = process.run(["chroot", self._root, *words], stdin=stdin, env=path | dict(env or {}))
        return done.stdout

    def seen(self, path: Path) -> Path:
        """A path of ours as the tools see it."""
        return SCRATCH / path.relative_to(self._scratch)

    def own(self, path: str) -> Path:
        """A file that came with the tools, as we see it."""
        return self._root / path
