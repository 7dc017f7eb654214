"""The page of a modem: seen from the LAN through the box, and by nobody from anywhere else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from gateway_init.base.process import run
from gateway_init.config.allotted import allot
from gateway_init.config.load import parse
from gateway_init.host import nftables
from gateway_init.render.ruleset import ruleset
from gateway_init.wellknown import number
from tests.netns.around import House
from tests.netns.house import Far, set_as_on_the_box
from tests.netns.packet import SYN, tcp
from tests.unit.gateway.given import EXAMPLE

MODEM, OURS = "192.168.1.1", "192.168.1.2"
GATEWAY, DEVICE = "192.168.77.1", "192.168.77.120"
USER = "    user: home@isp.example\n"
SITE = parse(EXAMPLE.read_text(encoding="utf-8").replace(USER, f"{USER}    modem: {MODEM}/24\n"))
NUMBERS = allot(SITE)
WAITS = NUMBERS.modem_port("adsl", 80)


@pytest.fixture
def home() -> Iterator[House]:
    run(["ip", "link", "del", "enp1s0"])
    set_as_on_the_box()
    nftables.load(ruleset(SITE, NUMBERS).text)
    with ExitStack() as stack:
        sides = (
            Far("lan", f"{GATEWAY}/24", f"{DEVICE}/24", arp=True),
            Far("enp1s0", f"{OURS}/24", f"{MODEM}/24", arp=True),
        )
        for side in sides:
            stack.callback(side.close)
        run(["ip", "link", "set", "lo", "up"])
        yield {side.interface: side for side in sides}


def page(port: int = 80) -> socket.socket:
    """Who waits at a port of the modem's."""
    return socket.create_server((MODEM, port))


def test_a_browser_of_the_lan_is_seen_to_it_by_the_box(home: House) -> None:
    with socket.create_server(("0.0.0.0", WAITS)) as waits, home["lan"].inside():
        browser = socket.create_connection((MODEM, 80), timeout=10)
        line, (address, _) = waits.accept()
        assert address == DEVICE
    with home["enp1s0"].inside():
        modem = page()
    with modem, browser, line, socket.create_connection((MODEM, 80), timeout=10):
        seen, (address, _) = modem.accept()
        seen.close()
        assert address == OURS


def test_other_ports_of_it_are_the_internet_s(home: House) -> None:
    with socket.create_server(("0.0.0.0", number.REDIRECT_PORT)) as redsocks, home["lan"].inside():
        browser = socket.create_connection((MODEM, 22), timeout=10)
        line, _ = redsocks.accept()
    with browser, line, pytest.raises(TimeoutError):
        socket.create_connection((MODEM, 22), timeout=0.5)
    assert [each for each in home["enp1s0"].heard() if each[9] == socket.IPPROTO_TCP] == []


def test_who_waits_for_browsers_waits_for_none_that_come_otherwise(home: House) -> None:
    with socket.create_server(("0.0.0.0", WAITS)) as waits:
        waits.settimeout(0.5)
        with home["lan"].inside(), pytest.raises(OSError, match=r"refused|reset|timed out"):
            socket.create_connection((GATEWAY, WAITS), timeout=2)
        home["enp1s0"].send(tcp(MODEM, OURS, 80, WAITS, SYN), tcp(MODEM, GATEWAY, 80, WAITS, SYN))
        with pytest.raises(TimeoutError):
            waits.accept()
        assert [each for each in home["enp1s0"].heard() if each[9] == socket.IPPROTO_TCP] == []


def test_the_modem_reaches_nobody_by_itself(home: House) -> None:
    home["enp1s0"].send(tcp(MODEM, DEVICE, 80, 4000, SYN), tcp("192.168.1.77", OURS, 80, 22, SYN))
    assert home["lan"].heard() == []
    assert [each for each in home["enp1s0"].heard() if each[9] == socket.IPPROTO_TCP] == []
