"""A DHCP line with the image's own udhcpc at this end and a real server at the other, in network namespaces."""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from gateway_init.base.process import run
from gateway_init.config.allotted import allot
from gateway_init.config.load import parse
from gateway_init.host import nftables
from gateway_init.host.kernel import Kernel
from gateway_init.host.noted import News
from gateway_init.render.ruleset import ruleset
from gateway_init.render.services import services
from gateway_init.uplink.kind import State
from gateway_init.wellknown import place
from tests.frozen import ROOT
from tests.netns.gateway import Gateway, ip
from tests.netns.house import Far, set_as_on_the_box
from tests.programs.programs import Programs
from tests.unit.gateway.given import EXAMPLE
from tests.unit.gateway.test_services import read_secret

DEVICE = "cable0"
SITE = parse(
    EXAMPLE.read_text(encoding="utf-8")
    .replace("kind: pppoe", "kind: dhcp")
    .replace("device: enp1s0", f"device: {DEVICE}")
    .replace("    user: home@isp.example\n", "")
)
ROUTER, BEFORE, FIRST, OTHER = "100.70.1.1", "100.70.1.7", "100.70.1.23", "100.70.1.99"
PATIENCE = 40.0
"""Seconds for what takes a server and a client a few, on any machine."""
LEASE = 12
"""Seconds; it is renewed after half of them, and given up at their end."""


class Provider:
    """Whoever is at the other end: a router, and udhcpd on it."""

    def __init__(self, busybox: Path, far: Far, folder: Path) -> None:
        self._busybox, self._far, self._folder = busybox, far, folder
        self._server: subprocess.Popen[bytes] | None = None

    def serve(self, address: str, *options: str) -> None:
        """From now on the customer gets that address, whatever he had."""
        self.vanish()
        (shown,) = ip("link", "show", "dev", DEVICE)
        leases = self._folder / "leases"
        leases.unlink(missing_ok=True)
        leases.touch()
        config = self._folder / "udhcpd.conf"
        lines = [
            "interface far",
            f"start {address}",
            f"end {address}",
            f"static_lease {shown['address']} {address}",
            f"lease_file {leases}",
            f"pidfile {self._folder / 'pid'}",
            "min_lease 4",
            f"option lease {LEASE}",
            "option subnet 255.255.255.0",
            *options,
        ]
        config.write_text("\n".join(lines) + "\n")
        with self._far.inside():
            self._server = subprocess.Popen([self._busybox, "udhcpd", "-f", config], stderr=subprocess.DEVNULL)

    def vanish(self) -> None:
        if self._server:
            self._server.kill()
            self._server.wait()
            self._server = None


class Box:
    """The gateway as far as the line concerns it: its client runs as the unit says, and its daemon takes turns."""

    def __init__(self, kernel: Kernel, busybox: Path) -> None:
        self._gateway = Gateway(kernel, SITE)
        self.news = News()
        unit = services(SITE, read_secret, allot(SITE))["braid-lease-adsl.service"]
        (command,) = re.findall(r"^ExecStart=/usr/bin/busybox (.*)$", unit.unit, re.MULTILINE)
        words = shlex.split(command.replace(str(place.CODE), str(ROOT / "gateway_init")))
        note = place.line_folder("adsl")
        note.mkdir(parents=True)
        self._client = subprocess.Popen(
            [busybox, *words],
            env={"RUNTIME_DIRECTORY": str(note), "NEWS": str(place.NEWS), "PATH": os.environ["PATH"]},
            stderr=subprocess.DEVNULL,
            umask=0o077,  # as the unit says
        )

    def until(self, holds: Callable[[State], bool]) -> State:
        """Take a turn whenever there is news, until what is known of the line is so."""
        deadline = time.monotonic() + PATIENCE
        while True:
            state = self._gateway.settle().uplinks["adsl"]
            if holds(state):
                return state
            assert time.monotonic() < deadline, state
            time.sleep(0.1)

    def renew(self) -> None:
        """Have the client do now what it does at half of the lease."""
        self._client.send_signal(signal.SIGUSR1)

    def close(self) -> None:
        self._client.kill()
        self._client.wait()


@pytest.fixture
def busybox(programs: Programs) -> Path:
    found = programs.static("busybox")
    if found is None:
        pytest.skip("NOT TESTED against a real DHCP client: no image in the cache has it")
    return found


@pytest.fixture
def provider(busybox: Path, tmp_path: Path) -> Iterator[Provider]:
    far = Far(DEVICE, f"{BEFORE}/24", f"{ROUTER}/24", arp=True)
    provider = Provider(busybox, far, tmp_path)
    yield provider
    provider.vanish()
    far.close()


