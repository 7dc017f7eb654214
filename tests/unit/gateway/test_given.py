"""Devices that routes know by the name they give: who has it now, and what else may stand in the file of leases."""

from __future__ import annotations

import selectors
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_init.base.process import CommandFailed
from gateway_init.daemon.given import Given, Held
from gateway_init.host import leases

LENT = """\
1764480000 52:54:00:b1:0b:01 192.168.77.101 TV 01:52:54:00:b1:0b:01
1764480000 52:54:00:b1:0b:02 192.168.77.102 * *
1764480000 52:54:00:b1:0b:03 192.168.77.103 laptop *
duid 00:01
1764480000 9 fd00::9 tv 00:01
"""
SET = "given-tv-lent"
TV, OTHER = (frozenset({IPv4Address(f"192.168.77.{last}")}) for last in (101, 109))


def test_each_name_has_the_addresses_that_were_lent_to_it(tmp_path: Path) -> None:
    file = tmp_path / "leases"
    assert leases.named(file) == {}
    file.write_text(LENT)
    assert leases.named(file) == {"tv": TV, "laptop": frozenset({IPv4Address("192.168.77.103")})}


@given(st.text())
def test_whatever_stands_there_no_address_but_one_is_taken_for_one(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway_init.base.stranger.read", lambda *_: text)
        assert all(isinstance(each, IPv4Address) for held in leases.named().values() for each in held)


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(LENT)
    (tmp_path / "leases").symlink_to(tmp_path / "secret")
    assert leases.named(tmp_path / "leases") == {}


def test_whoever_waits_is_woken_when_something_is_lent(tmp_path: Path) -> None:
    file = tmp_path / "leases"
    watch = leases.Watch(file)
    watch.look()
    for first in (True, False):
        # Its server begins with another file, as after a start of its own.
        file.unlink(missing_ok=True)
        file.write_text("" if first else LENT)
        watch.look()
        watch.heard()
        with selectors.DefaultSelector() as selector:
            selector.register(watch.wakeup, selectors.EVENT_READ)
            assert not selector.select(0)
            with file.open("a") as written:
                written.write(LENT)
            assert selector.select(10)
        watch.heard()


class Firewall:
    """What its sets hold, how often it was told, and whether it takes anything."""

    def __init__(self) -> None:
        self.held: Held = {}
        self.told = 0
        self.generation = 1
        self.broken = False

    def fill(self, _table: str, held: Held) -> None:
        self.told += 1
        if self.broken:
            raise CommandFailed(["nft"], 1, "no such set")
        self.held = held
        self.generation += 1


def keeper(firewall: Firewall, lent: Held) -> Given:
    return Given({SET: "tv"}, lambda: lent, firewall.fill, lambda: firewall.generation)


def test_the_firewall_is_told_once_of_each_change_and_again_where_it_was_changed_or_would_not_take_it() -> None:
    firewall, lent = Firewall(), {"tv": TV}
    devices = keeper(firewall, lent)
    for _ in range(3):
        devices.keep()
    assert (firewall.held, firewall.told) == ({SET: TV}, 1)

    firewall.generation += 1
    devices.keep()
    assert firewall.told == 2

    firewall.broken = True
    lent["tv"] = OTHER
    devices.keep()
    firewall.broken = False
    devices.keep()
    assert firewall.held == {SET: OTHER}

    del lent["tv"]
    devices.keep()
    assert firewall.held == {SET: frozenset()}


def test_what_is_lent_is_known_before_whoever_waits_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "leases"
    file.write_text("")
    monkeypatch.setattr("gateway_init.daemon.given.Watch", lambda: leases.Watch(file))
    firewall = Firewall()
    devices = Given({SET: "tv"}, lambda: leases.named(file), firewall.fill, lambda: firewall.generation)
    devices.keep()
    with selectors.DefaultSelector() as selector:
        devices.register(selector)
        file.write_text(LENT)
        for key, _ in selector.select(10):
            key.data()
    assert firewall.held == {SET: TV}


def test_where_no_route_names_a_device_nobody_is_watched() -> None:
    firewall = Firewall()
    devices = Given({}, lambda: {"tv": TV}, firewall.fill)
    with selectors.DefaultSelector() as selector:
        devices.register(selector)
        assert not selector.get_map()
    devices.keep()
    assert firewall.told == 0
