"""What is in a finished image or bundle: of slot A each file, package and line of the kernel's configuration."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zlib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gateway_init.base.mistake import Mistake
from image import bootable, recipe
from image.account import manifest
from image.disk import layout, slot
from image.packages.tools import Tools
from image.root import left_out
from image.update import bundle
from image.work import files, sandbox

SLOT = layout.PARTITIONS.index("slot A")
"""A fresh image has the same in slot B."""

BLOCK = 256 << 10

BUNDLE = b"hsqs"
"""The first bytes of an update bundle: it begins with a squashfs."""


class File(Struct, frozen=True):
    """A file of the root that is neither a folder nor a device."""

    path: str
    mode: int
    """Its type and permissions (inode(7))."""
    bytes: int
    sha256: str
    """Empty for a link."""
    target: str = ""
    """Where a link leads to."""
    package: str = ""
    """The one that it came with, or was made from; empty for what the build added."""
    packed: int = 0
    """Bytes that it takes when it is compressed by itself; 0 where that was not asked for."""


class Contents(Struct, frozen=True):
    """An image or a bundle, read."""

    bytes: int
    partitions: tuple[int, ...]
    """Their sizes in bytes; none in a bundle."""
    slot: dict[str, int]
    """The files in a slot and their sizes in bytes."""
    files: tuple[File, ...]
    packages: dict[str, str]
    """Names and versions."""
    config: dict[str, str]
    """The kernel's configuration."""


class Request(Struct, frozen=True):
    image: Path
    tools: Path
    pack: bool


def read(image: Path, wanted: recipe.Root, logs: Path, *, pack: bool = False) -> Contents:
    """Look into an image or a bundle. `pack`: also tell what each file takes when it is compressed.

    Raises Mistake for a file that is neither.
    """
    partitions(image)
    return sandbox.call(look, Request(image.resolve(), bootable.looking(wanted, logs), pack))


def partitions(image: Path) -> list[tuple[int, int]]:
    """Offset and size of each partition of an image, in bytes; nothing for a bundle. Raises Mistake for all else."""
    try:
        with image.open("rb") as source:
            sector = source.read(layout.SECTOR)
            size = os.fstat(source.fileno()).st_size
    except OSError as error:
        raise Mistake(f"{image}: {error.strerror}", hint="`invoke build` makes build/braid.img") from None
    if sector.startswith(BUNDLE):
        return []
    found = layout.partitions(sector)
    if len(found) != len(layout.PARTITIONS) or sum(found[-1]) > size:
        raise Mistake(
            f"{image}: neither an image nor a bundle of ours",
            hint="name a braid.img or a braid.raucb; unpack a braid.img.zst first (zstd -d)",
        )
    return found


def look(wanted: Request, scratch: Path) -> Contents:
    """Read the image's slot A. Runs in a sandbox."""
    root = scratch / "root"
    inner = unpack(wanted.image, Tools(wanted.tools, scratch), scratch, root)
    owner = {path: name for name, paths in left_out.package_files(root).items() for path in paths}
    found = sorted(path for path in root.rglob("*") if path.is_symlink() or path.is_file())
    return Contents(
        bytes=wanted.image.stat().st_size,
        partitions=tuple(size for _, size in partitions(wanted.image)),
        slot=inner,
        files=tuple(_file(path, root, owner, wanted.pack) for path in found),
        packages=manifest.packages((root / left_out.DPKG / "status").read_text()),
        config=settings("".join(file.read_text() for file in (root / "boot").glob("config-*"))),
    )


def unpack(image: Path, tools: Tools, scratch: Path, into: Path) -> dict[str, int]:
    """Unpack the root of slot A; the files of the slot and their sizes. Runs in a sandbox."""
    raw, inner = scratch / "slot.ext4", scratch / "slot"
    inner.mkdir()
    if places := partitions(image):
        files.cut_out(image, *places[SLOT], raw)
    else:
        bundled = scratch / bundle.NAME
        shutil.copyfile(image, bundled)
        tools.run("unsquashfs", "-quiet", "-no-progress", "-dest", scratch / "bundle", bundled, bundle.IMAGE)
        (scratch / "bundle" / bundle.IMAGE).rename(raw)
    tools.run("debugfs", "-R", f"rdump / {tools.seen(inner)}", raw)
    raw.unlink()
    if not (inner / slot.ROOT).is_file():
        raise Mistake(f"{image}: the slot has no {slot.ROOT}")
    tools.run("unsquashfs", "-quiet", "-no-progress", "-dest", into, inner / slot.ROOT)
    return {file.name: file.stat().st_size for file in sorted(inner.iterdir()) if file.is_file()}


def settings(config: str) -> dict[str, str]:
    """
    >>> settings("# CONFIG_A is not set\\nCONFIG_MPTCP=y\\n")
    {'CONFIG_MPTCP': 'y'}
    """
    return dict(line.split("=", 1) for line in config.splitlines() if line.startswith("CONFIG_"))


def package_of(path: str, owner: Mapping[str, str]) -> str:
    """The package of a path, given the owners of what packages have; also of byte code and of unpacked drivers.

    >>> package_of("usr/lib/python3/__pycache__/yaml.cpython-313.pyc", {"usr/lib/python3/yaml.py": "python3-yaml"})
    'python3-yaml'
    """
    before, cached, name = path.rpartition("/__pycache__/")
    source = f"{before}/{name.partition('.')[0]}.py" if cached else path
    return owner.get(source) or owner.get(f"{path}.xz") or ""


def _file(path: Path, root: Path, owner: Mapping[str, str], pack: bool) -> File:
    name = path.relative_to(root).as_posix()
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return File(f"/{name}", status.st_mode, 0, "", str(path.readlink()), package_of(name, owner))
    data = path.read_bytes()
    packed = sum(len(zlib.compress(data[at : at + BLOCK], 1)) for at in range(0, len(data), BLOCK)) if pack else 0
    digest = hashlib.sha256(data).hexdigest()
    return File(f"/{name}", status.st_mode, len(data), digest, "", package_of(name, owner), packed)
