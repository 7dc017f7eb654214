"""A path that is late for its own sake carries what no other can, until it has proven itself; one in use, never."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.config.health import Health as Limits
from gateway_init.evidence.degraded import ROW, Degraded, Seen, step, wants
from gateway_init.evidence.health import held

LIMITS = Limits()
EVERY = LIMITS.busy_ms / 1000
USUAL, LATE = 0.05, 1.05
GOOD = Seen(at=0.0, rtt=USUAL, lost=0.0, lately=0.0, alone=False, beside=USUAL, lost_beside=0.0, share=0.0)

SEEN = st.builds(
    structs.replace,
    st.just(GOOD),
    rtt=st.sampled_from([USUAL, 0.2, LATE]),
    lost=st.sampled_from([0.0, 0.3]),
    lately=st.sampled_from([0.0, 0.3]),
    alone=st.booleans(),
    beside=st.sampled_from([None, USUAL, LATE]),
    share=st.sampled_from([None, 0.0, 0.05, 0.5]),
)


def played(until: float, seen: Callable[[float], Seen]) -> Iterator[tuple[float, Degraded]]:
    """What becomes of a path whose probes are answered so, at each time."""
    state = Degraded()
    for count in range(int(until / EVERY)):
        now = count * EVERY
        state = step(state, structs.replace(seen(now), at=now), LIMITS)
        yield now, state


def spells(story: Iterator[tuple[float, Degraded]]) -> list[tuple[float, float]]:
    """From when to when it was degraded."""
    found: list[tuple[float, float]] = []
    for now, state in story:
        if state.since is not None:
            found = [*found[:-1], (state.since, now)] if found and found[-1][0] == state.since else [*found, (now, now)]
    return found


def late(begin: float, end: float) -> Callable[[float], Seen]:
    return lambda now: structs.replace(GOOD, rtt=LATE) if begin <= now < end else GOOD


def lossy(begin: float, end: float) -> Callable[[float], Seen]:
    return lambda now: structs.replace(GOOD, lost=0.3, lately=0.3) if begin <= now < end else GOOD


@pytest.mark.parametrize("fault", [late, lossy])
def test_it_is_set_back_after_a_few_answers_and_comes_back_soon_after_the_end(
    fault: Callable[[float, float], Callable[[float], Seen]],
) -> None:
    ((begun, ended),) = spells(played(100, fault(10, 40)))
    assert 10 < begun <= 10 + ROW * EVERY
    assert 40 <= ended <= 40 + (LIMITS.returned + 1) * EVERY


def test_one_late_answer_says_nothing_and_what_it_carries_is_asked_for() -> None:
    assert spells(played(60, lambda now: structs.replace(GOOD, rtt=LATE if now % 3 == 0 else USUAL))) == []
    first = step(Degraded(), GOOD, LIMITS)
    assert not wants(first)
    assert wants(step(first, structs.replace(GOOD, rtt=LATE), LIMITS))


@pytest.mark.parametrize(
    "but",
    [{"beside": LATE}, {"beside": None, "alone": True}, {"beside": None}, {"share": 0.5}, {"share": None}],
    ids=[
        *("the whole line is late", "it is the only one", "the others are in doubt"),
        *("it carries its part", "nobody knows what it carries"),
    ],
)
def test_it_stays_where(but: dict[str, float | None]) -> None:
    assert spells(played(60, lambda now: structs.replace(late(10, 60)(now), **but))) == []


def test_a_path_that_was_always_far_is_not_late() -> None:
    assert spells(played(60, lambda _: structs.replace(GOOD, rtt=0.4))) == []


def test_whatever_comes_again_and_again_is_held_out_ever_longer() -> None:
    story = spells(played(400, lambda now: late(0, 5)(now % 10)))
    lengths = [end - begin for begin, end in story]
    assert len(lengths) >= 4
    for falls, length in enumerate(lengths[:-1], 1):
        assert length >= held(falls + 1, LIMITS) - EVERY


def test_where_nobody_else_of_its_line_carries_any_more_it_does() -> None:
    lone = structs.replace(GOOD, rtt=LATE, beside=None, alone=True)
    ((_, ended),) = spells(played(60, lambda now: late(10, 60)(now) if now < 20 else lone))
    assert ended < 20


def test_the_doubt_of_a_neighbour_takes_nobody_back() -> None:
    def doubted(now: float) -> Seen:
        return structs.replace(late(10, 60)(now), beside=USUAL if now < 20 else None)

    assert len(spells(played(60, doubted))) == 1


def test_a_way_that_has_become_longer_for_good_is_taken_back_in_the_end() -> None:
    ((begun, ended),) = spells(played(7200, late(10, 7200)))
    assert 600 < ended - begun < 7000


@given(st.lists(SEEN, max_size=60))
def test_whatever_is_seen_it_is_set_back_for_its_own_sake_alone(story: list[Seen]) -> None:
    state = Degraded()
    for number, each in enumerate(story):
        seen = structs.replace(each, at=number * EVERY)
        before, state = state, step(state, seen, LIMITS)
        if before.since is None and state.since is not None:
            assert seen.beside is not None
            assert seen.share is not None
            assert seen.share * 100 < LIMITS.least_share
            assert before.row >= ROW - 1
        if before.since is not None and state.since is None and not seen.alone:
            assert seen.at - before.since >= held(before.falls + 1, LIMITS)


@given(st.lists(SEEN, max_size=60))
def test_one_that_stays_good_is_always_taken_back(story: list[Seen]) -> None:
    state, now = Degraded(usual=USUAL), 0.0
    for each in story:
        now += EVERY
        state = step(state, structs.replace(each, at=now), LIMITS)
    good = structs.replace(GOOD, rtt=min(USUAL, state.usual or USUAL))
    for _ in range(int((LIMITS.most_hold_seconds + LIMITS.returned) / EVERY) + 2):
        now += EVERY
        state = step(state, structs.replace(good, at=now), LIMITS)
    assert state.since is None


def test_with_a_share_of_nothing_none_is_ever_set_back() -> None:
    limits = structs.replace(LIMITS, least_share=0)
    state = Degraded()
    for number in range(100):
        state = step(state, structs.replace(late(10, 60)(number), at=number), limits)
    assert state.since is None
