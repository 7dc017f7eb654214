"""Somebody's access point: what hostapd is told, and where it leads."""

from __future__ import annotations

import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.config import secret
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from qemu.machine.machine import network_cards
from qemu.world.access_point import config
from qemu.world.description import Line
from qemu.world.line.wifi import PORT
from qemu.world.topology import describe
from tests.frozen import THIRD


def lines(site: Site) -> dict[str, Line]:
    given = {file: f"the {file}" for file in secret.of_uplinks(site)}
    return {line.name: line for line in describe(site, given).lines}


def says(security: str, *, hidden: bool = False) -> set[str]:
    return set(config('Café "Loft" #2', "IN", security, "a password", hidden=hidden).splitlines())


def test_it_is_called_as_the_config_says_and_asks_for_the_line_s_password() -> None:
    den = lines(THIRD.load())["den"]
    assert den.details["network"] == 'Café "Loft" #2'
    assert den.details["password"] == "the uplink-den.password"
    assert "ssid2=436166c3a920224c6f667422202332" in says("auto")


def test_what_it_hears_goes_by_a_port_that_is_no_other_line_s() -> None:
    found = lines(THIRD.load())
    assert found["den"].gateway_mac == network_cards()[PORT]
    assert [name for name, line in found.items() if line.gateway_mac == network_cards()[PORT]] == ["den"]


def test_two_lines_that_would_lead_to_the_same_place_are_refused() -> None:
    both = parse(THIRD.text.replace("uplinks:\n", "uplinks:\n  two: {kind: dhcp, device: enp5s0}\n"))
    with pytest.raises(Mistake, match="has one end for it and den together"):
        lines(both)


def test_an_open_one_asks_for_nothing_and_a_hidden_one_keeps_its_name() -> None:
    assert not [line for line in says("open") if line.startswith(("wpa", "sae", "ieee80211w"))]
    assert {"wpa_key_mgmt=SAE", "ieee80211w=2", "sae_password=a password"} <= says("wpa3")
    assert {"wpa_key_mgmt=WPA-PSK", "wpa_passphrase=a password"} <= says("wpa2")
    assert "ignore_broadcast_ssid=1" in says("open", hidden=True)
    assert "ignore_broadcast_ssid=1" not in says("open")
