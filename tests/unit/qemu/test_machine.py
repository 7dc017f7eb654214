"""QEMU's command lines, where a slip would make the tests prove less than they say."""

from __future__ import annotations

from pathlib import Path

from qemu.drive.gateway import cards
from qemu.machine.machine import (
    BOARD_PORTS,
    GATEWAY_CPU,
    Gateway,
    Phone,
    Redirected,
    cable,
    gateway_argv,
    network_cards,
    phone_cards,
    phone_socket,
)
from qemu.world.topology import describe
from qemu.world.vm import cards as ends
from qemu.world.vm import command_line
from tests.frozen import THIRD

RUN = Path("/tmp/braid-run-12345678")
BOARD = list(network_cards().items())[:BOARD_PORTS]


def line(folder: Path = RUN, clock: str = "", phones: tuple[Phone | Redirected, ...] = ()) -> str:
    machine = Gateway(
        name="g",
        memory=1024,
        cpu=GATEWAY_CPU,
        monitor=folder / "qmp",
        cards=cards(folder),
        serial=folder / "ttyS0",
        events=folder / "events",
        disk=folder / "disk",
        clock=clock,
        phones=phones,
    )
    return " ".join(gateway_argv(machine, "tcg"))


def test_each_port_has_a_root_port_of_its_own_in_order() -> None:
    for number, (name, mac) in enumerate(BOARD, start=1):
        assert name == f"enp{number}s0"
        assert f"pcie-root-port,id=port{number},bus=pcie.0,chassis={number}" in line()
        assert f"virtio-net-pci,mac={mac},bus=port{number}" in line()


def test_it_boots_from_usb_and_shows_nothing_but_a_serial_line() -> None:
    assert "usb-storage,bus=usb.0,drive=disk" in line()
    assert "-display none" in line()
    assert "-nodefaults" in line()


def test_its_clock_is_right_unless_it_is_told_another_time() -> None:
    assert "-rtc" not in line()
    assert "-rtc base=2009-01-01T00:00:00 " in line(clock="2009-01-01T00:00:00")


def test_a_cable_is_plugged_in_where_the_world_holds_its_other_end(tmp_path: Path) -> None:
    (name, mac), *others = BOARD
    cable(tmp_path, mac).touch()
    assert f"stream,server=off,addr.type=unix,addr.path={cable(tmp_path, mac)},id={name}" in line(tmp_path)
    assert f"virtio-net-pci,netdev={name},mac={mac}" in line(tmp_path)
    for _, other in others:
        assert f"virtio-net-pci,mac={other}" in line(tmp_path)


def test_it_has_the_board_s_ports_and_as_many_more_as_cables_lead_to(tmp_path: Path) -> None:
    assert [card.name for card in cards(tmp_path)] == ["enp1s0", "enp2s0", "enp3s0"]
    cable(tmp_path, network_cards()["enp5s0"]).touch()
    assert [card.name for card in cards(tmp_path)] == ["enp1s0", "enp2s0", "enp3s0", "enp4s0", "enp5s0"]


def test_a_telephone_s_cable_hangs_loose_until_one_is_plugged_in(tmp_path: Path) -> None:
    mac = phone_cards()["USB 1-3"]
    cable(tmp_path, mac).touch()
    loose = line(tmp_path)
    assert f"path={cable(tmp_path, mac)},id=usb23" in loose
    assert "usb-net" not in loose
    plugged = line(tmp_path, phones=(Phone("usb23", phone_socket(mac), mac),))
    assert f"usb-net,id=phone-usb23,bus=usb.0,port=3,netdev=usb23,mac={mac}" in plugged


def test_a_device_of_the_world_s_is_fetched_from_there(tmp_path: Path) -> None:
    mac = phone_cards()["USB 1-4"]
    plugged = line(tmp_path, phones=(Redirected("usb24", phone_socket(mac), 4711),))
    assert "-chardev socket,id=stick-usb24,host=127.0.0.1,port=4711,server=off " in plugged
    assert "-device usb-redir,id=stick-usb24,bus=usb.0,port=4,chardev=stick-usb24" in plugged


def test_a_cable_s_socket_has_a_path_that_is_short_enough() -> None:
    assert all(len(str(cable(RUN, mac))) <= 107 for mac in network_cards().values()), "unix(7): sun_path"


def test_what_is_on_usb_has_a_cable_and_may_be_a_device_of_the_world_s(tmp_path: Path) -> None:
    secrets = {f"uplink-{name}.password": "a secret" for name in ("copper", "den")}
    world = describe(THIRD.load(), secrets)
    assert {each.kind for each in world.lines if each.usb} == {"tether", "dongle"}
    assert len({each.redirected for each in world.lines}) == len(world.lines)
    assert {each.mac for each in world.lines} <= {end.mac for end in ends(world, tmp_path)}


def test_the_world_s_systemd_is_told_what_to_run_in_one_word() -> None:
    assert "systemd.run=\"/bin/sh -c '" in command_line()
    assert len(command_line()) < 2048, "COMMAND_LINE_SIZE of Linux on x86"
