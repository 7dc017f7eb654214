"""Of a line that is busy towards the Internet few paths carry, unless their own ways are narrower."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.config.busy_uplink import BusyUplink as Limits
from gateway_init.evidence.busy_uplink import FULL, BusyUplink, Seen, changes, chosen, heard, spared, step
from gateway_init.evidence.evidence import SPARED, Evidence, assess
from gateway_init.evidence.fewer import pause
from gateway_init.evidence.load import Counter, Load, Rate, share_up
from gateway_init.evidence.memory import Memory, recall, remember
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import Endpoint, Rule
from gateway_init.plan.plan import plan
from gateway_init.uplink.kind import Rate as LineRate
from gateway_init.uplink.kind import Speed
from tests.unit.gateway.given import ANSWERED, NUMBERS, PPP_ADDRESS, SITE, line_up

LIMITS = Limits()
EVERY = 5.0
BUSY, SOME, QUIET = 0.9, 0.3, 0.1
MANY, FEW = 0.3, 0.02
TUNNELS = tuple(name for name, path in SITE.paths.items() if path.through)
OF_ADSL = ("adsl", *TUNNELS)
SINCE = {"adsl": BusyUplink(busy=10.0, since=20.0)}


def played(
    until: float,
    share: Callable[[float], float],
    *,
    joins: Callable[[float], float] = lambda _: MANY,
    strained: bool = False,
) -> Iterator[tuple[float, BusyUplink]]:
    """What becomes of a line that is used so at a time, `joins` for the paths beyond the few. `strained`: whether those
    are too narrow."""
    state = BusyUplink()
    for count in range(1, int(until / EVERY)):
        now = count * EVERY
        state = step(state, Seen(now, share(now), joins(now), strained=strained and state.since is not None), LIMITS)
        yield now, state


def spells(story: Iterator[tuple[float, BusyUplink]]) -> list[tuple[float, float]]:
    """From when to when few carried."""
    found: dict[float, float] = {}
    for now, state in story:
        if state.since is not None:
            found[state.since] = now
    return list(found.items())


def test_few_carry_while_it_is_busy_and_all_a_while_after() -> None:
    ((begun, ended),) = spells(played(400, lambda now: BUSY if 50 <= now < 200 else QUIET))
    assert 50 + LIMITS.seconds <= begun <= 50 + LIMITS.seconds + EVERY
    assert 200 + LIMITS.eased_seconds - EVERY <= ended <= 200 + LIMITS.eased_seconds + EVERY


def test_an_upload_alone_goes_by_all_of_them_whatever_it_fills() -> None:
    assert spells(played(400, lambda _: BUSY, joins=lambda _: FEW)) == []
    load = Load(at=60.0, rates={"adsl": Rate(0, 999_000, packets_up=100)})
    busy = {"adsl": BusyUplink(busy=0.0)}
    for opening, since in ((0.0, None), (1.0, None), (7.0, 60.0), (30.0, 60.0)):
        known = heard(SITE, busy, structs.replace(load, openings=opening), ())
        assert known.get("adsl", BusyUplink()).since == since, opening


def test_where_hardly_any_open_any_more_all_carry_though_an_upload_goes_on() -> None:
    ((begun, ended),) = spells(played(400, lambda _: BUSY, joins=lambda now: MANY if 50 <= now < 200 else FEW))
    assert 50 + LIMITS.seconds <= begun < ended <= 200 + LIMITS.eased_seconds + EVERY


def test_a_moment_says_nothing_neither_of_a_line_that_is_busy_nor_of_one_that_is_no_more() -> None:
    assert spells(played(400, lambda now: BUSY if now % 20 < EVERY else QUIET)) == []
    assert len(spells(played(400, lambda now: QUIET if now > 100 and now % 20 < EVERY else BUSY))) == 1


def test_what_it_takes_less_because_few_carry_brings_none_back() -> None:
    assert len(spells(played(400, lambda now: BUSY if now < 100 else SOME))) == 1


def test_where_their_ways_are_narrower_than_the_line_all_carry_again_and_ever_longer() -> None:
    story = spells(played(20_000, lambda _: BUSY, strained=True))
    assert len(story) >= 4
    assert all(end == begin for begin, end in story)
    for falls, ((_, ended), (begun, _)) in enumerate(pairwise(story), 1):
        assert begun - ended >= pause(falls, LIMITS.again_seconds)


def test_whose_ways_are_narrow_from_the_first_keeps_all_of_them() -> None:
    assert step(BusyUplink(busy=0.0), Seen(60.0, BUSY, MANY, strained=True), LIMITS).since is None

    def since(up: float, strained: str) -> float | None:
        load = Load(at=60.0, rates={"adsl": Rate(0, up, packets_up=100)}, openings=30.0)
        return heard(SITE, {"adsl": BusyUplink(busy=0.0)}, load, {strained, "gone"})["adsl"].since

    assert since(700_000, "adsl-near") is None
    assert since(700_000, "phone") == 60.0
    assert since(FULL * 1_000_000, "adsl-near") == 60.0, "it is the line that is narrow"


def test_a_person_is_told_when_it_begins_and_when_it_is_over() -> None:
    (told,) = changes({}, SINCE)
    assert told.startswith("adsl: busy towards the Internet")
    assert [*changes(SINCE, SINCE)] == []
    assert [*changes(SINCE, {"adsl": BusyUplink()})] == ["adsl: all of its paths carry again"]
    assert [*changes(SINCE, {})] == ["adsl: all of its paths carry again"]


@pytest.mark.parametrize(
    ("settings", "share"),
    [
        ({"speed": Speed(down=8000, up=1000)}, 8 * 60 * 1000 / 1_000_000),
        ({"rate": LineRate(up=1000)}, 8 * 3 * 53 * 1000 / 1_000_000),
        ({"rate": LineRate(up=1000, over="ethernet")}, 8 * (60 + 50) * 1000 / 1_000_000),
        ({}, None),
    ],
    ids=["with the speed alone", "in three cells each", "in Ethernet", "with nothing"],
)
def test_small_packets_take_more_of_a_line_than_their_bytes(settings: dict[str, Any], share: float | None) -> None:
    line = structs.replace(SITE.uplinks["adsl"], **{"speed": None, "rate": None, **settings})
    found = share_up(line, Rate(0, up=60 * 8 * 1000, packets_up=1000))
    assert found == (None if share is None else pytest.approx(share))


def test_a_line_whose_speed_nobody_knows_is_never_busy() -> None:
    busy = Load(at=5.0, rates={"adsl": Rate(0, 1e9, 1e6)}, openings=30.0)
    mute = structs.replace(SITE, uplinks={"adsl": structs.replace(SITE.uplinks["adsl"], speed=None)})
    assert heard(mute, {}, busy, ()) == {}
    assert heard(SITE, {}, busy, ()) == {"adsl": BusyUplink(busy=5.0)}
    assert heard(mute, SINCE, busy, ()) == {}
    assert heard(SITE, SINCE, Load(at=5.0), ()) == {}, "it was away, and begins anew"
    two = structs.replace(SITE, paths={name: SITE.paths[name] for name in OF_ADSL[:2]})
    assert heard(two, {}, busy, ()) == {}, "it has no more than few"
    assert heard(mute, {"gone": BusyUplink(busy=1.0)}, Load(at=5.0), ()) == {}


def seen_with(facts: Facts, **memory: Any) -> Evidence:
    load = Load(at=30.0, counters={"adsl": Counter(10, 0, 0)})
    return assess(SITE, facts, Memory(verdict=ANSWERED, busy_uplinks=SINCE, load=load, **memory), 30.0)


def test_what_is_spared_is_up_and_probed_and_says_so_but_carries_nothing() -> None:
    facts = line_up(tunnels=TUNNELS)
    evidence = seen_with(facts)
    assert evidence.spared == set(OF_ADSL[2:])
    assert evidence.up == assess(SITE, facts, Memory(verdict=ANSWERED), 0.0).up
    assert {evidence.paths[name].reason for name in evidence.spared} == {SPARED}
    assert not evidence.calm
    items = plan(SITE, facts, evidence, NUMBERS, firewall="", services={})
    addresses = {PPP_ADDRESS, SITE.tunnel_address(TUNNELS[0])}
    assert {item.address for item in items if isinstance(item, Endpoint)} == addresses
    ruled = {item.source for item in items if isinstance(item, Rule)}
    assert {SITE.tunnel_address(name) for name in TUNNELS} <= ruled


def test_one_by_which_connections_open_stays_and_who_is_worse_goes_first() -> None:
    facts = line_up(tunnels=TUNNELS)
    assert seen_with(facts, openers={SITE.main: TUNNELS[2]}).spared == {TUNNELS[0], TUNNELS[1]}
    assert seen_with(facts, degraded={"adsl": 0.05}).spared == {"adsl", TUNNELS[2]}


def test_for_a_path_that_is_silent_the_next_one_stands_in_and_stays() -> None:
    facts = line_up(tunnels=TUNNELS)
    stood_in = seen_with(facts, silent={"adsl": 25.0})
    assert stood_in.spared == {TUNNELS[2]}
    load, known = stood_in.load, stood_in.busy_uplinks
    memory = Memory(verdict=ANSWERED, busy_uplinks=known, load=load, openers={SITE.main: TUNNELS[2]})
    assert assess(SITE, facts, memory, load.at).spared == {"adsl", TUNNELS[2]}


def test_a_new_sample_decides_and_what_is_known_outlives_the_daemon(tmp_path: Path) -> None:
    load = Load(at=30.0, counters={"adsl": Counter(10, 0, 0)})
    busy = Memory(verdict=ANSWERED, busy_uplinks={"adsl": BusyUplink(busy=20.0, falls=0)}, load=load)
    facts = line_up(tunnels=TUNNELS)
    links = [
        structs.replace(link, sent=375_000, sent_packets=300) if link.name == "adsl" else link for link in facts.links
    ]
    facts = structs.replace(facts, links=tuple(links), opened=150)
    after = assess(SITE, facts, busy, 35.0)
    assert after.busy_uplinks["adsl"].since == 35.0
    assert len(after.spared) == 2
    strained = structs.replace(busy, strained=frozenset({"adsl"}))
    assert assess(SITE, facts, strained, 35.0).spared == frozenset()
    kept = structs.replace(busy, busy_uplinks=after.busy_uplinks, load=after.load)
    remember(tmp_path / "state", kept)
    assert recall(tmp_path / "state") == kept


@given(
    st.sets(st.sampled_from(OF_ADSL)),
    st.sets(st.sampled_from(OF_ADSL)),
    st.sampled_from(["", *OF_ADSL]),
    st.sampled_from([SINCE, {}, {"adsl": BusyUplink(busy=10.0)}]),
)
def test_whatever_is_up_so_many_stay_and_of_no_line_that_is_not_busy_is_any_spared(
    up: set[str], degraded: set[str], opener: str, known: dict[str, BusyUplink]
) -> None:
    few = chosen(SITE, known, up, degraded, {SITE.main: opener})
    without = spared(SITE, few, up)
    assert without <= up
    assert len(up - without) == (min(len(up), SITE.policy.busy_uplink.paths) if known is SINCE else len(up))
    assert opener in degraded or opener not in without
    assert chosen(SITE, few, up, degraded, {SITE.main: OF_ADSL[-1]}) == few, "another opener changes nothing"


@given(st.lists(st.floats(0, 2), max_size=200))
def test_whatever_a_line_carries_few_carry_only_after_it_was_busy_for_long(shares: list[float]) -> None:
    state = BusyUplink()
    row = 0.0
    for number, share in enumerate(shares):
        before, state = state, step(state, Seen(number * EVERY, share, MANY), LIMITS)
        row = row + EVERY if share * 100 >= LIMITS.share else 0.0
        if state.since is not None and before.since is None:
            assert row - EVERY >= LIMITS.seconds
