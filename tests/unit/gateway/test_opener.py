"""Connections open by a path that is known to be good, and it is not changed for nothing."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway_init.config.health import Health as Limits
from gateway_init.evidence.opener import Cost, Opener, choose

LIMITS = Limits()
THERE = ("adsl", "near", "far", "phone")
NAMES = st.sampled_from(THERE)
COSTS = st.builds(Cost, st.integers(0, 2), st.floats(0.001, 3.0))
LITTLE = st.floats(0.001, 0.5)


def chosen(costs: list[dict[str, Cost]], first: str = "") -> list[str]:
    """Who opens after each of these, a second apart."""
    opener, paths = Opener(first), []
    for now, each in enumerate(costs):
        opener = choose(opener, each, THERE, float(now), LIMITS)
        paths.append(opener.path)
    return paths


def costing(**seconds: float) -> dict[str, Cost]:
    return {name: Cost(0, each) for name, each in seconds.items()}


def test_where_the_one_is_in_doubt_another_opens_at_once() -> None:
    assert chosen([costing(near=0.2, far=0.1)], "adsl") == ["far"]


def test_while_nobody_knows_better_it_stays() -> None:
    assert chosen([{}], "adsl") == ["adsl"]
    assert chosen([{}]) == [""]
    assert chosen([{}], "one that has gone") == [""]


def test_for_a_gain_it_changes_once_that_has_lasted() -> None:
    steady = [costing(adsl=0.1, near=0.05)] * 8
    assert chosen(steady, "adsl") == ["adsl"] * LIMITS.gain_seconds + ["near"] * (8 - LIMITS.gain_seconds)
    assert set(chosen([costing(adsl=0.1, near=0.09)] * 20, "adsl")) == {"adsl"}
    brief = [costing(adsl=0.1, near=0.05)] * 3 + [costing(adsl=0.1, near=0.1)]
    assert set(chosen(brief * 5, "adsl")) == {"adsl"}


def test_a_path_whose_answers_come_now_soon_now_late_is_not_left_for_less_than_that() -> None:
    unsteady = {"adsl": Cost(0, 0.2, 0.1), "near": Cost(0, 0.12)}
    assert set(chosen([unsteady] * 20, "adsl")) == {"adsl"}
    assert chosen([unsteady | {"near": Cost(0, 0.09)}] * 20, "adsl")[-1] == "near"


def test_a_line_that_is_to_be_spared_opens_only_while_no_other_is_good() -> None:
    phone = {"phone": Cost(1, 0.01)}
    assert chosen([costing(adsl=0.2) | phone] * 20, "adsl")[-1] == "adsl"
    assert chosen([phone, *[costing(adsl=0.2) | phone] * (LIMITS.gain_seconds + 1)], "adsl")[::6] == ["phone", "adsl"]


@given(st.lists(st.dictionaries(NAMES, COSTS), max_size=30), NAMES)
def test_whoever_opens_is_in_no_doubt_where_another_is_in_none(story: list[dict[str, Cost]], first: str) -> None:
    assert all(path in costs for costs, path in zip(story, chosen(story, first), strict=True) if costs)


@given(st.lists(st.tuples(LITTLE, LITTLE), min_size=30, max_size=30))
def test_between_paths_in_no_doubt_it_seldom_changes(story: list[tuple[float, float]]) -> None:
    paths = chosen([costing(adsl=one, near=two) for one, two in story], "adsl")
    changes = [at for at, (before, after) in enumerate(pairwise(paths)) if before != after]
    assert all(later - earlier >= LIMITS.gain_seconds for earlier, later in pairwise(changes))
