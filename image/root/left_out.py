"""What a root goes without once it is installed: packages, files, and the privileges of programs."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from gateway_init.base.mistake import Mistake
from image import recipe

DPKG = "var/lib/dpkg"
PRIVILEGES = stat.S_ISUID | stat.S_ISGID


def remove(root: Path, wanted: recipe.Remove) -> None:
    """Remove packages and files from a root. Raises Mistake for a package or pattern that is not there."""
    lists = package_files(root)
    if unknown := [name for name in wanted.packages if name not in lists]:
        raise Mistake(f"`remove` names packages that are not installed: {', '.join(unknown)}")
    for path in orphaned(lists, wanted.packages):
        # A folder that is not empty holds what the installation has made there.
        if (root / path).is_symlink() or not (root / path).is_dir() or not any((root / path).iterdir()):
            _delete(root / path)
    status = root / DPKG / "status"
    status.write_text(without(status.read_text(), wanted.packages))
    for file in (root / DPKG / "info").iterdir():
        if _package(file) in wanted.packages:
            file.unlink()
    paths = [path.relative_to(root).as_posix() for path in root.rglob("*")]
    found = {pattern: matching(paths, pattern) for pattern in wanted.files}
    if unknown := [pattern for pattern, fitting in found.items() if not fitting]:
        raise Mistake(f"`remove` names files that are not there: {', '.join(unknown)}")
    for path in {path for fitting in found.values() for path in fitting}:
        _delete(root / path)


def package_files(root: Path) -> dict[str, list[str]]:
    """The paths of each package, relative to the root, as dpkg lists them; those in a merged /usr by that name."""
    merged = {name for name in ("bin", "sbin", "lib", "lib64") if (root / name).is_symlink()}
    found = {}
    for file in sorted((root / DPKG / "info").glob("*.list")):
        lines = (line.lstrip("/") for line in file.read_text().splitlines())
        found[_package(file)] = [
            f"usr/{line}" if line.partition("/")[0] in merged else line for line in lines if line not in ("", ".")
        ]
    return found


def orphaned(lists: Mapping[str, Iterable[str]], leaving: Collection[str]) -> list[str]:
    """Paths that only packages which leave have, those in a folder before the folder.

    >>> orphaned({"perl": ["usr", "usr/bin/perl"], "bash": ["usr", "usr/bin/bash"]}, ["perl"])
    ['usr/bin/perl']
    """
    staying = {path for name, paths in lists.items() if name not in leaving for path in paths}
    return sorted({path for name in leaving for path in lists[name]} - staying, reverse=True)


def without(status: str, leaving: Collection[str]) -> str:
    """The text of dpkg's status file without some packages."""
    kept = [each for each in status.split("\n\n") if each.partition("\n")[0].removeprefix("Package: ") not in leaving]
    return "\n\n".join(kept).rstrip("\n") + "\n"


def matching(paths: Iterable[str], pattern: str) -> list[str]:
    """Paths, relative to the root, that an absolute pattern fits.

    >>> matching(["usr/lib/gconv", "usr/lib/gconv/IBM037.so"], "/usr/lib/gconv/*")
    ['usr/lib/gconv/IBM037.so']
    """
    return [path for path in paths if fnmatchcase(f"/{path}", pattern)]


def strip_privileges(root: Path, kept: Mapping[str, str]) -> None:
    """Take set-uid and set-gid from all programs but those. Raises Mistake for one that has neither."""
    privileged = {
        f"/{file.relative_to(root).as_posix()}": file
        for file in root.rglob("*")
        if file.is_file() and not file.is_symlink() and file.stat().st_mode & PRIVILEGES
    }
    if unknown := sorted(kept.keys() - privileged.keys()):
        raise Mistake(f"`privileged` names what is neither set-uid nor set-gid: {', '.join(unknown)}")
    for name, file in privileged.items():
        if name not in kept:
            file.chmod(stat.S_IMODE(file.stat().st_mode) & ~PRIVILEGES)


def _package(file: Path) -> str:
    """The package that a file in dpkg's folder is about: libc6 for libc6:amd64.list."""
    return file.stem.partition(":")[0]


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
