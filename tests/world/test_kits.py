"""The kits on real servers: installed again, changed, removed, and beside what was there before."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from msgspec import structs

from gateway_init.config.site import Destination, Jumpbox, Site
from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.world.vm import World
from servers import keys, kit, reflector
from tests.frozen import HOME
from tests.world.story import SIZE, digest, download, expected

pytestmark = pytest.mark.spoils

SETTINGS = "/etc/braid-server"
SINCE = "systemctl show --value -p ActiveEnterTimestampMonotonic 'braid-*'"
"""Since when each unit of ours runs."""

INSTALL = "/root/kit/install"


def test_a_second_run_changes_nothing_and_says_so(world: World) -> None:
    for name in ("near", "jumpbox-a"):
        server = world.host(name)
        before = server.succeed(SINCE)
        assert server.succeed(INSTALL) == f"braid: {name} is up to date, nothing done\n"
        assert server.succeed(SINCE) == before


def test_a_run_mends_what_somebody_spoilt_and_restarts_what_reads_it_alone(world: World) -> None:
    server = world.host("near")
    since = "systemctl show --value -p ActiveEnterTimestampMonotonic braid-openvpn"
    before = server.succeed(since)
    server.succeed(f"echo >>{SETTINGS}/outbound.acl; chmod 644 {SETTINGS}/shadowsocks.json")
    told = server.succeed(INSTALL)
    assert f"wrote {SETTINGS}/outbound.acl" in told
    assert "restarting braid-shadowsocks.service" in told
    assert server.succeed(f"stat -c %a {SETTINGS}/shadowsocks.json") == "600\n"
    assert server.succeed(since) == before


def test_secrets_are_root_s_alone(world: World) -> None:
    modes = world.host("near").succeed(f"cd {SETTINGS} && find . -type f -printf '%m %u %P\\n'")
    closed = {line.split()[2] for line in modes.splitlines() if line.startswith("600 root ")}
    assert closed == {"openvpn.key", "openvpn.tls-crypt", "shadowsocks.json", "carrier.conf", reflector.KEY}


def test_what_was_removed_leaves_no_secret_and_comes_back(gateway: Gateway, world: World) -> None:
    server = world.host("jumpbox-b")
    told = server.succeed(f"{INSTALL} --remove")
    assert f"removed {SETTINGS}" in told
    assert server.succeed("find /etc -path '*braid*'") == ""
    server.fail("systemctl list-units --all --plain --no-legend 'braid-*' | grep .")
    server.fail("nft list table inet braid")
    assert server.succeed(f"{INSTALL} --remove") == "braid: nothing to remove\n"
    server.succeed(INSTALL)
    wait_until_all_up(gateway)


def test_a_destination_that_becomes_a_jumpbox_keeps_nothing_of_what_it_was(
    gateway: Gateway, site: Site, world: World, tmp_path: Path
) -> None:
    server, old = world.host("jumpbox-a"), site.servers["jumpbox-a"]
    both = Destination(address=old.address, openvpn=old.openvpn)
    changed = structs.replace(site, servers={**site.servers, "jumpbox-a": both})
    assert isinstance(old, Jumpbox)
    secrets = tmp_path / "secrets"
    with_secrets(changed, secrets)
    bring(server, kit.render(changed, "jumpbox-a", secrets, tmp_path))
    assert "braid-shadowsocks.service" in server.succeed("/root/jumpbox-a/install")
    server.wait_for_open_port(both.shadowsocks.port)

    assert "removed braid-shadowsocks.service" in server.succeed(INSTALL)
    server.fail(f"ls {SETTINGS}/shadowsocks.json")
    server.fail(f"ls {SETTINGS}/{reflector.KEY}")
    server.fail(f"ss -Hltn sport = :{both.shadowsocks.port} | grep .")
    wait_until_all_up(gateway)


THEIRS = {
    "nftables": """
cat >/etc/nftables.conf <<END
flush ruleset
table inet theirs {
    chain input {
        type filter hook input priority filter; policy drop;
        iif lo accept
        ct state established,related accept
        udp dport PORT accept
    }
    chain forward {
        type filter hook forward priority filter; policy drop;
        iifname braid accept
        oifname braid ct state established,related accept
    }
}
END
systemctl restart nftables""",
    "iptables": """
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -p udp --dport PORT -j ACCEPT
iptables -P INPUT DROP
iptables -A FORWARD -i braid -j ACCEPT
iptables -A FORWARD -o braid -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -P FORWARD DROP""",
    "ufw": """
ufw allow PORT/udp
ufw route allow in on braid
ufw --force enable""",
}
"""Firewalls that drop all but what the kit's README asks them to let in."""


@pytest.mark.parametrize(
    "theirs", [pytest.param(each, marks=() if each == "nftables" else pytest.mark.long) for each in THEIRS]
)
def test_it_stands_beside_the_server_s_own_firewall(
    gateway: Gateway, lan: Shell, site: Site, world: World, theirs: str
) -> None:
    server, path = world.host("jumpbox-a"), "adsl-jumpbox-a"
    port = site.servers["jumpbox-a"].openvpn.port
    server.succeed(f"set -e; {THEIRS[theirs].replace('PORT', str(port))}")
    # Where theirs is loaded anew, ours comes after it, and OpenVPN after ours.
    server.wait_for_unit("braid-openvpn.service")
    before = server.succeed("nft list ruleset | grep -c drop")
    assert "nothing done" in server.succeed(INSTALL)
    assert server.succeed("nft list ruleset | grep -c drop") == before
    server.succeed("nft list table inet braid")

    server.succeed("systemctl restart braid-openvpn")
    wait_until_all_up(gateway)
    going = download(lan, world, 3 * SIZE)

    def joined(text: str) -> bool:
        return any(each["name"] == path and each["subflows"] for each in json.loads(text)["paths"])

    gateway.wait_until("braid status --json", joined, what=f"no subflow goes by {path}")
    assert digest(going) == expected(3 * SIZE)


def with_secrets(site: Site, folder: Path) -> None:
    """The frozen site's secrets, and what a changed site needs beyond them."""
    folder.mkdir(mode=0o700)
    for file in HOME.secrets.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
            (folder / file.name).chmod(file.stat().st_mode & 0o777)
    keys.make_missing(site, folder)


def bring(server: Shell, folder: Path) -> None:
    """Copy a kit to /root of a server, as its README says."""
    packed = base64.b64encode(folder.with_name(f"{folder.name}.tar.gz").read_bytes()).decode()
    server.succeed(f"echo {packed} | base64 -d | tar -xz -C /root")
