"""Devices of the LAN that always get the same address: what is wrong with them, and what becomes of them."""

from __future__ import annotations

import pytest

from gateway_init.config import summary
from gateway_init.config.load import parse
from tests.unit.config.test_mistakes import EXAMPLE, mistakes

PLACE = "  domain: home.arpa\n"
PRINTER = "printer: {mac: '00:0d:b9:12:34:56', address: 192.168.77.20}"


def hosts(*entries: str) -> tuple[str, str]:
    return PLACE, "".join([PLACE, "  hosts:\n", *(f"    {entry}\n" for entry in entries)])


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (
            "nas: {mac: 12:34:56:12:34:56, address: 192.168.77.21}",
            "lan.hosts.nas.mac: 9783981296 does not fit; give a device's hardware address in quotes",
        ),
        ("nas: {mac: '01:00:5e:00:00:01', address: 192.168.77.21}", "lan.hosts.nas.mac: '01:00:5e:00:00:01' does not"),
        ("NAS: {mac: '00:0d:b9:12:34:57', address: 192.168.77.21}", "lan.hosts.NAS: the name 'NAS' does not fit"),
        ("home: {mac: '00:0d:b9:12:34:57', address: 192.168.77.21}", "lan.hosts.home: the name home is the box's own"),
        ("wpad: {mac: '00:0d:b9:12:34:57', address: 192.168.77.21}", "lan.hosts.wpad: the name wpad is that by which"),
        ("nas: {mac: '00:0d:b9:12:34:57', address: 192.168.78.21}", "192.168.78.21 is no address of the LAN; give one"),
        ("nas: {mac: '00:0d:b9:12:34:57', address: 192.168.77.0}", "192.168.77.0 is no address of the LAN"),
        ("nas: {mac: '00:0d:b9:12:34:57', address: 192.168.77.1}", "192.168.77.1 is the gateway's own; give another"),
        ("nas: {mac: '00:0D:B9:12:34:56', address: 192.168.77.21}", "00:0d:b9:12:34:56 is also printer's"),
        ("nas: {mac: '00:0d:b9:12:34:57', address: 192.168.77.20}", "nas.address: 192.168.77.20 is also printer's"),
    ],
)
def test_a_host_that_cannot_be_is_refused(entry: str, told: str) -> None:
    assert told in "\n".join(mistakes(hosts(PRINTER, entry)))


def test_within_the_range_of_dhcp_or_beside_it_they_are_summed_up() -> None:
    nas = "nas: {mac: '00:0D:B9:12:34:57', address: 192.168.77.150}"
    told = summary.as_text(parse(EXAMPLE.replace(*hosts(PRINTER, nas))))
    assert "hosts:\n  printer  192.168.77.20   00:0d:b9:12:34:56\n  nas      192.168.77.150  00:0D:B9" in told
