"""The verdict on a new system."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway_init.update.judgement import CRASHES, Expected, Seen, judge

LIMIT = 300.0
BEFORE = Expected(("adsl", "adsl-near"), served=True)

seen_at_any_time = st.builds(
    Seen,
    seconds=st.floats(0, 1000),
    running=st.booleans(),
    restarts=st.integers(0, 9),
    up=st.lists(st.sampled_from(["adsl", "adsl-near", "phone"]), unique=True).map(tuple),
    answered=st.booleans(),
)


@given(seen_at_any_time)
def test_it_is_good_only_if_it_does_all_that_the_old_one_did(seen: Seen) -> None:
    verdict = judge(BEFORE, seen, LIMIT)
    if verdict.state == "good":
        assert seen.running
        assert seen.answered
        assert set(BEFORE.paths) <= set(seen.up)


@given(seen_at_any_time)
def test_it_never_waits_past_the_limit_and_says_why_it_failed(seen: Seen) -> None:
    verdict = judge(BEFORE, seen, LIMIT)
    assert verdict.state != "wait" or seen.seconds < LIMIT
    assert verdict.state != "bad" or verdict.reason


def test_a_path_that_was_up_and_is_missing_is_named() -> None:
    verdict = judge(BEFORE, Seen(LIMIT, True, 0, ("adsl",), ("adsl-near: no answer",), True), LIMIT)
    assert (verdict.state, verdict.reason) == ("bad", "adsl-near not up (adsl-near: no answer) after 300 s")


def test_a_line_that_was_down_before_is_not_held_against_it() -> None:
    assert judge(Expected((), served=False), Seen(20, True, 0), LIMIT).state == "good"


def test_a_daemon_that_keeps_ending_is_not_waited_for() -> None:
    verdict = judge(BEFORE, Seen(20, False, CRASHES), LIMIT)
    assert (verdict.state, verdict.reason) == ("bad", f"gateway_init ended {CRASHES} times")
