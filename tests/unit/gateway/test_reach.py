"""When the resolver is to forget whom it took for dead: once there is more to be got through to, and only then."""

from __future__ import annotations

import pytest

from gateway_init.evidence.reach import Reach, regained

FINE = Reach()
CUT = Reach(silent=True, unanswered=True)
UP = Reach(unanswered=True)
UNHEARD = Reach(unheard=frozenset({"abroad"}))
WITHOUT = Reach(dead=frozenset({"near"}))


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, FINE), (None, UP), (CUT, UP), (UP, FINE), (UNHEARD, FINE), (FINE, WITHOUT), (WITHOUT, FINE)],
)
def test_it_forgets_once_a_path_the_chain_or_a_destination_answers(before: Reach | None, after: Reach) -> None:
    assert regained(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, CUT), (FINE, FINE), (FINE, CUT), (FINE, UP), (UP, UP), (UP, CUT), (CUT, CUT), (FINE, UNHEARD)],
)
def test_it_keeps_what_it_knows_while_nothing_gets_better(before: Reach | None, after: Reach) -> None:
    assert not regained(before, after)
