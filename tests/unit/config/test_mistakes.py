"""Every mistake in gateway.yaml is told at once, each with its line, its key, and what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config.load import load, parse
from tests.frozen import HOME

EXAMPLE = HOME.text
ADSL = {"kind": "pppoe", "device": "enp1s0", "user": "me"}


def example(*changes: tuple[str, str]) -> str:
    """The example with the first occurrence of each text replaced."""
    text = EXAMPLE
    for old, new in changes:
        assert old in text, f"the example has no {old!r} to change"
        text = text.replace(old, new, 1)
    return text


def mistakes(*changes: tuple[str, str]) -> list[str]:
    """What a person is told about the example with these changes."""
    with pytest.raises(ConfigInvalid) as caught:
        parse(example(*changes))
    return caught.value.render().splitlines()


def line_of(text: str, word: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if word in line)


def test_the_example_has_none() -> None:
    site = parse(EXAMPLE)
    assert list(site.paths) == ["adsl", "adsl-near", "adsl-jumpbox-a", "adsl-jumpbox-b", "phone"]
    assert site.destination.address == site.servers["near"].address


def test_all_are_told_in_the_order_of_the_file_each_with_its_line() -> None:
    changes = (("device: enp1s0", "device: 7"), ("domain:", "domian:"), ("role: jumpbox", "role: jumpbix"))
    text = example(*changes)
    assert mistakes(*changes) == [
        f"gateway.yaml:{line_of(text, 'domian')}: lan.domian: unknown key; did you mean 'domain'?",
        f"gateway.yaml:{line_of(text, 'device: 7')}: uplinks.adsl.device: 7 does not fit; "
        "give a network interface, such as enp1s0",
        f"gateway.yaml:{line_of(text, 'jumpbix')}: servers.jumpbox-a.role: 'jumpbix' is not known; "
        "did you mean 'jumpbox'?",
    ]


@pytest.mark.parametrize("kind", ["modem"])
def test_a_kind_of_line_that_is_not_built_yet_is_refused_by_its_name(kind: str) -> None:
    (told,) = mistakes(("kind: pppoe", f"kind: {kind}"))
    assert f"uplinks.adsl.kind: {kind}: not supported yet" in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("destination: near", "destination: naer", "policy.destination: no server 'naer'; did you mean 'near'?"),
        ("destination: near", "destination: jumpbox-a", "policy.destination: 'jumpbox-a' is a jumpbox"),
        ("through: near", "through: nera", "paths.adsl-near.through: no server 'nera'; did you mean 'near'?"),
        ("uplink: adsl", "uplink: asdl", "paths.adsl.uplink: no uplink 'asdl'; did you mean 'adsl'?"),
        ("through: near", "through: jumpbox-a", "is the same way as"),
        ("10.77.2.0/24", "10.77.1.128/25", "10.77.1.128/25 overlaps servers.near.openvpn.network (10.77.1.0/24)"),
        ("10.77.2.0/24", "10.77.2.1/24", "give the network's first address (no host bits)"),
        ("10.77.1.0/24", "10.77.1.0/30", "servers.near.openvpn.network: /30 is too small"),
        ("203.0.113.20", "203.0.113.10", "servers.abroad.address: 203.0.113.10 is also near's"),
        ("203.0.113.20", "203.0.113.256", "'203.0.113.256' does not fit; give an IPv4 address"),
        ("first: 192.168.77.100", "first: 192.168.78.100", "lan.dhcp.first: 192.168.78.100 is no address of the LAN"),
        ("first: 192.168.77.100", "first: 192.168.77.1", "the range holds the gateway's own 192.168.77.1"),
        ("last: 192.168.77.199", "last: 192.168.77.99", "lan.dhcp.last: 192.168.77.99 lies before first"),
        ("device: enp1s0", "device: enp2s0", "uplinks.adsl.device: enp2s0 already belongs to lan.ports"),
        ("[enp2s0, enp3s0]", "[enp2s0, enp2s0]", "lan.ports[1]: enp2s0 is given twice"),
        ("[enp2s0, enp3s0]", "[]", "lan.ports: is empty"),
        ("[enp2s0, enp3s0]", "enp2s0", "lan.ports: 'enp2s0' is not a list"),
        ("console: shell", "console: login", "password_hash: missing, but the console asks for a login"),
        ("console: shell", "console: shel", "console: 'shel' does not fit; did you mean 'shell'?"),
        ("lease: 12h", "lease: 12", "lan.dhcp.lease: 12 does not fit; give such as 30m, 12h or 7d"),
        ("site: home\n", "", "site: missing; give"),
        ("site: home", 'site: "home\\n"', "site: 'home\\n' does not fit; give 1 to 15"),
        ("user: home@isp.example", 'user: "me\\n"', "uplinks.adsl.user: 'me\\n' does not fit"),
        ("user: home@isp.example", 'user: "me\\e"', "uplinks.adsl.user: 'me\\x1b' does not fit"),
        ("domain: home.arpa", 'domain: "home.arpa\\n"', "lan.domain: 'home.arpa\\n' does not fit"),
        ("domain: home.arpa", "domain: home..arpa", "lan.domain: 'home..arpa' does not fit"),
        ("domain: home.arpa", "domain: home.-arpa", "lan.domain: 'home.-arpa' does not fit"),
        ("device: enp1s0", "device: lo", "uplinks.adsl.device: lo is a reserved name"),
        ("[enp2s0, enp3s0]", "[lan]", "lan.ports: lan is a reserved name"),
        ("  adsl-near:", "  default:", "paths.default: 'default' is a reserved name"),
        ("device: enp1s0", 'device: "enp1s0\\n"', "uplinks.adsl.device: 'enp1s0\\n' does not fit"),
        ("  adsl-near:", '  "adsl-near\\n":', "the name 'adsl-near\\n' does not fit"),
        ("192.168.77.1/24", "192.168.77.0/24", "lan.address: 192.168.77.0 is no host's but stands for the network"),
        ("192.168.77.1/24", "192.168.77.255/24", "stands for the network; give 192.168.77.1/24"),
        ("192.168.77.1/24", "127.0.0.1/8", "lan.address: 127.0.0.0/8 overlaps 127.0.0.0/8, which is a machine's own"),
        (
            "192.168.77.1/24",
            "192.168.77.1/31",
            "lan.address: /31 is no network for a LAN; give a prefix from /8 to /30",
        ),
        ("[9.9.9.9, 149", "[192.168.77.1, 149", "lan.resolvers[0]: 192.168.77.1 is the gateway itself; name one"),
        ("[9.9.9.9, 149", "[192.168.77.9, 149", "lan.resolvers[0]: 192.168.77.9 is in the LAN"),
        ("[9.9.9.9, 149", "[127.0.0.53, 149", "lan.resolvers[0]: 127.0.0.53: 127.0.0.0/8 is a machine's own loopback"),
        ("[9.9.9.9, 149.112.112.112]", "[9.9.9.9, 9.9.9.9]", "lan.resolvers[1]: 9.9.9.9 is given twice"),
        ("[9.9.9.9, 149.112.112.112]", "[]", "lan.resolvers: is empty"),
        (
            "ssh_keys: []",
            "ssh_keys: [ssh-rsa AA a, ssh-rsa AA b]",
            "lan.ssh_keys[1]: is the same key as lan.ssh_keys[0]",
        ),
        ("203.0.113.20", "127.0.0.1", "servers.abroad.address: 127.0.0.1: 127.0.0.0/8 is a machine's own loopback"),
        ("203.0.113.20", "239.1.2.3", "servers.abroad.address: 239.1.2.3: 224.0.0.0/4 is multicast"),
        (
            "203.0.113.20",
            "192.168.77.7",
            "servers.abroad.address: 192.168.77.7: it is in lan.address (192.168.77.0/24)",
        ),
        ("203.0.113.20", "10.77.3.9", "10.77.3.9: it is in servers.jumpbox-a.openvpn.network (10.77.3.0/24)"),
        ("10.77.2.0/24", "127.77.2.0/24", "servers.abroad.openvpn.network: 127.77.2.0/24 overlaps 127.0.0.0/8"),
        ("  adsl-near:", "  tun:", "paths.tun: 'tun' is a reserved name"),
        ("  adsl-near:", "  null:", "the name nothing does not fit"),
        ("site: home", "site: Home", "site: 'Home' does not fit; give 1 to 15 of a-z"),
        ("  adsl-near:", "  adsl:", "paths.adsl: given twice (first in line"),
        ("  near:", "  lan:\n    - a\n  near:", "servers.lan: ['a'] is not a mapping"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(old: str, new: str, told: str) -> None:
    assert told in "\n".join(mistakes((old, new)))


@pytest.mark.parametrize(
    ("part", "entries", "told"),
    [
        ("uplinks", {}, "uplinks: is empty; describe at least one line"),
        ("uplinks", {"enp2s0": ADSL}, "uplinks.enp2s0: 'enp2s0' is a port; choose another name"),
        ("uplinks", {"lan": ADSL}, "uplinks.lan: 'lan' is a reserved name; choose another name"),
        ("paths", {}, "paths: is empty; describe at least one way to the destination"),
        ("paths", {f"way-{n}": {"uplink": "adsl"} for n in range(9)}, "paths: 9 of them; at most 8"),
    ],
)
def test_too_few_or_too_many_of_something_are_told(part: str, entries: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse(yaml.safe_dump(yaml.safe_load(EXAMPLE) | {part: entries}))
    assert told in caught.value.render()


def test_a_tunnel_s_range_has_an_address_for_each_path() -> None:
    site = yaml.safe_load(EXAMPLE)
    site["servers"]["near"]["openvpn"]["network"] = "10.77.1.0/29"
    site["uplinks"] = {f"line-{n}": ADSL | {"device": f"enp{n + 4}s0"} for n in range(6)}
    site["paths"] = {f"way-{n}": {"uplink": f"line-{n}", "through": "near"} for n in range(6)}
    with pytest.raises(ConfigInvalid) as caught:
        parse(yaml.safe_dump(site))
    (told,) = caught.value.render().splitlines()
    assert "servers.near.openvpn.network: has no room for a path's address; give a larger range" in told
    site["paths"].popitem()
    assert parse(yaml.safe_dump(site)).tunnel_address("way-4").packed[-1] == 6


def test_a_missing_part_is_told_once_and_not_once_for_each_of_its_keys() -> None:
    start, end = EXAMPLE.index("policy:"), len(EXAMPLE)
    (told,) = mistakes((EXAMPLE[start:end], ""))
    assert "policy: missing; give its keys: destination" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "gateway.yaml: the file is empty"),
        ("{", "gateway.yaml:1: not YAML"),
        ("a: b: c", "gateway.yaml:1: not YAML"),
        ("- a\n- b", "is not a mapping; give its keys: site,"),
        ("home", "'home' is not a mapping"),
        ("a: &x [*x]", "gateway.yaml:1: not YAML: an alias (*x)"),
        ("[" * 5000, "nested too deeply"),
        ("\x00", "not YAML"),
        ("? [a, b]\n: c", "a key that is not plain text"),
        ("site: !!python/object/apply:os.system [id]", "not YAML"),
        ("---\na: 1\n---\nb: 2\n", "gateway.yaml"),
    ],
)
def test_what_is_no_config_at_all_is_told_without_a_traceback(text: str, told: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse(text)
    assert told in caught.value.render()


def test_a_file_that_cannot_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    binary = tmp_path / "gateway.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    for file, told in ((tmp_path / "none.yaml", "no such file"), (tmp_path, "is a directory"), (binary, "is not text")):
        with pytest.raises(ConfigInvalid, match=told) as caught:
            load(file)
        assert caught.value.render().startswith(f"{file}: ")


@pytest.mark.parametrize("clocks", ["[]", "[a.example, b.example]", "[a.example, b.example, a.example]"])
def test_too_few_clocks_to_outvote_a_wrong_one_are_refused(clocks: str) -> None:
    (told,) = mistakes(("  domain:", f"  clocks: {clocks}\n  domain:"))
    assert "lan.clocks: needs three different servers" in told
    assert parse(example(("  domain:", "  clocks: [a.example, b.example, c.example]\n  domain:"))).lan.clocks


def test_a_clock_is_named_and_not_an_address_in_the_web() -> None:
    (told,) = mistakes(("  domain:", "  clocks: ['https://a.example/', b.example, c.example]\n  domain:"))
    assert "lan.clocks[0]" in told
