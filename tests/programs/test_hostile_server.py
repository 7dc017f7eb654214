"""Somebody took a server over and pushes what he likes: a real OpenVPN takes its own address and nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway_init.base.process import run
from gateway_init.config import secret
from gateway_init.config.allotted import allot
from gateway_init.render.services import services
from gateway_init.wellknown import tunnel, unit
from servers import certificate
from tests.netns.gateway import SITE, ip
from tests.programs.programs import Programs

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
DONE = "Initialization Sequence Completed"


class Dial:
    """A server that pushes whatever it is told to, and the gateway's client that calls it."""

    def __init__(self, openvpn: list[str | Path], folder: Path) -> None:
        self._openvpn = openvpn
        self._folder = folder
        self._running: dict[str, subprocess.Popen[str]] = {}
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
        for end in keys:
            (folder / f"{end}.key").write_text(keys[end])
            (folder / f"{end}.crt").write_text(certificates[end])

    def __call__(self, *pushed: str) -> list[str]:
        """What the client told until it was done."""
        self.serve(*pushed)
        self._start("client", self._client)
        return self.until_done("client")

    def serve(self, *pushed: str) -> None:
        """Begin a server that pushes these options; the one before tells its client that it goes."""
        if before := self._running.get("server"):
            before.terminate()
            self._end(before)
        self._start("server", self._server + "".join(f'push "{option}"\n' for option in pushed))
        self.until_done("server")

    def until_done(self, end: str) -> list[str]:
        told: list[str] = []
        for line in self._running[end].stdout or ():
            told.append(line)
            if DONE in line:
                return told
        raise AssertionError("".join(told))

    def close(self) -> None:
        for process in self._running.values():
            process.kill()
            self._end(process)

    def _start(self, end: str, config: str) -> None:
        (self._folder / f"{end}.conf").write_text(config)
        options = {"--config": "conf", "--key": "key", "--cert": "crt"}
        files = (part for each, name in options.items() for part in (each, self._folder / f"{end}.{name}"))
        self._running[end] = subprocess.Popen(
            [*self._openvpn, *files], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    @staticmethod
    def _end(process: subprocess.Popen[str]) -> None:
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def dial(tmp_path: Path, programs: Programs) -> Iterator[Dial]:
    openvpn = programs.command("openvpn")
    if openvpn is None:
        pytest.skip("NOT TESTED against a real OpenVPN: neither this machine nor an image in the cache has it")
    run(["ip", "link", "set", "lo", "up"])
    run(["ip", "address", "add", str(NEAR.address), "dev", "lo"])
    dial = Dial(openvpn, tmp_path)
    yield dial
    dial.close()


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
