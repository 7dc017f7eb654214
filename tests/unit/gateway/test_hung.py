"""A program that hangs is told from one that is slow, and from one that nobody asks."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from gateway_init.evidence.hung import PATIENCE, Pulse, hangs, look

LOOKS = st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=40)


def after(looks: Iterable[tuple[bool, int]]) -> tuple[Pulse | None, float]:
    """The pulse after looks a second apart: whether it owed something, and what it had used since the last one."""
    pulse, usage, now = None, 0, 0.0
    for owes, used in looks:
        now += 1
        usage += used
        pulse = look(pulse, usage, now, owes=owes)
    return pulse, now


def test_one_that_owes_and_does_nothing_hangs() -> None:
    assert hangs(*after([(False, 5), *[(True, 0)] * 6]))
    assert not hangs(*after([(False, 5), *[(True, 0)] * 3])), "a moment is none"


def test_one_that_nobody_asks_may_rest() -> None:
    assert not hangs(*after([(False, 0)] * 100))


def test_one_that_does_something_is_left_alone_however_long_it_takes() -> None:
    assert not hangs(*after([(True, 1)] * 100))


def test_one_that_does_not_run_hangs_not() -> None:
    assert look(Pulse(5, 0.0, 0.0), None, 100.0, owes=True) is None
    assert not hangs(None, 100.0)


@given(LOOKS)
def test_it_takes_both_for_as_long(looks: list[tuple[bool, int]]) -> None:
    pulse, now = after(looks)
    lately = looks[-int(PATIENCE) :]
    if hangs(pulse, now):
        assert all(owes for owes, _ in lately)
        assert not any(used for _, used in lately[1:])
