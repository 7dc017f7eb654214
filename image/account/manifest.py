"""What an image is made of: its packages, its kernel, its parts with their sizes and digests."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.base import process
from image.packages import package
from image.work import files

NAME = "manifest.json"
EPOCH = "SOURCE_DATE_EPOCH"


class Artifact(Struct, frozen=True):
    """A file that was made; all but the image itself are inside of it."""

    bytes: int
    sha256: str


class Commit(Struct, frozen=True):
    """Where the sources were."""

    id: str
    """Empty where they are not in git."""
    dirty: bool
    """Whether there were changes beside it."""
    seconds: int = 0
    """When it was made, since 1970: by this a box tells an older system from a newer one. 0 where nothing is known."""


class Manifest(Struct, frozen=True):
    """build/manifest.json."""

    site: str
    version: str
    """Of the image: a digest over the sources, the packages, the config and the secrets that it was made from."""
    compatible: str
    """What it is for; an update for something else is refused."""
    suite: str
    kernel: str
    commit: Commit
    artifacts: dict[str, Artifact]
    unpacked_bytes: int
    """Size of the root before it was squashed."""
    packages: dict[str, str]
    """Names and versions."""


def render(manifest: Manifest) -> str:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2).decode() + "\n"


def read(file: Path) -> Manifest:
    return msgspec.json.decode(file.read_bytes(), type=Manifest)


def artifact(file: Path) -> Artifact:
    """Size and digest of a file."""
    return Artifact(file.stat().st_size, files.digest(file))


def packages(status: str) -> dict[str, str]:
    """Names and versions in the text of dpkg's status file, sorted.

    >>> packages("Package: b\\nVersion: 2\\n\\nPackage: a\\nStatus: install ok installed\\nVersion: 1:1.0-1\\n")
    {'a': '1:1.0-1', 'b': '2'}
    """
    return dict(sorted((stanza["Package"], stanza["Version"]) for stanza in package.stanzas(status)))


def commit(project: Path) -> Commit:
    """The commit of the sources, and whether they differ from it.

    SOURCE_DATE_EPOCH in the environment says when sources that are not in git are from (reproducible-builds.org).
    """
    given = os.environ.get(EPOCH, "")
    try:
        # Also in another user's clone, and without a write to it.
        git = ["git", "--no-optional-locks", "-c", "safe.directory=*", "-C", str(project)]
        head = process.run([*git, "rev-parse", "HEAD"]).stdout.strip()
        made = process.run([*git, "show", "--no-patch", "--format=%ct", "HEAD"]).stdout.strip()
        changes = process.run([*git, "status", "--porcelain"]).stdout
    except (process.CommandFailed, FileNotFoundError):
        return Commit("", True, int(given) if given.isdecimal() else 0)
    return Commit(head, bool(changes), int(made))
