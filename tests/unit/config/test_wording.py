"""Each mistake to its last word: a person has nothing else to mend it by."""

from __future__ import annotations

import re

import pytest

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config.load import parse
from tests.frozen import HOME

WITHOUT_PATHS = HOME.text.split("paths:")[0]
POLICY = "policy:\n  destination: near\n"
NINE = "".join(f"  p{number}:\n    uplink: adsl\n    through: s{number}\n" for number in range(9))
SERVER = "    role: jumpbox\n    address: 198.51.100.{0}\n    openvpn:\n      network: 10.88.{0}.0/24\n"
NINE_SERVERS = "".join(f"  s{number}:\n" + SERVER.format(number) for number in range(9))


def told(text: str) -> list[str]:
    """What a person is told of a config, without the places in the file."""
    with pytest.raises(ConfigInvalid) as caught:
        parse(text)
    return [re.sub(r"^gateway\.yaml(:\d+)?: ", "", line) for line in caught.value.render().splitlines()]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (
            "console: shell",
            "console: login",
            ["password_hash: missing, but the console asks for a login; give one from `mkpasswd`"],
        ),
        ("[enp2s0, enp3s0]", "[]", ["lan.ports: is empty; name at least one interface, such as enp2s0"]),
        ("[enp2s0, enp3s0]", "[enp2s0, enp2s0]", ["lan.ports[1]: enp2s0 is given twice; name each port once"]),
        (
            "resolvers: [9.9.9.9, 149.112.112.112]",
            "resolvers: []",
            ["lan.resolvers: is empty; name at least one DNS server, such as 9.9.9.9"],
        ),
        (
            "192.168.77.1/24",
            "192.168.77.1/31",
            ["lan.address: /31 is no network for a LAN; give a prefix from /8 to /30"],
        ),
        (
            "192.168.77.1/24",
            "192.168.77.1/7",
            ["lan.address: /7 is no network for a LAN; give a prefix from /8 to /30"],
        ),
        (
            "first: 192.168.77.100",
            "first: 192.168.77.0",
            ["lan.dhcp.first: 192.168.77.0 is no address of the LAN; give one from 192.168.77.1 to 192.168.77.254"],
        ),
        (
            "last: 192.168.77.199",
            "last: 192.168.77.255",
            ["lan.dhcp.last: 192.168.77.255 is no address of the LAN; give one from 192.168.77.1 to 192.168.77.254"],
        ),
        (
            "last: 192.168.77.199",
            "last: 192.168.77.99",
            ["lan.dhcp.last: 192.168.77.99 lies before first; not below 192.168.77.100"],
        ),
        (
            "first: 192.168.77.100",
            "first: 192.168.77.1",
            ["lan.dhcp.first: the range holds the gateway's own 192.168.77.1; move the range"],
        ),
        (
            "device: enp1s0",
            "device: enp2s0",
            ["uplinks.adsl.device: enp2s0 already belongs to lan.ports; name another interface"],
        ),
        (
            "network: 10.77.2.0/24",
            "network: 10.77.2.0/30",
            ["servers.abroad.openvpn.network: /30 is too small; give a /29 or larger"],
        ),
        (
            "network: 10.77.2.0/24",
            "network: 192.168.0.0/16",
            [
                "servers.abroad.openvpn.network: 192.168.0.0/16 overlaps lan.address (192.168.77.0/24); "
                "give a range of its own"
            ],
        ),
        ("203.0.113.20", "203.0.113.10", ["servers.abroad.address: 203.0.113.10 is also near's; give its own"]),
        (
            "through: near",
            "through: jumpbox-a",
            ["paths.adsl-jumpbox-a: is the same way as 'adsl-near'; remove one of them"],
        ),
        ("uplink: adsl", "uplink: asdl", ["paths.adsl.uplink: no uplink 'asdl'; did you mean 'adsl'?"]),
        (
            "destination: near",
            "destination: jumpbox-a",
            ["policy.destination: 'jumpbox-a' is a jumpbox; known are: near, abroad"],
        ),
        (
            "to: abroad",
            "to: jumpbox-a",
            ["routes[0].to: 'jumpbox-a' is a jumpbox; known are: refuse, near, abroad"],
        ),
        (
            "to: abroad",
            "",
            ["routes[0].to: missing; give one of the two, such as `to: abroad` or `via: uplink adsl`"],
        ),
        (
            "to: abroad",
            "via: uplink asdl",
            ["routes[0].via: no uplink 'asdl'; did you mean 'adsl'?"],
        ),
        (
            "to: abroad",
            "to: abroad\n    via: uplink adsl\n    else: near",
            [
                "routes[0].to: is given beside `via`; give one of the two, such as `to: abroad` or `via: uplink adsl`",
                "routes[0].else: is given beside `via`; leave it out: what leaves by a line has no other way",
            ],
        ),
        (
            "to: abroad",
            "via: adsl",
            ["routes[0].via: 'adsl' does not fit; give `uplink` and the name of one, such as `uplink adsl`"],
        ),
        ("to: abroad", "to: abraod", ["routes[0].to: no server 'abraod'; did you mean 'abroad'?"]),
        (
            "domains: [stream.example]",
            "domains: []",
            [
                "routes[0]: fits everything; "
                "give it one of domains, networks, ports, clients, or change policy.destination"
            ],
        ),
        (
            "domains: [stream.example]",
            "domains: [a.example, tv.home.arpa, a.example]",
            [
                "routes[0].domains[1]: tv.home.arpa is the LAN's own; name one on the Internet",
                "routes[0].domains[2]: a.example is given twice; name each once",
            ],
        ),
        (
            "domains: [stream.example]",
            "networks: [192.168.0.0/16, 198.51.100.0/24, 198.51.100.0/28]",
            [
                "routes[0].networks[0]: 192.168.0.0/16 overlaps the LAN (192.168.77.0/24); name others",
                "routes[0].networks[2]: 198.51.100.0/28 overlaps 198.51.100.0/24; leave the smaller one out",
            ],
        ),
        (
            "domains: [stream.example]",
            "clients: [tv, 192.0.2.9, 192.168.77.1, 192.168.77.256, 192.168.77.010]",
            [
                "routes[0].clients[1]: 192.0.2.9 is no address of the LAN; give one of 192.168.77.0/24",
                "routes[0].clients[2]: 192.168.77.1 is the gateway's own; name a device of the LAN",
                "routes[0].clients[3]: 192.168.77.256 is no address; give one of 192.168.77.0/24",
                "routes[0].clients[4]: 192.168.77.010 is no address; give one of 192.168.77.0/24",
            ],
        ),
        ("address: 203.0.113.20", "", ["servers.abroad.address: missing; give an IPv4 address, such as 192.0.2.1"]),
        (
            "network: 10.77.2.0/24",
            "port: 0",
            [
                "servers.abroad.openvpn.network: missing; give an IPv4 network, such as 10.77.1.0/24",
                "servers.abroad.openvpn.port: 0 does not fit; give 1 to 65535",
            ],
        ),
        (
            "address: 192.168.77.1/24",
            "",
            ["lan.address: missing; give an IPv4 address with its prefix length, such as 192.168.77.1/24"],
        ),
        (
            "resolvers: [9.9.9.9, 149.112.112.112]",
            "",
            ["lan.resolvers: missing; give a list of: an IPv4 address, such as 192.0.2.1"],
        ),
        (
            "ports: [enp2s0, enp3s0]",
            "ports: enp2s0",
            ["lan.ports: 'enp2s0' is not a list; write [a, b] or one '- item' a line"],
        ),
        (
            "kind: pppoe",
            "kind: 7",
            ["uplinks.adsl.kind: 7 is not known; known are: pppoe, dhcp, static, tether, dongle, wifi"],
        ),
        (
            "    kind: pppoe\n",
            "",
            ["uplinks.adsl.kind: missing; give 'pppoe' or 'dhcp' or 'static' or 'tether' or 'dongle' or 'wifi'"],
        ),
        (
            "kind: pppoe",
            "kind: modem",
            ["uplinks.adsl.kind: modem: not supported yet; supported are: pppoe, dhcp, static, tether, dongle, wifi"],
        ),
        ("role: jumpbox", "rule: jumpbox", ["servers.jumpbox-a.role: missing; give 'destination' or 'jumpbox'"]),
        ("through: near", "through:", ["paths.adsl-near.through: has no value; give one, or leave the key out"]),
        (
            "  destination: near",
            "  destination: near\n  trial_seconds: 59",
            ["policy.trial_seconds: 59 does not fit; give 60 to 3600"],
        ),
        (
            "  destination: near",
            "  destination: near\n  trial_seconds: 3601",
            ["policy.trial_seconds: 3601 does not fit; give 60 to 3600"],
        ),
        (
            "  destination: near",
            "  destination: near\n  trial_seconds: true",
            ["policy.trial_seconds: True does not fit; give 60 to 3600"],
        ),
        (
            "  near:",
            "  Near:",
            [
                "servers.Near: the name 'Near' does not fit; give 1 to 15 of a-z, 0-9 and '-', "
                "a letter first, no '-' last (it also names a network interface)"
            ],
        ),
    ],
)
def test_a_mistake_is_told_to_its_last_word(old: str, new: str, lines: list[str]) -> None:
    assert old in HOME.text
    assert told(HOME.text.replace(old, new, 1))[: len(lines)] == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ["the file is empty; start from the example gateway.yaml"]),
        ("[" * 5000, ["nested too deeply; a few levels are all that is needed"]),
        ("? [a, b]\n: c", ["a key that is not plain text; use a simple name"]),
        ("a:\n  <<: {b: 1}", ["a: a key that is not plain text; use a simple name"]),
        ("a: 1\nb: 2\na: 3", ["a: given twice (first in line 1); keep one"]),
        ("a: 2026-99-99", ["not YAML: month must be in 1..12; mend the value"]),
        ("{", ["not YAML: expected the node content, but found '<stream end>'; mend the syntax"]),
        (
            WITHOUT_PATHS + "paths: {}\n" + POLICY,
            ["paths: is empty; describe at least one way to the destination"],
        ),
        (
            re.sub(r"uplinks:.*?\n\n", "uplinks: {}\n\n", WITHOUT_PATHS, flags=re.DOTALL) + "paths: {}\n" + POLICY,
            [
                "uplinks: is empty; describe at least one line",
                "paths: is empty; describe at least one way to the destination",
            ],
        ),
        (
            WITHOUT_PATHS.replace("servers:\n", "servers:\n" + NINE_SERVERS) + "paths:\n" + NINE + POLICY,
            ["paths: 9 of them; at most 8: the kernel's limit"],
        ),
        (
            HOME.text.replace("10.77.3.0/24", "10.77.3.0/29").replace(
                "\n# What goes",
                "".join(f"  a{n}:\n    uplink: adsl\n    through: jumpbox-a\n" for n in range(5)) + "# What goes",
            ),
            ["servers.jumpbox-a.openvpn.network: has no room for a path's address; give a larger range"],
        ),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, list) else "",
)
def test_what_is_wrong_with_the_whole_is_told_to_its_last_word(text: str, lines: list[str]) -> None:
    assert told(text)[: len(lines)] == lines


