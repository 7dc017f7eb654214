"""When a line on demand is taken in and let go: told as a person would see it, and as what holds whatever happens."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.config.policy import Demand as Settings
from gateway_init.evidence.demand import ALONE, BUSY, BY_HAND, GRACE, Demand, Look, Taken, decide
from gateway_init.facts.facts import Asked

WANTED = Settings(busy=85, busy_seconds=10, idle_seconds=120)
PHONE = "phone"


def look(now: float, *, others: bool = True, share: float | None = 0.0, asked: Asked | None = None) -> Look:
    """At `now`, with a sample of that moment."""
    return Look(now, others, True, share, {PHONE: asked} if asked else {})


def gone_through(*looks: Look, before: Demand | None = None) -> list[str]:
    """Why the phone was in use at each of them; empty where it was not."""
    state, found = before or Demand(), []
    for each in looks:
        state = decide(state, [PHONE], each, WANTED)
        found.append(state.taken[PHONE].why if PHONE in state.taken else "")
    return found


def test_while_the_others_carry_it_rests() -> None:
    assert gone_through(*(look(now) for now in range(0, 3600, 5))) == [""] * 720


def test_it_is_taken_in_as_soon_as_no_other_path_is_up_and_let_go_two_minutes_after_one_is() -> None:
    assert gone_through(
        look(0), look(5, others=False), look(100, others=False), look(105), look(219), look(221), look(300)
    ) == ["", ALONE, ALONE, ALONE, ALONE, "", ""]


def test_a_start_is_no_emergency() -> None:
    assert gone_through(look(20, others=False), look(79, others=False), look(81, others=False)) == ["", "", ALONE]
    assert gone_through(look(20, others=False), look(30), look(40, others=False)) == ["", "", ALONE]


def test_busy_lines_take_it_in_after_ten_seconds_and_keep_it_while_they_are() -> None:
    assert gone_through(
        look(0, share=0.9), look(5, share=0.9), look(10, share=0.85), look(15, share=2.0), look(20, share=0.1)
    ) == ["", "", BUSY, BUSY, BUSY]
    assert gone_through(look(0, share=0.9), look(9, share=0.84), look(10, share=0.9), look(15, share=0.9)) == [""] * 4


def test_without_a_speed_nothing_is_busy() -> None:
    assert gone_through(*(look(now, share=None) for now in range(0, 100, 5))) == [""] * 20


def test_between_two_samples_the_last_one_counts() -> None:
    later = [structs.replace(look(now, share=0.0), fresh=False) for now in (5, 11)]
    assert gone_through(look(0, share=0.9), *later) == ["", "", BUSY]


def test_by_hand_it_is_in_use_until_a_person_says_otherwise_or_the_time_is_over() -> None:
    always, hour = Asked(taken=True, at=0.0), Asked(taken=True, at=0.0, until=3600.0)
    assert gone_through(look(1, asked=always), look(10**6, asked=always)) == [BY_HAND, BY_HAND]
    assert gone_through(look(1, asked=hour), look(3599, asked=hour), look(3600, asked=hour)) == [BY_HAND, BY_HAND, ""]
    down = Asked(taken=False, at=20.0)
    assert gone_through(look(1, asked=always), look(21, asked=down)) == [BY_HAND, ""]


def test_let_go_by_hand_it_stays_away_until_there_is_a_new_reason() -> None:
    down = Asked(taken=False, at=15.0)
    assert gone_through(
        look(0),
        look(10, others=False),
        look(16, others=False, asked=down),
        look(900, others=False, asked=down),
        look(910, asked=down),
        look(920, others=False, asked=down),
    ) == ["", ALONE, "", "", "", ALONE]


def test_let_go_because_lines_were_busy_it_is_there_when_they_are_gone() -> None:
    down = Asked(taken=False, at=30.0)
    busy = [look(now, share=0.9, asked=down if now > 30 else None) for now in range(5, 65, 5)]
    assert gone_through(*busy, look(65, others=False, asked=down))[-4:] == ["", "", "", ALONE]


def test_a_word_that_is_on_its_way_while_the_daemon_decides_counts() -> None:
    down = Asked(taken=False, at=14.9)
    looks = [look(5), look(10, others=False), look(15, others=False), look(20, others=False, asked=down)]
    assert gone_through(*looks)[-1] == ""


def test_let_go_by_hand_while_it_was_only_kept_it_goes_at_once() -> None:
    down = Asked(taken=False, at=30.0)
    assert gone_through(look(0), look(10, others=False), look(20), look(31, asked=down)) == ["", ALONE, ALONE, ""]


asks = st.none() | st.builds(Asked, taken=st.booleans(), at=st.floats(0, 900), until=st.none() | st.floats(0, 2000))
looks = st.lists(
    st.builds(
        lambda others, share, asked: (others, share, asked),
        st.booleans(),
        st.none() | st.floats(0, 3),
        asks,
    ),
    max_size=60,
)


def in_time(steps: Sequence[tuple[bool, float | None, Asked | None]]) -> list[Look]:
    """One every 5 s, as they come on the box; nobody asks before his time."""
    return [
        look(5.0 * number, others=others, share=share, asked=asked if asked and asked.at <= 5.0 * number else None)
        for number, (others, share, asked) in enumerate(steps)
    ]


@given(looks)
def test_it_is_never_in_use_without_a_reason_within_the_time_that_it_is_kept(
    steps: list[tuple[bool, float | None, Asked | None]],
) -> None:
    state, reasons = Demand(), [float("-inf")]
    for each in in_time(steps):
        state = decide(state, [PHONE], each, WANTED)
        asked = each.asked.get(PHONE)
        if (asked and asked.taken) or not each.others or (each.share or 0) >= 0.85:
            reasons.append(each.now)
        if PHONE in state.taken:
            assert each.now - reasons[-1] < WANTED.idle_seconds + 5


@given(looks)
def test_what_a_person_asks_for_is_done_at_once(steps: list[tuple[bool, float | None, Asked | None]]) -> None:
    state = Demand()
    for each in in_time(steps):
        state = decide(state, [PHONE], each, WANTED)
        asked = each.asked.get(PHONE)
        if asked and asked.taken and (asked.until is None or each.now < asked.until):
            assert state.taken[PHONE] == Taken(BY_HAND, each.now)


@given(looks)
def test_it_does_not_come_and_go(steps: list[tuple[bool, float | None, Asked | None]]) -> None:
    """Where nobody's hand is in it, it is in use for as long as it is kept, at the least."""
    state, since = Demand(), 0.0
    for each in (structs.replace(each, asked={}) for each in in_time(steps)):
        before = state
        state = decide(state, [PHONE], each, WANTED)
        if PHONE in state.taken and PHONE not in before.taken:
            since = each.now
        if PHONE in before.taken and PHONE not in state.taken:
            assert each.now - since >= WANTED.idle_seconds


@given(looks)
def test_once_the_others_were_up_it_is_there_whenever_they_are_not(
    steps: list[tuple[bool, float | None, Asked | None]],
) -> None:
    state = Demand()
    for each in (structs.replace(each, asked={}) for each in in_time(steps)):
        state = decide(state, [PHONE], each, WANTED)
        assert (PHONE in state.taken) or each.others or (not state.met and each.now < GRACE)


@given(looks)
def test_a_line_that_is_not_on_demand_any_more_is_forgotten(
    steps: list[tuple[bool, float | None, Asked | None]],
) -> None:
    state = Demand()
    for each in in_time(steps):
        state = decide(state, [PHONE], each, WANTED)
    assert decide(state, [], look(1000.0), WANTED).taken == {}
