"""Scripts that finish a root: rootfs-hooks/NN-name, run inside of it in order, without network."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from image.work import step

NAME = re.compile(r"[0-9]{2}-[a-z0-9-]+")
DEVICES = ("null", "zero", "full", "random", "urandom")


def run_all(hooks: Path, root: Path, seconds: int) -> None:
    """Run each hook inside the root. Runs in a sandbox.

    Raises Mistake with its output for one that fails, and for a file that is not a hook.
    """
    for hook in sorted(hooks.iterdir()):
        if not NAME.fullmatch(hook.name):
            raise Mistake(f"{hook}: not the name of a hook", hint="call it NN-name, such as 20-units")
        if not os.access(hook, os.X_OK):
            raise Mistake(f"{hook}: not executable", hint=f"chmod +x {hook}")
    with _furnished(root, hooks) as inside:
        for hook in sorted(hooks.iterdir()):
            with step.step(f"Hook {hook.name}"):
                _run(root, hook, inside / hook.name, seconds)


def _run(root: Path, hook: Path, inside: Path, seconds: int) -> None:
    try:
        process.run(
            ["unshare", "--net", "chroot", root, inside],
            env={
                "PATH": "/usr/sbin:/usr/bin",
                "HOME": "/root",
                "TMPDIR": "/tmp",  # noqa: S108 - of the root
                "SOURCE_DATE_EPOCH": str(seconds),
            },
        )
    except process.CommandFailed as failure:
        output = "\n".join(f"| {line}" for line in failure.output.splitlines())
        raise Mistake(f"hook {hook} failed with exit code {failure.code}", hint=output) from None


@contextmanager
def _furnished(root: Path, hooks: Path) -> Iterator[Path]:
    """A root with /proc, a few devices and the hooks in it; yields where the hooks are in there."""
    mounts = [(root / name) for name in ("proc", "dev", "run", "tmp")]
    process.run(["mount", "-t", "proc", "proc", mounts[0]])
    for place in mounts[1:]:
        process.run(["mount", "-t", "tmpfs", "-o", "mode=755", "hooks", place])
    try:
        for device in DEVICES:
            (root / "dev" / device).touch()
            process.run(["mount", "--bind", f"/dev/{device}", root / "dev" / device])
        inside = Path("/run/hooks")
        (root / "run/hooks").mkdir()
        process.run(["mount", "--bind", hooks, root / "run/hooks"])
        yield inside
    finally:
        for place in mounts:
            process.run(["umount", "--recursive", place])
