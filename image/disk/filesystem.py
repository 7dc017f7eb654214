"""ext4 file systems, the same bytes for the same content (mke2fs 1.47.1 and later)."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid5

from gateway_init.base.mistake import Mistake
from gateway_init.base.process import CommandFailed
from image.packages.tools import Tools

PLAIN = "^has_journal,^metadata_csum_seed,^orphan_file"
"""Features for what GRUB reads and hardly anybody writes."""

LASTING = "^metadata_csum_seed,^orphan_file"
"""Features for what is written for years, and survives a power cut."""


def make(
    tools: Tools,
    into: Path,
    *,
    mebibytes: int,
    uuid: UUID,
    label: str,
    seconds: int,
    features: str = PLAIN,
    content: Path | None = None,
) -> None:
    """Make a file with a file system of that size, with a folder's content in it.

    Raises Mistake where the content does not fit.
    """
    tree: list[str | Path] = ["-d", content] if content else []
    try:
        tools.run(
            "mke2fs", "-q", "-t", "ext4", "-O", features, "-m", "0", "-U", str(uuid), "-L", label,
            # mke2fs would draw the seed of its directory hashes at random.
            "-E", f"root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,hash_seed={uuid5(uuid, 'hash-seed')}",
            *tree, into, f"{mebibytes}M",
            env={"SOURCE_DATE_EPOCH": str(seconds)},
        )  # fmt: skip
    except CommandFailed as failure:
        if content and "Could not allocate block" in failure.output:
            size = sum(file.stat().st_size for file in content.rglob("*") if file.is_file())
            raise Mistake(
                f"{label} overflows: {size / 2**20:.0f} MiB do not fit into {mebibytes} MiB",
                hint="leave out packages or files, or enlarge the partition: both are in image/recipe.yaml",
            ) from None
        raise
