"""The same files as a folder and as a tarball, whose bytes depend on nothing but the files."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple


class File(NamedTuple):
    text: str
    mode: int


def write_folder(files: Mapping[str, File], folder: Path) -> None:
    """Make a new folder (0700, as every folder in it) with these files, on disk when this returns."""
    folder.mkdir(mode=0o700)
    for inner in _folders(files):
        (folder / inner).mkdir(mode=0o700)
    for name, file in files.items():
        _write(folder / name, file.text.encode(), file.mode)


def write_tarball(files: Mapping[str, File], top: str, target: Path) -> None:
    """Write a .tar.gz (0600) that unpacks to the folder `top`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for folder in ["", *_folders(files)]:
            entry = tarfile.TarInfo(str(PurePosixPath(top, folder)))
            entry.type, entry.mode = tarfile.DIRTYPE, 0o700
            tar.addfile(entry)
        for name, file in sorted(files.items()):
            data = file.text.encode()
            entry = tarfile.TarInfo(str(PurePosixPath(top, name)))
            entry.mode, entry.size = file.mode, len(data)
            tar.addfile(entry, io.BytesIO(data))
    _write(target, gzip.compress(buffer.getvalue(), mtime=0), 0o600)


def _folders(files: Mapping[str, File]) -> list[str]:
    """Every folder that the files lie in, a parent before its children."""
    return sorted({str(parent) for name in files for parent in PurePosixPath(name).parents} - {"."})


def _write(path: Path, data: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
