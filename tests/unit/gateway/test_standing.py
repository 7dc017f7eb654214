"""A destination that does not answer is left at once, and taken back once it has answered for a while."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.config.allotted import allot
from gateway_init.config.policy import Policy
from gateway_init.config.route import Route
from gateway_init.daemon.standings import Standings, changes
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import Memory
from gateway_init.evidence.standing import HOLD, NEVER, NEW, PATIENCE, REPEAT, RETRY, Standing, after, dead, due
from gateway_init.render import routes
from tests.unit.gateway.given import SITE, line_up

BOTH = structs.replace(SITE, policy=Policy(destinations=("near", "abroad")), routes=())
LONG_AGO = 0.0
requests = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.floats(0.5, 40)), max_size=60)
"""Whether each is answered, nothing is heard over the paths, another destination has just answered; and
the seconds since the one before."""


def test_one_failure_is_enough_where_nothing_is_heard_and_two_where_something_is() -> None:
    assert after(NEW, False, 10.0, doubted=True, others=9.0).dead
    once = after(NEW, False, 10.0, doubted=False, others=9.0)
    assert not once.dead
    assert after(once, False, 13.0, doubted=False, others=9.0).dead


def test_where_no_other_answers_it_is_the_line_s_fault() -> None:
    standing = NEW
    for now in range(100, 200, 10):
        standing = after(standing, False, now, doubted=True, others=LONG_AGO)
    assert not standing.dead
    assert after(standing, False, 200.0, doubted=True, others=199.0).dead


@given(requests)
def test_it_comes_back_after_answering_for_the_hold_and_never_sooner(
    told: list[tuple[bool, bool, bool, float]],
) -> None:
    standing, now, failed_at, failures = NEW, 100.0, NEVER, 0
    for answered, doubted, other, later in told:
        now += later
        before = standing
        standing = after(before, answered, now, doubted=doubted, others=now if other else LONG_AGO)
        failures = 0 if answered else failures + 1
        failed_at = failed_at if answered else now
        if before.dead and not standing.dead:
            assert now - failed_at > HOLD
        if standing.dead and not before.dead:
            assert other and failures >= (1 if doubted else PATIENCE)


def test_one_that_stays_good_is_always_taken_back() -> None:
    standing, now = Standing(dead=True, failures=5, failing=0.0), 0.0
    while standing.dead:
        now += RETRY
        standing = after(standing, True, now, doubted=False, others=now)
        assert now < HOLD + 2 * RETRY


def test_where_all_are_left_one_that_answers_is_taken_back_at_once() -> None:
    gone, back = Standing(dead=True, failures=1), Standing(dead=True, answering=5.0)
    assert dead({"near": gone, "abroad": back}, ["near", "abroad"]) == {"near"}
    assert dead({"near": back, "abroad": NEW}, ["near", "abroad"]) == {"near"}
    assert dead({}, ["near", "abroad"]) == frozenset()


def test_a_destination_that_answers_is_asked_seldom_and_one_in_doubt_often() -> None:
    good = after(NEW, True, 100.0, doubted=False, others=NEVER)
    assert (due(good, 100.0 + RETRY, doubted=False), due(good, 100.0 + REPEAT, doubted=False)) == (False, True)
    assert due(good, 100.0 + RETRY, doubted=True)
    assert due(NEW, 0.0, doubted=False)


@pytest.mark.parametrize(
    ("lost", "goal"), [((), "near"), (("near",), "abroad"), (("abroad",), "near"), (("near", "abroad"), "near")]
)
def test_new_connections_go_to_the_first_that_answers(lost: tuple[str, ...], goal: str) -> None:
    numbers = allot(BOTH)
    (rest,) = routes.rules(BOTH, numbers, lost)
    assert rest == f"ct mark set {numbers.destination_mark(goal):#x}"


def test_a_route_fails_closed_but_where_it_says_else() -> None:
    closed, open_ = Route(to="abroad", ports=(1,)), Route(to="abroad", otherwise="near", ports=(2,))
    site = structs.replace(SITE, routes=(closed, open_))
    assert [site.goal({"abroad"}, route) for route in site.routes] == ["abroad", "near"]
    assert site.goal({"abroad", "near"}, open_) == "abroad"
    assert site.weighed == ["abroad", "near"]


def test_where_nothing_stands_in_nobody_is_asked() -> None:
    memory = Memory(standings={"near": Standing(dead=True)})
    assert SITE.weighed == []
    assert assess(SITE, line_up(), memory, 0.0).dead == frozenset()
    assert assess(BOTH, line_up(), memory, 0.0).dead == {"near"}
    assert Standings(SITE, allot(SITE)).hear({}, doubted=True) == {}


def test_a_person_is_told_once_who_does_not_answer_and_where_things_go() -> None:
    assert changes(BOTH, (), ("near",)) == ["near does not answer: new connections go to abroad"]
    assert changes(BOTH, ("near",), ()) == ["near answers again: new connections go to near"]
    assert changes(BOTH, (), ("abroad",)) == ["abroad does not answer"]
    assert changes(BOTH, ("near",), ("near",)) == []
