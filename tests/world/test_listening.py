"""What a gateway at work listens on."""

from __future__ import annotations

from gateway_init.config.site import Site
from gateway_init.wellknown import number
from image import build, recipe
from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from tests.world.listening import COMMAND, heard


def test_nothing_listens_but_what_the_recipe_lists_with_its_reason(gateway: Gateway, site: Site) -> None:
    wait_until_all_up(gateway)
    listed = recipe.load(build.RECIPE, recipe.Image).listening
    found = heard(gateway.succeed(COMMAND), site.lan.address.ip, number.BRIDGE)
    # A question for a name comes and goes, and the time is told only once it is known.
    assert found | {"udp ephemeral any", "udp 123 lan"} == set(listed)
