"""Somebody's Wi-Fi: what the box says to the access point, and what it makes of the answers."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from msgspec import structs

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config.allotted import allot
from gateway_init.config.load import parse
from gateway_init.config.secret import of_uplinks
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Address, Asked, Facts, Link, Unit
from gateway_init.facts.item import Endpoint, Item, LineAddress, Named, Service, Up
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import Remove, difference
from gateway_init.plan.plan import plan
from gateway_init.render.ruleset import ruleset
from gateway_init.uplink.kind import State
from gateway_init.uplink.wifi.kind import WIFI
from gateway_init.uplink.wifi.state import PASSWORD, reason
from gateway_init.wellknown.unit import ServiceFiles
from tests.unit.gateway.given import EXAMPLE, RUNNING, line_up

JOINER, CLIENT = "braid-wifi-attic.service", "braid-lease-attic.service"
TEXT = (
    EXAMPLE.read_text(encoding="utf-8")
    .replace("  phone:\n    kind: tether\n", "  attic:\n    kind: wifi\n    network: Attic\n    country: 'IN'\n")
    .replace("  phone:\n    uplink: phone", "  attic:\n    uplink: attic")
)
ON_DEMAND = parse(TEXT)
SITE = parse(TEXT.replace("    use: on-demand\n", ""))
HORSE = "correct horse"
OWN, ROUTER = IPv4Address("10.20.0.7"), IPv4Address("10.20.0.1")
FOUND = Link(40, "wlp4s0", up=False, running=False, driver="ath9k", wireless=True)
HEARS = structs.replace(FOUND, name="attic", up=True)
JOINED = structs.replace(HEARS, running=True)
SERVICES = dict.fromkeys((*RUNNING, JOINER, CLIENT), "d")


def with_card(
    link: Link,
    *,
    running: tuple[str, ...] = (),
    said: dict[str, str] | None = None,
    lent: bool = False,
    **changes: object,
) -> Facts:
    """The ADSL line is up, and the box has a Wi-Fi card; `running` are those of its line's units that are."""
    base = line_up()
    noted = {"attic.station": said} if said else {}
    return structs.replace(
        base,
        links=(*base.links, link),
        addresses=(*base.addresses, *([Address(link.index, OWN, 32)] if lent else [])),
        notes=noted | ({"attic": {"ip": str(OWN), "router": str(ROUTER)}} if lent else {}),
        services=frozenset((name, "d") for name in (*RUNNING, *running)),
        units={**base.units, **{name: Unit("active", "running") for name in running}},
        **changes,
    )


def state(seen: Facts, site: Site = SITE) -> State:
    return assess(site, seen, Memory(), 100.0).uplinks["attic"]


def planned(seen: Facts, site: Site = SITE) -> frozenset[Item]:
    evidence = assess(site, seen, Memory(), 100.0)
    return plan(site, seen, evidence, allot(site), firewall="", services=SERVICES)


def units(password: str = HORSE, **settings: object) -> tuple[ServiceFiles, ...]:
    """The files of the line's units, with other settings."""
    _, line = SITE.line("attic")
    return WIFI.units(structs.replace(line, settings=structs.replace(line.settings, **settings)), lambda _: password)


def says(password: str = HORSE, **settings: object) -> set[str]:
    """The lines of what wpa_supplicant reads."""
    return {line.strip() for line in units(password, **settings)[0].config.splitlines()}


def test_a_card_is_found_by_being_one_and_named_before_anything_is_started() -> None:
    items = planned(with_card(FOUND))
    assert Named(40, "attic") in items
    assert not {JOINER, CLIENT} & {item.name for item in items if isinstance(item, Service)}
    assert state(structs.replace(line_up(), notes={})).reason == "there is no Wi-Fi card"
    assert state(with_card(structs.replace(HEARS, wireless=False))).reason == "there is no Wi-Fi card"


def test_the_network_is_joined_first_and_a_lease_is_asked_for_then() -> None:
    alone = planned(with_card(HEARS, running=(JOINER,)))
    assert Service(JOINER, "d") in alone
    assert Service(CLIENT, "d") not in alone
    assert Service(CLIENT, "d") in planned(with_card(JOINED, running=(JOINER,)))
    assert state(with_card(JOINED, running=(JOINER, CLIENT))).reason == "no answer from a DHCP server"
    up = with_card(JOINED, running=(JOINER, CLIENT), lent=True)
    assert state(up) == State(JOINED, OWN, gateway=ROUTER)
    assert {LineAddress(40, OWN), Endpoint(OWN, 40), Up("attic")} <= planned(up)


