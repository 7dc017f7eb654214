"""Carriers that come and go, told to a real kernel: what leads into them, and by which path they go.

The host's kernel may have no WireGuard. A bridge stands for its interface then, and a notebook for what it was told.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from gateway_init.base.process import run
from gateway_init.evidence.memory import Memory
from gateway_init.host import carriers
from gateway_init.host.kernel import Kernel
from gateway_init.host.netlink import NetlinkError, wgmsg
from gateway_init.host.tables import ANYWAY
from gateway_init.wellknown import number
from gateway_init.wellknown.carrier import KEEPALIVE, Carrier
from tests.netns.gateway import SITE, Gateway, ip, session, tunnel, way_to_destination

PPP = IPv4Address("100.64.0.7")
KEY = base64.b64encode(bytes(32)).decode()
NEAR = {"near": Carrier(KEY, KEY, SITE.destination.address, 51820)}
OTHER = {"near": Carrier(KEY, KEY, SITE.destination.address, 51821)}
FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
CARRIER, TABLE = "carrier0", str(number.CARRIER_TABLE)


class Notebook:
    """Of what the kernel's WireGuard was told, and tells again."""

    prid = 0

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self._devices: dict[str, dict[str, Any]] = {}

    def info(self, name: str) -> list[Any]:
        if not ip_names() & {name}:
            raise NetlinkError(19, "no such device")
        device = wgmsg()
        device["attrs"] = list(self._devices.get(name, {}).items())
        device.encode()
        read = wgmsg(device.data)
        read.decode()
        return [read]

    def nlm_request(self, message: Any, **_: object) -> None:
        told = dict(message["attrs"])
        name = told.pop("WGDEVICE_A_IFNAME")
        self.told.append((name, told))
        known = self._devices.setdefault(name, {})
        if "WGDEVICE_A_FLAGS" in told:
            known.clear()
        elif "WGDEVICE_A_PEERS" in told:
            told = {key: value for key, value in told.items() if key != "WGDEVICE_A_PEERS"}
        known.update(told)

    def forget(self) -> None:
        """All interfaces, which have gone."""
        self._devices.clear()


def ip_names() -> set[str]:
    return {link["ifname"] for link in ip("link", "show")}


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    made = Notebook()
    monkeypatch.setattr(carriers, "KIND", "bridge")
    monkeypatch.setattr(carriers, "WireGuard", lambda: made)
    return made


@pytest.fixture
def gateway(kernel: Kernel) -> Gateway:
    session(PPP)
    tunnel("adsl-near")
    return Gateway(kernel, carriers=NEAR)


def forwarding() -> set[str]:
    files = Path("/proc/sys/net/ipv4/conf").glob("*/forwarding")
    return {file.parent.name for file in files if file.read_text().strip() == "1"}


def way(mark: int) -> str:
    return way_to_destination("mark", hex(mark))


def test_what_is_marked_for_a_destination_goes_into_its_carrier_and_that_by_a_path(
    gateway: Gateway, notebook: Notebook
) -> None:
    gateway.settle()
    assert way(number.DESTINATION_MARK) == CARRIER
    assert forwarding() == {"lan", CARRIER}
    assert way(notebook.told[-1][1]["WGDEVICE_A_FWMARK"]) == "adsl"
    assert way_to_destination() == "adsl"
    (link,) = ip("address", "show", "dev", CARRIER)
    assert [each["local"] for each in link["addr_info"] if each["family"] == "inet"] == [str(number.CARRIER_ADDRESS)]
    assert link["mtu"] == 1360


def test_a_change_of_path_is_told_to_the_carrier_alone(gateway: Gateway, notebook: Notebook) -> None:
    gateway.settle(Memory(callers={"near": "adsl"}))
    before, routes = list(notebook.told), ip("route", "show", "table", "all", "proto", "183")
    gateway.settle(Memory(callers={"near": "adsl-near"}))
    ((name, told),) = notebook.told[len(before) :]
    assert (name, way(told["WGDEVICE_A_FWMARK"])) == (CARRIER, "adsl-near")
    assert [dict(peer["attrs"])["WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL"] for peer in told["WGDEVICE_A_PEERS"]] == [
        0,
        KEEPALIVE,
    ]
    assert ip("route", "show", "table", "all", "proto", "183") == routes


def test_what_is_right_is_not_touched_and_a_successor_adopts_it(gateway: Gateway, notebook: Notebook) -> None:
    gateway.settle()
    told = list(notebook.told)
    gateway.settle()
    Gateway(Kernel(), carriers=NEAR).settle()
    assert notebook.told == told


@pytest.mark.parametrize(
    "breaks",
    [
        lambda: run(["ip", "link", "del", CARRIER]),
        lambda: run(["ip", "route", "flush", "table", TABLE]),
        lambda: run(["ip", "rule", "del", "priority", str(number.CARRIER_RULE)]),
        lambda: run(["ip", "link", "set", CARRIER, "down"]),
        lambda: [FORWARD.write_text(each) for each in "1"],
        lambda: [FORWARD.write_text(each) for each in "10"],
    ],
)
def test_what_somebody_else_broke_is_mended(gateway: Gateway, notebook: Notebook, breaks: Callable[[], object]) -> None:
    gateway.settle()
    breaks()
    if not ip_names() & {CARRIER}:
        notebook.forget()
    # Of that alone the kernel says nothing.
    gateway.settle(after=ANYWAY)
    assert way(number.DESTINATION_MARK) == CARRIER
    assert forwarding() - {"all", "default"} == {"lan", CARRIER}


@pytest.mark.usefixtures("notebook")
def test_with_another_port_it_is_made_anew(gateway: Gateway, kernel: Kernel) -> None:
    gateway.settle()
    (before,) = ip("link", "show", "dev", CARRIER)
    Gateway(kernel, carriers=OTHER).settle()
    (after,) = ip("link", "show", "dev", CARRIER)
    assert after["ifindex"] != before["ifindex"]
    assert way(number.DESTINATION_MARK) == CARRIER


@pytest.mark.usefixtures("notebook")
def test_where_udp_is_refused_nothing_of_it_stays(gateway: Gateway, kernel: Kernel) -> None:
    gateway.settle()
    Gateway(kernel).settle()
    assert CARRIER not in ip_names()
    assert forwarding() == set()
    assert way(number.DESTINATION_MARK) == "adsl"


@pytest.mark.usefixtures("notebook")
def test_while_no_path_is_up_nothing_leads_into_it(gateway: Gateway) -> None:
    gateway.settle()
    run(["ip", "link", "del", "adsl"])
    gateway.settle()
    assert ip("route", "show", "table", TABLE) == []
    assert CARRIER in ip_names()


def test_a_kernel_without_it_is_told_of_and_all_else_goes_on(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kernel: Kernel
) -> None:
    monkeypatch.setattr(carriers, "KIND", "nosuchkind")
    gateway.settle()
    assert "Carrier" in caplog.text
    assert CARRIER not in ip_names()
    assert way_to_destination() == "adsl"
    assert {each.address for each in kernel.endpoints()} == {PPP, SITE.tunnel_address("adsl-near")}
