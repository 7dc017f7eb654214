"""A line of which nobody has told what it carries: found out where it is full, and left alone where it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.config.unknown_rate import UnknownRate
from gateway_init.evidence.lateness import Answer, Late, Least
from gateway_init.evidence.lateness import step as heard
from gateway_init.evidence.load import Load, Rate, share
from gateway_init.evidence.pace import LEAST, LESS, MORE, SLEEPY, Pace, Paces, Seen, changes, narrowed, paced, step
from gateway_init.facts.facts import Link
from gateway_init.uplink.kind import Rate as LineRate
from gateway_init.uplink.kind import Speed, State
from tests.unit.gateway.given import PPP_ADDRESS, SITE

LIMITS = UnknownRate()
EVERY = 5.0
"""Seconds between two samples."""
UP = State(Link(10, "adsl"), PPP_ADDRESS)
LOW = LESS * LEAST


def used(
    carries: Callable[[float], float],
    wanted: float,
    *,
    until: float,
    before: Pace | None = None,
    at: float = 0.0,
    every: float = EVERY,
    queue: float = 2.0,
) -> Iterator[tuple[float, Pace, float]]:
    """A line that carries so much at a time, of which so much is wanted: its queue, of so many seconds at most, grows
    by what does not fit. When, the pace, and by how much what went out of the queue was late."""
    pace, waits = before or Pace(), 0.0
    while at < until:
        at += every
        can = carries(at)
        comes = min(wanted, pace.rate or wanted)
        waits = min(queue, max(0.0, waits + (comes / can - 1) * every))
        pace = step(pace, Seen(at, can if waits else min(comes, can), waits), LIMITS)
        yield at, pace, waits


def steady(kbit: float) -> Callable[[float], float]:
    return lambda _: kbit


@given(st.floats(250, 100_000), st.floats(1.5, 50), st.sampled_from([2.0, 5.0, 10.0]), st.sampled_from([0.5, 2.0, 5.0]))
def test_a_full_line_is_known_within_samples_and_almost_all_of_it_used(
    carries: float, times: float, every: float, queue: float
) -> None:
    found = [*used(steady(carries), carries * times, until=80 + 8 * queue, every=every, queue=queue)]
    _, pace, late = found[-1]
    assert 0.8 * carries <= pace.rate <= carries * MORE
    assert late < queue


@given(st.floats(250, 100_000))
def test_a_line_that_became_quicker_is_used_within_minutes(carries: float) -> None:
    *_, (at, before, _) = used(steady(carries), carries * 10, until=60)
    *_, (_, after, _) = used(steady(carries * 20), carries * 40, until=at + 400, before=before, at=at)
    assert not after.rate or after.rate >= 0.85 * carries * 20


def test_what_is_let_on_of_a_full_line_is_too_much_for_moments_alone() -> None:
    late = [late for at, _, late in used(steady(8000), 80_000, until=5000) if at > 600]
    assert sum(each >= 0.2 for each in late) / len(late) < 0.06
    assert max(late) < 1.0


@given(st.floats(250, 20_000), st.floats(2, 7))
def test_a_line_that_is_narrower_than_it_was_is_known_again(carries: float, times: float) -> None:
    *_, (at, before, _) = used(steady(carries * times), carries * 100, until=60)
    *_, (_, after, _) = used(steady(carries), carries * 100, until=at + 60, before=before, at=at)
    assert 0.75 * carries <= after.rate <= carries * MORE


def test_most_is_used_of_a_line_whose_rate_comes_and_goes() -> None:
    def carries(at: float) -> float:
        return 5000.0 if at % 180 < 60 else 30_000.0

    paces = [(min(pace.rate or 1e9, carries(at)), carries(at)) for at, pace, _ in used(carries, 1e6, until=3600)]
    assert sum(let for let, _ in paces) > 0.6 * sum(can for _, can in paces)


def test_a_line_that_was_let_alone_is_paced_once_it_is_full() -> None:
    pace = Pace()
    for number in range(30):
        pace = step(pace, Seen(number * EVERY, min(3000.0, pace.rate or 3000.0), 0.5), LIMITS)
    assert not pace.rate and pace.vain
    *_, (_, after, late) = used(steady(3000), 30_000, until=2000, before=pace, at=150)
    assert after.rate and late < 0.5


def test_a_line_that_stays_a_little_late_is_not_held_back_for_good() -> None:
    *_, (at, pace, _) = used(steady(900), 9000, until=60)
    for number in range(200):
        pace = step(pace, Seen(at + number * EVERY, min(20_000.0, pace.rate or 1e9), 0.08), LIMITS)
    assert not pace.rate or pace.rate > 3000


@given(st.lists(st.tuples(st.floats(0, 9000), st.floats(0, 0.199)), max_size=60))
def test_what_is_in_time_is_never_paced(seen: list[tuple[float, float]]) -> None:
    pace = Pace()
    for number, (carried, late) in enumerate(seen):
        pace = step(pace, Seen(number * EVERY, carried, late), LIMITS)
        assert not pace.rate


def test_a_telephone_that_falls_asleep_is_not_full() -> None:
    pace = Pace()
    for number, (carried, late) in enumerate([(9000, 0.0), (20, 0.4), (20, 0.4), (30, 0.0), (20, 0.4), (20, 0.4)]):
        pace = step(pace, Seen(number * EVERY, carried, late), LIMITS)
        assert not pace.rate


@given(st.floats(300, 9000), st.floats(0.2, 2.0))
def test_where_less_is_no_help_all_is_let_on_again_for_minutes(wanted: float, late: float) -> None:
    pace, free = Pace(), 0
    for number in range(400):
        pace = step(pace, Seen(number * EVERY, min(wanted, pace.rate or wanted), late), LIMITS)
        free += not pace.rate
    assert free >= 280


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 10)), max_size=100))
@example([(0.0, 1.0), (200.0, 1.0), (200.0, 1.0), (0.0, 1.0)])
def test_it_is_never_throttled_to_a_small_part_of_what_it_carried(seen: list[tuple[float, float]]) -> None:
    pace = Pace()
    for number, (carried, late) in enumerate(seen):
        before = pace
        pace = step(pace, Seen(number * EVERY, carried, late), LIMITS)
        assert not pace.rate or pace.rate >= min(before.rate or LOW, LOW)
        if pace.rate and not before.rate:
            assert pace.rate >= LESS * SLEEPY * pace.best


@given(st.floats(-1e6, 1e6), st.lists(st.tuples(st.floats(0, 2), st.floats(0, 2)), min_size=1, max_size=60))
def test_lateness_is_what_was_waited_for_whatever_the_clocks_say(
    ahead: float, waits: list[tuple[float, float]]
) -> None:
    least: Least | None = None
    for number, (out, back) in enumerate([(0.0, 0.0), *waits]):
        least, late = heard(least, Answer(0.05 + out + back, 0.02 + out + ahead, 0.03 + back - ahead), number * 0.5)
        assert late
        assert late.up == pytest.approx(out, abs=0.05)
        assert late.down == pytest.approx(back, abs=0.05)


@pytest.mark.parametrize("by", [-3600.0, -0.3, 0.3, 3600.0])
def test_a_clock_that_is_set_makes_nothing_late(by: float) -> None:
    least: Least | None = None
    for number in range(10):
        ahead = by if number >= 5 else 0.0
        least, late = heard(least, Answer(0.05, 0.02 + ahead, 0.03 - ahead), number * 0.5)
        assert late in (None, Late(0.0, 0.0))
    assert late


def test_a_way_that_has_become_longer_for_good_is_usual_after_hours() -> None:
    least, late = None, []
    for minute in range(240):
        more = 0.3 if minute else 0.0
        least, now = heard(least, Answer(0.05 + more, 0.02, 0.03 + more), minute * 60.0)
        assert now
        late.append(now.down)
    assert late[1] > 0.25 and late[-1] < 0.02 and all(after <= before for before, after in pairwise(late[1:]))


def looked(known: LineRate | None, before: dict[str, Paces], at: float) -> dict[str, Paces]:
    """One sample of a line that is full both ways."""
    site = structs.replace(SITE, uplinks=SITE.uplinks | {"adsl": structs.replace(SITE.uplinks["adsl"], rate=known)})
    return paced(site, before, Load(at=at, rates={"adsl": Rate(8e6, 1e6)}), {"adsl": Late(2.0, 2.0)})


def test_each_way_is_found_out_that_nobody_has_told() -> None:
    found = {
        known: looked(known, looked(known, {}, 5.0), 10.0).get("adsl", Paces())
        for known in (None, LineRate(up=1000), LineRate(up=1000, down=8000))
    }
    assert [(each.down.rate, each.up.rate) for each in found.values()] == [(7200, 900), (7200, 0), (0, 0)]
    assert [*changes({}, {"adsl": found[None]})] == [
        "adsl: what comes in is late; it carries 8000 kbit/s, and a little less is let on",
        "adsl: what goes out is late; it carries 1000 kbit/s, and a little less is let on",
    ]
    assert [*changes({"adsl": found[None]}, {"adsl": Paces(Pace(vain=4), Pace())})] == [
        "adsl: what comes in is late however little is let on; all of it is again"
    ]


def test_of_a_line_that_was_not_heard_lately_what_is_known_stays() -> None:
    known = looked(None, looked(None, {}, 5.0), 10.0)
    for load in (Load(at=15.0, rates={"adsl": Rate(8e6, 1e6)}), Load(at=15.0)):
        after = paced(SITE, known, load, {})["adsl"]
        assert (after.down.rate, after.up.rate) == (7200, 900)
    # Nor is it held back for ever by what nobody looks at.
    after = paced(SITE, known, Load(at=1e4, rates={"adsl": Rate(8e6, 1.0)}), {})["adsl"]
    assert (after.down.rate, after.up.rate) == (0, 900)


def test_where_the_config_says_so_no_rate_is_found_out() -> None:
    off = structs.replace(SITE, policy=structs.replace(SITE.policy, unknown_rate=UnknownRate(late_ms=0)))
    known = looked(None, looked(None, {}, 5.0), 10.0)
    full = Load(at=15.0, rates={"adsl": Rate(8e6, 1e6)})
    assert paced(off, known, full, {"adsl": Late(2.0, 2.0)}) == paced(off, known, full, {}) == {}


def test_a_line_is_busy_that_carries_all_that_is_let_on() -> None:
    speed = SITE.uplinks["adsl"].speed
    assert speed and narrowed(SITE, {}) is SITE
    found = narrowed(SITE, {"adsl": Paces(down=Pace(rate=speed.down * 0.7), up=Pace(rate=speed.up * 2.0))})
    assert found.uplinks["adsl"].speed == Speed(down=round(speed.down * 0.7), up=speed.up)
    assert share(found, {"adsl": UP}, Load(rates={"adsl": Rate(speed.down * 650.0, 0.0)})) == pytest.approx(0.65 / 0.7)