@pytest.mark.parametrize("name", ["lo", "lan", "all", "default"])
def test_a_line_cannot_take_a_name_that_means_something_else(name: str) -> None:
    text = HOME.text.replace("  adsl:\n    kind", f"  {name}:\n    kind").replace("uplink: adsl", f"uplink: {name}")
    assert told(text) == [f"uplinks.{name}: '{name}' is a reserved name; choose another name"]


def test_a_tunnel_cannot_have_the_name_of_a_port() -> None:
    named = "an interface name of its own; choose another name"
    port = HOME.text.replace("  adsl-near:\n", "  enp3s0:\n")
    assert told(port) == [f"paths.enp3s0: 'enp3s0' is a port, and a tunnel needs {named}"]
    line = HOME.text.replace("  adsl:\n    uplink: adsl\n", "").replace("  adsl-near:\n", "  adsl:\n")
    assert told(line) == [f"paths.adsl: 'adsl' is an uplink, and a tunnel needs {named}"]


def test_a_mistake_in_a_part_that_is_missing_has_the_line_of_what_it_is_missing_from() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse(HOME.text.replace("device: enp1s0", ""))
    line = next(at for at, each in enumerate(HOME.text.splitlines(), 1) if each == "  adsl:")
    assert caught.value.render().startswith(f"gateway.yaml:{line}: uplinks.adsl.device: missing; give")


def test_a_mistake_without_a_place_is_told_without_a_line() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse("\x00")
    assert caught.value.render().startswith("gateway.yaml: not YAML: unacceptable character")
