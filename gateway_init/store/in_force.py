"""What the daemon put in place, as long as the box runs: by it a later edit is told from an earlier one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.base import note
from gateway_init.base.whole_file import write


class Placed(Struct, frozen=True):
    """Digests, never texts: there are secrets among them."""

    digests: dict[str, str] = {}
    refused: tuple[str, ...] = ()
    """Names of edited files that are not in force, because the gateway could not run with them."""
    reason: str = ""
    """Why not."""

    def differing(self, contents: Mapping[str, bytes]) -> list[str]:
        """Names of the files that are not as they were put in place."""
        return [name for name, content in contents.items() if digest(content) != self.digests.get(name)]

    def replacing(self, contents: Mapping[str, bytes]) -> Placed:
        """With these put in place, too."""
        refused = tuple(name for name in self.refused if name not in contents)
        digests = self.digests | {name: digest(content) for name, content in contents.items()}
        return Placed(digests, refused, self.reason if refused else "")


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def recall(file: Path) -> Placed | None:
    """None before the daemon's first start after boot."""
    return note.recall(file, Placed)


def remember(file: Path, placed: Placed) -> None:
    write(file, msgspec.json.encode(placed).decode(), mode=0o600)
