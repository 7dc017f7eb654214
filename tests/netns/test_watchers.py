"""One who watches for each destination: a path may lead to one of them, and not to the other."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway_init.base.process import run
from gateway_init.config import secret
from gateway_init.daemon.watched import Way
from gateway_init.daemon.watchers import Watchers, at_leisure
from gateway_init.evidence.memory import Memory
from servers import reflector
from tests.netns.gateway import SITE

WAYS = {name: Way(IPv4Address(f"192.0.2.{last}"), metered=False) for name, last in (("adsl", 2), ("adsl-near", 3))}
NEAR, ABROAD = SITE.destinations.values()
PATIENCE = 30.0


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, int]]:
    """The secrets are there, both destinations are this host, and each has a reflector on such a port."""
    run(["ip", "link", "set", "lo", "up"])
    for address in (NEAR.address, ABROAD.address, *(way.address for way in WAYS.values())):
        run(["ip", "address", "add", f"{address}/32", "dev", "lo"])
    monkeypatch.setattr("gateway_init.wellknown.place.SECRETS", tmp_path)
    with ExitStack() as stack:
        found = {}
        for name in SITE.destinations:
            key = f"the key of {name} and of its box".encode()
            (tmp_path / secret.reflector_key(name)).write_bytes(key)
            found[name] = stack.enter_context(answering(key))
        yield found


@pytest.fixture
def watchers(ports: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> Watchers:
    """The LAN is busy, and every path is known to lead to both."""
    sent = itertools.count(step=10_000)
    monkeypatch.setattr("gateway_init.host.counters.sent", lambda _: next(sent))
    to = "; ".join(
        f"ip daddr {there.address} udp dport {there.reflector.port} redirect to :{ports[name]}"
        for name, there in SITE.destinations.items()
    )
    hook = "type nat hook output priority -100;"
    run(["nft", "-f", "-"], stdin=f"table ip world {{ chain out {{ {hook} {to}; }}; }}")
    watchers = Watchers(SITE, Memory())
    watchers.watch(WAYS)
    watchers.start()
    until(lambda: all(known(watchers, name) for name in SITE.destinations), "a path is not answered")
    return watchers


@contextmanager
def answering(key: bytes) -> Iterator[int]:
    """A reflector with this key, on a port of its own."""
    with reflector.listening(0) as line:
        line.settimeout(0.1)
        over, bucket = threading.Event(), reflector.Bucket(time.monotonic())

        def serve() -> None:
            while not over.is_set():
                try:
                    reflector.serve_one(line, key, bucket)
                except TimeoutError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(line.getsockname()[1])
        over.set()
        thread.join()


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


def block(path: str, server: IPv4Address) -> None:
    hook = "type filter hook output priority -200;"
    rule = f"ip saddr {WAYS[path].address} ip daddr {server} drop"
    run(["nft", "-f", "-"], stdin=f"table ip fault {{ chain out {{ {hook} {rule}; }}; }}")


@pytest.mark.parametrize("path", list(WAYS))
def test_where_a_path_leads_to_the_first_destination_alone_the_other_is_reached_by_another(
    path: str, watchers: Watchers
) -> None:
    (other,) = WAYS.keys() - {path}
    block(path, ABROAD.address)
    told = until_told(watchers, lambda told: told["unserved"] == {"abroad": (path,)})
    assert (told["openers"]["abroad"], told["callers"]["abroad"]) == (other, other)
    # For the first one it is as good as ever, and so it stays.
    assert (told["silent"], told["dead"]) == ({}, frozenset())
    run(["nft", "delete", "table", "ip", "fault"])
    until_told(watchers, lambda told: told["unserved"] == {"abroad": ()})


def test_a_path_that_leads_to_the_first_no_more_is_left(watchers: Watchers) -> None:
    block("adsl", NEAR.address)
    told = until_told(watchers, lambda told: list(told["silent"]) == ["adsl"])
    assert told["unserved"] == {"abroad": ()}
    assert (told["openers"]["near"], told["callers"]["near"]) == ("adsl-near", "adsl-near")


@pytest.mark.usefixtures("ports")
def test_of_another_reflector_nothing_is_known_and_of_the_same_one_all() -> None:
    before = Memory(openers=dict.fromkeys(SITE.destinations, "adsl-near"), silent={"adsl": 5.0})
    judges: Any = Watchers(SITE, before).known()["judges"]
    again, moved = (
        Watchers(SITE, structs.replace(before, judges=each)).known()
        for each in (judges, {**judges, "near": "203.0.113.99:862"})
    )
    assert (again["openers"], again["silent"]) == (before.openers, before.silent)
    assert (moved["openers"], moved["silent"]) == ({"near": "", "abroad": "adsl-near"}, {})


def test_at_rest_the_others_are_asked_seldom_and_else_as_often() -> None:
    limits = SITE.policy.health
    seldom = at_leisure(limits, others=2)
    assert (seldom.idle_seconds, seldom.metered_seconds) == (480, 5760)
    assert (seldom.busy_ms, seldom.down_ms) == (limits.busy_ms, limits.down_ms)