def test_when_the_access_point_goes_so_does_what_it_lent() -> None:
    gone = with_card(HEARS, running=(JOINER, CLIENT), lent=True)
    assert Service(CLIENT, "d") not in planned(gone)
    assert Service(JOINER, "d") in planned(gone)
    assert not state(gone).up


def test_where_nobody_lends_an_address_the_network_is_joined_anew() -> None:
    def asked(rounds: str) -> set[str]:
        seen = structs.replace(with_card(JOINED, running=(JOINER, CLIENT)), notes={"attic": {"vain": rounds}})
        return {JOINER, CLIENT} & {item.name for item in planned(seen) if isinstance(item, Service)}

    assert asked("3") == asked("four") == {JOINER, CLIENT}
    assert asked("4") == set()


TRIED = "SME: Trying to authenticate with 02:00:00:00:01:00 (SSID='Attic' freq=2412 MHz)"
LEFT = "CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:01:00 reason=4 locally_generated=1"
FAILED = 'CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="Attic" auth_failures=2 duration=20 reason=CONN_FAILED'
GONE = "the access point of Attic has gone, or lets go of us"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "no access point is heard that calls its network Attic"),
        ({"tried": TRIED}, "joining Attic"),
        ({"tried": TRIED, "left": LEFT}, GONE),
        ({"tried": TRIED, "left": LEFT, "failed": FAILED}, GONE),
        (
            {"tried": TRIED, "failed": FAILED},
            "the access point of Attic does not answer to the end; is the password right?",
        ),
        (
            {
                "refused": 'CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="reason=X" auth_failures=1 reason=WRONG_KEY',
                "left": LEFT,
            },
            PASSWORD,
        ),
        (
            {"refused": "CTRL-EVENT-AUTH-REJECT 02:00:00:00:01:00 auth_type=3 auth_transaction=2 status_code=1"},
            PASSWORD,
        ),
        (
            {"refused": "CTRL-EVENT-AUTH-REJECT 02:00:00:00:01:00 auth_type=0 auth_transaction=2 status_code=13"},
            "the access point refuses us (status 13)",
        ),
        (
            {"refused": "CTRL-EVENT-ASSOC-REJECT bssid=02:00:00:00:01:00 status_code=17"},
            "the access point takes nobody more",
        ),
    ],
)
def test_why_it_is_not_joined_is_said_in_words(said: dict[str, str], words: str) -> None:
    assert reason("Attic", said) == words
    assert state(with_card(HEARS, running=(JOINER,), said=said)).reason == words


def test_before_it_is_started_nothing_is_known() -> None:
    assert state(with_card(HEARS)).reason == "the Wi-Fi client is not started yet"


def test_at_rest_the_card_is_off_and_nobody_asks_the_air() -> None:
    resting = with_card(structs.replace(HEARS, up=False))
    assert (state(resting, ON_DEMAND).rests, state(resting, ON_DEMAND).reason) == (
        True,
        "on demand, and not needed now",
    )
    assert [item for item in planned(resting, ON_DEMAND) if isinstance(item, Named)] == [Named(40, "attic")]
    assert not {JOINER, CLIENT} & {item.name for item in planned(resting, ON_DEMAND) if isinstance(item, Service)}
    left_on = with_card(HEARS)
    assert Remove(Up("attic")) in difference(planned(left_on, ON_DEMAND), ours(ON_DEMAND, left_on))


def test_asked_for_by_hand_it_is_joined() -> None:
    asked = {"attic": Asked(taken=True, at=0.0)}
    assert Service(JOINER, "d") in planned(with_card(structs.replace(HEARS, up=False), asked=asked), ON_DEMAND)
    # From the moment that it starts, nobody turns the card off under it.
    assert Up("attic") in planned(with_card(HEARS, running=(JOINER,), asked=asked), ON_DEMAND)


def test_of_two_cards_the_one_that_is_named_is_used_and_keeps_its_name() -> None:
    named = parse(TEXT.replace("    use: on-demand\n", "    device: wlp5s0\n"))
    base = with_card(FOUND)
    assert state(base, named).reason == "there is no Wi-Fi card wlp5s0"
    both = structs.replace(base, links=(*base.links, Link(41, "wlp5s0", up=False, running=False, wireless=True)))
    assert [item for item in planned(both, named) if isinstance(item, Named)] == [Named(41, "wlp5s0")]
    assert Service(JOINER, "d") in planned(both, named)


def test_the_one_that_has_the_name_keeps_it() -> None:
    base = with_card(FOUND)
    both = structs.replace(base, links=(*base.links, structs.replace(HEARS, index=41)))
    assert [item for item in planned(both) if isinstance(item, Named)] == [Named(41, "attic")]


