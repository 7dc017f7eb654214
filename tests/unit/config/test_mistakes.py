"""Every mistake in gateway.yaml is told at once, each with its line, its key, and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.config import ConfigInvalid, load, parse

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "overlay/etc/braid/gateway.yaml").read_text(encoding="utf-8")


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
    assert list(site.paths) == ["adsl", "adsl-near", "adsl-jumpbox-a", "adsl-jumpbox-b"]
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


@pytest.mark.parametrize("kind", ["tether", "wifi", "modem", "dhcp", "static"])
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
        ("site: home", "site: Home", "site: 'Home' does not fit; give 1 to 15 of a-z"),
        ("  adsl-near:", "  adsl:", "paths.adsl: given twice (first in line"),
        ("  near:", "  lan:\n    - a\n  near:", "servers.lan: ['a'] is not a mapping"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(old: str, new: str, told: str) -> None:
    assert told in "\n".join(mistakes((old, new)))


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
