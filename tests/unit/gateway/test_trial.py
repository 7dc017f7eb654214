"""The judgement on a new system."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.evidence.demand import Demand, Taken
from gateway_init.evidence.memory import Memory, remember
from gateway_init.facts.facts import Address, Facts, Link
from gateway_init.update.judgement import CRASHES, Expected, Judgement, Seen, judge
from gateway_init.update.record import Update, tell
from gateway_init.update.trial import expected, look
from gateway_init.wellknown import place
from tests.unit.gateway.given import PORTS, RUNNING, SITE

LIMIT = 300.0
HALF = 150.0
BEFORE = Expected({"adsl": ("adsl", "adsl-near"), "phone": ("phone",)}, served=True)
ALL = ("adsl", "adsl-near", "phone")

seen_at_any_time = st.builds(
    Seen,
    seconds=st.floats(0, 1000),
    running=st.booleans(),
    restarts=st.integers(0, 9),
    up=st.lists(st.sampled_from([*ALL, "cable"]), unique=True).map(tuple),
    answered=st.booleans(),
)


@given(seen_at_any_time)
def test_it_is_good_only_if_every_line_and_the_chain_carry_as_before(seen: Seen) -> None:
    judgement = judge(BEFORE, seen, LIMIT)
    if judgement.state == "good":
        assert seen.running
        assert seen.answered
        assert {"adsl", "adsl-near"} & set(seen.up)
        assert "phone" in seen.up
        assert set(judgement.missing) == set(ALL) - set(seen.up)
        assert not judgement.missing or seen.seconds >= HALF


@given(seen_at_any_time)
def test_it_never_waits_past_the_limit_and_says_why_it_failed(seen: Seen) -> None:
    judgement = judge(BEFORE, seen, LIMIT)
    assert judgement.state != "wait" or seen.seconds < LIMIT
    assert judgement.state != "bad" or judgement.reason


def test_a_line_that_was_up_and_is_missing_is_named() -> None:
    judgement = judge(BEFORE, Seen(LIMIT, True, 0, ("adsl", "adsl-near"), ("phone: no carrier",), True), LIMIT)
    assert judgement == Judgement("bad", "phone not up (phone: no carrier) after 300 s")


def test_a_server_that_is_silent_is_waited_for_then_told_and_vetoes_nothing() -> None:
    without_near = Seen(HALF - 1, True, 0, ("adsl", "phone"), answered=True)
    assert judge(BEFORE, without_near, LIMIT) == Judgement("wait")
    assert judge(BEFORE, structs.replace(without_near, seconds=HALF), LIMIT) == Judgement(
        "good", missing=("adsl-near",)
    )
    assert judge(BEFORE, structs.replace(without_near, up=ALL), LIMIT) == Judgement("good")


def test_what_did_not_come_back_is_told() -> None:
    good = Update(old="1", new="2", slot="B", paths=ALL, served=True, state="good", missing=("adsl-near", "phone"))
    assert tell(good) == "update from 1 to 2: good (not back: adsl-near, phone)"
    assert tell(structs.replace(good, missing=())) == "update from 1 to 2: good"


def test_of_the_paths_that_were_up_those_count_that_the_new_config_has_by_their_lines() -> None:
    begun = Update(old="1", new="2", slot="B", paths=("adsl", "adsl-near", "gone"), served=True)
    assert expected(begun, SITE) == Expected({"adsl": ("adsl", "adsl-near")}, served=True)
    assert expected(begun, None) == Expected({name: (name,) for name in begun.paths}, served=True)


def test_a_line_that_was_down_before_is_not_held_against_it() -> None:
    assert judge(Expected({}, served=False), Seen(20, True, 0), LIMIT).state == "good"


def test_a_daemon_that_keeps_ending_is_not_waited_for() -> None:
    judgement = judge(BEFORE, Seen(20, False, CRASHES), LIMIT)
    assert (judgement.state, judgement.reason) == ("bad", f"gateway_init ended {CRASHES} times")


def test_while_only_a_line_on_demand_carries_a_new_system_is_judged_by_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "STATE", tmp_path / "state.json")
    monkeypatch.setattr("gateway_init.probe.chain.ask", lambda _: "")
    phone = Link(40, "phone", driver="cdc_ncm", usb="1-2")
    alone = Facts(
        links=(*PORTS, phone),
        addresses=(Address(40, IPv4Address("192.168.42.77"), 32),),
        units=RUNNING,
        notes={"phone": {"ip": "192.168.42.77", "router": "192.168.42.129"}},
    )
    remember(place.STATE, Memory(demand=Demand(began=0.0, taken={"phone": Taken("no other path is up", 90.0)})))
    looked = look(SITE, alone, Seen(100.0, True, 0), SITE.lan.resolvers[0])
    assert (looked.up, looked.answered) == (("phone",), True)
    before = expected(Update(old="1", new="2", slot="B", paths=("phone",), served=True), SITE)
    assert judge(before, looked, LIMIT).state == "good"
