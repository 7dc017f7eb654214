"""What the stories have in common: a download, and who carried it."""

from __future__ import annotations

import hashlib

from qemu.drive.shell import Job, Shell
from qemu.world.content import content
from qemu.world.vm import World

DOWNLOAD_LIMIT = 300.0

SIZE = 20_000_000
"""Bytes of a download: with 8 Mbit/s, 20 s and more."""


def url(world: World, size: int = SIZE) -> str:
    return f"http://{world.description.web.name}/bytes/{size}"


def download(lan: Shell, world: World, size: int = SIZE) -> Job:
    """Start a download whose end prints its SHA-256."""
    file = "/run/download"
    return lan.start(f"curl -sS --fail --max-time 600 -o {file} {url(world, size)} && sha256sum {file}")


def digest(job: Job) -> str:
    """The SHA-256 of what was downloaded."""
    return job.wait(DOWNLOAD_LIMIT).split()[0]


def expected(size: int = SIZE) -> str:
    return hashlib.sha256(content(size)).hexdigest()


def at_work(shares: dict[str, float]) -> list[str]:
    """The paths that carried a tenth at least."""
    return [path for path, share in shares.items() if share >= 0.1]
