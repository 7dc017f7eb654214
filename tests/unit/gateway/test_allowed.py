"""What may leave an uplink: one list, of which the firewall is made, and which `braid allowed` prints."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings

from gateway_init.command import main
from gateway_init.command.allowed import text
from gateway_init.config.allotted import allot
from gateway_init.config.allowed import as_json, leaving, to_destination, to_servers
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from gateway_init.render.ruleset import ruleset
from gateway_init.wellknown.number import BRIDGE
from tests.any_site import texts
from tests.frozen import HOME, SITES, THIRD, Frozen

LETS_OUT = re.compile(r"chain output\w* \{.*?\n\t\}", re.DOTALL)
"""Chains of the ruleset that decide about what the box sends, and what it passes on by a line itself."""
INSIDE = (f'"{BRIDGE}"', "127.0.0.1")
"""Of rules that are about the box and its LAN."""


def let_out(site: Site) -> set[str]:
    """What the ruleset accepts of packets that the box sends by an uplink, without their interface."""
    chains = "\n".join(LETS_OUT.findall(ruleset(site, allot(site)).text))
    rules = (line.strip().removesuffix(" accept") for line in chains.splitlines() if line.endswith(" accept"))
    return {
        re.sub(r'^oifname "[^"]*" (fib saddr . oif type local )?', "", rule)
        for rule in rules
        if not any(word in rule for word in INSIDE)
    }


def listed(site: Site) -> set[str]:
    return {each.match for of in leaving(site) for each in of.allowed if each.match}


@pytest.mark.parametrize("frozen", SITES, ids=[each.name for each in SITES])
def test_the_firewall_lets_out_what_is_on_the_list_and_nothing_else(frozen: Frozen) -> None:
    assert let_out(frozen.load()) == listed(frozen.load())


@given(texts())
@settings(max_examples=30)
def test_that_is_so_of_any_site(config: str) -> None:
    site = parse(config)
    assert let_out(site) == listed(site)
    for each in leaving(site):
        assert len({packets.what for packets in each.allowed}) == len(each.allowed)
        own = [packets for packets in each.allowed if "by route" not in packets.what]
        assert all(packets.target or not packets.ports for packets in own if packets.what != "DHCP")


def test_each_kind_of_line_says_what_it_needs_for_itself() -> None:
    site = THIRD.load()
    wrapped = {packets.what for packets in (*to_destination(site), *to_servers(site))}
    own = {
        each.uplink: [packets.what for packets in each.allowed if packets.what not in wrapped] for each in leaving(site)
    }
    assert own == {
        "cable": ["ARP", "DHCP", "TCP by route 1", "UDP by route 1", "ICMP by route 1"],
        "copper": [
            "PPPoE discovery",
            "PPP: LCP, PAP, CHAP, IPCP",
            "ARP for the modem",
            "the modem's page",
            "TCP by route 2",
            "UDP by route 2",
        ],
        "den": ["EAPOL", "ARP", "DHCP"],
        "office": ["ARP"],
        "pocket": ["ARP", "DHCP"],
        "stick": ["ARP", "DHCP"],
    }


def test_what_is_dialled_leaves_in_a_session_with_the_line_s_tag() -> None:
    (copper,) = (each for each in leaving(THIRD.load()) if each.uplink == "copper")
    forms = {packets.what: (packets.inside, packets.ethertype, packets.ppp, packets.vlan) for packets in copper.allowed}
    assert forms["Multipath TCP to quay"] == forms["OpenVPN to hill"] == ("PPPoE", 0x8864, (0x21,), 35)
    assert forms["the modem's page"] == ("", 0x0800, (), None)


def test_what_leaves_by_a_line_itself_is_told_with_whom_it_may_go_to() -> None:
    rows = [row.split("  ") for row in text(leaving(THIRD.load())).splitlines() if "by route" in row]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells == [
        ["cable", "TCP by route 1", "its address", "stream.example", "TCP"],
        ["cable", "UDP by route 1", "its address", "stream.example", "UDP"],
        ["cable", "ICMP by route 1", "its address", "stream.example", "ICMP"],
        ["copper", "TCP by route 2", "its address", "198.51.100.160/28 port 5060", "TCP in PPPoE, VLAN 35"],
        ["copper", "UDP by route 2", "its address", "198.51.100.160/28 port 5060", "UDP in PPPoE, VLAN 35"],
    ]


def test_a_network_without_a_password_needs_no_eapol() -> None:
    site = parse(THIRD.text.replace("country: 'IN'", "country: 'IN'\n    security: open"))
    (den,) = (each for each in leaving(site) if each.uplink == "den")
    assert "EAPOL" not in {packets.what for packets in den.allowed}


def test_it_is_printed_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    told = leaving(HOME.load())
    assert main.main(["--config", str(HOME.config), "allowed"]) == 0
    assert capsys.readouterr().out == text(told) + "\n"
    row = r"adsl +Multipath TCP to near +its address +203\.0\.113\.10 port 8388 +Multipath TCP in PPPoE\n"
    assert re.search(row, text(told))
    assert main.main(["--config", str(HOME.config), "allowed", "--json"]) == 0
    assert capsys.readouterr().out == as_json(told) + "\n"
    allowed = {each["what"]: each for each in json.loads(as_json(told))[0]["allowed"]}
    for name, address in (("near", "203.0.113.10"), ("abroad", "203.0.113.20")):
        probes = allowed[f"probes to {name}"]
        assert (probes["target"], probes["protocol"], probes["ports"]) == (address, "udp", [862])
