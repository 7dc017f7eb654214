"""A path is left within its budget, taken back once it has proven itself, and never for the wrong reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.config.health import Health as Limits
from gateway_init.evidence.health import (
    NEVER,
    Action,
    Answered,
    Asked,
    Carried,
    Event,
    Health,
    Passed,
    Stalled,
    dead,
    due,
    hold,
    step,
)

LIMITS = Limits()
TICK = 0.05
"""Seconds between two looks of whoever watches a path."""
SLACK = 3 * TICK


def played(
    until: float,
    works: Callable[[float], bool],
    *,
    rtt: Callable[[float], float] = lambda _: 0.05,
    others: Callable[[float], bool] = lambda _: True,
    carries: Callable[[float], bool] = lambda _: False,
    busy: bool = True,
    metered: bool = False,
) -> Iterator[tuple[float, Health, tuple[Action, ...]]]:
    """What becomes of a path that works at certain times, with such round-trip times, beside others that do."""
    health, on_the_way, alive = Health(), list[tuple[float, float]](), NEVER
    for count in range(int(until / TICK)):
        now = count * TICK
        events: list[Event] = []
        if due(health, LIMITS, busy=busy, metered=metered) <= now:
            events.append(Asked(now))
            if works(now):
                on_the_way.append((now + rtt(now), rtt(now)))
        events += [Answered(now, took) for at, took in on_the_way if at <= now]
        on_the_way = [each for each in on_the_way if each[0] > now]
        if carries(now):
            events.append(Carried(now))
        if others(now):
            alive = now
        for event in (*events, Passed(now, alive)):
            health, actions = step(health, event, LIMITS)
            yield now, health, actions


def done(story: Iterator[tuple[float, Health, tuple[Action, ...]]]) -> list[tuple[float, Action]]:
    return [(now, action) for now, _, actions in story for action in actions]


def test_a_silent_death_is_seen_in_time_and_so_is_the_return() -> None:
    (left, leave), (back, come) = done(played(60, lambda now: not 10 <= now < 40))
    assert (leave, come) == (Action.LEAVE, Action.RETURN)
    assert 10 < left <= 10 + LIMITS.busy_ms / 1000 + LIMITS.down_ms / 1000 + SLACK
    assert 40 < back <= 40 + 10


@pytest.mark.parametrize(("metered", "first"), [(False, LIMITS.idle_seconds), (True, LIMITS.metered_seconds)])
def test_a_death_at_rest_is_seen_after_the_next_probe(metered: bool, first: int) -> None:
    seen = done(played(300, lambda now: now < 1, busy=False, metered=metered))
    assert seen[0][0] <= 1 + first + LIMITS.down_ms / 1000 + SLACK


@pytest.mark.parametrize("slow", [0.05, 0.7])
def test_at_rest_a_path_costs_little(slow: float) -> None:
    asked = {health.asked for _, health, _ in played(600, lambda _: True, busy=False, rtt=lambda _: slow)}
    # Until it is known how long it usually takes, an answer may seem overdue.
    assert len(asked) <= 600 / LIMITS.idle_seconds + 1 + 5 * (slow > LIMITS.doubt_ms / 1000)


@pytest.mark.parametrize("metered", [False, True])
def test_one_that_is_silent_for_long_costs_little_too(metered: bool) -> None:
    asked = {health.asked for _, health, _ in played(1000, lambda now: now < 1, busy=False, metered=metered)}
    later = [at for at in asked if at > 300]
    assert len(later) <= 700 / (LIMITS.metered_seconds if metered else LIMITS.idle_seconds / 2) + 1


def test_where_nobody_ever_answers_no_path_is_left_and_few_probes_are_sent() -> None:
    # A server whose kit knows of no probes.
    story = list(played(600, lambda _: False, busy=False))
    assert done(iter(story)) == []
    assert len({health.asked for now, health, _ in story if now > 200}) <= 400 / LIMITS.idle_seconds + 1


@given(st.floats(0.05, 5.0))
def test_a_slow_path_is_not_a_dead_one(slow: float) -> None:
    def rtt(now: float) -> float:
        # A queue that fills: no faster than time passes.
        return min(0.05 + max(0.0, now - 10) * 0.5, slow)

    assert done(played(40, lambda _: True, rtt=rtt)) == []


def test_a_path_whose_answers_come_now_soon_now_late_is_given_longer() -> None:
    def rtt(now: float) -> float:
        return 0.1 if int(now) % 2 else 0.9

    seen = done(played(60, lambda now: not 30 <= now < 45, rtt=rtt))
    assert [action for _, action in seen] == [Action.LEAVE, Action.RETURN]
    assert 30 + LIMITS.down_ms / 1000 < seen[0][0] < 40


@pytest.mark.parametrize("both_from", [30.1, 30.5, 30.9])
def test_the_last_one_is_not_left_where_the_others_died_before_it_was_given_up(both_from: float) -> None:
    def rtt(now: float) -> float:
        return 0.05 if int(now) % 2 else 0.5

    assert done(played(60, lambda now: now < 30, rtt=rtt, others=lambda now: now < both_from)) == []


@given(st.floats(0.0, 10.0))
def test_what_a_busy_box_slept_counts_for_nobody(late: float) -> None:
    health = Health(rtt=0.05, owing=100.0, asked=100.5, unanswered=9)
    stalled, _ = step(health, Stalled(101.0 + late, late), LIMITS)
    assert stalled.owing is not None
    assert 101.0 + late - stalled.owing == pytest.approx(1.0)
    assert step(stalled, Passed(101.0 + late, 101.0 + late), LIMITS)[1] == ()


def test_what_carries_is_alive_whatever_becomes_of_its_probes() -> None:
    assert done(played(60, lambda now: now < 10, carries=lambda now: int(now / TICK) % 10 == 0)) == []


def test_where_no_other_path_shows_a_sign_of_life_none_is_left() -> None:
    assert done(played(60, lambda now: now < 10, others=lambda now: now < 10)) == []
    late = done(played(60, lambda now: now < 10, others=lambda now: now < 10 or now > 40))
    assert [action for _, action in late] == [Action.LEAVE]
    # It may be the second that is back.
    assert 40 + LIMITS.down_ms / 1000 <= late[0][0] < 40 + LIMITS.down_ms / 1000 + SLACK


@pytest.mark.parametrize("silence", [LIMITS.rejoin_seconds + 2.0, 60.0, 180.0])
def test_one_that_could_not_be_left_is_joined_anew_when_it_is_back(silence: float) -> None:
    def works(now: float) -> bool:
        return not 10 <= now < 10 + silence

    (back, action), *rest = done(played(20 + silence, works, others=works))
    assert (action, rest) == (Action.REJOIN, [])
    assert 10 + silence <= back <= 10 + silence + LIMITS.busy_ms / 1000 + SLACK


def test_where_connections_go_on_before_a_probe_is_answered_the_others_are_joined_anew_too() -> None:
    def carries(now: float) -> bool:
        return now >= 69.8

    seen = done(played(90, lambda now: not 10 <= now < 70, others=lambda now: not 10 <= now < 70, carries=carries))
    assert [action for _, action in seen] == [Action.REJOIN]


@pytest.mark.parametrize("first", [0.05, None])
def test_while_connections_carry_nothing_is_joined_anew_when_the_reflector_is_back(first: float | None) -> None:
    def works(now: float) -> bool:
        return now >= 70 or (first is not None and now < 10)

    assert done(played(90, works, others=works, carries=lambda now: int(now / TICK) % 20 == 0)) == []


def test_a_reflector_that_never_answers_is_asked_seldom_though_connections_carry() -> None:
    story = played(600, lambda _: False, busy=False, carries=lambda now: int(now / TICK) % 200 == 0)
    assert len({health.asked for now, health, _ in story if now > 200}) <= 400 / LIMITS.idle_seconds + 1


def test_who_is_back_second_is_asked_before_it_is_judged() -> None:
    def others(now: float) -> bool:
        return now < 10 or now >= 200

    story = list(played(230, lambda now: not 10 <= now < 200.5, others=others, busy=False))
    assert [action for _, action in done(iter(story))] == [Action.REJOIN]


def test_one_that_is_kept_out_is_asked_seldom_once_it_has_shown_that_it_works() -> None:
    falls = Health(condition="recovering", left=100.0, falls=9, asked=110.0, answered=LIMITS.returned, rtt=0.05)
    assert due(falls, LIMITS, busy=False, metered=False) == 110.0 + LIMITS.idle_seconds
    at_the_end = structs.replace(falls, asked=100.0 + hold(falls, LIMITS) - 2)
    assert due(at_the_end, LIMITS, busy=False, metered=False) == 100.0 + hold(falls, LIMITS)


def test_a_path_is_dead_before_anybody_can_say_that_others_live() -> None:
    story = list(played(20, lambda now: now < 10, others=lambda _: False))
    dead_at = [now for now, health, _ in story if dead(health, now, LIMITS)]
    assert 10 < dead_at[0] <= 10 + LIMITS.busy_ms / 1000 + LIMITS.down_ms / 1000 + SLACK
    assert done(iter(story)) == []


@given(st.floats(0.0, LIMITS.rejoin_seconds - 1.0), st.floats(0.05, 5.0))
def test_what_was_silent_for_a_moment_or_is_slow_is_not_joined_anew(silence: float, slow: float) -> None:
    def works(now: float) -> bool:
        return not 10 <= now < 10 + silence

    assert Action.REJOIN not in {action for _, action in done(played(40, works, others=works, rtt=lambda _: slow))}


@given(st.lists(st.floats(0.2, 8.0), min_size=2, max_size=40))
def test_a_flapper_is_taken_back_ever_later_and_what_stays_good_comes_back(lengths: list[float]) -> None:
    edges, total = [5.0], 5.0
    for length in lengths:
        total += length
        edges.append(total)

    def works(now: float) -> bool:
        return sum(edge <= now for edge in edges) % 2 == 0 or now >= total

    seen = done(played(total + LIMITS.most_hold_seconds + 20, works))
    assert [action for _, action in seen] == [Action.LEAVE, Action.RETURN] * (len(seen) // 2)
    falls = [now for now, action in seen if action is Action.LEAVE]
    returns = [now for now, action in seen if action is Action.RETURN]
    for number, (fell, back) in enumerate(zip(falls, returns, strict=True), start=1):
        assert back - fell >= hold(Health(falls=number), LIMITS) - TICK
        assert back - fell >= (LIMITS.returned - 1) * LIMITS.doubt_ms / 1000
    kept_out = hold(Health(falls=len(falls)), LIMITS)
    assert not returns or returns[-1] <= max(total, falls[-1] + kept_out) + 10


def test_a_path_that_was_steady_for_long_is_no_flapper() -> None:
    apart = LIMITS.steady_seconds + 60
    seen = done(played(2 * apart, lambda now: not (10 <= now < 20 or 10 + apart <= now < 20 + apart)))
    assert [action for _, action in seen] == [Action.LEAVE, Action.RETURN] * 2
    assert seen[3][0] - (20 + apart) <= 10
