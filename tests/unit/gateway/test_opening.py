"""A path on which Multipath TCP does not get through opens no connection, until it does."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from msgspec import structs

from gateway_init.config.health import Health as Limits
from gateway_init.daemon.opening import SETTLED, Opening
from gateway_init.evidence.opener import Cost
from gateway_init.facts.subflow import Subflow

COSTS = {"adsl": Cost(0, 0.05), "near": Cost(0, 0.08)}
FIRST = Subflow(IPv4Address("100.64.0.7"), 1.0, sent=1, received=1, port=40000)
JOINED = Subflow(IPv4Address("100.64.0.7"), 1.0, sent=1, received=1, port=40001)


class Count:
    """Of connections that became plain TCP."""

    value = 3

    def __call__(self) -> int:
        return self.value


@pytest.fixture
def count() -> Count:
    return Count()


@pytest.fixture
def opening(count: Count) -> Opening:
    made = Opening(Limits(), "adsl", count)
    made.look(dict, 0.0)
    return made


def test_where_connections_become_plain_tcp_another_path_opens_them(opening: Opening, count: Count) -> None:
    assert opening.path == "adsl"
    count.value += 1
    opening.look(lambda: {"adsl": [FIRST, JOINED]}, 1.0)
    assert opening.choose(COSTS, COSTS, 1.0)
    assert opening.path == "near"
    # Those that were there before show nothing.
    opening.hear({"adsl": [FIRST, JOINED]})
    assert set(opening.stripped) == {"adsl"}
    opening.hear({"adsl": [JOINED, structs.replace(JOINED, port=40002)]})
    assert set(opening.stripped) == set()


def test_where_it_is_so_on_every_path_they_open_all_the_same(opening: Opening, count: Count) -> None:
    for now in range(1, 20):
        count.value += 1
        opening.look(dict, float(now))
        opening.choose(COSTS, COSTS, float(now))
    assert set(opening.stripped) == {"adsl", "near"}
    assert opening.path in COSTS


def test_soon_after_a_change_nobody_is_blamed(opening: Opening, count: Count) -> None:
    opening.choose({"near": Cost(0, 0.1)}, COSTS, 1.0)
    count.value += 1
    opening.look(dict, 1.0 + SETTLED / 2)
    assert set(opening.stripped) == set()
    count.value += 1
    opening.look(dict, 1.0 + SETTLED)
    assert set(opening.stripped) == {"near"}


def test_where_nobody_can_tell_which_subflows_there_are_nobody_is_blamed(opening: Opening, count: Count) -> None:
    count.value += 1
    opening.look(lambda: None, 1.0)
    assert set(opening.stripped) == set()


def test_a_path_that_went_may_come_back_by_another_way(opening: Opening, count: Count) -> None:
    count.value += 1
    opening.look(dict, 1.0)
    opening.choose({"near": Cost(0, 0.1)}, ["near"], 1.0)
    assert set(opening.stripped) == set()


def test_that_the_path_came_into_doubt_is_told_once_another_one_opens(opening: Opening) -> None:
    opening.choose({"near": Cost(0, 0.1)}, COSTS, 1.0)
    assert (opening.path, opening.deserted) == ("near", 1)
    opening.choose({}, COSTS, 2.0)
    opening.choose({}, (), 3.0)
    assert (opening.path, opening.deserted) == ("", 1), "there is no other one"


def test_a_path_that_is_left_for_a_quicker_one_is_in_no_doubt(opening: Opening) -> None:
    slow = COSTS | {"adsl": Cost(0, 1.0)}
    for now in (1.0, 1.0 + Limits().gain_seconds):
        opening.choose(slow, COSTS, now)
    assert opening.path == "near"
    assert not opening.deserted


def test_before_any_path_was_chosen_none_is_deserted(count: Count) -> None:
    opening = Opening(Limits(), "", count)
    assert opening.choose(COSTS, COSTS, 1.0)
    assert not opening.deserted
