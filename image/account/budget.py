"""Whether what was made is as small as the recipe wants it."""

from __future__ import annotations

from collections.abc import Mapping

from gateway_init.base.mistake import Mistake

MEGABYTE = 1_000_000


def check(what: str, sizes: Mapping[str, int], megabytes: int, key: str) -> None:
    """Raises Mistake where files of those sizes, in bytes, take more than the budget under a key of the recipe."""
    total = sum(sizes.values())
    if total > megabytes * MEGABYTE:
        parts = ", ".join(f"{name} {size / MEGABYTE:.1f}" for name, size in sizes.items())
        raise Mistake(
            f"{what} has {total / MEGABYTE:.1f} MB, the budget is {megabytes} MB ({parts})",
            hint=f"`invoke info` shows what takes the space of the image of before; docs/image.md says how to leave\n"
            f"something out; the budget is {key} in image/recipe.yaml",
        )
