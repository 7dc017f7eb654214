"""Which drivers an image has follows from the recipe and the kernel's package, and from nothing else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from image import build, recipe
from image.packages.package import Package
from image.root import drivers
from image.work import sandbox

KERNEL = Package("linux-image-6.12.1-amd64", "6.12.1-1", "amd64", "ab" * 32)
SHELL = Package("bash", "5.2-1", "amd64", "cd" * 32)


@pytest.fixture
def ours() -> recipe.Image:
    return recipe.load(build.RECIPE, recipe.Image)


def test_only_another_kernel_or_another_rule_makes_other_drivers(ours: recipe.Image) -> None:
    name = drivers.entry(ours, [KERNEL, SHELL], "tools.tar")
    newer_shell = msgspec.structs.replace(SHELL, sha256="ef" * 32)
    assert drivers.entry(ours, [KERNEL, newer_shell], "tools.tar") == name
    more = msgspec.structs.replace(ours, packages=(*ours.packages, "htop"), without=(*ours.without, "/usr/games/*"))
    assert drivers.entry(more, [KERNEL, SHELL], "tools.tar") == name

    newer = msgspec.structs.replace(KERNEL, sha256="ef" * 32)
    assert drivers.entry(ours, [newer, SHELL], "tools.tar") != name
    kernel = msgspec.structs.replace(ours.kernel, keep=(*ours.kernel.keep, "nfs"))
    assert drivers.entry(msgspec.structs.replace(ours, kernel=kernel), [KERNEL, SHELL], "tools.tar") != name
    fewer = msgspec.structs.replace(ours, without=(*ours.without, "/usr/lib/modules/*/kernel/sound/*"))
    assert drivers.entry(fewer, [KERNEL, SHELL], "tools.tar") != name


def test_what_a_recipe_leaves_out_of_all_packages_is_left_out_of_the_kernel_s_too() -> None:
    world = recipe.load(sandbox.PROJECT / "qemu/world/recipe.yaml", recipe.Root)
    wanted = drivers.request(world, [KERNEL, SHELL], Path("tools.tar"), Path("drivers.tar"))
    assert wanted.packages == (KERNEL,)
    assert wanted.keep == ()
    assert "/usr/lib/modules/*/kernel/sound/*" in wanted.without
    assert "/usr/share/man/*" not in wanted.without


def test_every_module_that_the_recipe_or_the_initrd_names_stays(ours: recipe.Image) -> None:
    assert {*ours.kernel.modules, *ours.initrd.modules, *ours.initrd.last} <= set(drivers.kept(ours))
