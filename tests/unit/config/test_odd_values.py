"""Values at the edge of what a program takes, and just past it."""

from __future__ import annotations

import pytest
import yaml

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config.load import parse
from tests.frozen import HOME
from tests.unit.config.test_mistakes import EXAMPLE, mistakes

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("site", "home"),
        ("password_hash", "$y$j9T$salt$hash"),
        ("lan.domain", "home.arpa"),
        ("lan.dhcp.lease", "12h"),
        ("uplinks.adsl.device", "enp1s0"),
        ("uplinks.adsl.user", "home@isp.example"),
        ("paths.adsl.uplink", "adsl"),
        ("policy.destination", "near"),
    ],
)
def test_a_value_that_ends_in_a_newline_is_refused_and_without_it_is_right(key: str, value: str) -> None:
    # In a file of ours, what comes after it would be a line that nobody wrote.
    *way, last = key.split(".")
    document = place = yaml.safe_load(EXAMPLE)
    for each in way:
        place = place[each]
    place[last] = value
    parse(yaml.safe_dump(document))
    place[last] = f"{value}\n"
    with pytest.raises(ConfigInvalid) as caught:
        parse(yaml.safe_dump(document))
    assert [problem.key for problem in caught.value.problems] == [key]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("  near:", '  "near\\n":', r"servers.near\n"),
        ("[enp2s0, enp3s0]", '[enp2s0, "enp3s0\\n"]', "lan.ports[1]"),
        ("ssh_keys: []", f'ssh_keys: ["{KEY}\\n"]', "lan.ssh_keys[0]"),
        ("address: 203.0.113.10", 'address: "203.0.113.10\\n"', "servers.near.address"),
        ("10.77.1.0/24", '"10.77.1.0/24\\n"', "servers.near.openvpn.network"),
    ],
)
def test_so_is_one_in_a_name_a_list_or_an_address_and_it_is_told_in_one_line(old: str, new: str, key: str) -> None:
    (told,) = [line for line in mistakes((old, new)) if "does not fit" in line]
    assert f": {key}: " in told


@pytest.mark.parametrize("character", [r"\0", r"\e", r"\x7f", r"\r", r"\t"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("home@isp.example", '"home{}"'),
        ("ssh_keys: []", f'ssh_keys: ["{KEY} me{{}}"]'),
        ("console: shell", 'console: login\npassword_hash: "$y$j9T$salt$hash{}"'),
    ],
)
def test_control_characters_are_refused(old: str, new: str, character: str) -> None:
    assert "does not fit" in "\n".join(mistakes((old, new.format(character))))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "site: home",
            "site: home-",
            "site: 'home-' does not fit; give 1 to 15 of a-z, 0-9 and '-', a letter first, no",
        ),
        ("lease: 12h", "lease: 100000h", "lan.dhcp.lease: '100000h' does not fit"),
        ("lease: 12h", "lease: 10000d", "lan.dhcp.lease: '10000d' does not fit"),
        ("[9.9.9.9, 149", "[10.77.1.1, 149", "lan.resolvers[0]: 10.77.1.1: it is in servers.near.openvpn.network (10."),
        ("[9.9.9.9, 149", "[0.0.0.0, 149", "lan.resolvers[0]: 0.0.0.0: 0.0.0.0/8 names no host"),
        ("192.168.77.1/24", "192.168.77.9/7", "lan.address: /7 is no network for a LAN; give a prefix from /8 to /30"),
        ("first: 192.168.77.100", "first: 192.168.77.0", "lan.dhcp.first: 192.168.77.0 is no address of the LAN"),
        ("last: 192.168.77.199", "last: 192.168.77.255", "lan.dhcp.last: 192.168.77.255 is no address of the LAN"),
        ("192.168.77.1/24", "192.168.77.100/24", "the range holds the gateway's own 192.168.77.100"),
        ("192.168.77.1/24", "192.168.77.199/24", "the range holds the gateway's own 192.168.77.199"),
        (
            "ssh_keys: []",
            "private_domains: [a.b, c, a.b]",
            "lan.private_domains[2]: a.b is given twice; name each once",
        ),
        ("domain: home.arpa", f"domain: {'h' * 63}", "lan.domain: "),
        (
            "uplinks:\n",
            "uplinks:\n" + "".join(f"  line{n}: {{kind: pppoe, device: eth{n}, user: a}}\n" for n in range(7)),
            "uplinks: 9 of them; at most 8: as many as paths",
        ),
    ],
)
def test_just_past_the_edge_is_refused(old: str, new: str, told: str) -> None:
    assert told in "\n".join(mistakes((old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("10.77.1.0/24", "10.77.1.0/29"),
        ("192.168.77.1/24", "192.168.77.9/8"),
        ("last: 192.168.77.199", "last: 192.168.77.100"),
        ("site: home", "site: a"),
        ("site: home", "site: a23456789012345"),
        ("lease: 12h", "lease: 99999h"),
        ("lease: 12h", "lease: 9999d"),
        ("domain: home.arpa", f"domain: {'h' * 62}"),
        ("192.168.77.1/24", "192.168.77.254/24"),
        ("ssh_keys: []", f"ssh_keys: [{KEY} José's laptop]"),
    ],
)
def test_the_edge_itself_is_right(old: str, new: str) -> None:
    assert old in EXAMPLE
    parse(EXAMPLE.replace(old, new, 1))


def test_the_smallest_lan_has_room_for_one_device() -> None:
    document = yaml.safe_load(EXAMPLE)
    only = "192.168.77.2"
    document["lan"] |= {"address": "192.168.77.1/30", "dhcp": {"first": only, "last": only}}
    assert str(parse(yaml.safe_dump(document)).lan.address.network) == "192.168.77.0/30"


def test_eight_paths_over_eight_lines_are_as_many_as_the_kernel_takes() -> None:
    document = yaml.safe_load(EXAMPLE)
    document["uplinks"] = {f"line{n}": {"kind": "pppoe", "device": f"eth{n}", "user": "a"} for n in range(8)}
    document["paths"] = {f"line{n}": {"uplink": f"line{n}"} for n in range(8)}
    assert len(parse(yaml.safe_dump(document)).paths) == 8


def test_ten_thousand_networks_are_as_good_as_ten() -> None:
    """Each was compared with all before it, which took a minute."""
    many = ", ".join(f"20.{number // 250}.{number % 250}.0/25" for number in range(10_000))
    site = parse(HOME.text.replace("domains: [stream.example]", f"networks: [{many}]"))
    assert len(site.routes[0].networks) == 10_000