@pytest.mark.parametrize(("devices", "key"), [(("", ""), "two"), (("wlan0", "wlan0"), "two"), (("", "wlan0"), "")])
def test_two_lines_cannot_be_the_same_card(devices: tuple[str, str], key: str) -> None:
    def line(name: str, device: str) -> str:
        return f"  {name}:\n    kind: wifi\n    network: x\n    country: 'IN'\n" + (
            f"    device: {device}\n" if device else ""
        )

    start, rest = TEXT.split("  attic:\n", 1)
    both = f"{start}{line('one', devices[0])}{line('two', devices[1])}{rest[rest.index('servers:') :]}"
    both = both.replace("uplink: attic", "uplink: one")
    if not key:
        assert parse(both)
        return
    with pytest.raises(ConfigInvalid) as caught:
        parse(both)
    assert [problem.key for problem in caught.value.problems] == [f"uplinks.{key}.device"]


@pytest.mark.parametrize(
    ("given", "key", "objection"),
    [
        ("network: ''", "network", "does not fit"),
        ("network: é2345678901234567890123456789012", "network", "its name has 33 bytes"),
        ('network: "bell\\a"', "network", "does not fit"),
        ("country: NO", "country", "False"),
        ("country: '00'", "country", "does not fit"),
        ("security: wep", "security", "wep"),
        ("hidden: perhaps", "hidden", "'perhaps' does not fit"),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(given: str, key: str, objection: str) -> None:
    before = {
        "network": "network: Attic",
        "country": "country: 'IN'",
    }.get(key, "    use: on-demand")
    after = f"    {given}" if before.startswith(" ") else given
    with pytest.raises(ConfigInvalid) as caught:
        parse(TEXT.replace(before, after, 1))
    (problem,) = caught.value.problems
    assert problem.key == f"uplinks.attic.{key}"
    assert objection in problem.wrong


def test_no_character_of_a_name_or_password_means_anything_to_what_reads_it() -> None:
    network, password = 'é "}\n#', 'psk="\\" }\' ü'
    said = says(password, network=network)
    assert {f"ssid={network.encode().hex()}", f"sae_password={password.encode().hex()}"} <= said
    assert not [line for line in said if network in line or password in line]


def test_the_key_of_wpa2_is_made_as_the_standard_says_or_taken_as_it_is() -> None:
    made = "psk=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"  # IEEE 802.11, J.4.2
    assert made in says("password\n", network="IEEE")
    assert f"psk={'ab' * 32}" in says("AB" * 32)


@pytest.mark.parametrize(
    ("security", "ways", "protected"),
    [
        ("auto", "key_mgmt=SAE WPA-PSK WPA-PSK-SHA256", {"ieee80211w=1"}),
        ("wpa2", "key_mgmt=WPA-PSK WPA-PSK-SHA256", {"ieee80211w=1"}),
        ("wpa3", "key_mgmt=SAE", {"ieee80211w=2"}),
        ("open", "key_mgmt=NONE", set()),
    ],
)
def test_no_weaker_way_than_the_one_that_was_asked_for_is_gone(security: str, ways: str, protected: set[str]) -> None:
    said = says(security=security)
    assert {line for line in said if line.startswith("key_mgmt=")} == {ways}
    assert {line for line in said if line.startswith("ieee80211w=")} == protected
    assert ("proto=RSN" in said) is (security != "open")
    assert any(line.startswith("psk=") for line in said) is (security in ("auto", "wpa2"))
    assert any(line.startswith("sae_password=") for line in said) is (security in ("auto", "wpa3"))


def test_an_open_network_takes_no_secret_and_a_hidden_one_is_called_by_its_name() -> None:
    assert "uplink-attic.password" in of_uplinks(SITE)
    assert "uplink-attic.password" not in of_uplinks(
        parse(TEXT.replace("country: 'IN'", "country: 'IN'\n    security: open"))
    )
    assert "scan_ssid=1" in says(hidden=True)
    assert "scan_ssid=1" not in says()
    assert "country=IN" in says()


def test_another_password_starts_it_anew() -> None:
    one, other = units("one two three"), units("two three four")
    assert one[0].digest != other[0].digest
    assert one[1].digest == other[1].digest


def test_nothing_leaves_it_unwrapped_but_what_joins_it_and_questions_for_a_lease() -> None:
    _, line = SITE.line("attic")
    assert [each.what for each in WIFI.leaves(line)] == ["EAPOL", "ARP", "DHCP"]
    assert (
        'oifname "attic" fib saddr . oif type local udp sport 68 udp dport 67 accept' in ruleset(SITE, allot(SITE)).text
    )
