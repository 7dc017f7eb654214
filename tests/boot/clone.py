"""A copy of this project whose sources a test may spoil, and builds in it as a user runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from image import rebuild
from image.account import manifest
from image.work import sandbox
from tests.frozen import HOME

SITE = "overlay/etc/braid/gateway.yaml"

NOWHERE = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
"""Settings with which no archive is reached."""


class Clone:
    """The sources, for the frozen home site, with secrets, in a folder of their own. The cache is shared."""

    def __init__(self, folder: Path, secrets: Path, env: Mapping[str, str] | None = None) -> None:
        """`env` is for all that is run in here."""
        self.folder = folder
        # The sources here are not in git. They are as old as the frozen image: no update to them is one to older ones.
        self._env = {"PYTHONPATH": str(folder), manifest.EPOCH: str(_seconds()), **(env or {})}
        for name in ("image", "overlay", "rootfs-hooks", "gateway_init", "servers", "task"):
            shutil.copytree(
                sandbox.PROJECT / name,
                folder / name,
                symlinks=True,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        for name in ("tasks.py", "command_line.py"):
            shutil.copyfile(sandbox.PROJECT / name, folder / name)
        shutil.copyfile(HOME.config, folder / SITE)
        shutil.copytree(secrets, folder / "secrets")

    @property
    def image(self) -> Path:
        return self.folder / "build/braid.img"

    def invoke(self, *words: str) -> list[str]:
        """The command line of a task in here, as the launcher has it."""
        return [sys.executable, "-Es", str(self.folder / "tasks.py"), *words]

    def start(
        self, env: Mapping[str, str] | None = None, before: Sequence[str] = (), *, bundle: bool = False
    ) -> subprocess.Popen[str]:
        """Begin a build. `before` is put before the command. `bundle`: of the update bundle, too."""
        return subprocess.Popen(
            [
                *before,
                sys.executable,
                "-m",
                "image.rebuild",
                SITE,
                "secrets",
                "build",
                *([] if bundle else [rebuild.IMAGE_ONLY]),
            ],
            cwd=self.folder,
            env={**os.environ, **self._env, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def build(
        self, env: Mapping[str, str] | None = None, before: Sequence[str] = (), *, bundle: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Build to the end, well or not."""
        process = self.start(env, before, bundle=bundle)
        out, err = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def python(
        self, *words: str, env: Mapping[str, str] | None = None, before: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run Python on the sources here."""
        return subprocess.run(
            [*before, sys.executable, *words],
            cwd=self.folder,
            env={**os.environ, **self._env, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Put a file into the sources."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def replace(self, path: str, old: str, new: str) -> None:
        """Change a text in a file of the sources; it must be there."""
        text = (self.folder / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new, 1))


def _seconds() -> int:
    """When the sources of the frozen image are from; of the project, where that is not made yet."""
    made = HOME.folder / manifest.NAME
    return (manifest.read(made).commit if made.exists() else manifest.commit(sandbox.PROJECT)).seconds
