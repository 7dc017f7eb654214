"""What a program of ours wrote for its next start: read back, or lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

Kind = TypeVar("Kind")


def recall(file: Path, kind: type[Kind], from_text: Callable[[type, Any], Any] | None = None) -> Kind | None:
    """What a file of JSON says; None where there is none, or it is damaged: on a worn card anything may stand there.

    `from_text` makes what JSON has no word for, as msgspec asks for it (dec_hook).
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind, dec_hook=from_text)
    except (OSError, ValueError, msgspec.DecodeError):
        return None
