"""Which path calls go by: it loses least, is changed at once where it is in doubt, and not for nothing."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway_init.config.health import Health as Limits
from gateway_init.config.site import FIRST
from gateway_init.daemon.calling import ANY_GAIN
from gateway_init.evidence import calls
from gateway_init.evidence.calls import cost, seconds
from gateway_init.evidence.health import Condition, Health
from gateway_init.evidence.opener import Cost, Opener, choose

LIMITS = Limits()
THERE = ("adsl", "near", "far", "phone")
NAMES = st.sampled_from(THERE)
RTT = st.floats(0.001, 3.0)
JITTER = st.floats(0.0, 1.0)
LOST = st.floats(0.0, 0.99)
COSTS = st.builds(Cost, st.integers(0, 12), st.floats(0.001, 15.0), st.just(0.0))
CONDITIONS: tuple[Condition, ...] = ("suspect", "down", "recovering")


def chosen(story: list[dict[str, Cost]], first: str = "") -> list[str]:
    """Who calls go by after each of these, a second apart."""
    caller, paths = Opener(first), []
    for now, each in enumerate(story):
        caller = choose(caller, each, THERE, float(now), LIMITS, ANY_GAIN)
        paths.append(caller.path)
    return paths


def losing(**lost: float) -> dict[str, Cost]:
    return {name: Cost(0, each) for name, each in lost.items()}


def test_loss_counts_most_then_jitter_then_the_way() -> None:
    good = seconds(Health(rtt=0.05, jitter=0.002), 0.0)
    long = seconds(Health(rtt=0.15, jitter=0.002), 0.0)
    unsteady = seconds(Health(rtt=0.05, jitter=0.04), 0.0)
    lossy = seconds(Health(rtt=0.05, jitter=0.002), 3 / 64)
    assert good is not None and long is not None and unsteady is not None and lossy is not None
    assert good < long < unsteady < lossy


@given(RTT, JITTER, LOST)
def test_what_gets_worse_is_never_taken_for_better(rtt: float, jitter: float, lost: float) -> None:
    here = seconds(Health(rtt=rtt, jitter=jitter), lost)
    worse = (
        seconds(Health(rtt=rtt * 1.5, jitter=jitter), lost),
        seconds(Health(rtt=rtt, jitter=jitter + 0.1), lost),
        seconds(Health(rtt=rtt, jitter=jitter), min(0.99, lost + 0.01)),
    )
    assert here is not None
    assert all(each is not None and each >= here for each in worse)


@given(RTT, JITTER, LOST, st.sampled_from(CONDITIONS))
def test_over_a_path_that_is_in_doubt_there_is_no_call(
    rtt: float, jitter: float, lost: float, condition: Condition
) -> None:
    assert seconds(Health(rtt=rtt, jitter=jitter, condition=condition), lost) is None
    assert seconds(Health(), lost) is None


@given(st.integers(0, len(FIRST) - 1), st.integers(0, len(FIRST) - 1))
def test_a_line_whose_bytes_count_comes_after_all_others(free: int, counted: int) -> None:
    one = cost(Health(rtt=3.0, jitter=1.0), 0.9, free, metered=False)
    other = cost(Health(rtt=0.01), 0.0, counted, metered=True)
    assert one is not None and other is not None
    assert one < other


def test_one_lost_probe_moves_no_call() -> None:
    assert seconds(Health(rtt=0.05), 1 / 64) == seconds(Health(rtt=0.05), 0.0)
    assert LIMITS.gain_ms / 1000 < calls.LOSS * 2 / 64


def test_for_20_ms_it_changes_after_5_s_and_for_less_never() -> None:
    steady = [losing(adsl=0.5, near=0.475)] * 8
    assert chosen(steady, "adsl") == ["adsl"] * 5 + ["near"] * 3
    assert set(chosen([losing(adsl=0.5, near=0.485)] * 60, "adsl")) == {"adsl"}
    brief = [losing(adsl=0.5, near=0.4)] * 4 + [losing(adsl=0.5, near=0.5)]
    assert set(chosen(brief * 5, "adsl")) == {"adsl"}


@given(st.lists(st.dictionaries(NAMES, COSTS), max_size=30), NAMES)
def test_whoever_is_in_doubt_is_left_at_once_where_another_is_in_none(story: list[dict[str, Cost]], first: str) -> None:
    assert all(path in costs for costs, path in zip(story, chosen(story, first), strict=True) if costs)


@given(st.lists(st.tuples(st.floats(0.001, 3.0), st.floats(0.001, 3.0)), min_size=30, max_size=30))
def test_between_paths_in_no_doubt_it_changes_each_5_s_at_the_most(story: list[tuple[float, float]]) -> None:
    paths = chosen([losing(adsl=one, near=two) for one, two in story], "adsl")
    changes = [at for at, (before, after) in enumerate(pairwise(paths)) if before != after]
    assert all(later - earlier >= LIMITS.gain_seconds for earlier, later in pairwise(changes))


@given(st.dictionaries(NAMES, COSTS, min_size=1), NAMES)
def test_in_the_end_calls_go_by_a_path_that_loses_hardly_more_than_the_best(costs: dict[str, Cost], first: str) -> None:
    assume(first in costs)
    last = costs[chosen([costs] * 12, first)[-1]]
    assert last.rank == min(each.rank for each in costs.values())
    assert last.seconds <= min(costs.values()).seconds + LIMITS.gain_ms / 1000 + 1e-9
