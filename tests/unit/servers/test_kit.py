"""Stories of the kits: complete, of one server only, the same bytes each time, and taken by the real programs."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import stat
from ipaddress import IPv4Address
from pathlib import Path

import msgspec
import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.base.process import run
from gateway_init.config import secret
from gateway_init.config.site import Destination, Jumpbox, OpenVpn, Shadowsocks, Site
from gateway_init.wellknown import proxy, tunnel
from servers import kit, wireguard
from tests.frozen import ROOT

NAMES = ["near", "abroad", "jumpbox-a", "jumpbox-b"]

BOX = ROOT / "overlay/etc/sysctl.d/braid.conf"
"""What the image sets."""

every_server = pytest.mark.parametrize("name", NAMES)


def files(folder: Path) -> dict[str, str]:
    return {str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*") if each.is_file()}


def sysctls(text: str) -> dict[str, str]:
    """Of a file of sysctl.d(5)."""
    lines = (line.lstrip("-").partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in lines}


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def test_the_example_site_has_the_servers_that_these_stories_tell_of(site: Site) -> None:
    assert list(site.servers) == NAMES


@every_server
def test_folder_and_tarball_hold_the_same(kits: Path, tmp_path: Path, name: str) -> None:
    run(["tar", "-xzf", kits / f"{name}.tar.gz"], cwd=tmp_path)
    assert files(tmp_path / name) == files(kits / name)
    assert (tmp_path / name / "install").stat().st_mode & stat.S_IXUSR


@every_server
def test_a_kit_is_closed_to_others(kits: Path, name: str) -> None:
    assert stat.S_IMODE((kits / f"{name}.tar.gz").stat().st_mode) == 0o600
    for each in [kits / name, *(kits / name).rglob("*")]:
        assert not stat.S_IMODE(each.stat().st_mode) & 0o077, each


@every_server
def test_the_same_site_gives_the_same_bytes(site: Site, made: Path, kits: Path, tmp_path: Path, name: str) -> None:
    kit.render(site, name, made, tmp_path)
    tarball = (tmp_path / f"{name}.tar.gz").read_bytes()
    assert tarball == (kits / f"{name}.tar.gz").read_bytes()
    assert tarball[4:8] == bytes(4), "the header carries a time (RFC 1952, MTIME)"


@every_server
def test_a_kit_holds_no_secret_but_its_own(site: Site, made: Path, kits: Path, name: str) -> None:
    everything = "\n".join(files(kits / name).values())
    own = set(secret.on_server(site, name))
    for path in made.iterdir():
        if path.suffix != ".crt" and path.name not in own:
            assert path.read_text().strip() not in everything, path.name
    if isinstance(site.servers[name], Destination):
        assert (made / secret.shadowsocks_key(name)).read_text().strip() in everything


@every_server
def test_each_rendered_file_says_what_wrote_it(kits: Path, name: str) -> None:
    for file, text in files(kits / name).items():
        if not file.endswith((".key", ".crt", ".tls-crypt")):
            assert f"`invoke kit {name}` from gateway.yaml" in "".join(text.splitlines(True)[:2]), file


def test_rendering_again_leaves_nothing_of_the_old_kit(site: Site, made: Path, tmp_path: Path) -> None:
    folder = kit.render(site, "near", made, tmp_path)
    (folder / "etc/ccd/a-path-of-yesterday").write_text("")
    kit.render(site, "near", made, tmp_path)
    assert "etc/ccd/a-path-of-yesterday" not in files(folder)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["near", "near.tar.gz"]


def test_a_destination_accepts_the_gateways_tunnel_at_its_fixed_address(site: Site, made: Path, kits: Path) -> None:
    etc = kits / "near/etc"
    options = (etc / "openvpn.conf").read_text().splitlines()
    assert {
        f"port {site.servers['near'].openvpn.port}",
        "server 10.77.1.0 255.255.255.0 nopool",
        "ccd-exclusive",
        f"data-ciphers {tunnel.CIPHER}",
        f"tun-mtu {tunnel.MTU}",
        f"keepalive {tunnel.PING} {tunnel.DEAD}",
        tunnel.fingerprint((made / secret.path_certificate("adsl-near")).read_text()),
    } <= set(options)
    assert not [option for option in options if option.startswith("push")]
    address = site.tunnel_address("adsl-near")
    assert f"ifconfig-push {address} 255.255.255.0" in (etc / "ccd/adsl-near").read_text().splitlines()


def test_a_packet_of_the_tunnel_fits_the_line() -> None:
    pppoe, ip, udp, data_header = 1492, 20, 8, 24
    assert 1280 <= tunnel.MTU <= pppoe - ip - udp - data_header


def test_only_the_paths_of_a_server_may_dial_it(made: Path, kits: Path) -> None:
    conf = (kits / "jumpbox-a/etc/openvpn.conf").read_text()
    listed = re.findall(r"^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$", conf, re.MULTILINE)
    assert listed == [tunnel.fingerprint((made / secret.path_certificate("adsl-jumpbox-a")).read_text())]
    assert [each.name for each in (kits / "jumpbox-a/etc/ccd").iterdir()] == ["adsl-jumpbox-a"]


def test_the_proxy_speaks_multipath_tcp_with_the_gateways_method_and_key(site: Site, made: Path, kits: Path) -> None:
    settings = json.loads((kits / "near/etc/shadowsocks.json").read_text())
    assert settings["mptcp"] is True
    assert settings["method"] == proxy.METHOD
    assert settings["server_port"] == site.destination.shadowsocks.port
    assert settings["password"] == (made / secret.shadowsocks_key("near")).read_text().strip()


def test_any_password_of_the_users_own_reaches_the_proxy_whole(site: Site, secrets: Path, tmp_path: Path) -> None:
    password = "quote\" back\\slash {{ brace }} <&> 'ü"
    (secrets / secret.shadowsocks_key("near")).write_text(password + "\n")
    folder = kit.render(site, "near", secrets, tmp_path / "kits")
    assert json.loads((folder / "etc/shadowsocks.json").read_text())["password"] == password


def test_a_jumpbox_runs_no_proxy_and_a_destination_without_tunnels_no_openvpn(kits: Path) -> None:
    assert "units/braid-shadowsocks.service" not in files(kits / "jumpbox-a")
    assert "units/braid-openvpn.service" not in files(kits / "abroad")
    assert "units/braid-carrier.service" not in files(kits / "jumpbox-a")


def test_where_no_udp_is_carried_a_kit_has_nothing_of_it(site: Site, made: Path, tmp_path: Path) -> None:
    refusing = msgspec.structs.replace(site, policy=msgspec.structs.replace(site.policy, udp="refuse"))
    folder = kit.render(refusing, "abroad", made, tmp_path)
    assert not [name for name, text in files(folder).items() if "wireguard" in text or "51820" in text]
    assert "ip_forward" not in (folder / "etc/kernel.conf").read_text()


def test_the_home_s_udp_ends_at_a_tunnel_whose_keys_fit_the_gateway_s(site: Site, made: Path, kits: Path) -> None:
    read = configparser.ConfigParser()
    read.read_string((kits / "near/etc/carrier.conf").read_text())
    own, theirs = secret.carrier_at_home("near")
    assert wireguard.public(read["Interface"]["PrivateKey"]) == (made / theirs).read_text()
    assert read["Peer"]["PublicKey"] + "\n" == wireguard.public((made / own).read_text())
    assert read["Interface"]["ListenPort"] == str(site.destination.carrier.port)
    assert read["Peer"]["AllowedIPs"] == "192.168.77.0/24"
    other = (kits / "abroad/etc/carrier.conf").read_text()
    assert read["Interface"]["PrivateKey"] not in other


def test_a_low_port_needs_a_capability_and_gets_it(site: Site, made: Path, tmp_path: Path) -> None:
    near = site.servers["near"]
    low = msgspec.structs.replace(
        near, openvpn=OpenVpn(network=near.openvpn.network, port=53), shadowsocks=Shadowsocks(port=443)
    )
    changed = msgspec.structs.replace(site, servers=site.servers | {"near": low})
    units = kit.render(changed, "near", made, tmp_path) / "units"
    bind = "AmbientCapabilities=CAP_NET_BIND_SERVICE\n"
    assert bind in (units / "braid-shadowsocks.service").read_text()
    assert "AmbientCapabilities=CAP_NET_ADMIN CAP_NET_BIND_SERVICE\n" in (units / "braid-openvpn.service").read_text()


def test_a_server_that_the_site_does_not_have_is_a_mistake(site: Site, made: Path, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="no such server") as refused:
        kit.render(site, "nera", made, tmp_path)
    assert "near" in refused.value.hint


def test_a_jumpbox_that_no_path_uses_is_a_mistake(site: Site, made: Path, tmp_path: Path) -> None:
    spare = Jumpbox(address=IPv4Address("203.0.113.50"), openvpn=site.servers["jumpbox-a"].openvpn)
    changed = msgspec.structs.replace(site, servers=site.servers | {"spare": spare})
    with pytest.raises(Mistake, match="no path goes through") as refused:
        kit.render(changed, "spare", made, tmp_path)
    assert "through: spare" in refused.value.hint


def test_a_missing_secret_of_this_server_stops_its_kit_and_no_other(site: Site, secrets: Path, tmp_path: Path) -> None:
    (secrets / secret.server_key("near")).unlink()
    with pytest.raises(Mistake, match=r"openvpn-server-near\.key: missing"):
        kit.render(site, "near", secrets, tmp_path / "kits")
    assert not (tmp_path / "kits").exists()
    kit.render(site, "jumpbox-a", secrets, tmp_path / "kits")


def test_a_secret_that_others_can_read_does_not_get_into_a_kit(site: Site, secrets: Path, tmp_path: Path) -> None:
    (secrets / secret.shadowsocks_key("near")).chmod(0o644)
    with pytest.raises(Mistake, match="open to others"):
        kit.render(site, "near", secrets, tmp_path / "kits")


def test_an_output_folder_that_is_a_file_is_a_mistake(site: Site, made: Path, tmp_path: Path) -> None:
    (tmp_path / "kits").write_text("")
    with pytest.raises(Mistake, match="cannot write the kit"):
        kit.render(site, "near", made, tmp_path / "kits")


@every_server
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_installer_is_a_script_that_shells_take(kits: Path, name: str, shell: str) -> None:
    needs(shell)
    run([shell, "-n", kits / name / "install"])
    assert "Usage" in run([shell, kits / name / "install", "--help"]).stdout


def test_the_installer_refuses_what_it_does_not_know(kits: Path) -> None:
    refused = run([kits / "near/install", "--hurry"], check=False)
    assert refused.returncode == 2
    assert "--hurry" in refused.stderr


@pytest.mark.parametrize("name", ["near", "jumpbox-a", "jumpbox-b"])
def test_nft_takes_the_packet_filter(kits: Path, tmp_path: Path, name: str) -> None:
    needs("nft")
    # Root may make a network namespace even where nobody may make one for users, as in a chroot.
    argv = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"]), "--net"]
    if run([*argv, "nft", "list", "ruleset"], check=False).returncode:
        pytest.skip("no network namespaces with nftables here")
    rules = kits / name / "etc/firewall.nft"
    # Twice: a reload replaces the table, and does not add to it.
    twice = 'nft -f "$0"; nft list ruleset >once; nft -f "$0"; nft list ruleset | cmp - once'
    run([*argv, "sh", "-ec", twice, rules], cwd=tmp_path)


@every_server
def test_systemd_takes_the_units(kits: Path, name: str) -> None:
    needs("systemd-analyze")
    units = sorted((kits / name / "units").iterdir())
    said = run(["systemd-analyze", "verify", "--man=no", *units], check=False)
    # A build machine need not have the servers' programs.
    complaints = [line for line in said.stderr.splitlines() if "braid-" in line and "is not executable" not in line]
    assert complaints == []


def test_both_ends_of_a_bonded_connection_are_set_alike(kits: Path) -> None:
    here, there = map(sysctls, (BOX.read_text(), (kits / "near/etc/kernel.conf").read_text()))
    # The kernel's own guess which paths are dead is put off at the end that finds out by itself.
    alike = {key for key in here if key.startswith(("net.mptcp.", "net.ipv4.tcp_"))} - {"net.mptcp.stale_loss_cnt"}
    assert {key: here[key] for key in alike} == {key: there.get(key) for key in alike}


def test_a_destination_takes_eight_subflows_and_no_address_that_a_peer_announces(kits: Path) -> None:
    unit = (kits / "near/units/braid-kernel.service").read_text()
    said = re.findall(r"^(Exec\w+)=/usr/bin/ip mptcp limits set (.*)$", unit, re.MULTILINE)
    assert said == [(verb, "subflow 8 add_addr_accepted 0") for verb in ("ExecStart", "ExecReload")]
