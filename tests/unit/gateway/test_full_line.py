"""Over a line that is full towards the home its straight path carries alone, unless its own way is narrower."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.config.full_line import NEVER
from gateway_init.config.full_line import FullLine as Limits
from gateway_init.evidence.evidence import RESERVED, Evidence, assess
from gateway_init.evidence.fewer import pause
from gateway_init.evidence.full_line import FullLine, Seen, changes, heard, reserved, step
from gateway_init.evidence.load import Counter, Load, Rate, share_down
from gateway_init.evidence.memory import Memory
from gateway_init.evidence.pace import Pace, Paces
from gateway_init.facts.item import Endpoint
from gateway_init.plan.plan import plan
from gateway_init.uplink.kind import Rate as LineRate
from gateway_init.uplink.kind import Speed
from tests.unit.gateway.given import ANSWERED, NUMBERS, PPP_ADDRESS, SITE, line_up

LIMITS = Limits()
EVERY = 5.0
FULL, HALF, QUIET = 0.95, 0.5, 0.05
TUNNELS = tuple(name for name, path in SITE.paths.items() if path.through)
OF_ADSL = ("adsl", *TUNNELS)
ALONE = {"adsl": FullLine(full=10.0, since=20.0)}


def played(until: float, share: Callable[[float, bool], float]) -> Iterator[tuple[float, FullLine]]:
    """What becomes of a line that is used so at a time, while the straight path carries alone or not."""
    state = FullLine()
    for count in range(1, int(until / EVERY)):
        now = count * EVERY
        state = step(state, Seen(now, share(now, state.since is not None)), LIMITS)
        yield now, state


def spells(story: Iterator[tuple[float, FullLine]]) -> list[tuple[float, float]]:
    """From when to when the straight path carried alone."""
    found: dict[float, float] = {}
    for now, state in story:
        if state.since is not None:
            found[state.since] = now
    return list(found.items())


def test_a_download_that_fills_the_line_goes_straight_until_it_is_over() -> None:
    ((begun, ended),) = spells(played(400, lambda now, _: FULL if 50 <= now < 200 else QUIET))
    assert 50 + LIMITS.seconds <= begun <= 50 + LIMITS.seconds + EVERY
    assert 200 <= ended <= 200 + LIMITS.short_seconds + EVERY


@pytest.mark.parametrize("between", [QUIET, HALF])
def test_the_next_download_finds_all_as_it_was(between: float) -> None:
    assert len(spells(played(400, lambda now, _: FULL if now % 100 < 60 else between))) == 4


def test_downloads_that_are_soon_over_say_nothing_against_the_straight_path() -> None:
    story = [*played(2000, lambda now, _: FULL if now % 200 < 20 else QUIET)]
    assert len(spells(iter(story))) == 10
    assert story[-1][1] == FullLine()


def test_a_moment_says_nothing() -> None:
    assert spells(played(400, lambda now, _: FULL if now % 20 < EVERY else HALF)) == []
    assert len(spells(played(400, lambda now, _: HALF if now > 100 and now % 20 < EVERY else FULL))) == 1


@pytest.mark.parametrize("narrow", [HALF, 0.19, 0.0])
def test_where_the_straight_way_is_narrower_all_carry_again_and_ever_longer(narrow: float) -> None:
    story = spells(played(20_000, lambda _, alone: narrow if alone else FULL))
    assert 4 <= len(story) <= 12
    assert all(end - begin <= LIMITS.short_seconds + EVERY for begin, end in story)
    for falls, ((_, ended), (begun, _)) in enumerate(pairwise(story), 1):
        assert begun - ended >= pause(falls, LIMITS.again_seconds)


def test_where_its_own_answers_are_late_all_carry_at_once() -> None:
    alone = FullLine(full=0.0, since=10.0)
    assert step(alone, Seen(20.0, FULL, strained=True), LIMITS) == FullLine(falls=1, last=20.0)
    assert step(FullLine(full=0.0), Seen(60.0, FULL, strained=True), LIMITS).since is None
    assert reserved(SITE, ALONE, OF_ADSL, {"adsl"}) == frozenset(), "and it is not waited for a sample"
    assert reserved(SITE, ALONE, OF_ADSL, TUNNELS[:1]) == set(TUNNELS), "what is late carries no more for that"


@pytest.mark.parametrize(
    ("settings", "found_out", "share"),
    [
        ({"speed": Speed(down=8000, up=1000)}, 0.0, 0.75),
        ({"speed": Speed(down=8000, up=1000)}, 6000.0, 1.0),
        ({"speed": Speed(down=8000, up=1000)}, 16_000.0, 0.75),
        ({}, 6000.0, 1.0),
        ({}, 0.0, None),
        ({"rate": LineRate(up=1000)}, 0.0, None),
        ({"rate": LineRate(up=1000, down=8000, over="ethernet")}, 0.0, 0.75 * 1550 / 1500),
        ({"rate": LineRate(up=1000, down=8000)}, 6000.0, 8 * 33 * 53 * 500 / 8_000_000),
    ],
)
def test_how_full_it_is_is_known_by_what_was_told_or_found_out(
    settings: dict[str, Any], found_out: float, share: float | None
) -> None:
    line = structs.replace(SITE.uplinks["adsl"], **{"speed": None, "rate": None, **settings})
    found = share_down(line, Rate(down=1500 * 8 * 500, up=0, packets_down=500), found_out)
    assert found == (None if share is None else pytest.approx(share))


def test_a_line_of_which_nobody_knows_what_it_carries_or_that_was_away_begins_anew() -> None:
    mute = structs.replace(SITE, uplinks={"adsl": structs.replace(SITE.uplinks["adsl"], speed=None)})
    load = Load(at=60.0, rates={"adsl": Rate(down=7_900_000, up=0, packets_down=700)})
    assert heard(mute, ALONE, load, {}, OF_ADSL, ()) == {}
    assert heard(SITE, ALONE, Load(at=60.0), {}, OF_ADSL, ()) == {}
    assert heard(SITE, {}, load, {}, OF_ADSL, ()) == {"adsl": FullLine(full=60.0)}
    # Twice as much as was too much is let on, to try.
    found_out = {"adsl": Paces(down=Pace(rate=16_000.0, over=8000.0))}
    assert heard(mute, {}, load, found_out, OF_ADSL, ()) == {"adsl": FullLine(full=60.0)}
    full = {"adsl": FullLine(full=0.0)}
    assert heard(SITE, full, load, {}, OF_ADSL, {"adsl"})["adsl"].since is None
    assert heard(SITE, full, load, {}, OF_ADSL, TUNNELS)["adsl"].since == 60.0
    assert heard(SITE, ALONE, load, {}, TUNNELS, ()) == {}, "nobody knows whether the straight path carries"


def test_a_line_that_others_go_before_and_one_that_never_is_full_are_left_alone() -> None:
    load = Load(at=60.0, rates={"adsl": Rate(down=7_900_000, up=0, packets_down=700)})
    backup = structs.replace(SITE, uplinks={"adsl": structs.replace(SITE.uplinks["adsl"], use="backup")})
    never = structs.replace(SITE, policy=structs.replace(SITE.policy, full_line=Limits(share=NEVER)))
    assert heard(backup, ALONE, load, {}, OF_ADSL, ()) == heard(never, ALONE, load, {}, OF_ADSL, ()) == {}


def test_a_person_is_told_when_it_begins_and_when_it_is_over() -> None:
    (told,) = changes({}, ALONE)
    assert told.startswith("adsl: full towards the home")
    assert [*changes(ALONE, ALONE)] == []
    assert "all of its paths carry again" in next(changes(ALONE, {}))


def seen_with(**memory: Any) -> Evidence:
    load = Load(at=30.0, counters={"adsl": Counter(10, 0, 0)})
    known = {"answered": frozenset(OF_ADSL), **memory}
    return assess(SITE, line_up(tunnels=TUNNELS), Memory(verdict=ANSWERED, full_lines=ALONE, load=load, **known), 30.0)


def test_what_is_in_reserve_is_a_backup_and_says_so() -> None:
    evidence = seen_with()
    assert evidence.reserved == set(TUNNELS)
    assert {evidence.paths[name].reason for name in TUNNELS} == {RESERVED}
    assert not evidence.calm
    items = plan(SITE, line_up(tunnels=TUNNELS), evidence, NUMBERS, firewall="", services={})
    backup = {item.address: item.backup for item in items if isinstance(item, Endpoint)}
    assert backup == {PPP_ADDRESS: False, **{SITE.tunnel_address(name): True for name in TUNNELS}}


@pytest.mark.parametrize("worse", ["silent", "degraded"])
def test_where_the_straight_path_dies_or_is_set_back_the_others_carry(worse: str) -> None:
    assert seen_with(**{worse: {"adsl": 25.0}}).reserved == frozenset()


def test_of_which_no_probe_was_ever_answered_it_does_not_carry_alone() -> None:
    assert seen_with(answered=frozenset(TUNNELS)).reserved == frozenset()


def test_late_for_its_own_sake_it_does_not_carry_alone() -> None:
    assert seen_with(strained=frozenset({"adsl"})).reserved == frozenset()


@given(
    st.sets(st.sampled_from(OF_ADSL)),
    st.sets(st.sampled_from(OF_ADSL)),
    st.sampled_from([ALONE, {}, {"adsl": FullLine(full=10.0)}]),
)
def test_none_is_in_reserve_without_a_straight_path_that_carries(
    carrying: set[str], strained: set[str], known: dict[str, FullLine]
) -> None:
    found = reserved(SITE, known, carrying, strained)
    assert "adsl" not in found
    assert found <= carrying
    assert bool(found) <= (known is ALONE and "adsl" in carrying - strained)


@given(st.lists(st.floats(0, 2), max_size=200))
def test_whatever_a_line_carries_the_straight_path_is_alone_only_after_it_was_full_for_long(
    shares: list[float],
) -> None:
    state, row = FullLine(), 0.0
    for number, share in enumerate(shares):
        before, state = state, step(state, Seen(number * EVERY, share), LIMITS)
        row = row + EVERY if share * 100 >= LIMITS.share else 0.0
        if state.since is not None and before.since is None:
            assert row - EVERY >= LIMITS.seconds
            assert number * EVERY >= before.last + pause(before.falls, LIMITS.again_seconds)
