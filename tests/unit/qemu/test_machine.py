"""QEMU's command lines, where a slip would make the tests prove less than they say."""

from __future__ import annotations

from pathlib import Path

from qemu.gateway import cards
from qemu.machine import GATEWAY_CPU, Gateway, gateway_argv, network_cards
from qemu.world.vm import command_line

RUN = Path("/tmp/braid-run-12345678")


def line() -> str:
    machine = Gateway(
        name="g",
        memory=1024,
        cpu=GATEWAY_CPU,
        monitor=RUN / "qmp",
        cards=cards(RUN),
        serial=RUN / "ttyS0",
        disk=RUN / "disk",
    )
    return " ".join(gateway_argv(machine, "tcg"))


def test_each_port_has_a_root_port_of_its_own_in_order() -> None:
    for number, (name, mac) in enumerate(network_cards().items(), start=1):
        assert name == f"enp{number}s0"
        assert f"pcie-root-port,id=port{number},bus=pcie.0,chassis={number}" in line()
        assert f"virtio-net-pci,netdev={name},mac={mac},bus=port{number}" in line()


def test_it_boots_from_usb_and_shows_nothing_but_a_serial_line() -> None:
    assert "usb-storage,bus=usb.0,drive=disk" in line()
    assert "-display none" in line()
    assert "-nodefaults" in line()


def test_both_ends_of_a_cable_know_each_other() -> None:
    for card in cards(RUN):
        assert card.here != card.there
        assert len(str(card.there)) <= 107, "a unix socket's path has no more room"


def test_the_world_s_systemd_is_told_what_to_run_in_one_word() -> None:
    assert "systemd.run=\"/bin/sh -c '" in command_line()
    assert len(command_line()) < 2048, "COMMAND_LINE_SIZE of Linux on x86"
