"""Debian packages that were fetched once: files in the cache that are called by their digests, so never out of date.

Beside each is what it says of itself (its control file), which apt needs to install it from here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway_init.base import process
from image.packages.package import Package
from image.work import cache, files


def folder() -> Path:
    return cache.home() / "packages"


def file(package: Package) -> Path:
    """Where a package is, or would be."""
    return folder() / f"{package.sha256}.deb"


def absent(packages: Iterable[Package]) -> list[Package]:
    """Those that are not here, or whose files are damaged."""
    wanted = list(packages)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [package for package, whole in zip(wanted, pool.map(_is_whole, wanted), strict=True) if not whole]


def add(deb: Path) -> str:
    """Take a copy of a package, and return its digest. Builds side by side may do so at once."""
    digest = files.digest(deb)
    folder().mkdir(parents=True, exist_ok=True)
    with files.lock(cache.home() / "locks" / "packages"):
        files.publish_text(process.run(["dpkg-deb", "--field", deb]).stdout, folder() / f"{digest}.control", mode=0o600)
        files.publish(deb, folder() / f"{digest}.deb")
    return digest


def index(packages: Iterable[Package], at: str) -> str:
    """The text of an archive's Packages file for packages from here; `at` is where its reader sees this folder."""
    return "".join(
        f"{file(package).with_suffix('.control').read_text().rstrip()}\n"
        f"Filename: {at}/{file(package).name}\nSize: {file(package).stat().st_size}\nSHA256: {package.sha256}\n\n"
        for package in sorted(packages)
    )


def _is_whole(package: Package) -> bool:
    path = file(package)
    return path.with_suffix(".control").is_file() and path.is_file() and files.digest(path) == package.sha256
