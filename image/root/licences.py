"""The licences of what is in an image: Debian's copyright files, packed into one."""

from __future__ import annotations

import lzma
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec

from gateway_init.base import process
from gateway_init.wellknown.licences import FILE, Licences, Package
from image.account import licence
from image.packages import tools
from image.work import tarball

DOCUMENTS = "usr/share/doc"
COMMON = "usr/share/common-licenses"

BOOT_LOADER = "grub-pc-bin"
"""The package that GRUB comes from: it is on the disk, and not installed in the root."""

COMPRESS = """
import lzma, pathlib, sys
pathlib.Path(sys.argv[1]).write_bytes(lzma.compress(sys.stdin.buffer.read(), preset=9))
"""
"""Run by the root's own Python, so that the bytes do not depend on this machine's."""


def texts(root: Path, packages: Iterable[str]) -> dict[str, str]:
    """The copyright file of each package that has one: in its folder, or in that which its folder is a link to."""
    found = ((name, root / DOCUMENTS / name / "copyright") for name in packages)
    return {name: file.read_text(encoding="utf-8", errors="replace") for name, file in found if _is_inside(root, file)}


def staying(root: Path, lists: Mapping[str, Iterable[str]], leaving: Collection[str]) -> list[str]:
    """Packages with something in the root: those that stay, and those that left and whose files did not all go.

    `lists` has each package's paths as they were installed.
    """
    return [
        name for name, paths in lists.items() if name not in leaving or any(_is_file(root / path) for path in paths)
    ]


def together(copyrights: Mapping[str, str], common: Mapping[str, str]) -> Licences:
    """What is packed: of each package its copyright file, and the texts that those refer to."""
    return Licences(
        packages={name: Package(licence.names(text), text) for name, text in sorted(copyrights.items())},
        common=dict(sorted(common.items())),
    )


def pack(root: Path, copyrights: Mapping[str, str], loader: Path) -> None:
    """Write the licences into the root, in place of the folders that they were in. Runs in a sandbox.

    `loader` is the tar file of the tools, which GRUB is taken from.
    """
    common = {file.name: file.read_text(encoding="utf-8") for file in (root / COMMON).iterdir()}
    whole = together({**copyrights, BOOT_LOADER: tarball.read(loader, tools.GRUB_COPYRIGHT)}, common)
    for folder in (DOCUMENTS, COMMON):
        shutil.rmtree(root / folder)
    into = root / FILE.relative_to("/")
    into.parent.mkdir(parents=True, exist_ok=True)
    process.run(["chroot", root, "python3", "-IB", "-c", COMPRESS, FILE], stdin=msgspec.json.encode(whole))


def names(root: Path) -> dict[str, tuple[str, ...]]:
    """The names of each package's licences, of a root in which they are packed; nothing of another."""
    file = root / FILE.relative_to("/")
    if not file.exists():
        return {}
    packed = msgspec.json.decode(lzma.decompress(file.read_bytes()), type=Licences)
    return {name: package.licences for name, package in packed.packages.items()}


def _is_file(path: Path) -> bool:
    return path.is_symlink() or path.is_file()


def _is_inside(root: Path, file: Path) -> bool:
    """Whether it is a file of the root's, and not one of this machine that a link leads to."""
    return file.is_file() and file.resolve().is_relative_to(root.resolve())
