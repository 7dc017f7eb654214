"""What a site's lines need is in the image, and loaded when it starts."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.config import secret
from image import build, recipe
from image.root import identity, overlay, site
from image.work import sandbox
from tests.unit.gateway.given import SITE


def test_the_recipe_has_what_the_site_s_lines_need() -> None:
    site.check_needs(SITE, recipe.load(build.RECIPE, recipe.Image))


def test_a_recipe_without_it_is_refused_by_name() -> None:
    wanted = recipe.load(build.RECIPE, recipe.Image)
    without = msgspec.structs.replace(wanted, packages=tuple(name for name in wanted.packages if name != "ppp"))
    with pytest.raises(Mistake, match=r"packages: ppp \(uplinks\.\S+ is of kind pppoe\)"):
        site.check_needs(SITE, without)


def test_its_modules_are_loaded_at_the_start(tmp_path: Path) -> None:
    (tmp_path / secret.UPDATE_SSH_PUBLIC).write_text("ssh-ed25519 AAAA braid-update\n")
    names = site.variables(SITE, identity.of(SITE.site), tmp_path, board="apu", version="0123", made=7)
    text = overlay.render(sandbox.PROJECT / "overlay/etc/modules-load.d/braid.conf.j2", names)
    assert {"pppoe", "tun", "nft_ct"} <= set(text.splitlines())
    assert "rndis_host" not in text.splitlines(), "what is plugged in is udev's, and the start waits for none of it"
