"""What is known of the lines is worked out in one place, once for each look."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

import gateway_init.evidence
from gateway_init.evidence.chain import Verdict
from gateway_init.evidence.evidence import SET_BACK, SILENT, assess
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Facts
from tests.unit.gateway.budgeted import SITE as BUDGETED
from tests.unit.gateway.given import ANSWERED, PPP_ADDRESS, RUNNING, SITE, line_down, line_up, seen

ALL_UP = line_up(tunnels=tuple(name for name, path in SITE.paths.items() if path.through))
HOUSE = Path(gateway_init.evidence.__file__).parents[1]


def test_only_the_evidence_asks_a_kind_how_its_line_is() -> None:
    asking = {
        file.relative_to(HOUSE).as_posix()
        for file in HOUSE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "kind.state"
    }
    assert asking == {"evidence/evidence.py"}


def test_only_a_look_at_the_facts_is_assessed() -> None:
    assessing = {
        file.relative_to(HOUSE).as_posix(): sum(
            isinstance(node, ast.Call) and ast.unparse(node.func) == "assess"
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        )
        for file in HOUSE.rglob("*.py")
    }
    assert {file: count for file, count in assessing.items() if count} == {
        "command/status.py": 1,
        "daemon/turn.py": 1,
        "update/install.py": 1,
        "update/trial.py": 1,
    }


def test_a_path_is_as_its_uplink_and_its_tunnel_are() -> None:
    evidence = seen(line_up(tunnels=("adsl-near",)))
    assert evidence.uplinks["adsl"].address == PPP_ADDRESS
    assert evidence.up == ("adsl", "adsl-near")
    assert list(evidence.paths) == list(SITE.paths)


def test_an_answer_from_before_the_chain_broke_does_not_count_after_it() -> None:
    assert seen(line_up(), ANSWERED).verdict == ANSWERED
    assert seen(line_down(), ANSWERED).verdict == Verdict(at=ANSWERED.at)


@pytest.mark.parametrize("program", ["shadowsocks-near", "redsocks-near", "resolver", "dnsmasq"])
def test_the_gateway_is_not_ready_without_any_of_its_programs(program: str) -> None:
    assert seen(line_up()).view.ready
    units = {name: found for name, found in RUNNING.items() if name != f"braid-{program}.service"}
    evidence = seen(structs.replace(line_up(), units=units))
    assert not evidence.view.ready
    assert not evidence.chain_ready
    assert evidence.view.waits == (f"{program}: not started yet",)


def test_the_gateway_is_not_ready_while_every_path_is_down() -> None:
    evidence = seen(line_down())
    assert (evidence.up, evidence.chain_ready, evidence.view.ready) == ((), False, False)


def test_a_site_of_tunnels_alone_is_not_ready_while_all_of_them_are_down() -> None:
    tunnels = {name: path for name, path in SITE.paths.items() if path.through}
    evidence = assess(structs.replace(SITE, paths=tunnels), line_up(), Memory(verdict=ANSWERED), 0.0)
    assert (evidence.up, evidence.chain_ready, evidence.view.ready) == ((), False, False)
    assert "adsl-near: no answer from near" in evidence.view.waits


def test_it_is_calm_while_all_is_there_that_is_to_be_and_nothing_is_in_doubt() -> None:
    def calm(memory: Memory, facts: Facts = ALL_UP) -> bool:
        return assess(SITE, facts, memory, 0.0).calm

    assert calm(Memory(verdict=ANSWERED))
    assert not calm(Memory(verdict=ANSWERED), line_up()), "the tunnels are down"
    assert not calm(Memory(verdict=ANSWERED.after("no answer", 1.0)))
    assert not calm(Memory(verdict=ANSWERED, silent={"adsl": 0.0}))
    assert not calm(Memory(verdict=ANSWERED, dead=frozenset(SITE.paths)))
    assert not calm(Memory())


def test_where_the_one_path_that_is_left_was_silent_all_are_in_doubt() -> None:
    tunnels = frozenset(name for name, path in SITE.paths.items() if path.through)
    silent = dict.fromkeys(SITE.paths.keys() - tunnels, 0.0)
    assert assess(SITE, line_up(), Memory(verdict=ANSWERED, silent=silent), 0.0).doubted
    assert not assess(SITE, ALL_UP, Memory(verdict=ANSWERED, silent=silent), 0.0).doubted


def test_it_is_not_calm_while_a_line_with_a_budget_carries() -> None:
    budget = BUDGETED.uplinks["phone"].budget
    always = BUDGETED.uplinks | {"adsl": structs.replace(BUDGETED.uplinks["adsl"], budget=budget)}
    memory = Memory(verdict=ANSWERED)
    assert assess(BUDGETED, ALL_UP, memory, 0.0).calm, "the telephone rests"
    assert not assess(structs.replace(BUDGETED, uplinks=always), ALL_UP, memory, 0.0).calm


def test_a_path_that_is_set_back_is_up_and_says_so_and_never_are_all_of_them() -> None:
    some = assess(SITE, ALL_UP, Memory(verdict=ANSWERED, degraded={"adsl": 0.05, "phone": 0.1}), 0.0)
    assert some.degraded == {"adsl"}, "the phone rests"
    assert (some.paths["adsl"].up, some.paths["adsl"].reason) == (True, SET_BACK)
    assert some.up == seen(ALL_UP).up
    every = assess(SITE, ALL_UP, Memory(verdict=ANSWERED, degraded=dict.fromkeys(SITE.paths, 0.05)), 0.0)
    assert every.degraded == frozenset()


@given(st.sets(st.sampled_from(sorted(SITE.paths))))
def test_a_silent_path_is_down_with_the_reason_but_where_none_other_is_up_they_are_what_there_is(
    silent: set[str],
) -> None:
    facts = line_up(tunnels=tuple(SITE.tunnels))
    evidence = assess(SITE, facts, Memory(verdict=ANSWERED, silent=dict.fromkeys(silent, 5.0)), 10.0)
    there = {name for name, state in evidence.paths.items() if state.address}
    assert set(evidence.up) == (there - silent or there)
    if there - silent:
        assert {evidence.paths[name].reason for name in there & silent} <= {SILENT}
    assert evidence.view.ready
