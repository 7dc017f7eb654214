"""Somebody took over what the house leans on: only what went through him is lost, and the box says whose it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import pytest

from gateway_init.config.site import Site
from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.world.counterpart import counterpart
from qemu.world.vm import World
from tests.frozen import THIRD
from tests.world.story import digest, download, expected

pytestmark = pytest.mark.spoils

SOME = 300_000
"""Bytes that show that the house is online."""
OPENVPN = "/etc/braid-server/openvpn"
LINE = "copper"
"""Of the third site: a session over a line that is not the only one."""


def down(*names: str, because: str) -> Callable[[str], bool]:
    """Whether a status says that just these paths are down, for that reason, and the house is online."""

    def told(text: str) -> bool:
        now = json.loads(text)
        lost = {path["name"]: path["reason"] for path in now["paths"] if not path["up"] and not path["rests"]}
        return now["ready"] and lost.keys() == set(names) and all(because in reason for reason in lost.values())

    return told


def assert_online(lan: Shell, world: World) -> None:
    assert digest(download(lan, world, SOME)) == expected(SOME)
    assert world.leaked() == 0


def claims(site: Site) -> Iterable[str]:
    """Addresses that a server must not have the gateway take: the LAN's, the destination's, another path's."""
    yield str(site.lan.address.ip)
    yield str(site.destination.address)
    yield str(site.tunnel_address("adsl-jumpbox-b"))


def test_a_server_that_gives_a_tunnel_another_s_address_loses_its_own_path_alone(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    server, path = world.host("jumpbox-a"), "adsl-jumpbox-a"
    own = site.tunnel_address(path)
    assign = f"{OPENVPN}.conf /etc/braid-server/ccd/{path}"
    server.succeed(f"mkdir /root/honest && cp -a {assign} /root/honest/")
    for claimed in claims(site):
        server.succeed(f"echo 'ifconfig-push {claimed} 255.255.255.0' >/etc/braid-server/ccd/{path}")
        server.succeed("systemctl restart braid-openvpn")
        gateway.wait_until("braid status --json", down(path, because=f"another address than {own}"), 120)
        # Its interface comes and goes with each call, but never has an address.
        assert path not in gateway.succeed("ip -4 -o address show")
        assert_online(lan, world)

    server.succeed(
        f"cp -a /root/honest/openvpn.conf {OPENVPN}.conf && cp -a /root/honest/{path} /etc/braid-server/ccd/"
    )
    server.succeed("systemctl restart braid-openvpn")
    wait_until_all_up(gateway, 120)


def test_a_server_with_another_certificate_is_not_spoken_to(gateway: Gateway, lan: Shell, world: World) -> None:
    server = world.host("jumpbox-b")
    server.succeed(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=jumpbox-b "
        f"-addext extendedKeyUsage=serverAuth -keyout {OPENVPN}.key -out {OPENVPN}.crt"
    )
    server.succeed("systemctl restart braid-openvpn")
    gateway.wait_until("braid status --json", down("adsl-jumpbox-b", because="no answer from jumpbox-b"), 120)
    assert_online(lan, world)


@pytest.mark.parametrize("frozen", [THIRD], ids=["third"])
def test_a_provider_that_gives_the_lan_s_own_address_loses_his_line_alone(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    world.uplink(LINE).renumber(str(site.lan.address.ip))
    lost = [name for name, path in site.paths.items() if path.uplink == LINE]
    gateway.wait_until("braid status --json", down(*lost, because=str(site.lan.address.ip)), 180)
    assert_online(lan, world)
    assert LINE not in gateway.succeed(f"ip -4 -o address show to {site.lan.address.ip}")


def test_a_destination_with_another_key_serves_nobody_and_nothing_leaves_unwrapped(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    near, settings = world.host("near"), "/etc/braid-server/shadowsocks.json"
    near.succeed(
        f'cp -a {settings} /root/ && sed -i \'s/"password": .*/"password": "not-the-same-key-at-all",/\' {settings}'
    )
    near.succeed("systemctl restart braid-shadowsocks")
    gateway.wait_until(
        "braid status --json", lambda text: not json.loads(text)["ready"], 180, "it still calls itself ready"
    )
    assert "near" in " ".join(json.loads(gateway.succeed("braid status --json"))["waits"])
    lan.fail(f"curl -sS --max-time 20 http://{world.description.web.address}/bytes/1000")
    assert world.leaked() == 0

    near.succeed(f"cp -a /root/shadowsocks.json {settings} && systemctl restart braid-shadowsocks")
    wait_until_all_up(gateway, 180)
    # The resolver asks servers that gave no answer ever less often.
    lan.wait_until_succeeds(f"dig +short +time=5 +tries=1 {world.description.web.name} | grep .")
    assert_online(lan, world)


@pytest.mark.parametrize("frozen", [THIRD], ids=["third"])
def test_a_cable_that_is_pulled_costs_its_line_alone_and_is_named(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    kind, line = site.line(LINE)
    port = counterpart(kind.name).port(line.settings)
    lost = [name for name, path in site.paths.items() if path.uplink == LINE]
    gateway.monitor.pull_cable(port)
    gateway.wait_until("braid status --json", down(*lost, because=f"no cable in {port}"), 120)
    # Whatever question for a name was on its way over that line is asked again by whoever asked.
    lan.wait_until_succeeds(f"dig +short +time=5 +tries=1 {world.description.web.name} | grep .")
    assert_online(lan, world)

    gateway.monitor.plug_cable(port)
    wait_until_all_up(gateway, 180)
    assert_online(lan, world)
