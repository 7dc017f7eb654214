"""What goes where: told to a person, written for the firewall and for the resolvers, and forgotten in time."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.base.process import CommandFailed
from gateway_init.config.advice import advice
from gateway_init.config.allotted import Allotment, allot
from gateway_init.config.name_sets import HALVES, set_name, sets
from gateway_init.config.route import REFUSE, Route
from gateway_init.daemon.names import keep
from gateway_init.evidence.memory import Emptied
from gateway_init.render import names, routes
from gateway_init.report.routes import Told, explain, explained_text, routes_text
from gateway_init.wellknown.number import NAMES_KEPT
from tests.unit.gateway.given import NUMBERS, SITE

SOME = structs.replace(
    SITE,
    routes=(
        Route(to=REFUSE, ports=(25,), clients=("00:0d:b9:12:34:56",)),
        Route(to="abroad", otherwise="near", domains=("stream.example",)),
        Route(to="near", domains=("news.example", "cdn.stream.example")),
        Route(to="abroad", networks=(IPv4Network("198.51.100.0/24"),)),
    ),
)
NAMED, FAR = IPv4Address("192.0.2.7"), IPv4Address("198.51.100.9")
LATE = 600
"""Seconds between two turns of the daemon, at the worst."""
EVEN, ODD = (f"{set_name(SOME, 1)}-{half}" for half in HALVES)
OF_NEWS = [f"{set_name(SOME, 2)}-{half}" for half in HALVES]


def test_each_destination_keeps_its_ports_and_mark_whichever_is_the_main_one() -> None:
    assert (NUMBERS.redirect_port("near"), NUMBERS.socks_port("near")) == (12345, 1080)
    assert (NUMBERS.redirect_port("abroad"), NUMBERS.socks_port("abroad")) == (12346, 1081)
    assert (NUMBERS.destination_mark("near"), NUMBERS.destination_mark("abroad")) == (0x200, 0x201)
    assert (NUMBERS.resolver_port("near"), NUMBERS.resolver_port("abroad")) == (5353, 5354)
    turned = structs.replace(SITE, policy=structs.replace(SITE.policy, destination="abroad"))
    assert allot(turned, NUMBERS).destinations == {"abroad": 1}
    assert allot(SITE, Allotment(destinations={"other": 0, "abroad": 2})).destinations == {"near": 0, "abroad": 2}


def test_the_firewall_has_the_routes_in_turn_and_the_rest_last() -> None:
    first, even, odd, *_, network, rest = routes.rules(SOME, allot(SOME))
    assert first == (
        "ether saddr { 00:0d:b9:12:34:56 } meta l4proto { tcp, udp } th dport { 25 } ct mark set 0x2ff return"
    )
    assert even == f"ip daddr @{EVEN} ct mark set 0x201 return"
    assert odd == f"ip daddr @{ODD} ct mark set 0x201 return"
    assert network == "ip daddr { 198.51.100.0/24 } ct mark set 0x201 return"
    assert rest == "ct mark set 0x200"


def test_a_device_that_lan_hosts_does_not_know_is_known_by_the_name_it_gives() -> None:
    clients = ("tv", "192.168.77.5", "3ds")
    site = structs.replace(SITE, routes=(Route(to="abroad", clients=clients),))
    by_address, *by_name, _rest = routes.rules(site, allot(site))
    assert by_address == "ip saddr { 192.168.77.5 } ct mark set 0x201 return"
    assert by_name == [f"ip saddr @given-{name}-lent ct mark set 0x201 return" for name in ("tv", "3ds")]
    assert sets(site) == ["given-3ds-lent", "given-tv-lent"]
    told = [f"{each.key}: {each.wrong}" for each in advice(site) if each.key.startswith("routes")]
    assert told == [
        f"routes[0].clients[{at}]: no device '{clients[at]}' in lan.hosts: it is whoever calls itself so by DHCP"
        for at in (0, 2)
    ]


def test_a_name_s_addresses_go_to_the_sets_of_all_routes_that_it_is_below() -> None:
    filled = {domain: told.split(",") for domain, told in names.filled(SOME)}
    assert filled["stream.example"] == [f"4#inet#braid-routes#{name}" for name in (EVEN, ODD)]
    assert filled["cdn.stream.example"] == [f"4#inet#braid-routes#{name}" for name in (EVEN, ODD, *OF_NEWS)]


def test_a_name_is_resolved_where_its_first_route_leads_or_its_stand_in() -> None:
    assert list(names.zones(SOME)) == [names.Zone("stream.example", 5501)]
    assert (names.asked(SOME, ()), names.asked(SOME, {"abroad"})) == ({5501: "abroad"}, {5501: "near"})
    # Below a name that goes elsewhere, one that does not.
    back = structs.replace(SOME, routes=(SOME.routes[2], SOME.routes[1]))
    assert list(names.zones(back)) == [names.Zone("stream.example", 5501), names.Zone("cdn.stream.example", 0)]


def test_a_name_of_the_second_of_several_destinations_is_resolved_at_that_one() -> None:
    both = structs.replace(SOME.policy, destination=None, destinations=("near", "abroad"))
    assert list(names.zones(structs.replace(SOME, policy=both))) == [names.Zone("stream.example", 5501)]


def test_an_edit_of_a_list_of_names_forgets_nothing() -> None:
    more = structs.replace(SOME.routes[1], domains=("stream.example", "film.example"))
    assert set_name(structs.replace(SOME, routes=(SOME.routes[0], more)), 1) == set_name(SOME, 1)


labels = st.sampled_from(["a", "b", "c"])
domains = st.lists(labels, min_size=1, max_size=3).map(".".join)
some_routes = st.lists(
    st.builds(
        lambda to, names: Route(to=to, domains=tuple(dict.fromkeys(names))),
        st.sampled_from(["near", "abroad", REFUSE]),
        st.lists(domains, min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=4,
)


@given(some_routes, domains)
def test_by_sets_a_name_takes_the_first_route_that_it_is_below(told: list[Route], name: str) -> None:
    """What dnsmasq fills (those of the longest domain that a name is below), and what the firewall then finds first."""
    site = structs.replace(SITE, routes=tuple(told))
    covering = [each for each, _ in names.filled(site) if f".{name}".endswith(f".{each}")]
    filled = dict(names.filled(site)).get(max(covering, key=len, default=""), "")
    by_sets = next((number for number in range(len(told)) if f"#{set_name(site, number)}-even" in filled), None)
    by_name = next(
        (number for number, route in enumerate(told) if any(f".{name}".endswith(f".{d}") for d in route.domains)), None
    )
    assert by_sets == by_name


def test_a_name_is_explained_by_its_route_and_an_address_by_what_led_to_it() -> None:
    def first(host: str, address: IPv4Address) -> tuple[int, str, bool]:
        (told,) = explain(SOME, host, [address], {EVEN: {NAMED}, ODD: set()})
        choice = next(each for each in told.choices if not each.only_if)
        return choice.route, choice.to, choice.shared

    assert first("www.stream.example", NAMED) == (2, "abroad", False)
    assert first("upstream.example", IPv4Address("192.0.2.8")) == (0, "near", False)
    # What another name leads to, this one does as well: it goes the same way.
    assert first("other.example", NAMED) == (2, "abroad", True)
    assert first(str(FAR), FAR) == (4, "abroad", False)


def test_a_name_that_leaves_by_a_line_is_asked_as_all_others_and_explained_as_that() -> None:
    bank = Route(via="uplink adsl", domains=("bank.example",))
    site = structs.replace(SITE, routes=(bank, *SITE.routes))
    assert [zone.domain for zone in names.zones(site)] == ["stream.example"]
    told = Told(host="www.bank.example", addresses=explain(site, "www.bank.example", [NAMED], {}), paths=("adsl",))
    assert explained_text(told) == (
        "www.bank.example is 192.0.2.7\n  unwrapped by uplink adsl: route 1, below bank.example"
    )
    assert "bank.example    -        uplink adsl" in routes_text(site)
    assert list(site.destinations) == ["near", "abroad"]


def test_a_person_reads_which_route_and_why() -> None:
    told = Told(host="tv.example", addresses=explain(SOME, "tv.example", [NAMED], {EVEN: {NAMED}}), paths=("adsl",))
    assert explained_text(told) == (
        "tv.example is 192.0.2.7\n"
        "  refused, if from 00:0d:b9:12:34:56, to port 25: route 1, wherever it is\n"
        "  to abroad: route 2, names below stream.example have led to the same address\n"
        "by adsl"
    )
    assert routes_text(SITE) == (
        "ROUTE  WHAT            ONLY IF  TO\n"
        "1      stream.example  -        abroad\n"
        "-      all the rest    -        near"
    )


@given(st.lists(st.floats(1, LATE), min_size=1, max_size=60))
def test_whatever_was_answered_is_known_for_as_long_as_anybody_may_go_by_it(steps: list[float]) -> None:
    """However late the daemon's turns are."""
    now, held, emptied = 1.0, {EVEN: 0.0, ODD: 0.0}, Emptied()

    def empty(_: str, name: str) -> None:
        held[name] = now

    for step in steps:
        now += step
        emptied = keep(sets(SOME), emptied, now, empty, there=lambda _: held)
        # Of what was answered, all since the half that was emptied longer ago is there, and nothing from before.
        oldest = now - min(held.values())
        assert min(NAMES_KEPT, now) <= oldest <= 2 * (NAMES_KEPT + LATE)


def test_a_set_that_cannot_be_emptied_is_told_and_survived() -> None:
    def empty(_: str, name: str) -> None:
        raise CommandFailed(["nft", name], 1, "no such set")

    emptied = keep([EVEN], Emptied(at=0.0), NAMES_KEPT, empty, there=lambda _: [EVEN])
    assert emptied == Emptied(1, NAMES_KEPT)
