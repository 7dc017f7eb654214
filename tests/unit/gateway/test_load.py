"""How busy the lines are, by the counters of their interfaces."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from msgspec import structs

from gateway_init.evidence.load import Counter, Load, Rate, sample, share
from gateway_init.facts.facts import Link
from gateway_init.uplink.kind import Speed, State
from tests.unit.gateway.given import SITE


def line(index: int, received: int, sent: int) -> State:
    link = Link(index, "any", received=received, sent=sent, sent_packets=sent // 200)
    return State(link, IPv4Address("192.0.2.1"))


FIRST = sample(Load(), {"adsl": line(10, 1000, 100)}, 100.0, 40)
BUSY = {"adsl": line(10, 5_001_000, 100_100)}
"""Five seconds later: 8 Mbit/s down, 160 kbit/s up."""


def test_a_rate_is_what_came_since_the_sample_before() -> None:
    assert Load(100.0, {"adsl": Counter(10, 1000, 100, 0)}, {}, 40) == FIRST
    assert sample(FIRST, BUSY, 105.0, 40).rates == {"adsl": Rate(8_000_000, 160_000, packets_up=100)}


def test_two_looks_in_the_same_moment_are_one_sample() -> None:
    assert sample(FIRST, BUSY, 101.9, 41) is FIRST


@pytest.mark.parametrize("other", [line(11, 5_001_000, 100_100), line(10, 10, 100_100), line(10, 5_001_000, 1)])
def test_a_counter_that_began_anew_tells_nothing(other: State) -> None:
    assert sample(FIRST, {"adsl": other}, 105.0, 40).rates == {}


def test_a_line_that_is_down_carries_nothing() -> None:
    assert sample(FIRST, {"adsl": State(reason="no cable")}, 105.0, 40) == Load(105.0, {}, {}, 40)


def test_how_many_connections_open_is_counted_since_the_sample_before() -> None:
    assert FIRST.openings == 0, "what was before the first look is no rate"
    assert sample(FIRST, BUSY, 105.0, 190).openings == 30
    assert sample(FIRST, BUSY, 105.0, 3).openings == 0, "a counter that began anew"


def test_the_busier_way_counts() -> None:
    rates = {"adsl": Rate(2_000_000, 900_000)}
    assert share(SITE, BUSY, Load(rates=rates)) == pytest.approx(0.9)
    assert share(SITE, BUSY, Load(rates={"adsl": Rate(6_000_000, 100_000)})) == pytest.approx(0.75)


def test_what_a_line_on_demand_carries_counts_too_but_adds_no_room() -> None:
    both = BUSY | {"phone": line(12, 0, 0)}
    rates = {"adsl": Rate(4_000_000, 0), "phone": Rate(4_000_000, 0)}
    assert share(SITE, both, Load(rates=rates)) == pytest.approx(1.0)


def test_without_the_speed_of_a_line_nobody_knows() -> None:
    mute = structs.replace(SITE.uplinks["adsl"], speed=None)
    assert share(structs.replace(SITE, uplinks=SITE.uplinks | {"adsl": mute}), BUSY, Load()) is None
    assert share(SITE, {"adsl": State(reason="no cable")}, Load()) is None
    assert SITE.uplinks["adsl"].speed == Speed(down=8000, up=1000)
