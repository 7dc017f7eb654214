"""What `braid status` tells."""

from __future__ import annotations

import json
from collections.abc import Collection

import msgspec
import pytest

from gateway_init.evidence.demand import Demand, Taken
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import Memory
from gateway_init.evidence.pace import Pace, Paces
from gateway_init.evidence.since import note
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import Endpoint
from gateway_init.facts.probed import Probed
from gateway_init.host import connections
from gateway_init.report.status import Status, System, compose
from gateway_init.report.status_table import text
from gateway_init.store.state import ConfigState
from gateway_init.store.three_way import Choice
from tests.unit.gateway.given import ANSWERED, PPP_ADDRESS, SITE, line_down, line_up, seen

SS = """\
ESTAB 0 0 100.64.0.7%adsl:42786 203.0.113.10:8388 cubic wscale:7,7 rto:264 rtt:60.5/12 mss:1388 cwnd:10 \
bytes_sent:3000 bytes_acked:2900 bytes_received:70000 segs_out:40 tcp-ulp-mptcp flags:Mmec token:0000(id:0)/ab(id:0)
ESTAB 0 0 10.77.1.2%adsl-near:42788 203.0.113.10:8388 cubic rtt:81.5/9 bytes_acked:100 bytes_received:50000 \
tcp-ulp-mptcp flags:Jjec token:0000(id:2)/ab(id:0)
ESTAB 0 0 100.64.0.7:42790 203.0.113.10:8388 cubic rtt:60.5/12 bytes_acked:2900 bytes_received:70000
ESTAB 0 0 100.64.0.7:42791 203.0.113.10:8388 cubic rtt:60.5/12 bytes_acked:2900 bytes_received:70000 \
tcp-ulp-mptcp flags:mc token:0000(id:0)/ab(id:0)
SYN-SENT 0 1 10.77.3.2%adsl-jumpbox-a:42792 203.0.113.10:8388 tcp-ulp-mptcp flags:Jj
"""


SYSTEM = System(slot="A", version="0123")
PROBED = {"adsl": Probed(58.2, 3.9, 0.047), "adsl-near": Probed(None, 0.0, 1.0)}


def status(
    facts: Facts,
    config: ConfigState = ConfigState(),  # noqa: B008 - it is frozen
    routers: Collection[str] = (),
    crowded: Collection[str] = (),
    full: bool = False,
    memory: Memory = Memory(),  # noqa: B008 - likewise
) -> Status:
    evidence = assess(SITE, facts, msgspec.structs.replace(memory, verdict=ANSWERED), 0.0)
    memory = msgspec.structs.replace(memory, since=note({}, evidence.states, 30.0), verdict=ANSWERED)
    flows = connections.parse(SS.splitlines())
    return compose(
        SITE,
        facts,
        evidence,
        memory,
        system=SYSTEM,
        flows=flows,
        connections={"near": 1, "abroad": 3},
        routers=routers,
        crowded=crowded,
        full=full,
        config=config,
        probed=PROBED,
        now=75.0,
    )


def test_subflows_are_counted_and_what_fell_back_to_plain_tcp_is_not() -> None:
    assert [str(each.address) for each in connections.parse(SS.splitlines())] == ["100.64.0.7", "10.77.1.2"]


def test_a_path_shows_its_address_its_endpoint_and_its_round_trip_time() -> None:
    facts = line_up(tunnels=("adsl-near",))
    with_endpoint = msgspec.structs.replace(facts, endpoints=frozenset({Endpoint(PPP_ADDRESS, 10, id=4)}))
    line = status(with_endpoint).paths[0]
    assert (line.name, line.up, line.address, line.endpoint) == ("adsl", True, "100.64.0.7", 4)
    assert (line.subflows, line.rtt, line.seconds) == (1, 60.5, 45.0)


def test_a_path_that_is_down_says_why() -> None:
    lines = {line.name: line for line in status(line_up()).paths}
    assert lines["adsl-near"].reason == "no answer from near"
    down = {line.reason for line in status(line_down()).paths if not line.rests}
    assert down == {"no answer from a concentrator"}


def test_the_table_names_every_path_and_whether_the_lan_is_served() -> None:
    shown = text(status(line_up(tunnels=("adsl-near",))))
    assert shown.startswith("home: ready\n")
    assert all(name in shown for name in SITE.paths)
    assert "1 connections over 2 subflows" in shown
    assert text(status(line_down())).startswith("home: waiting (adsl: no answer from a concentrator)\n")


