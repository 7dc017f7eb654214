"""The world's root: made by the image's own code from recipe.yaml, and cached."""

from __future__ import annotations

from pathlib import Path

from image import bootable, recipe
from qemu.world.vm import Root

RECIPE = Path(__file__).with_name("recipe.yaml")


def ensure(logs: Path) -> Root:
    """Kernel, initrd and root of the world VM, from the cache or made; `logs` takes the makers' output.

    Raises what image.bootable.ensure raises.
    """
    made = bootable.ensure(recipe.load(RECIPE, recipe.Root), logs)
    return Root(kernel=made.vmlinuz, initrd=made.initrd, squashfs=made.squashfs)
