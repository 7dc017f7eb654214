"""What a gateway at work listens on."""

from __future__ import annotations

from gateway_init.config import Site
from gateway_init.wellknown import number as numbering
from image import build, recipe
from qemu.drive.gateway import Gateway
from tests.world.listening import COMMAND, heard
from tests.world.story import wait_until_all_up


def test_nothing_listens_but_what_the_recipe_lists_with_its_reason(gateway: Gateway, site: Site) -> None:
    wait_until_all_up(gateway)
    listed = recipe.load(build.RECIPE, recipe.Image).listening
    found = heard(gateway.succeed(COMMAND), site.lan.address.ip, numbering.BRIDGE)
    # A question for a name comes and goes.
    assert found | {"udp ephemeral any"} == set(listed)
