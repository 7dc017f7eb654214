"""Requests through the chain: the loop is woken by what is new, and not by an answer like the last."""

from __future__ import annotations

import select
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

import pytest

from gateway_init.daemon.prober import Prober
from gateway_init.probe import chain


class AtOnce:
    """A thread that is through when it has begun."""

    def __init__(self, target: Callable[..., None], args: tuple[Any, ...], **_: object) -> None:
        self._target, self._args = target, args

    def start(self) -> None:
        self._target(*self._args)


def test_an_answer_like_the_last_wakes_nobody_and_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter(["", "", "no answer", "no answer", "", ""])
    monkeypatch.setattr(chain, "ask", lambda *_: next(told))
    monkeypatch.setattr("gateway_init.daemon.prober.threading.Thread", AtOnce)
    asker = Prober()

    def ask() -> tuple[str, bool]:
        """What is told, and whether anybody is woken."""
        asker.start(IPv4Address("192.0.2.1"))
        (answer,) = asker.answers()
        woken = bool(select.select([asker.wakeup], [], [], 0)[0])
        if woken:
            asker.ended()
        return answer.wrong, woken

    expected = [("", True), ("", False), ("no answer", True), ("no answer", True), ("", True), ("", False)]
    assert [ask() for _ in expected] == expected
