"""Which image runs: its version, and what it is for."""

from __future__ import annotations

from pathlib import Path

from gateway_init.wellknown import number as numbering


def read(file: Path = numbering.RELEASE) -> dict[str, str]:
    """Names and values; nothing where the file is missing."""
    try:
        return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
    except OSError:
        return {}


def version(file: Path = numbering.RELEASE) -> str:
    return read(file).get("version", "unknown")
