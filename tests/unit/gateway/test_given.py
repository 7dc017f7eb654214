"""Devices that routes know by the name they give: who has it now, and what else may stand in the file of leases."""

from __future__ import annotations

import selectors
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_init.base.process import CommandFailed
from gateway_init.daemon import given as module
from gateway_init.daemon.given import NOTE_EVERY, Given, Held, held
from gateway_init.host import leases

LENT = """\
1764480000 52:54:00:b1:0b:01 192.168.77.101 TV 01:52:54:00:b1:0b:01
1764480000 52:54:00:b1:0b:02 192.168.77.102 * *
1764480000 52:54:00:b1:0b:03 192.168.77.103 tv-of-mine *
duid 00:01
1764480000 9 fd00::9 tv 00:01
"""
SET, DEVICES = "given-tv-lent", frozenset({"tv"})
TV, UNNAMED, MINE, OTHER = (IPv4Address(f"192.168.77.{last}") for last in (101, 102, 103, 109))


def test_each_address_has_the_name_of_whom_it_was_lent(tmp_path: Path) -> None:
    file = tmp_path / "leases"
    assert leases.lent(file) == {}
    file.write_text(LENT)
    assert leases.lent(file) == {TV: "tv", UNNAMED: "*", MINE: "tv-of-mine"}


def test_wherever_the_file_was_cut_nobody_has_another_name(tmp_path: Path) -> None:
    file = tmp_path / "leases"
    for size in range(len(LENT)):
        file.write_text(LENT[:size])
        assert leases.lent(file).items() <= {TV: "tv", UNNAMED: "*", MINE: "tv-of-mine"}.items()


@given(st.text())
def test_whatever_stands_there_no_address_but_one_is_taken_for_one(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway_init.base.stranger.read", lambda *_: text)
        assert all(isinstance(each, IPv4Address) for each in leases.lent())


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(LENT)
    (tmp_path / "leases").symlink_to(tmp_path / "secret")
    assert leases.lent(tmp_path / "leases") == {}


addresses = st.sampled_from([TV, UNNAMED, MINE, OTHER])


@given(
    st.dictionaries(st.sampled_from(["tv", "pc"]), st.frozensets(addresses)),
    st.dictionaries(addresses, st.sampled_from(["tv", "pc", "*"])),
)
def test_no_device_has_what_another_one_is_lent_and_each_has_what_it_is_lent(
    before: Held, lent: dict[IPv4Address, str]
) -> None:
    now = held(before, lent, frozenset({"tv", "pc"}))
    for address, name in lent.items():
        assert {device for device, has in now.items() if address in has} == ({name} & {"tv", "pc"})


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
        self.broken = False

    def fill(self, _table: str, found: Held) -> None:
        self.told += 1
        if self.broken:
            raise CommandFailed(["nft"], 1, "no such set")
        self.held = found


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where its files are. It has run for a while."""
    monkeypatch.setattr(module, "Watch", lambda: leases.Watch(tmp_path / "leases"))
    monkeypatch.setattr(module, "uptime", lambda: 10 * NOTE_EVERY)
    return tmp_path


def keeper(firewall: Firewall, box: Path) -> Given:
    return Given(DEVICES, lambda: leases.lent(box / "leases"), firewall.fill, box / "noted")


def test_the_firewall_is_told_once_of_each_change_and_again_where_it_was_loaded_or_would_not_take_it(box: Path) -> None:
    firewall = Firewall()
    (box / "leases").write_text(LENT)
    devices = keeper(firewall, box)
    for _ in range(3):
        devices.keep(0)
    assert firewall.held == {SET: {TV}}
    assert firewall.told == 1
    devices.keep(1)
    devices.keep(1)
    assert firewall.told == 2

    firewall.broken = True
    (box / "leases").write_text(LENT.replace("101 TV", "109 TV"))
    devices.keep(1)
    firewall.broken = False
    devices.keep(1)
    assert firewall.held == {SET: {OTHER}}


def test_a_device_keeps_its_route_while_nothing_is_known_of_it_and_loses_it_with_its_name(box: Path) -> None:
    firewall = Firewall()
    (box / "leases").write_text(LENT)
    devices = keeper(firewall, box)
    devices.keep(0)
    # Its server is just writing the file.
    (box / "leases").write_text("")
    devices.keep(0)
    assert firewall.held == {SET: {TV}}
    # After a start of the box, devices go on with what they have.
    again = Firewall()
    keeper(again, box).keep(0)
    assert again.held == {SET: {TV}}
    (box / "leases").write_text(LENT.replace("TV", "laptop"))
    devices.keep(0)
    assert firewall.held == {SET: frozenset()}


def test_a_note_that_is_spoilt_or_cannot_be_kept_ends_nothing(box: Path) -> None:
    (box / "noted").mkdir()
    (box / "leases").write_text(LENT)
    firewall = Firewall()
    keeper(firewall, box).keep(0)
    assert firewall.held == {SET: {TV}}
    (box / "noted").rmdir()
    (box / "noted").write_text('{"tv": ["x"]}')
    keeper(firewall, box).keep(0)
    assert firewall.held == {SET: {TV}}


def test_what_is_lent_is_known_before_whoever_waits_goes_on(box: Path) -> None:
    (box / "leases").write_text("")
    firewall = Firewall()
    devices = keeper(firewall, box)
    devices.keep(0)
    with selectors.DefaultSelector() as selector:
        devices.register(selector)
        (box / "leases").write_text(LENT)
        for key, _ in selector.select(10):
            key.data()
    assert firewall.held == {SET: {TV}}


def test_where_no_route_names_a_device_nobody_is_watched(box: Path) -> None:
    firewall = Firewall()
    devices = Given(frozenset(), lambda: {TV: "tv"}, firewall.fill, box / "noted")
    with selectors.DefaultSelector() as selector:
        devices.register(selector)
        assert not selector.get_map()
    devices.keep(0)
    assert firewall.told == 0
