"""Requests through the chain: the loop is woken by what is new, and not by an answer that it expects."""

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


@pytest.mark.parametrize(
    ("wrong", "expected", "news"), [("", False, True), ("", True, False), ("no answer", True, True)]
)
def test_an_answer_that_is_expected_wakes_nobody_and_is_told_all_the_same(
    wrong: str, expected: bool, news: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "ask", lambda *_: wrong)
    monkeypatch.setattr("gateway_init.daemon.prober.threading.Thread", AtOnce)
    prober = Prober()
    prober.start(IPv4Address("192.0.2.1"), expected=expected)
    (answer,) = prober.answers()
    assert answer.wrong == wrong
    assert bool(select.select([prober.wakeup], [], [], 0)[0]) == news
