"""What the proof on the frozen sites needs: their secrets and images, made where they are missing or out of date."""

from __future__ import annotations

import shutil

from gateway_init.base.mistake import Mistake
from image import build
from servers import keys
from tests.frozen import SITES, Frozen


def ensure_all() -> None:
    """Make the image of each frozen site, and the secrets that are in it. Raises as image.build.build does."""
    for frozen in SITES:
        ensure(frozen)


def ensure(frozen: Frozen) -> None:
    """Make one site's."""
    ensure_secrets(frozen)
    build.build(frozen.load(), frozen.config, frozen.secrets, frozen.folder)


def ensure_secrets(frozen: Frozen) -> None:
    """Make the secrets of a site. Nobody else has any of them, so where one is wrong, all are made anew."""
    site = frozen.load()
    keys.make_missing(site, frozen.secrets)
    try:
        keys.check(site, frozen.secrets)
    except Mistake:
        shutil.rmtree(frozen.secrets)
        keys.make_missing(site, frozen.secrets)
