"""What the proof on the frozen sites needs: their secrets, images and rigs, made where they are missing or stale."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor

from gateway_init.base.mistake import Mistake
from image import build
from qemu.world import root
from qemu.world.saved import Saved
from servers import keys
from tests.frozen import LOGS, SITES, STAND, Frozen


def ensure_images() -> None:
    """Make the image of each frozen site, and the secrets that are in it. Raises as image.build.build does."""
    for frozen in SITES:
        ensure(frozen)


def ensure(frozen: Frozen) -> None:
    """Make one site's."""
    ensure_secrets(frozen)
    build.build(frozen.load(), frozen.config, frozen.secrets, frozen.folder)


def ensure_rigs() -> None:
    """Boot the machines of sites and save them, all at once."""
    root.ensure(LOGS)
    with ThreadPoolExecutor(len(STAND)) as at_once:
        list(at_once.map(ensure_rig, STAND))


def ensure_rig(frozen: Frozen) -> None:
    """Boot one site's machines and save them."""
    Saved(frozen.image, frozen.load(), frozen.secrets, LOGS).ensure()


def ensure_secrets(frozen: Frozen) -> None:
    """Make the secrets of a site. Nobody else has any of them, so where one is wrong, all are made anew."""
    site = frozen.load()
    keys.make_missing(site, frozen.secrets)
    try:
        keys.check(site, frozen.secrets)
    except Mistake:
        shutil.rmtree(frozen.secrets)
        keys.make_missing(site, frozen.secrets)


MAKE = {"images": ensure_images, "rigs": ensure_rigs}
"""How to make what the stages of tests/stages.py name."""
