"""A PPPoE line: what pppd is told, and why the line is down in words that a person can act on."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config.load import parse
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Address, Facts, Link, Unit
from gateway_init.facts.item import ETHERNET_MTU, Item, LineAddress, Mtu, Up, Vlan
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import Add, Remove, difference
from gateway_init.plan.plan import plan
from gateway_init.render.ruleset import ruleset
from gateway_init.render.services import services
from gateway_init.uplink.kind import State
from tests.unit.gateway.given import EXAMPLE, NUMBERS, PORTS, PPP_ADDRESS, SITE
from tests.unit.gateway.test_services import read_secret

KIND, LINE = SITE.line("adsl")
DIALLER = "braid-pppoe-adsl.service"
SESSION = Link(10, "adsl")
RUNS = Unit("active", "running")

REFUSED = "the provider refuses the user or the password; asked ever less often, down to every 5 minutes"


def state(*links: Link, unit: Unit | None = RUNS, addressed: bool = False) -> State:
    addresses = (Address(SESSION.index, PPP_ADDRESS, 32),) if addressed else ()
    return KIND.state(LINE, Facts(links=links, addresses=addresses, units={DIALLER: unit} if unit else {}))


def test_pppd_gets_the_line_as_the_provider_wants_it_and_touches_nothing_of_ours() -> None:
    (files,) = KIND.units(LINE, lambda file: f'of {file} "\\\n')
    assert files.name == DIALLER
    options = [line for line in files.config.splitlines() if not line.startswith("#")]
    assert options == [
        "plugin pppoe.so",
        "nic-enp1s0",
        'user "home@isp.example"',
        'password "of uplink-adsl.password \\"\\\\"',
        "hide-password",
        "ifname adsl",
        "nodetach",
        "noauth",
        "refuse-eap",
        "noipdefault",
        "nodefaultroute",
        "noipv6",
        "noccp",
        "novj",
        "mtu 1492",
        "mru 1492",
        "lcp-echo-interval 3",
        "lcp-echo-failure 4",
        "lcp-echo-adaptive",
        "pppoe-padi-timeout 2",
        "pppoe-padi-attempts 3",
        "nopersist",
    ]


def test_the_dialler_is_started_again_for_ever_and_may_do_no_more_than_dial() -> None:
    (files,) = KIND.units(LINE, lambda _: "secret")
    lines = files.unit.splitlines()
    assert "Description=PPPoE session of uplink adsl on enp1s0" in lines
    assert "ExecStart=/usr/sbin/pppd file ${CREDENTIALS_DIRECTORY}/config" in lines
    assert "LoadCredential=config:/run/braid/braid-pppoe-adsl.conf" in lines
    assert {"StartLimitIntervalSec=0", "Restart=always", "RestartSec=1", "RestartMaxDelaySec=5"} <= set(lines)
    # It may wait for minutes before it dials again, and a start is not to be given up meanwhile.
    assert "TimeoutStartSec=infinity" in lines
    assert "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW" in lines
    assert {"DevicePolicy=closed", "DeviceAllow=/dev/ppp rw"} <= set(lines)


def test_what_it_needs_and_takes() -> None:
    assert (KIND.needs.packages, KIND.needs.modules, KIND.needs.firmware) == (("ppp",), ("pppoe", "8021q"), ())
    assert [secret.file("adsl") for secret in KIND.secrets(LINE)] == ["uplink-adsl.password"]
    assert KIND.ports(LINE) == {"device": "enp1s0"}
    assert (KIND.about(LINE), KIND.interface(LINE)) == ("enp1s0", "adsl")
    assert list(KIND.broken(LINE)) == []


def test_its_card_is_brought_up_and_one_that_is_missing_is_left_alone() -> None:
    assert list(KIND.items(LINE, Facts(links=PORTS))) == [Up("enp1s0")]
    assert list(KIND.items(LINE, Facts())) == []


def test_it_is_up_with_a_session_that_runs_and_has_an_address() -> None:
    assert state(*PORTS, SESSION, addressed=True) == State(SESSION, PPP_ADDRESS)
    assert not state(*PORTS, SESSION).up
    assert not state(*PORTS, Link(10, "adsl", running=False), addressed=True).up


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (0, "no answer from a concentrator"),
        (5, "the dialler was stopped"),
        (8, "no answer from a concentrator"),
        (10, "the provider ended the negotiation"),
        (15, "the provider stopped answering"),
        (16, "the provider hung up"),
        (19, REFUSED),
        (99, "no answer from a concentrator"),
    ],
)
def test_how_the_last_session_ended_is_the_reason(code: int, reason: str) -> None:
    assert state(*PORTS, unit=Unit("activating", "auto-restart", code)) == State(reason=reason)


def test_while_it_negotiates_a_refusal_stays_the_reason_and_nothing_else_does() -> None:
    for code, reason in ((16, "negotiating with the provider"), (19, REFUSED)):
        assert state(*PORTS, SESSION, unit=Unit("active", "running", code)) == State(reason=reason)


def test_what_is_nearest_to_the_wall_is_told_first() -> None:
    assert state(*PORTS[1:], unit=None) == State(reason="there is no enp1s0")
    unplugged = Link(2, "enp1s0", running=False)
    assert state(unplugged, *PORTS[1:], unit=None) == State(reason="no cable in enp1s0")
    # Whether there is a cable shows only once the card is up.
    down = Link(2, "enp1s0", up=False, running=False)
    assert state(down, *PORTS[1:]) == State(reason="no answer from a concentrator")
    for unit in (None, Unit("inactive"), Unit("failed")):
        assert state(*PORTS, unit=unit) == State(reason="the dialler is not started yet")


TEXT = EXAMPLE.read_text(encoding="utf-8")
USER = "    user: home@isp.example\n"
TAGGED = parse(TEXT.replace(USER, f"{USER}    vlan: 35\n    mtu: 1500\n"))


def planned(facts: Facts) -> frozenset[Item]:
    return plan(TAGGED, facts, assess(TAGGED, facts, Memory(), 0.0), NUMBERS, firewall="", services={})


def test_where_the_provider_wants_a_tag_pppd_dials_on_a_vlan() -> None:
    kind, line = TAGGED.line("adsl")
    (files,) = kind.units(line, lambda _: "secret")
    assert {"nic-adsl.v", "mtu 1500", "mru 1500"} <= set(files.config.splitlines())
    bare = Facts(links=PORTS)
    made = [action.item for action in difference(planned(bare), ours(TAGGED, bare)) if isinstance(action, Add)]
    assert Mtu("enp1s0", 1508) in made, "a session of 1500 bytes has a head of 8 (RFC 4638)"
    vlan = made.index(Vlan("adsl.v", 2, 35))
    assert made.index(Up("adsl.v")) > vlan
    assert made.index(Mtu("adsl.v", 1508)) > vlan


def test_a_vlan_that_stands_stays_and_one_that_is_not_wanted_any_more_goes() -> None:
    standing = Facts(links=(Link(2, "enp1s0", mtu=1508), *PORTS[1:], Link(9, "adsl.v", mtu=1508, under=2, tag=35)))
    assert not [item for item in planned(standing) ^ ours(TAGGED, standing) if "adsl.v" in repr(item)]
    gone = plan(SITE, standing, assess(SITE, standing, Memory(), 0.0), NUMBERS, firewall="", services={})
    assert Remove(Vlan("adsl.v", 2, 35)) in difference(gone, ours(SITE, standing))
    assert Add(Mtu("enp1s0", ETHERNET_MTU)) in difference(gone, ours(SITE, standing))
    moved = Facts(links=(*PORTS, Link(9, "adsl.v", under=3, tag=35)))
    assert Remove(Vlan("adsl.v", 3, 35)) in difference(planned(moved), ours(TAGGED, moved)), "it was on another port"
    elsewhere = Facts(links=(*PORTS, Link(9, "their.35", under=3, tag=35)))
    assert not [item for item in ours(SITE, elsewhere) if isinstance(item, Vlan)], "on the LAN's ports it is not ours"


def test_a_line_with_a_vlan_has_room_for_its_name() -> None:
    long = TEXT.replace(USER, f"{USER}    vlan: 35\n").replace("  adsl:\n    kind", "  adsl-of-fourteen:\n    kind")
    with pytest.raises(ConfigInvalid) as caught:
        parse(
            long.replace("adsl-of-fourteen", "adsl-of-14-long").replace("uplink: adsl\n", "uplink: adsl-of-14-long\n")
        )
    assert [problem.key for problem in caught.value.problems] == ["uplinks.adsl-of-14-long"]
    assert "at most 13 characters" in caught.value.render()


MODEM = parse(TEXT.replace(USER, f"{USER}    modem: 192.168.1.1/24\n"))


def test_a_modem_with_a_page_has_the_box_in_its_network_and_two_who_see_browsers_to_it() -> None:
    bare = Facts(links=PORTS)
    items = plan(MODEM, bare, assess(MODEM, bare, Memory(), 0.0), NUMBERS, firewall="", services={})
    ours_there = LineAddress(2, IPv4Address("192.168.1.2"), 24)
    assert ours_there in items
    standing = Facts(links=PORTS, addresses=(Address(2, IPv4Address("192.168.1.2"), 24),))
    assert ours_there in ours(MODEM, standing)
    assert Remove(ours_there) in difference(
        plan(SITE, standing, assess(SITE, standing, Memory(), 0.0), NUMBERS, firewall="", services={}),
        ours(SITE, standing),
    )
    made = services(MODEM, read_secret, NUMBERS)
    assert "192.168.1.1:80" in made["braid-modem-adsl-80.service"].unit
    assert "-l 0.0.0.0:12401" in made["braid-modem-adsl-443.service"].unit
    text = ruleset(MODEM, NUMBERS).text
    assert 'iifname "lan" ip daddr 192.168.1.1 tcp dport 80 redirect to :12400' in text


@pytest.mark.parametrize(
    ("modem", "told"),
    [
        ("192.168.77.2/24", "192.168.77.0/24 overlaps lan.address (192.168.77.0/24)"),
        ("10.77.1.9/24", "10.77.1.0/24 overlaps servers.near.openvpn.network (10.77.1.0/24)"),
        ("203.0.113.1/24", "a server is in 203.0.113.0/24"),
        ("192.168.1.0/24", "192.168.1.0/24 is no modem's"),
        ("192.168.1.1", "192.168.1.1/32 is no modem's"),
        ("10.1.1.1/8", "10.1.1.1/8 is no modem's"),
    ],
)
def test_a_modem_is_somewhere_else_than_all_others(modem: str, told: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse(TEXT.replace(USER, f"{USER}    modem: {modem}\n"))
    assert {problem.key for problem in caught.value.problems} == {"uplinks.adsl.modem"}
    assert told in caught.value.render()


def test_two_modems_as_they_come_from_the_factory_are_one_too_many() -> None:
    line = "  other:\n    kind: pppoe\n    device: enp4s0\n    user: me\n    modem: 192.168.1.1/24\n"
    with pytest.raises(ConfigInvalid) as caught:
        parse(TEXT.replace(USER, f"{USER}    modem: 192.168.1.1/24\n").replace("uplinks:\n", f"uplinks:\n{line}"))
    assert "uplinks.adsl.modem: 192.168.1.0/24 overlaps uplinks.other.modem" in caught.value.render()
