"""What the stories have in common: a download, and who carried it."""

from __future__ import annotations

import hashlib

from qemu.drive.shell import Job, Shell
from qemu.machine.accel import slowness
from qemu.world.content import content
from qemu.world.topology import STREAM_NAME
from qemu.world.vm import World

DOWNLOAD_LIMIT = 300.0

SIZE = 3_000_000
"""Bytes of a download: with the 8 Mbit/s of a line, 3 s and more. Emulated, that costs the machines 5 to 10 s of a
processor."""


def url(world: World, size: int = SIZE) -> str:
    return f"http://{world.description.web.name}/bytes/{size}"


def download(lan: Shell, world: World, size: int = SIZE, *, rate: str = "") -> Job:
    """Start a download whose end prints its SHA-256. `rate`: what it takes in a second at most, so that it lasts."""
    file, held = "/run/download", f" --limit-rate {rate}" if rate else ""
    patience = f"--max-time {DOWNLOAD_LIMIT * slowness():.0f}"
    return lan.start(f"curl -sS --fail {patience}{held} -o {file} {url(world, size)} && sha256sum {file}")


def fetched(lan: Shell, world: World, size: int) -> str:
    """The SHA-256 of another download, beside one that may be under way."""
    return lan.succeed(
        f"curl -sS --fail --max-time {DOWNLOAD_LIMIT * slowness():.0f} {url(world, size)} | sha256sum", DOWNLOAD_LIMIT
    ).split()[0]


def digest(job: Job) -> str:
    """The SHA-256 of what was downloaded."""
    return job.wait(DOWNLOAD_LIMIT).split()[0]


def expected(size: int = SIZE) -> str:
    return hashlib.sha256(content(size)).hexdigest()


def wait_until_named(lan: Shell, world: World, resolver: object, how: str = "") -> None:
    """Until a resolver tells the address of the routed site. The first time nothing to the second destination is open
    yet, and on a busy machine that takes longer than a resolver waits."""
    address = world.description.web.others[STREAM_NAME]
    ask = f"dig {how} +short +time=5 +tries=1 {STREAM_NAME} @{resolver}"
    lan.wait_until(ask, lambda told: told.strip() == address, what="no answer")


def seen_as(lan: Shell, name: str) -> str:
    """The address that a site of the web sees the home under."""
    return lan.succeed(f"curl -sS --fail --max-time 60 http://{name}/from", 90).strip()


def at_work(shares: dict[str, float], least: float = 0.05) -> list[str]:
    """The paths that carried a twentieth at least: a short download is half over when the last of them has joined."""
    return [path for path, share in shares.items() if share >= least]