@pytest.fixture
def box(provider: Provider, busybox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    assert provider
    monkeypatch.setattr("gateway_init.wellknown.place.NEWS", tmp_path / "news")
    set_as_on_the_box()
    nftables.load(ruleset(SITE, allot(SITE)).text)
    kernel = Kernel()
    box = Box(kernel, busybox)
    yield box
    box.close()
    kernel.close()


def up_with(address: str) -> Callable[[State], bool]:
    return lambda state: state.address == IPv4Address(address)


def addresses() -> list[tuple[str, int]]:
    (found,) = ip("address", "show", "dev", DEVICE)
    return [(each["local"], each["prefixlen"]) for each in found["addr_info"] if each["family"] == "inet"]


def test_an_address_is_lent_and_all_goes_to_the_router(provider: Provider, box: Box) -> None:
    # Routes (RFC 3442) and a DNS server, too: who lends an address has no say in these.
    provider.serve(
        FIRST, f"option router {ROUTER}", "option dns 100.70.1.53", "option staticroutes 0.0.0.0/1 100.70.1.2"
    )
    box.until(up_with(FIRST))
    assert addresses() == [(FIRST, 32)], "what was there before has gone"
    routes = ip("-4", "route", "show", "table", "all", "dev", DEVICE)
    # Each destination has a way of its own, but for the one that has the default route.
    _, *others = (str(each.address) for each in SITE.destinations.values())
    found = {(each["dst"], each.get("gateway")) for each in routes if each.get("type") != "local"}
    assert found == {(to, ROUTER) for to in ("default", *others)}
    way = ip("route", "get", str(SITE.destination.address), "from", FIRST)[0]
    assert (way["dev"], way["gateway"]) == (DEVICE, ROUTER)


def test_the_note_is_for_a_daemon_who_may_read_only_what_all_may(provider: Provider, box: Box) -> None:
    provider.serve(FIRST, f"option router {ROUTER}")
    box.until(up_with(FIRST))
    assert (place.line_folder("adsl") / place.LINE_NOTE).stat().st_mode & 0o777 == 0o644


def noted(note: Path, text: str, _: State) -> bool:
    return note.exists() and note.read_text() == text


def test_how_often_it_asked_in_vain_is_noted_until_somebody_answers(provider: Provider, box: Box) -> None:
    note = place.line_folder("adsl") / place.LINE_NOTE
    for rounds in (1, 2):
        box.until(partial(noted, note, f"vain={rounds}\n"))
    provider.serve(FIRST, f"option router {ROUTER}")
    box.until(up_with(FIRST))
    assert "vain" not in note.read_text()


def test_the_client_says_that_there_is_news(provider: Provider, box: Box) -> None:
    provider.serve(FIRST, f"option router {ROUTER}")
    for _ in range(2):  # that it begins, and what it was lent
        assert select.select([box.news.wakeup], [], [], PATIENCE)[0]
        box.news.heard()
        state = box.until(lambda state: bool(state.reason) or state.up)
    assert state.address == IPv4Address(FIRST)


def test_a_lease_is_renewed_and_a_smaller_packet_size_comes_with_it(provider: Provider, box: Box) -> None:
    provider.serve(FIRST, f"option router {ROUTER}")
    box.until(up_with(FIRST))
    provider.serve(FIRST, f"option router {ROUTER}", "option mtu 1400")
    box.renew()
    box.until(lambda state: bool(state.link and state.link.mtu == 1400))
    assert addresses() == [(FIRST, 32)]


def test_a_server_that_refuses_what_it_lent_gives_another_address(provider: Provider, box: Box) -> None:
    provider.serve(FIRST, f"option router {ROUTER}")
    box.until(up_with(FIRST))
    provider.serve(OTHER, f"option router {ROUTER}")
    box.renew()
    box.until(up_with(OTHER))
    assert addresses() == [(OTHER, 32)]


def test_when_the_server_is_gone_the_address_is_until_it_is_back(provider: Provider, box: Box) -> None:
    provider.serve(FIRST, f"option router {ROUTER}")
    box.until(up_with(FIRST))
    provider.vanish()
    box.until(lambda state: not state.up)
    assert addresses() == []
    provider.serve(FIRST, f"option router {ROUTER}")
    box.until(up_with(FIRST))


def test_an_address_of_the_lan_s_is_refused_and_never_on_the_interface(provider: Provider, box: Box) -> None:
    provider.serve("192.168.77.120", "option router 192.168.77.99")
    state = box.until(lambda state: "but" in state.reason)
    assert state.reason.startswith("the provider gave 192.168.77.120, but 192.168.77.0/24 is lan.address")
    assert addresses() == []
    assert run(["ip", "route", "get", "192.168.77.120"]).stdout.split()[2] == "lan"
