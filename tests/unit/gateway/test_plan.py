"""From the facts to the state that should be, and the difference to what is."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.config.route import Route as Routed
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import (
    Bridge,
    Endpoint,
    Firewall,
    Forwards,
    Item,
    LanAddress,
    Port,
    Route,
    Rule,
    Service,
    SubflowLimit,
    Up,
)
from gateway_init.host.endpoint import LARGEST_ID, fresh_id
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import Add, Remove, difference, still_safe
from gateway_init.plan.plan import plan
from gateway_init.wellknown import number, unit
from tests.unit.gateway.given import ANSWERED, NUMBERS, PPP_ADDRESS, SITE, line_down, line_up, seen


def planned(facts: Facts, site: Site = SITE) -> frozenset[Item]:
    return plan(site, facts, seen(facts), NUMBERS, firewall="f", services={})


def endpoints(facts: Facts) -> set[tuple[str, int]]:
    return {(str(item.address), item.link) for item in planned(facts) if isinstance(item, Endpoint)}


def test_a_path_that_is_up_has_an_endpoint_a_rule_and_a_table() -> None:
    items = planned(line_up(tunnels=("adsl-near",)))
    tunnel = SITE.tunnel_address("adsl-near")
    assert endpoints(line_up(tunnels=("adsl-near",))) == {(str(PPP_ADDRESS), 10), (str(tunnel), 20)}
    rule = next(item for item in items if isinstance(item, Rule) and item.source == tunnel)
    assert Route(rule.table, 20) in items


def test_a_tunnel_s_own_packets_are_pinned_to_their_uplink() -> None:
    items = planned(line_up(tunnels=("adsl-near",)))
    marked = [item for item in items if isinstance(item, Rule) and item.mark]
    assert len(marked) == 1
    assert Route(marked[0].table, 10) in items


def test_over_a_silent_path_probes_find_their_way_and_nothing_else_is_sent() -> None:
    facts = line_up(tunnels=("adsl-near",))
    evidence = assess(SITE, facts, Memory(verdict=ANSWERED, silent={"adsl": 5.0}), 10.0)
    items = plan(SITE, facts, evidence, NUMBERS, firewall="f", services={})
    rule = next(item for item in items if isinstance(item, Rule) and item.source == PPP_ADDRESS)
    assert Route(rule.table, 10) in items
    assert [item.link for item in items if isinstance(item, Endpoint)] == [20]
    assert {item.link for item in items if isinstance(item, Route) and item.table == number.TABLE_MAIN} == {20}


def ways_out(openers: dict[str, str], *silent: str) -> dict[IPv4Address | None, int]:
    """The links by which what is not bound to any leaves, by destination; of those that have no route of their own by
    None."""
    facts = line_up(tunnels=("adsl-near",))
    memory = Memory(verdict=ANSWERED, openers=openers, silent=dict.fromkeys(silent, 5.0))
    items = plan(SITE, facts, assess(SITE, facts, memory, 10.0), NUMBERS, firewall="f", services={})
    return {item.to: item.link for item in items if isinstance(item, Route) and item.table == number.TABLE_MAIN}


def test_connections_open_by_the_path_that_is_quick_at_it_where_that_is_up() -> None:
    def opened_by(opener: str, *silent: str) -> int:
        return ways_out({SITE.main: opener}, *silent)[None]

    assert [opened_by(path) for path in ("", "adsl", "adsl-near", "adsl-jumpbox-a")] == [10, 10, 20, 10]
    assert opened_by("adsl-near", "adsl-near") == 10


def test_to_another_destination_they_open_by_the_path_that_is_quick_at_it_there() -> None:
    abroad = SITE.destinations["abroad"].address
    assert ways_out({}) == {None: 10, abroad: 10}
    assert ways_out({"near": "adsl", "abroad": "adsl-near"}) == {None: 10, abroad: 20}
    assert ways_out({"near": "adsl-near", "abroad": "adsl"}) == {None: 20, abroad: 10}
    assert ways_out({"abroad": "adsl-near"}, "adsl-near") == {None: 10, abroad: 10}
    # A destination that answers no probes is reached as the main one is.
    assert ways_out({"near": "adsl-near", "abroad": ""}) == {None: 20, abroad: 20}


def test_a_line_forwards_where_a_route_names_it_and_only_while_it_is_up() -> None:
    bank = structs.replace(SITE, routes=(Routed(via="uplink adsl", domains=("bank.example",)),))

    def forwarding(facts: Facts, site: Site) -> set[str]:
        return {item.link for item in planned(facts, site) if isinstance(item, Forwards)}

    assert forwarding(line_up(), bank) == {number.BRIDGE, "adsl"}
    assert forwarding(line_up(), SITE) == set()
    # Who would go by it is told that there is no way, which only what forwards can say.
    assert forwarding(line_down(), bank) == {number.BRIDGE}
    late = [item for item in planned(line_up(), bank) if isinstance(item, Rule) and item.prefix < 32]
    assert [(str(each.source), each.prefix, each.table) for each in late] == [
        ("192.168.77.0", 24, NUMBERS.uplink_table("adsl"))
    ]
    assert late[0].priority in number.LATE_RULES


def test_nothing_of_a_dead_line_stays() -> None:
    assert endpoints(line_down()) == set()
    assert not [item for item in planned(line_down()) if isinstance(item, Route | Rule)]


def test_a_tunnel_over_a_dead_line_is_down_even_while_its_interface_stands() -> None:
    facts = line_up(tunnels=("adsl-near",))
    without_session = Facts(links=tuple(link for link in facts.links if link.name != "adsl"), addresses=facts.addresses)
    assert endpoints(without_session) == set()


def test_a_redialled_line_gets_a_new_endpoint_for_its_new_interface() -> None:
    before, after = planned(line_up(link=10)), planned(line_up(link=11, address=IPv4Address("100.64.0.9")))
    actions = difference(after, before)
    assert Remove(Endpoint(PPP_ADDRESS, 10)) in actions
    assert Add(Endpoint(IPv4Address("100.64.0.9"), 11)) in actions


def test_the_default_route_moves_in_one_step() -> None:
    before, after = planned(line_up(link=10)), planned(line_up(link=11))
    touched = [action for action in difference(after, before) if action.item in (Route(254, 10), Route(254, 11))]
    assert touched == [Add(Route(254, 11))], "removing the old one first would refuse connections meanwhile"


def test_the_firewall_is_there_before_anything_can_flow() -> None:
    actions = difference(planned(line_up()), [])
    assert isinstance(actions[0].item, Firewall)
    assert isinstance(actions[-1].item, Endpoint)


def test_what_goes_goes_first_and_in_the_reverse_of_how_it_came() -> None:
    before, after = (
        planned(line_up(tunnels=("adsl-near",))),
        planned(line_up(link=11, address=IPv4Address("100.64.0.9"))),
    )
    actions = difference(after, before)
    kinds = [type(action) for action in actions]
    assert kinds == sorted(kinds, key=[Remove, Add].index), "an address is free before it is given anew"
    gone = [type(action.item) for action in actions if isinstance(action, Remove)]
    assert gone == sorted(gone, key=[Endpoint, Rule, Route].index), (
        "nothing is sent by a route that is not there any more"
    )
    assert set(gone) == {Endpoint, Rule, Route}


def test_the_kernel_s_limit_of_subflows_is_among_what_we_mind() -> None:
    assert SubflowLimit(8) in planned(line_up())
    assert SubflowLimit(8) in ours(SITE, Facts(subflow_limit=8))
    assert SubflowLimit(2) in ours(SITE, Facts(subflow_limit=2))


def test_without_its_ruleset_nothing_is_added() -> None:
    first, *rest = difference(planned(line_up()), [])
    assert still_safe([first], rest) == ()
    taken_away = Remove(Endpoint(PPP_ADDRESS, 10))
    assert still_safe([first], [taken_away, *rest]) == (taken_away,)
    assert still_safe([], rest) == tuple(rest)
    assert still_safe([rest[0]], rest[1:]) == tuple(rest[1:]), (
        "another failure is left to the next turn, the rest is not"
    )


def test_a_port_that_the_box_lacks_is_left_out() -> None:
    facts = Facts(links=tuple(link for link in line_down().links if link.name != "enp3s0"))
    assert Port("enp2s0", "lan") in planned(facts)
    assert Port("enp3s0", "lan") not in planned(facts)


# Properties, over states that share few names, so that they overlap often.
addresses = st.sampled_from([IPv4Address(f"10.0.0.{host}") for host in range(1, 5)])
links = st.integers(1, 4)
item = st.one_of(
    st.builds(Bridge, st.just("lan")),
    st.builds(Up, st.sampled_from(["lan", "a", "b"])),
    st.builds(Port, st.sampled_from(["a", "b"]), st.just("lan")),
    st.builds(LanAddress, addresses, st.integers(8, 30)),
    st.builds(Rule, st.integers(1000, 1003), st.integers(100, 103), st.none() | addresses, st.integers(0, 2)),
    st.builds(Endpoint, addresses, links),
)


def by_identity(items: Sequence[Item]) -> frozenset[Item]:
    """At most one item of each kind that has but one: a state that can be."""
    single: dict[object, Item] = {}
    for each in items:
        key = (type(each), each.name if isinstance(each, Service) else getattr(each, "table", 0))
        single[key] = each
    return frozenset(single.values())


replaced = st.lists(
    st.one_of(
        st.builds(Firewall, st.sampled_from("ab")),
        st.builds(SubflowLimit, st.integers(1, 8)),
        st.builds(Service, st.sampled_from(["x", "y"]), st.sampled_from("ab")),
        st.builds(Route, st.integers(100, 102), links),
    )
).map(by_identity)
states = st.builds(lambda many, few: many | few, st.frozensets(item), replaced)


def done(state: frozenset[Item], actions: tuple[Add | Remove, ...]) -> frozenset[Item]:
    """What the kernel makes of the actions: a replaced kind takes its twin's place; what is there can't be added."""
    present = set(state)
    for action in actions:
        if isinstance(action, Remove):
            present.remove(action.item)
        else:
            assert action.item not in present
            if isinstance(action.item, Firewall | SubflowLimit | Service | Route):
                twins = {each for each in present if len(by_identity([each, action.item])) == 1}
                present -= twins
            present.add(action.item)
    return frozenset(present)


@given(states, states)
def test_the_difference_always_leads_to_what_should_be(desired: frozenset[Item], actual: frozenset[Item]) -> None:
    assert done(actual, difference(desired, actual)) == desired


@given(states, states)
def test_doing_it_twice_does_nothing(desired: frozenset[Item], actual: frozenset[Item]) -> None:
    assert difference(desired, done(actual, difference(desired, actual))) == ()


@given(st.sets(st.integers(1, LARGEST_ID), max_size=LARGEST_ID - 1), st.integers(0, LARGEST_ID))
def test_an_endpoint_id_is_free_and_as_fresh_as_can_be(taken: set[int], last: int) -> None:
    found = fresh_id(taken, last)
    assert found not in taken
    assert 1 <= found <= LARGEST_ID
    if len(taken) < LARGEST_ID - 1:
        assert found != last, "a path that returns at once must not get its old id"


def tunnel_services(facts: Facts) -> set[str]:
    services = {unit.openvpn(name): "d" for name, path in SITE.paths.items() if path.through}
    items = plan(SITE, facts, seen(facts), NUMBERS, firewall="f", services=services)
    return {item.name for item in items if isinstance(item, Service)}


def test_a_tunnel_is_not_dialled_before_its_line_is_up() -> None:
    assert tunnel_services(line_down()) == set()
    assert unit.openvpn("adsl-near") in tunnel_services(line_up())


def test_a_tunnel_that_runs_is_left_alone_when_its_line_goes_down() -> None:
    name = unit.openvpn("adsl-near")
    down = structs.replace(line_down(), services=frozenset({(name, "d")}))
    assert tunnel_services(down) == {name}
