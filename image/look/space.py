"""What takes the space of an image: by slot file, by package, by folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from image import recipe
from image.account.budget import MEGABYTE
from image.disk import layout, slot
from image.look.contents import Contents, File

ROWS = 25
"""Of each table for a person; JSON has all."""

DEPTH = 3
"""Of the folders in the table."""

MADE = "(made by the build)"


class Share(Struct, frozen=True):
    """What a package or a folder takes."""

    name: str
    bytes: int
    """Unpacked."""
    packed: int
    """Estimated: of the root's compressed bytes, in proportion to what each file takes when compressed by itself."""


class Info(Struct, frozen=True):
    image_bytes: int
    partition_bytes: tuple[int, ...]
    slot_bytes: dict[str, int]
    """The files of a slot."""
    budget_bytes: int
    """What they may take together."""
    packages: tuple[Share, ...]
    folders: tuple[Share, ...]


def of(contents: Contents, budget: recipe.Budget) -> Info:
    """Sum up what an image holds; it must have been read with `pack`."""
    total = contents.slot[slot.ROOT]
    return Info(
        image_bytes=contents.bytes,
        partition_bytes=contents.partitions,
        slot_bytes=contents.slot,
        budget_bytes=budget.slot * MEGABYTE,
        packages=shares(contents.files, total, origin),
        folders=shares(contents.files, total, lambda file: folder(file.path)),
    )


def shares(files: Iterable[File], total: int, group: Callable[[File], str]) -> tuple[Share, ...]:
    """What each group of files takes, the largest first; the shares of `total` compressed bytes add up to it."""
    plain: Counter[str] = Counter()
    packed: Counter[str] = Counter()
    for file in files:
        plain[group(file)] += file.bytes
        packed[group(file)] += file.packed
    scale = total / max(1, packed.total())
    found = [Share(name, plain[name], round(packed[name] * scale)) for name in plain]
    return tuple(sorted(found, key=lambda share: (-share.packed, share.name)))


def origin(file: File) -> str:
    """The package of a file."""
    return "gateway_init" if "/gateway_init/" in file.path else file.package or MADE


def folder(path: str) -> str:
    """
    >>> folder("/usr/lib/modules/6.12/kernel/fs/ext4/ext4.ko"), folder("/etc/fstab")
    ('/usr/lib/modules', '/etc')
    """
    return "/".join(path.split("/")[: DEPTH + 1][: path.count("/")])


def as_json(info: Info) -> str:
    return msgspec.json.format(msgspec.json.encode(info), indent=2).decode() + "\n"


def as_text(info: Info) -> str:
    """Tables in MB (10^6 bytes)."""
    taken = sum(info.slot_bytes.values())
    places = ", ".join(
        f"{name} {_mb(size)}" for name, size in zip(layout.PARTITIONS, info.partition_bytes, strict=False)
    )
    lines = [
        f"File   {_mb(info.image_bytes)} MB" + (f" ({places})" if places else ""),
        f"Slot   {_mb(taken)} of {_mb(info.budget_bytes)} MB",
    ]
    lines += [f"  {_mb(size):>7}  {name}" for name, size in info.slot_bytes.items()]
    for title, rows in (("package", info.packages), ("folder", info.folders)):
        lines += ["", f"The root by {title}: compressed (estimated) and unpacked MB"]
        lines += [f"  {_mb(row.packed):>7}  {_mb(row.bytes):>7}  {row.name}" for row in rows[:ROWS]]
        if rest := rows[ROWS:]:
            packed, plain = sum(row.packed for row in rest), sum(row.bytes for row in rest)
            lines.append(f"  {_mb(packed):>7}  {_mb(plain):>7}  {len(rest)} more (--json has all)")
    return "\n".join(lines) + "\n"


def _mb(size: int) -> str:
    return f"{size / MEGABYTE:.1f}"