@pytest.mark.parametrize(
    ("device", "said"),
    [("enp1s0", "home: waiting (adsl: there is no enp1s0)\n"), ("enp3s0", "\nlan: there is no enp3s0\n")],
)
def test_a_network_card_that_is_missing_is_told_whatever_it_is_for(device: str, said: str) -> None:
    whole = line_down()
    assert "there is no" not in text(status(whole))
    without = tuple(link for link in whole.links if link.name != device)
    assert said in text(status(msgspec.structs.replace(whole, links=without)))


def test_a_stranger_that_the_lan_may_take_for_its_router_is_told() -> None:
    assert "IPv6" not in text(status(line_up()))
    shown = text(status(line_up(), routers={"52:54:00:00:00:02", "52:54:00:00:00:01"}))
    told = "lan: 52:54:00:00:00:0{} sends IPv6 router advertisements: devices may go around this box"
    assert "\n".join(map(told.format, (1, 2))) in shown


def test_a_device_that_has_as_many_connections_as_it_may_is_told() -> None:
    assert "refused lately" not in text(status(line_up()))
    shown = text(status(line_up(), crowded={"192.168.77.20", "192.168.77.3"}))
    told = "lan: 192.168.77.{} had connections refused lately: 2000 are what it may have at a time"
    assert "\n".join(map(told.format, (3, 20))) in shown


def test_a_box_that_carries_as_many_connections_as_it_can_says_so() -> None:
    shown = text(status(line_up(), full=True))
    assert "lan: connections were refused lately: 8000 are what this box carries at a time" in shown


def test_the_path_by_which_connections_open_and_that_of_calls_are_told_while_one_is_up() -> None:
    memory = Memory(openers={"near": "adsl-near"}, callers={"near": "adsl"})
    both = status(line_up(tunnels=("adsl-near",)), memory=memory)
    assert (both.opens, both.calls) == ("adsl-near", "adsl")
    assert "\nconnections open by adsl-near, UDP goes by adsl\n" in text(both)
    # The best one is no help while it is down.
    assert status(line_up(), memory=memory).opens == "adsl"
    assert "connections open by" not in text(status(line_down(), memory=memory))


def test_what_differs_on_the_way_to_another_destination_is_told() -> None:
    openers = {"near": "adsl", "abroad": "adsl-near"}
    memory = Memory(openers=openers, callers=openers, unserved={"abroad": {"adsl": 5.0, "adsl-jumpbox-a": 5.0}})
    told = status(line_up(tunnels=("adsl-near",)), memory=memory)
    (abroad,) = told.elsewhere
    # A path that is down anyway leads nowhere.
    assert (abroad.opens, abroad.calls, abroad.silent) == ("adsl-near", "adsl-near", ("adsl",))
    apart = "which open by adsl-near, its UDP goes by adsl-near; it does not answer over adsl\n"
    assert f"by routes: {abroad.connections} connections, {apart}" in text(told)
    assert f"by routes: {abroad.connections} connections\n" in text(status(line_up()))


def test_programs_get_the_same_as_json() -> None:
    answer = json.loads(msgspec.json.encode(status(line_up())))
    assert answer["ready"] is True
    assert [path["name"] for path in answer["paths"]] == list(SITE.paths)


def test_since_starts_anew_only_when_something_changed() -> None:
    first = note({}, seen(line_up()).paths, 10.0)
    assert note(first, seen(line_up()).paths, 20.0) == first
    assert note(first, seen(line_down()).paths, 20.0)["adsl"].at == 20.0


def test_an_edited_config_is_told() -> None:
    edited = ConfigState(state=Choice.BOTH, edited=("gateway.yaml",), both=("gateway.yaml",))
    assert text(status(line_up(), edited)).endswith(
        "config: edited on the box (gateway.yaml), and the image's own changed too: `braid config diff` shows both"
    )
    assert json.loads(msgspec.json.encode(status(line_up(), edited)))["config"]["state"] == "both changed"


def test_what_was_found_out_of_a_line_is_told_while_it_is_up() -> None:
    memory = Memory(paces={"adsl": Paces(down=Pace(rate=7234.0), up=Pace(rate=912.0))})
    told = status(line_up(), memory=memory)
    assert "found out: 7.2 down, 0.9 up (Mbit/s)\n" in text(told)
    assert (told.uplinks[0].found_out.down, told.uplinks[0].found_out.up) == (7234, 912)
    assert "found out" not in text(status(line_down(), memory=memory))
    assert "found out" not in text(status(line_up()))


def test_a_line_on_demand_that_is_not_there_is_not_called_in_use() -> None:
    wanted = Memory(demand=Demand(taken={"phone": Taken("the other lines are busy", 0.0)}))
    assert assess(SITE, line_up(), wanted, 0.0).demand.taken
    assert "in use" not in text(status(line_up(), memory=wanted))
