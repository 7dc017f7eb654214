"""What `braid status` prints, to the last column: a person reads nothing else of the box."""

from __future__ import annotations

import msgspec

from gateway_init.evidence.memory import Memory
from gateway_init.evidence.since import Since
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import Endpoint
from gateway_init.host import connections
from gateway_init.report.status import Status, System, compose
from gateway_init.report.status_table import system, text
from gateway_init.store.state import ConfigState
from gateway_init.update.record import Update
from tests.unit.gateway.given import PPP_ADDRESS, SITE, line_up, seen
from tests.unit.gateway.test_status import SS, status

REST = " " * 14
NO_WAY = "no answer from jumpbox"
NO_PHONE = "no telephone on USB, or it does not share"
TABLE = f"""\
home: ready
slot A, version 0123

UPLINK  STATE  SINCE  ADDRESS     RECEIVED  SENT
adsl    up     45 s   100.64.0.7  20.5 MB   999 B
phone   rests  45 s   -           0 B       0 B    {NO_PHONE}

PATH            THROUGH    STATE  SINCE  ADDRESS     RECEIVED  SENT   ID  SUBFLOWS  RTT    PROBES
adsl            -          up     45 s   100.64.0.7  20.5 MB   999 B  4   1         60 ms  58 +/-4 ms, 5% lost
adsl-near       near       up     45 s   10.77.1.2   0 B       0 B    -   1         82 ms  no answer
adsl-jumpbox-a  jumpbox-a  down   45 s   -           0 B       0 B    -   0         -      -      {REST}{NO_WAY}-a
adsl-jumpbox-b  jumpbox-b  down   45 s   -           0 B       0 B    -   0         -      -      {REST}{NO_WAY}-b
phone           -          rests  45 s   -           0 B       0 B    -   0         -      -      {REST}{NO_PHONE}

destination near (203.0.113.10): 1 connections over 2 subflows
destination abroad (203.0.113.20), by routes: 3 connections
connections open by adsl, UDP goes by adsl
config: as built"""


def busy() -> Facts:
    """The line has carried something, and has an endpoint; another interface and another address have one, too."""
    facts = line_up(tunnels=("adsl-near",))
    links = tuple(
        msgspec.structs.replace(link, received=20_480_000, sent=999) if link.name == "adsl" else link
        for link in facts.links
    )
    others = (Endpoint(PPP_ADDRESS, 99, id=1), Endpoint(SITE.lan.address.ip, 10, id=2))
    return msgspec.structs.replace(facts, links=links, endpoints=frozenset({*others, Endpoint(PPP_ADDRESS, 10, id=4)}))


def test_the_table_is_as_it_is_documented() -> None:
    assert text(status(busy())) == TABLE


def test_a_path_that_is_down_shows_nothing_of_another() -> None:
    down = status(Facts()).paths[0]
    assert (down.device, down.address, down.endpoint, down.subflows, down.rtt) == ("", "", 0, 0, None)
    assert (down.received, down.sent) == (0, 0)


def test_two_subflows_of_a_path_are_counted_and_their_round_trip_is_the_mean() -> None:
    flows = connections.parse([*SS.splitlines(), SS.splitlines()[0].replace("rtt:60.5", "rtt:20.5")])
    told = compose(
        SITE,
        line_up(),
        seen(line_up()),
        Memory(),
        system=System(),
        flows=flows,
        connections={"near": 2, "abroad": 0},
        routers=(),
        crowded=(),
        full=False,
        config=ConfigState(),
        probed={},
        now=75.0,
    )
    assert (told.paths[0].subflows, told.paths[0].rtt) == (2, 40.5)


def test_since_when_is_told_only_of_the_state_that_it_is_in() -> None:
    def seconds(was_up: bool) -> float | None:
        memory = Memory(since={"adsl": Since(was_up, str(PPP_ADDRESS), 30.04)})
        told = compose(
            SITE,
            line_up(),
            seen(line_up()),
            memory,
            system=System(),
            flows=(),
            connections={"near": 0, "abroad": 0},
            routers=(),
            crowded=(),
            full=False,
            config=ConfigState(),
            probed={},
            now=75.0,
        )
        return told.uplinks[0].seconds

    assert seconds(was_up=True) == 45.0
    assert seconds(was_up=False) is None


def test_the_system_is_told_with_what_befell_it() -> None:
    def told(**changes: object) -> str:
        return system(msgspec.structs.replace(status(line_up()), **changes))

    update = Update(old="1", new="2", slot="B", paths=(), served=True, state="rejected", reason="adsl not up")
    assert told() == "slot A, version 0123"
    assert told(slot="", version="unknown") == "version unknown"
    assert told(on_trial=True) == "slot A, version 0123, on trial"
    assert told(data="made anew") == "slot A, version 0123; the data partition: made anew"
    assert told(update=update) == "slot A, version 0123; last update from 1 to 2: rejected (adsl not up)"


def test_what_is_not_known_is_told_as_such() -> None:
    fields = {field.name: field for field in msgspec.structs.fields(Status)}
    assert [fields[name].default for name in ("slot", "on_trial", "version", "data", "update")] == [
        *("", False, "unknown", ""),
        None,
    ]
