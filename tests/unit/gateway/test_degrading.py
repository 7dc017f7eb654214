"""Whoever watches the paths finds out what each carries, and sets back one that is late and carries next to nothing."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from msgspec import structs

from gateway_init.config.health import Health as Limits
from gateway_init.daemon.degrading import Degrading
from gateway_init.daemon.watched import Watched, Way
from gateway_init.evidence.degraded import ROW
from gateway_init.evidence.health import NEVER, Health
from gateway_init.facts.subflow import Subflow

OWN = {name: IPv4Address(f"192.0.2.{last}") for last, name in enumerate(("adsl", "near", "far", "phone"), 2)}
PHONE = "phone"
LIMITS = Limits()


class Lossless:
    """Probes, of which none is lost."""

    def lost(self, _: float, **of: object) -> float:  # noqa: ARG002 - whichever are meant
        return 0.0


@pytest.fixture
def watched() -> dict[str, Watched]:
    """Three paths over one line, one over another."""
    ways = {name: Way(own, metered=False, line="adsl") for name, own in OWN.items()}
    ways[PHONE] = Way(OWN[PHONE], metered=False, line=PHONE, lone=True)
    return {name: Watched(way, Lossless(), Health(rtt=0.05)) for name, way in ways.items()}  # type: ignore[arg-type]


def carried(degrading: Degrading, now: float, **received: int) -> None:
    """In kB, over one subflow of each path."""
    degrading.look({name: [Subflow(OWN[name], 1.0, 0, count * 1000, 1)] for name, count in received.items()}, now)


def late(degrading: Degrading, watched: dict[str, Watched], name: str = "adsl", begin: float = 1.0) -> bool:
    """Whether enough late answers change anything."""
    degrading.hear(name, 0.05, watched, begin)
    changes = [degrading.hear(name, 1.05, watched, begin + number / 4) for number in range(ROW)]
    return any(changes)


def test_one_that_is_late_and_carries_next_to_nothing_is_set_back(watched: dict[str, Watched]) -> None:
    degrading = Degrading(LIMITS, {})
    carried(degrading, 0.5, adsl=1000, near=1000, far=0)
    carried(degrading, 1.0, adsl=1050, near=1900, far=100)
    assert late(degrading, watched)
    assert degrading.names() == {"adsl": 0.05}
    assert not degrading.curious(watched)
    # What a successor begins with.
    assert Degrading(LIMITS, degrading.names()).names() == degrading.names()
    for number in range(LIMITS.returned):
        assert watched["adsl"].returned == NEVER
        degrading.hear("adsl", 0.05, watched, 100.0 + number)
    assert degrading.names() == {}
    assert watched["adsl"].returned == 99.0 + LIMITS.returned, "what it lost before is over"


def test_one_that_carries_its_part_is_not_and_goes_on_being_looked_at(watched: dict[str, Watched]) -> None:
    degrading = Degrading(LIMITS, {})
    carried(degrading, 0.5, adsl=1000, near=1000)
    carried(degrading, 1.0, adsl=1500, near=1900)
    assert not late(degrading, watched)
    assert degrading.curious(watched)
    watched["adsl"].health = Health(condition="down", rtt=0.05)
    assert not degrading.curious(watched)
    assert not late(degrading, watched), "what is left is judged by nothing else"


def test_what_carries_its_part_and_is_late_has_a_way_that_is_too_narrow(watched: dict[str, Watched]) -> None:
    degrading = Degrading(LIMITS, {})
    carried(degrading, 0.5, adsl=1000, near=1000)
    carried(degrading, 1.0, adsl=1500, near=1900)
    assert degrading.strained(watched) == frozenset()
    late(degrading, watched)
    assert degrading.strained(watched) == {"adsl"}
    watched["adsl"].health = Health(condition="down", rtt=0.05)
    assert degrading.strained(watched) == frozenset()


def test_a_connection_that_ends_takes_nothing_from_what_others_carry(watched: dict[str, Watched]) -> None:
    degrading = Degrading(LIMITS, {})
    ends = [Subflow(own, 1.0, 0, 9_000_000, 7) for own in OWN.values()]
    flows = {name: [Subflow(own, 1.0, 0, 1_000_000, 8)] for name, own in OWN.items()}
    degrading.look({name: [*each, ended] for (name, each), ended in zip(flows.items(), ends, strict=True)}, 0.5)
    carried = {name: [structs.replace(each[0], received=1_500_000)] for name, each in flows.items()}
    degrading.look(carried, 1.0)
    assert not late(degrading, watched)
    # A moment in which next to nothing is carried says nothing of it either.
    degrading.look({**carried, "near": [structs.replace(carried["near"][0], received=1_500_100)]}, 2.0)
    assert not late(degrading, watched, begin=2.0)


def test_one_that_is_no_more_is_forgotten() -> None:
    degrading = Degrading(LIMITS, {"adsl": 0.05, "gone": 0.05})
    degrading.keep({"adsl", "near"})
    assert degrading.names() == {"adsl": 0.05}


def test_nobody_is_set_back_by_what_was_carried_long_ago(watched: dict[str, Watched]) -> None:
    degrading = Degrading(LIMITS, {})
    carried(degrading, 0.5, near=1000)
    carried(degrading, 30.0, near=1900)
    assert not late(degrading, watched, begin=30.1)
    carried(degrading, 31.0, near=2900)
    assert late(degrading, watched, begin=31.1)


def test_where_the_others_have_become_as_late_since_it_is_the_line(watched: dict[str, Watched]) -> None:
    degrading = Degrading(LIMITS, {})
    carried(degrading, 0.5, adsl=1000, near=1000, far=0)
    carried(degrading, 1.0, adsl=1050, near=1900, far=100)
    # Smoothed, they are hardly late yet.
    for other in ("near", "far"):
        degrading.hear(other, 1.0, watched, 1.0)
    assert not late(degrading, watched)


def test_who_sends_in_bursts_is_not_taken_for_one_that_carries_nothing(watched: dict[str, Watched]) -> None:
    degrading = Degrading(LIMITS, {})
    for number, kilobytes in enumerate((0, 500, 500, 500)):
        carried(degrading, 0.5 * number, adsl=kilobytes, near=500 * number)
    assert not late(degrading, watched, begin=1.5)
    for number in range(8):
        carried(degrading, 2.0 + 0.5 * number, adsl=500, near=2000 + 500 * number)
    assert late(degrading, watched, begin=5.5)


def test_while_nothing_is_carried_a_late_one_holds_up_nobody(watched: dict[str, Watched]) -> None:
    degrading = Degrading(LIMITS, {})
    carried(degrading, 0.5)
    carried(degrading, 1.0, adsl=0)
    assert not late(degrading, watched)


def test_the_one_path_of_a_line_is_judged_beside_those_of_the_others(watched: dict[str, Watched]) -> None:
    degrading = Degrading(LIMITS, {})
    carried(degrading, 0.5, near=1000)
    carried(degrading, 1.0, near=1900)
    assert late(degrading, watched, PHONE)
    for name in OWN.keys() - {PHONE}:
        watched[name].health = Health(condition="down", rtt=0.05)
    assert degrading.hear(PHONE, 1.05, watched, 3.0), "it is what there is"
    assert degrading.names() == {}


def test_beside_a_line_that_is_used_later_the_one_path_of_a_line_is_not_judged(watched: dict[str, Watched]) -> None:
    for name in OWN.keys() - {PHONE}:
        watched[name].way = structs.replace(watched[name].way, rank=1)
    degrading = Degrading(LIMITS, {})
    carried(degrading, 0.5, near=1000)
    carried(degrading, 1.0, near=1900)
    assert not late(degrading, watched, PHONE)


@pytest.mark.parametrize("others", ["gone", "late, too"])
def test_the_last_one_of_its_line_is_not(others: str, watched: dict[str, Watched]) -> None:
    degrading = Degrading(LIMITS, {"near": 0.05, "far": 0.05} if others == "late, too" else {})
    if others == "gone":
        watched["near"].health = watched["far"].health = Health(condition="down", rtt=0.05)
    carried(degrading, 0.5, near=1000)
    carried(degrading, 1.0, near=1900)
    assert not late(degrading, watched)
