"""Somebody took a server over and pushes what he likes: a real OpenVPN takes its own address and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.config import secret
from gateway_init.config.allotted import allot
from gateway_init.render.services import services
from gateway_init.wellknown import tunnel, unit
from servers import certificate
from tests.netns.gateway import SITE, ip
from tests.programs.tunnel import DONE, Ends

PATH = "adsl-near"
NEAR = SITE.servers["near"]
SERVER = f"""
mode server
tls-server
proto udp4
port {NEAR.openvpn.port}
dev taken-over
dev-type tun
topology subnet
server 10.77.1.0 255.255.255.0 nopool
dh none
peer-fingerprint {{fingerprint}}
data-ciphers {tunnel.CIPHER}
allow-compression no
keepalive 3 12
explicit-exit-notify 1
verb 3
"""


class Dial:
    """A server that pushes whatever it is told to, and the gateway's client that calls it."""

    def __init__(self, ends: Ends, folder: Path) -> None:
        self._ends = ends
        self._files = {
            end: {name: folder / f"{end}.{name}" for name in ("key", "cert")} for end in ("server", "client")
        }
        keys = {"server": certificate.new_key(), "client": certificate.new_key()}
        certificates = {
            "server": certificate.new_certificate(keys["server"], "near", "server"),
            "client": certificate.new_certificate(keys["client"], PATH, "client"),
        }

        def read_secret(name: str) -> str:
            of = "server" if "server" in name else "client"
            return certificates[of] if secret.is_certificate(name) else keys[of]

        self._client = services(SITE, read_secret, allot(SITE))[unit.openvpn(PATH)].config
        self._server = SERVER.format(fingerprint=tunnel.fingerprint(certificates["client"]))
        for end, files in self._files.items():
            files["key"].write_text(keys[end])
            files["cert"].write_text(certificates[end])

    def __call__(self, *pushed: str) -> list[str]:
        """What the client told until it was done."""
        self.serve(*pushed)
        self._ends.start("client", self._client, self._files["client"])
        return self.until_done("client")

    def serve(self, *pushed: str) -> None:
        """Begin a server that pushes these options; the one before tells its client that it goes."""
        config = self._server + "".join(f'push "{option}"\n' for option in pushed)
        self._ends.start("server", config, self._files["server"])
        self.until_done("server")

    def until_done(self, end: str) -> list[str]:
        return self._ends.until(end, DONE)


@pytest.fixture
def dial(ends: Ends, tmp_path: Path) -> Dial:
    return Dial(ends, tmp_path)


def addresses() -> list[str]:
    (found,) = ip("address", "show", "dev", PATH)
    return [each["local"] for each in found["addr_info"] if each["scope"] == "global"]


def test_a_tunnel_that_stood_has_no_address_once_its_server_is_taken_over(dial: Dial) -> None:
    dial("ifconfig 10.77.1.2 255.255.255.0")
    dial.serve("ifconfig 192.168.77.1 255.255.255.0")
    dial.until_done("client")
    assert addresses() == []
    dial.serve("ifconfig 10.77.1.2 255.255.255.0")
    dial.until_done("client")
    assert addresses() == ["10.77.1.2"]


def test_the_tunnel_takes_the_address_that_the_config_gives_it(dial: Dial) -> None:
    dial("ifconfig 10.77.1.2 255.255.255.0")
    (link,) = ip("address", "show", "dev", PATH)
    given = [(each["local"], each["prefixlen"]) for each in link["addr_info"] if each["family"] == "inet"]
    assert given == [("10.77.1.2", 24)]
    assert "UP" in link["flags"]


@pytest.mark.parametrize(
    "pushed",
    ["ifconfig 192.168.77.1 255.255.255.0", "ifconfig 203.0.113.10 255.255.255.0", "ifconfig 10.77.1.3 255.255.255.0"],
)
def test_another_address_is_not_taken(dial: Dial, pushed: str) -> None:
    dial(pushed)
    assert addresses() == []


@pytest.mark.parametrize(
    "pushed",
    [
        "ifconfig-ipv6 2001:db8::2/64 2001:db8::1",
        "tun-mtu 600",
        "dhcp-option DNS 192.0.2.53",
        "route 192.168.77.0 255.255.255.0",
        "redirect-gateway def1",
        "ping-restart 100000",
        "inactive 1",
        "sndbuf 1",
        "topology net30",
        "setenv-safe WHAT ever",
    ],
)
def test_what_else_is_pushed_is_not_heeded(dial: Dial, pushed: str) -> None:
    told = "".join(dial("ifconfig 10.77.1.2 255.255.255.0", pushed))
    assert addresses() == ["10.77.1.2"]
    assert ip("link", "show", "dev", PATH)[0]["mtu"] == 1420
    assert {route["dst"] for route in ip("route", "show", "dev", PATH)} == {"10.77.1.0/24"}
    assert f"Pushed option removed by filter: '{pushed}'" in told
