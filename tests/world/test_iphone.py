"""An iPhone shares its connection with whom its owner trusts: he is asked once, and the box is known from then on."""

from __future__ import annotations

import pytest

from qemu.drive.gateway import Gateway
from qemu.world.inside.iphone import SERIAL, SESSIONS
from qemu.world.line import tether
from qemu.world.vm import World
from tests.world.telephone import PHONE

RECORD = f"/data/lockdown/{SERIAL[:8]}-{SERIAL[8:]}.plist"
"""Of the telephone, as usbmuxd calls it."""
ASKED = 150.0
"""Seconds on the reference machine until a box that had not met it is trusted: it makes two keys of RSA for it."""

pytestmark = pytest.mark.spoils


def test_an_iphone_is_asked_for_its_trust_once(gateway: Gateway, world: World, mac: str) -> None:
    pocket = world.host("isp")
    tether.come_asking(world.description.line(PHONE), gateway, world)
    gateway.wait_until_succeeds(f"test -s {RECORD}", ASKED)
    assert gateway.succeed(f"stat -c '%U %a' {RECORD} /data/lockdown") == "usbmux 600\nusbmux 700\n"
    assert pocket.succeed(f"cat {SESSIONS}") == ""
    gateway.unplug(mac)
    gateway.wait_until_succeeds("journalctl -b -u usbmuxd -g 'Removed device'")
    kept = gateway.succeed(f"cksum {RECORD}")
    tether.plug_in(world.description.line(PHONE), gateway, world)
    pocket.wait_until_succeeds(f"test -s {SESSIONS}")
    assert gateway.succeed(f"cksum {RECORD}") == kept
