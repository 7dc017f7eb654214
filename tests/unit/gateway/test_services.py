"""What the programs are given to read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway_init.config.load import parse
from gateway_init.render.services import services
from gateway_init.wellknown import number, unit
from gateway_init.wellknown.unit import ServiceFiles
from tests.frozen import ROOT
from tests.unit.gateway.given import EXAMPLE, NUMBERS, RUNNING, SITE

CERTIFICATE = Path(__file__).parent / "certificate.pem"


def read_secret(name: str) -> str:
    return CERTIFICATE.read_text() if name.endswith(".crt") else f"secret of {name}\n"


@pytest.fixture
def rendered() -> dict[str, ServiceFiles]:
    return services(SITE, read_secret, NUMBERS)


def test_every_unit_of_the_site_is_rendered(rendered: dict[str, ServiceFiles]) -> None:
    others = [name for name in rendered if name not in RUNNING]
    assert others == ["braid-lease-phone.service"]
    assert list(RUNNING) == [name for name in rendered if name not in others]


def test_a_kind_s_units_are_those_that_it_names() -> None:
    for kind, line in SITE.lines:
        assert tuple(service.name for service in kind.units(line, read_secret)) == kind.services(line)


def test_no_secret_is_in_a_unit_file_that_everybody_can_read(rendered: dict[str, ServiceFiles]) -> None:
    for service in rendered.values():
        assert "secret of" not in service.unit


def test_the_tunnel_is_pinned_to_its_uplink_and_touches_no_route(rendered: dict[str, ServiceFiles]) -> None:
    config = rendered["braid-openvpn-adsl-jumpbox-a.service"].config.splitlines()
    assert f"mark {NUMBERS.mark('adsl')}" in config
    assert "route-nopull" in config
    assert f"remote {SITE.servers['jumpbox-a'].address} 1194" in config


def test_a_server_cannot_push_more_than_the_tunnel_s_own_address(rendered: dict[str, ServiceFiles]) -> None:
    config = rendered["braid-openvpn-adsl-jumpbox-a.service"].config.splitlines()
    filters = [line.removeprefix("pull-filter ") for line in config if line.startswith("pull-filter ")]
    assert [each for each in filters if "ifconfig" in each] == ['accept "ifconfig 10.77.3.2 255.255.255.0"']
    assert filters[-1] == 'ignore ""'
    assert not [each for each in filters if each.startswith(('accept "ping', 'accept "route', 'accept ""'))]
    assert "topology subnet" in config


def test_the_proxy_speaks_multipath_tcp_to_the_destination(rendered: dict[str, ServiceFiles]) -> None:
    config = json.loads(rendered[unit.shadowsocks("near")].config)
    assert config["mptcp"] is True
    assert config["server"] == str(SITE.destination.address)
    assert config["local_address"] == "127.0.0.1"


def test_only_what_changed_is_started_anew(rendered: dict[str, ServiceFiles]) -> None:
    other = parse(EXAMPLE.read_text().replace("lease: 12h", "lease: 30m"))
    changed = {
        name
        for name, service in services(other, read_secret, NUMBERS).items()
        if service.digest != rendered[name].digest
    }
    assert changed == {unit.DNSMASQ}


def test_nothing_but_pppd_is_root(rendered: dict[str, ServiceFiles]) -> None:
    as_root = {name for name, service in rendered.items() if "DynamicUser=yes" not in service.unit}
    assert as_root == {"braid-pppoe-adsl.service"}


def lines(service: ServiceFiles) -> list[str]:
    return [line.strip() for line in service.config.splitlines()]


def test_nobody_of_the_lan_can_call_himself_wpad(rendered: dict[str, ServiceFiles]) -> None:
    assert {
        "dhcp-name-match=set:wpad,wpad",
        "dhcp-ignore-names=tag:wpad",
        "address=/wpad/",
        "address=/wpad.home.arpa/",
    } <= set(lines(rendered[unit.DNSMASQ]))


def test_a_host_has_its_address_and_name_to_itself() -> None:
    host = "  hosts: {printer: {mac: '00:0d:b9:12:34:56', address: 192.168.77.20}}\n"
    text = EXAMPLE.read_text().replace("  domain: home.arpa\n", f"{host}  domain: home.arpa\n")
    assert {
        "dhcp-host=00:0d:b9:12:34:56,192.168.77.20,printer",
        "host-record=printer.home.arpa,printer,192.168.77.20",
    } <= set(lines(services(parse(text), read_secret, NUMBERS)[unit.DNSMASQ]))


def test_a_name_of_the_internet_leads_into_the_lan_only_where_the_site_says_so() -> None:
    text = EXAMPLE.read_text().replace("  ssh_keys: []", "  private_domains: [plex.direct, nas.example]")
    config = lines(services(parse(text), read_secret, NUMBERS)[unit.DNSMASQ])
    assert "stop-dns-rebind" in config
    assert [line for line in config if line.startswith("rebind-domain-ok")] == [
        "rebind-domain-ok=home.arpa",
        "rebind-domain-ok=plex.direct",
        "rebind-domain-ok=nas.example",
    ]


def test_redsocks_carries_what_the_board_has_memory_for_and_has_the_files_and_pipes_for_them(
    rendered: dict[str, ServiceFiles],
) -> None:
    config = lines(rendered[unit.redsocks("near")])
    assert f"redsocks_conn_max = {number.REDIRECTED_CONNECTIONS + number.OWN_CONNECTIONS};" in config
    # Six of each connection.
    assert "rlimit_nofile = 65536;" in config
    assert "LimitNOFILE=65536" in rendered[unit.redsocks("near")].unit
    assert "local_port = 12345;" in config
    assert "port = 1080;" in config
    sysctl = (ROOT / "overlay/etc/sysctl.d/braid.conf").read_text().splitlines()
    assert "fs.pipe-user-pages-soft = 262144" in sysctl
    assert (number.REDIRECTED_CONNECTIONS + number.OWN_CONNECTIONS) * 2 * 16 <= 262144


def test_the_resolver_asks_many_at_a_time_and_waits_for_none_for_long(rendered: dict[str, ServiceFiles]) -> None:
    assert {
        "tcp-upstream: yes",
        "outgoing-num-tcp: 64",
        "tcp-auth-query-timeout: 3000",
        "tcp-reuse-timeout: 15000",
    } <= set(lines(rendered[unit.RESOLVER]))


def test_the_kernel_is_set_as_documented() -> None:
    lines = (ROOT / "overlay/etc/sysctl.d/braid.conf").read_text().splitlines()
    assert {
        "net.ipv4.ip_forward = 0",
        "net.ipv6.conf.all.disable_ipv6 = 1",
        "net.ipv6.conf.default.disable_ipv6 = 1",
        "net.ipv4.conf.all.rp_filter = 2",
        "net.ipv4.conf.default.rp_filter = 2",
        "net.ipv4.icmp_ratemask = 6160",
        "net.mptcp.enabled = 1",
        "net.mptcp.blackhole_timeout = 0",
        "net.mptcp.close_timeout = 600",
        "net.netfilter.nf_conntrack_max = 65536",
    } <= set(lines)
