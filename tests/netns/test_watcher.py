"""Paths watched over a real kernel, with a real reflector at the end: one goes silent, and is heard of."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address

import pytest

from gateway_init.base.process import run
from gateway_init.config.health import Health as Limits
from gateway_init.daemon.usage import Spell
from gateway_init.daemon.watched import Way
from gateway_init.daemon.watcher import Watcher
from gateway_init.facts.subflow import Subflow
from gateway_init.probe.path import Probes
from tests.netns.reflecting import answering

KEY, WRONG = b"the key of both ends", b"another key, as long"
REFLECTOR = "192.0.2.1"
WAYS = {name: Way(IPv4Address(f"192.0.2.{last}"), metered=False) for name, last in (("east", 2), ("west", 3))}
EAST = str(WAYS["east"].address)
PATIENCE = 30.0
QUICK = Limits(busy_ms=100, idle_seconds=1, doubt_ms=50, suspect_ms=100, down_ms=300, rejoin_seconds=1)


@pytest.fixture
def port() -> Iterator[int]:
    """Of a reflector on this host, which has the paths' addresses, too."""
    run(["ip", "link", "set", "lo", "up"])
    for address in (REFLECTOR, *(str(way.address) for way in WAYS.values())):
        run(["ip", "address", "add", f"{address}/32", "dev", "lo"])
    with answering(KEY) as port:
        yield port


@pytest.fixture
def watching(port: int) -> Callable[..., Watcher]:
    """Starts to watch both paths."""

    def start(
        key: bytes = KEY, subflows: Callable[[], list[Subflow]] = list, silent: Mapping[str, float] | None = None
    ) -> Watcher:
        watcher = Watcher(
            QUICK, lambda address: Probes(key, address, (REFLECTOR, port)), Spell(), subflows, silent or {}
        )
        watcher.watch(WAYS)
        watcher.start()
        return watcher

    return start


def block(addresses: str = EAST) -> None:
    chain = f"chain out {{ type filter hook output priority 0; ip saddr {{ {addresses} }} drop; }}"
    run(["nft", "-f", "-"], stdin=f"table ip fault {{ {chain}; }}")


def unblock() -> None:
    run(["nft", "delete", "table", "ip", "fault"])


def until(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


def until_answered(watcher: Watcher) -> None:
    """Both paths are known: one over which no probe was ever answered is not judged."""

    def known() -> set[str]:
        return {name for name, probed in watcher.seen().items() if probed.rtt is not None}

    until(lambda: known() == WAYS.keys(), "no probe was answered over one of them")


def until_silent(watcher: Watcher, names: set[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while watcher.silent().keys() != names:
        assert select.select([watcher.wakeup], [], [], max(0.0, deadline - time.monotonic()))[0], watcher.silent()
        watcher.ended()


def test_a_path_that_goes_silent_is_told_and_so_is_its_return(watching: Callable[..., Watcher]) -> None:
    watcher = watching()
    until_answered(watcher)
    block()
    until_silent(watcher, {"east"})
    unblock()
    until_silent(watcher, set())


def test_who_takes_over_begins_with_what_was_known(watching: Callable[..., Watcher]) -> None:
    block()
    watcher = watching(silent={"east": 5.0})
    assert watcher.silent() == {"east": 5.0}
    unblock()
    until_silent(watcher, set())


def test_a_path_that_carries_is_not_silent(watching: Callable[..., Watcher]) -> None:
    asked: list[float] = []

    def subflows() -> list[Subflow]:
        asked.append(time.monotonic())
        return [Subflow(IPv4Address(EAST), 1.0, sent=len(asked), received=0)]

    watcher = watching(subflows=subflows)
    until_answered(watcher)
    block()
    until(lambda: len(asked) >= 6, "nobody asked the subflows")
    assert watcher.silent() == {}


def test_where_nobody_answers_no_path_is_left(watching: Callable[..., Watcher]) -> None:
    asked: list[float] = []

    def subflows() -> list[Subflow]:
        asked.append(time.monotonic())
        return []

    watcher = watching(key=WRONG, subflows=subflows)
    until(lambda: len(asked) >= 6, "no path is in doubt")
    assert watcher.silent() == {}


def test_where_all_were_silent_connections_join_anew_over_each(watching: Callable[..., Watcher]) -> None:
    watcher = watching()
    until_answered(watcher)
    both = {way.address for way in WAYS.values()}
    block(", ".join(map(str, both)))
    silent_since = time.monotonic()
    until(lambda: time.monotonic() > silent_since + 6 * QUICK.rejoin_seconds, "time stands still")
    unblock()
    told: list[IPv4Address] = []

    def both_told() -> bool:
        told.extend(watcher.anew())
        return set(told) == both

    until(both_told, "nothing is joined anew")
    assert watcher.silent() == {}


def test_a_path_that_has_gone_is_forgotten_and_its_socket_closed(watching: Callable[..., Watcher]) -> None:
    watcher = watching()
    until_answered(watcher)
    block()
    until_silent(watcher, {"east"})
    watcher.watch({"west": WAYS["west"]})
    until_silent(watcher, set())


def test_an_address_that_comes_late_is_watched_then(watching: Callable[..., Watcher]) -> None:
    run(["ip", "address", "del", f"{EAST}/32", "dev", "lo"])
    watcher = watching()
    run(["ip", "address", "add", f"{EAST}/32", "dev", "lo"])
    until_answered(watcher)
    block()
    until_silent(watcher, {"east"})


def test_an_address_that_is_not_here_cannot_be_probed() -> None:
    with pytest.raises(OSError, match=r"assign|unreachable"):
        Probes(KEY, IPv4Address("192.0.2.77"), ("127.0.0.1", 9))


def test_an_answer_counts_once_and_that_nobody_listens_is_none(port: int) -> None:
    probes = Probes(KEY, WAYS["east"].address, (REFLECTOR, port))
    probes.send(100.0)
    assert select.select([probes.line], [], [], PATIENCE)[0]
    packet = probes.line.recv(4096, socket.MSG_PEEK)
    (answer,) = probes.answers(100.25)
    assert answer.took == 0.25
    assert answer.out > 0 and answer.back > 0, "both ends have the same clock here"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as replay:
        replay.bind((REFLECTOR, 0))
        replay.sendto(packet, probes.line.getsockname())
    assert probes.answers(101.0) == []
    assert [probes.lost(now) for now in (100.0, 103.0, 200.0)] == [0.0, 0.0, 0.0]
    block()
    for at in (110.0, 111.0, 112.0):
        probes.send(at)
    assert [probes.lost(now) for now in (112.5, 113.5, 120.0)] == [0.0, 0.5, 0.75]
    assert probes.lost(120.0, last=3) == probes.lost(120.0, since=111.5) == 1.0
    assert probes.lost(120.0, least=5) == 0.0
    probes.close()
    unblock()
    nobody = Probes(KEY, WAYS["east"].address, (REFLECTOR, 9))
    nobody.send(1.0)
    assert select.select([nobody.line], [], [], PATIENCE)[0]
    assert nobody.answers(2.0) == []
    nobody.send(3.0)
    nobody.close()
