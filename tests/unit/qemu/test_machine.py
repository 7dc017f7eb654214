"""QEMU's command lines, where a slip would make the tests prove less than they say."""

from __future__ import annotations

from pathlib import Path

from qemu.drive.gateway import cards
from qemu.machine.machine import BOARD_PORTS, GATEWAY_CPU, Gateway, cable, gateway_argv, network_cards
from qemu.world.vm import command_line

RUN = Path("/tmp/braid-run-12345678")
BOARD = list(network_cards().items())[:BOARD_PORTS]


def line(folder: Path = RUN, clock: str = "") -> str:
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


def test_a_cable_s_socket_has_a_path_that_is_short_enough() -> None:
    assert all(len(str(cable(RUN, mac))) <= 107 for mac in network_cards().values()), "unix(7): sun_path"


def test_the_world_s_systemd_is_told_what_to_run_in_one_word() -> None:
    assert "systemd.run=\"/bin/sh -c '" in command_line()
    assert len(command_line()) < 2048, "COMMAND_LINE_SIZE of Linux on x86"
