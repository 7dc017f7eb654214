"""One who watches for each destination: a path may lead to one of them, and not to the other."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway_init.base.process import run
from gateway_init.config import secret
from gateway_init.config.health import Health as Limits
from gateway_init.daemon.usage import Spell
from gateway_init.daemon.watched import Way
from gateway_init.daemon.watchers import Watchers
from gateway_init.evidence.memory import Memory
from tests.netns.gateway import SITE as SHIPPED
from tests.netns.reflecting import answering

QUICK = Limits(busy_ms=100, idle_seconds=1, doubt_ms=50, suspect_ms=100, down_ms=300)
SITE = structs.replace(SHIPPED, policy=structs.replace(SHIPPED.policy, health=QUICK))
WAYS = {name: Way(IPv4Address(f"192.0.2.{last}"), metered=False) for name, last in (("adsl", 2), ("adsl-near", 3))}
NEAR, ABROAD = SITE.destinations.values()
PATIENCE = 30.0


@pytest.fixture
def asked() -> Counter[str]:
    """How often each destination was."""
    return Counter()


@pytest.fixture
def servers(asked: Counter[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The secrets are there, and both destinations are this host, each with a reflector of its own."""
    run(["ip", "link", "set", "lo", "up"])
    for address in (NEAR.address, ABROAD.address, *(way.address for way in WAYS.values())):
        run(["ip", "address", "add", f"{address}/32", "dev", "lo"])
    monkeypatch.setattr("gateway_init.wellknown.place.SECRETS", tmp_path)
    with ExitStack() as stack:
        found = {}
        for name in SITE.destinations:
            key = f"the key of {name} and of its box".encode()
            (tmp_path / secret.reflector_key(name)).write_bytes(key)
            found[name] = stack.enter_context(answering(key, partial(asked.update, [name])))
        to = "; ".join(
            f"ip daddr {there.address} udp dport {there.reflector.port} redirect to :{found[name]}"
            for name, there in SITE.destinations.items()
        )
        hook = "type nat hook output priority -100;"
        run(["nft", "-f", "-"], stdin=f"table ip world {{ chain out {{ {hook} {to}; }}; }}")
        yield


@pytest.fixture
def watchers(servers: None) -> Watchers:  # noqa: ARG001 - they are to be there
    """The LAN is busy, and every path is known to lead to both."""
    return begun(busy())


def busy() -> Spell:
    """A LAN that uses the Internet, and always will."""
    spell = Spell()
    spell.sign(math.inf)
    return spell


def begun(busy: Spell) -> Watchers:
    watchers = Watchers(SITE, Memory(), busy)
    watchers.watch(WAYS)
    watchers.start()
    until(lambda: all(known(watchers, name) for name in SITE.destinations), "a path is not answered")
    return watchers


def known(watchers: Watchers, destination: str) -> bool:
    seen = watchers.seen()[destination]
    return seen.keys() == WAYS.keys() and all(probed.rtt is not None for probed in seen.values())


def until(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


def until_told(watchers: Watchers, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    until(lambda: holds(watchers.known()), f"known is {watchers.known()}")
    return watchers.known()


DROPPED = "type filter hook output priority -200"


def block(path: str, server: IPv4Address) -> None:
    rule = f"ip saddr {WAYS[path].address} ip daddr {server} drop"
    run(["nft", "-f", "-"], stdin=f"table ip fault {{ chain out {{ {DROPPED}; {rule}; }}; }}")


@pytest.mark.parametrize("path", list(WAYS))
def test_where_a_path_leads_to_the_first_destination_alone_the_other_is_reached_by_another(
    path: str, watchers: Watchers
) -> None:
    (other,) = WAYS.keys() - {path}
    block(path, ABROAD.address)
    told = until_told(watchers, lambda told: list(told["unserved"]["abroad"]) == [path])
    assert (told["openers"]["abroad"], told["callers"]["abroad"]) == (other, other)
    # For the first one it is as good as ever, and so it stays.
    assert (told["silent"], told["dead"], watchers.unheard()) == ({}, frozenset(), frozenset())
    run(["nft", "delete", "table", "ip", "fault"])
    until_told(watchers, lambda told: not told["unserved"]["abroad"])


def test_a_destination_that_does_not_answer_over_any_path_is_unheard_until_it_does(watchers: Watchers) -> None:
    run(["nft", "-f", "-"], stdin=f"table ip fault {{ chain in {{ {DROPPED}; ip daddr {ABROAD.address} drop; }}; }}")
    until(lambda: watchers.unheard() == {"abroad"}, "it is heard")
    told = watchers.known()
    assert (told["silent"], told["dead"]) == ({}, frozenset())
    run(["nft", "delete", "table", "ip", "fault"])
    until(lambda: not watchers.unheard(), "it is not heard again")


def test_a_path_that_leads_to_the_first_no_more_is_left(watchers: Watchers) -> None:
    block("adsl", NEAR.address)
    told = until_told(watchers, lambda told: list(told["silent"]) == ["adsl"])
    assert told["unserved"]["abroad"] == {}
    assert (told["openers"]["near"], told["callers"]["near"]) == ("adsl-near", "adsl-near")


@pytest.mark.usefixtures("servers")
def test_of_another_reflector_nothing_is_known_and_of_the_same_one_all() -> None:
    silent = {"near": {"adsl": 5.0}, "abroad": {}}
    before = Memory(openers=dict.fromkeys(SITE.destinations, "adsl-near"), unserved=silent)
    judges: Any = Watchers(SITE, before, Spell()).known()["judges"]
    again, moved = (
        Watchers(SITE, structs.replace(before, judges=each), Spell()).known()
        for each in (judges, {**judges, "near": "203.0.113.99:862"})
    )
    assert (again["openers"], again["silent"]) == (before.openers, {"adsl": 5.0})
    assert (moved["openers"], moved["silent"]) == ({"near": "", "abroad": "adsl-near"}, {})


@pytest.mark.usefixtures("servers")
def test_while_the_lan_is_quiet_the_others_are_asked_more_seldom(asked: Counter[str]) -> None:
    begun(Spell())
    until(lambda: asked["near"] >= 4 * len(WAYS), "nobody was asked")
    assert asked["abroad"] <= 2 * len(WAYS)


@pytest.mark.usefixtures("servers")
def test_what_a_predecessor_chose_stands_until_it_is_told_which_paths_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[float] = []

    def seen() -> int:
        looks.append(time.monotonic())
        return 0

    monkeypatch.setattr("gateway_init.host.fallbacks.seen", seen)
    judges: Any = Watchers(SITE, Memory(), busy()).known()["judges"]
    chosen = dict.fromkeys(SITE.destinations, "phone")
    watchers = Watchers(SITE, Memory(judges=judges, openers=chosen, callers=chosen), busy())
    looks.clear()
    watchers.start()
    # Who looks a second time has weighed what the first one showed.
    until(lambda: len(looks) >= 2 * len(SITE.destinations), "nobody looks")
    assert watchers.known()["openers"] == watchers.known()["callers"] == chosen
