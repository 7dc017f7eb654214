"""When the resolver is to forget whom it took for dead: once there is more to be got through to, and only then."""

from __future__ import annotations

import pytest

from gateway_init.evidence.reach import Reach, regained

FINE = Reach(silent=False, unanswered=False, dead=frozenset())
CUT = Reach(silent=True, unanswered=False, dead=frozenset())
UNANSWERED = Reach(silent=False, unanswered=True, dead=frozenset())
WITHOUT = Reach(silent=False, unanswered=False, dead=frozenset({"near"}))


@pytest.mark.parametrize(
    ("before", "after"),
    [(CUT, FINE), (CUT, UNANSWERED), (UNANSWERED, FINE), (UNANSWERED, WITHOUT), (FINE, WITHOUT), (WITHOUT, FINE)],
)
def test_it_forgets_once_a_path_the_chain_or_another_destination_answers(before: Reach, after: Reach) -> None:
    assert regained(before, after)


@pytest.mark.parametrize(("before", "after"), [(FINE, FINE), (FINE, CUT), (FINE, UNANSWERED), (CUT, CUT)])
def test_it_keeps_what_it_knows_while_nothing_gets_better(before: Reach, after: Reach) -> None:
    assert not regained(before, after)
