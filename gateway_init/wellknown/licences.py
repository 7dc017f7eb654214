"""Where the box keeps the licences of what is in its image, and how: the build packs them, `braid licences` reads."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

FILE = Path("/usr/share/braid/licences.json.xz")
"""`Licences` as JSON, compressed with xz: together their texts are a tenth of what they are each by itself."""


class Package(Struct, frozen=True):
    licences: tuple[str, ...]
    """Their names as Debian writes them, such as GPL-2+; none where only the text tells."""
    text: str
    """Debian's copyright file."""


class Licences(Struct, frozen=True):
    packages: dict[str, Package]
    """By name, sorted."""
    common: dict[str, str]
    """Texts that copyright files refer to instead of repeating them, such as GPL-2; by name, sorted."""
