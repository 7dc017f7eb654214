"""Units are started by threads, and the loop always finds out that they were."""

from __future__ import annotations

import select
import sys
import threading
from collections.abc import Iterator

import pytest

from gateway_init.base.process import CommandFailed
from gateway_init.host.unit_start import Starter
from gateway_init.wellknown.unit import ServiceFiles

ROUNDS = 200
AT_ONCE = 16
"""Units that are called started at the same moment."""
ONE = ServiceFiles("one.service", "", "", "")


@pytest.fixture(autouse=True)
def no_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway_init.host.systemd.prepare", lambda services: services)
    monkeypatch.setattr("gateway_init.host.systemd.restart", lambda names: names)


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as can be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def wait(starter: Starter) -> None:
    """As the loop does, until nothing is under way."""
    while starter.under_way:
        assert select.select([starter.wakeup], [], [], 3)[0], f"under way for ever: {sorted(starter.under_way)}"
        starter.ended()


@pytest.mark.usefixtures("restless")
def test_no_unit_stays_under_way_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(AT_ONCE)
    monkeypatch.setattr("gateway_init.host.systemd.restart", lambda _: together.wait())
    starter = Starter()
    for _ in range(ROUNDS):
        for number in range(AT_ONCE):
            starter.start([ServiceFiles(f"{number}.service", "", "", "")])
        wait(starter)


def test_a_unit_is_under_way_until_the_loop_has_heard_of_its_end() -> None:
    starter = Starter()
    starter.start([ONE])
    assert select.select([starter.wakeup], [], [], 5)[0]
    assert starter.under_way == {"one.service"}
    starter.ended()
    assert starter.under_way == frozenset()


def test_one_that_fails_is_not_under_way_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(names: list[str]) -> None:
        raise CommandFailed(["systemctl", "restart", *names], 1, "")

    monkeypatch.setattr("gateway_init.host.systemd.restart", fail)
    starter = Starter()
    starter.start([ONE])
    wait(starter)
