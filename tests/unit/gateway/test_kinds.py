"""A new kind of line goes through the whole house by nothing but being in the list."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from gateway_init.base.process import run
from tests.unit.gateway.toy import Journey

ROOT = Path(__file__).parents[3]

SITE = """
site: treehouse
lan:
  ports: [enp1s0]
  address: 10.0.0.1/24
  dhcp: {first: 10.0.0.10, last: 10.0.0.20}
  resolvers: [9.9.9.9]
uplinks:
  friend: {kind: tins, tin: tin0, metres: 7}
servers:
  only: {role: destination, address: 198.51.100.2, openvpn: {network: 10.9.0.0/24}}
paths:
  friend: {uplink: friend}
policy: {destination: only}
"""


@pytest.fixture(scope="module")
def toy() -> Journey:
    program = [sys.executable, "-m", "tests.unit.gateway.toy"]
    return msgspec.json.decode(run(program, stdin=SITE, cwd=ROOT).stdout, type=Journey)


def test_its_mistakes_are_told_with_key_and_line(toy: Journey) -> None:
    assert "gateway.yaml:9: uplinks.friend.knot: unknown key" in toy.mistakes
    assert "gateway.yaml:9: uplinks.friend.metres: 700 of string sag; give at most 100" in toy.mistakes


def test_a_check_says_where_it_is(toy: Journey) -> None:
    assert "  friend  tins  7 m of string at tin0\n" in toy.checked


def test_its_secrets_are_asked_for(toy: Journey) -> None:
    assert "uplink-friend.whistle" in toy.secrets


def test_the_firewall_lets_out_what_it_needs_and_no_more(toy: Journey) -> None:
    assert 'oifname "tin0" fib saddr . oif type local udp dport 4242 accept\n' in toy.ruleset
    assert 'oifname "tin0" fib saddr . oif type local jump output_destination\n' in toy.ruleset


def test_its_unit_is_started_and_its_interface_is_up(toy: Journey) -> None:
    assert toy.units[0] == "braid-tins-friend.service"
    assert "Up(link='tin0')" in toy.planned
    assert "Endpoint(address=IPv4Address('192.0.2.5'), link=5, id=0, backup=False)" in toy.planned


def test_status_says_whether_it_is_up_and_why_not(toy: Journey) -> None:
    assert "friend: the string hangs loose" in toy.loose.splitlines()[0]
    assert "192.0.2.5" in toy.tight


def test_it_is_not_used_with_an_address_of_the_lan_s(toy: Journey) -> None:
    assert "friend: the provider gave 10.0.0.1, but 10.0.0.0/24 is lan.address" in toy.refused.splitlines()[0]


def test_an_image_without_what_it_needs_is_not_built(toy: Journey) -> None:
    assert toy.build.startswith("error: the recipe lacks what the site's lines need:\n")
    assert "packages: string (uplinks.friend is of kind tins)" in toy.build
    assert "kernel.modules: tin (uplinks.friend is of kind tins)" in toy.build
    assert "kernel.firmware: tin/knot.bin (uplinks.friend is of kind tins)" in toy.build
    assert "image/recipe.yaml" in toy.build


def test_editors_know_its_keys(toy: Journey) -> None:
    assert '"const": "tins"' in toy.page or '"tins"' in toy.page
    assert "Of string." in toy.page
