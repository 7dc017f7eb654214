"""The lines on the console."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_init.evidence.chain import DOUBTED, PATIENCE, REPEAT, RETRY, Verdict
from gateway_init.evidence.memory import Announced
from gateway_init.evidence.readiness import View
from gateway_init.facts.facts import Facts, Link, Unit
from gateway_init.report.console_line import PAUSE, announce
from tests.unit.gateway.given import ANSWERED, PORTS, RUNNING, line_down, line_up, seen

WAITING = View((), ("adsl: no answer from a concentrator",))
REFUSED = "adsl: the provider refuses the user or the password; asked ever less often, down to every 5 minutes"
READY = View(("adsl", "adsl-near"), ())


def test_waiting_then_ready() -> None:
    state, line = announce(Announced(), WAITING, 5.0)
    assert line == "braid: waiting (adsl: no answer from a concentrator)"
    state, line = announce(state, WAITING, 6.0)
    assert line == ""
    state, line = announce(state, READY, 31.4)
    assert line == "braid: ready in 31 s (paths: adsl, adsl-near)"
    assert announce(state, READY, 99.0) == (state, "")


def test_a_silent_line_has_no_concentrator() -> None:
    assert seen(line_down(), Verdict()).view.waits == ("adsl: no answer from a concentrator",)


@pytest.mark.parametrize("unit", [Unit("deactivating", "stop-post", 19), Unit("activating", "auto-restart", 19)])
def test_a_refused_password_is_called_by_its_name(unit: Unit) -> None:
    facts = Facts(links=PORTS, units=RUNNING | {"braid-pppoe-adsl.service": unit})
    assert seen(facts, Verdict()).view.waits == (REFUSED,)


def test_a_refused_password_stays_the_reason_while_it_is_tried_again() -> None:
    dialling = (*PORTS, Link(9, "adsl", running=False))
    facts = Facts(links=dialling, units=RUNNING | {"braid-pppoe-adsl.service": Unit("active", "running", 19)})
    assert seen(facts, Verdict()).view.waits == (REFUSED,)


def test_a_missing_cable_is_called_by_its_name() -> None:
    unplugged = tuple(link if link.name != "enp1s0" else type(link)(2, "enp1s0", running=False) for link in PORTS)
    assert seen(Facts(links=unplugged), Verdict()).view.waits == ("adsl: no cable in enp1s0",)


def test_a_path_alone_is_not_ready_until_a_request_was_answered() -> None:
    assert seen(line_up(), Verdict()).view.waits
    assert seen(line_up(), ANSWERED).view == View(("adsl",), ())


def test_one_lost_request_does_not_take_ready_back() -> None:
    verdict = ANSWERED.after("no answer", 50.0)
    assert seen(line_up(), verdict).view.waits == ()
    for _ in range(PATIENCE):
        verdict = verdict.after("no answer from 9.9.9.9 in 8 s", 60.0)
    assert seen(line_up(), verdict).view.waits == ("near: no answer from 9.9.9.9 in 8 s",)


def test_a_service_that_does_not_run_is_named() -> None:
    facts = line_up()
    stopped = Facts(
        links=facts.links,
        addresses=facts.addresses,
        units=RUNNING | {"braid-redsocks-near.service": Unit("activating", "auto-restart")},
    )
    assert seen(stopped, ANSWERED).view.waits == ("redsocks-near: auto-restart",)


def test_requests_are_rare_while_all_is_well_and_frequent_while_not() -> None:
    assert not ANSWERED.due(ANSWERED.at + REPEAT - 1)
    assert ANSWERED.due(ANSWERED.at + REPEAT)
    assert ANSWERED.due(ANSWERED.at + DOUBTED, doubted=True)
    assert not ANSWERED.due(ANSWERED.at + DOUBTED - 1, doubted=True)
    assert ANSWERED.after("no answer", 30.0).due(30.0 + RETRY)


times = st.floats(0, 1e6, allow_nan=False)


@given(st.lists(st.tuples(st.booleans(), st.floats(0.1, 30)), max_size=60))
def test_waiting_is_never_said_more_often_than_agreed(steps: list[tuple[bool, float]]) -> None:
    state, now, said = Announced(), 0.0, float("-inf")
    for ready, passed in steps:
        now += passed
        before = state
        state, line = announce(state, READY if ready else WAITING, now)
        if line and not before.ready and "waiting" in line:
            assert now - said >= PAUSE
        if line:
            said = now
        assert state.ready or not ready, "when traffic flows, the box has said so"
