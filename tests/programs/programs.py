"""The programs of the image's own packages, as the cache of builds has them, and those of this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from gateway_init.base.process import run
from image.work import cache

LIBRARIES = ("usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/systemd")
LOADER = f"{LIBRARIES[0]}/ld-linux-x86-64.so.2"
WHERE = ("usr/sbin", "usr/bin")
WANTED = "usr/sbin/redsocks"
"""The gateway's root has it, that of the simulated Internet has not, which lies in the same cache."""
UNPACKED = tuple(f"./{each}" for each in (*WHERE, LIBRARIES[0]))
LEFT_OUT = ("--exclude=*/gconv", "--exclude=*/perl*")


class Programs:
    """Where to take a program from: the image's root comes first."""

    def __init__(self, folder: Path) -> None:
        """`folder` is empty, and takes what is unpacked."""
        self._root: Path | None = None
        for tar in sorted(cache.home().glob("root-*.tar"), key=lambda file: file.stat().st_mtime, reverse=True):
            run(["tar", "-C", folder, "--no-same-owner", *LEFT_OUT, "-xf", tar, *UNPACKED], check=False)
            if (folder / WANTED).exists():
                self._root = folder
                return
            shutil.rmtree(folder)
            folder.mkdir()

    def static(self, program: str) -> Path | None:
        """The file of a program that needs no libraries, hence no machine but one of its kind."""
        found = [self._root / where / program for where in WHERE] if self._root else []
        return next((file for file in found if file.exists()), None)

    def command(self, program: str) -> list[str | Path] | None:
        """The words that start a program; None where there is none. Its libraries are those that it was made for."""
        for where in WHERE if self._root else ():
            assert self._root
            if (file := self._root / where / program).exists():
                libraries = ":".join(str(self._root / each) for each in LIBRARIES)
                return [self._root / LOADER, "--library-path", libraries, file]
        found = shutil.which(program)
        return [found] if found else None
