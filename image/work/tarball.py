"""Trees kept as tar files (tar(1)): in the cache, and on their way from one sandbox to the next."""

from __future__ import annotations

from pathlib import Path

from gateway_init.base import process


def pack(tree: Path, into: Path, *parts: str) -> None:
    """Put a tree, or only the named parts of it, such as `usr/lib`, into a tar file."""
    process.run(["tar", "--create", "--file", into, "--directory", tree, "--numeric-owner", *(_inside(parts) or ["."])])


def unpack(tar: Path, into: Path, *parts: str, without: str = "") -> None:
    """Unpack a tar file, or only the named parts of it, over what is in a folder. `without` is a pattern of tar's."""
    exclude = [f"--exclude={without}"] if without else []
    process.run(["tar", "--extract", "--file", tar, "--directory", into, *exclude, *_inside(parts)])


def read(tar: Path, part: str) -> str:
    """The text of one file. Raises CommandFailed where there is none."""
    return process.run(["tar", "--extract", "--file", tar, "--to-stdout", *_inside((part,))]).stdout


def _inside(parts: tuple[str, ...]) -> list[str]:
    return [f"./{part}" for part in parts]
