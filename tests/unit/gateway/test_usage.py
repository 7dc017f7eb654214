"""Whether the LAN uses the Internet, by what its bridge carries: whoever rests meanwhile is told when it begins."""

from __future__ import annotations

import os
import queue
import select
from pathlib import Path

import pytest

from gateway_init.base.clock import uptime
from gateway_init.daemon.usage import EVERY, LINGER, USED, Spell, Usage
from gateway_init.host.counters import Carried, Meter

PATIENCE = 30.0


def test_a_spell_is_told_once_to_all_and_goes_on_for_a_while_after_its_last_sign() -> None:
    spell = Spell()
    told = [spell.subscribe(), spell.subscribe()]
    assert not spell.goes_on(0.0)
    for at in (10.0, 11.0, 11.0 + LINGER - 2 * EVERY):
        spell.sign(at)
    assert [os.eventfd_read(each) for each in told] == [1, 1]
    assert spell.goes_on(11.0 + LINGER)
    end = 11.0 + 2 * LINGER - 2 * EVERY
    assert not spell.goes_on(end)
    spell.sign(end)
    assert [os.eventfd_read(each) for each in told] == [1, 1]


@pytest.mark.parametrize(
    ("then", "asks", "busy"),
    [
        (Carried(received=0, sent=0), False, False),
        (Carried(received=60, sent=USED - 1), True, False),
        (Carried(received=60, sent=USED), True, True),
    ],
)
def test_a_question_of_the_lan_is_no_use_yet_and_its_answer_is(
    then: Carried, asks: bool, busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway_init.daemon.usage.EVERY", 0.01)
    looks: queue.SimpleQueue[None] = queue.SimpleQueue()
    told = iter([Carried(), then])

    def carried() -> Carried:
        looks.put(None)
        return next(told, then)

    usage = Usage(carried)
    usage.start()
    for _ in range(3):
        looks.get(timeout=PATIENCE)
    assert (usage.asks.goes_on(uptime()), usage.busy.goes_on(uptime())) == (asks, busy)
    assert usage.alive


def test_who_waits_for_it_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway_init.daemon.usage.EVERY", 0.01)
    sent = iter(range(0, 1_000_000_000, USED))
    usage = Usage(lambda: Carried(sent=next(sent)))
    begun = usage.busy.subscribe()
    usage.start()
    assert select.select([begun], [], [], PATIENCE)[0]


def test_what_an_interface_has_carried_is_read_of_the_one_that_has_its_name_now(tmp_path: Path) -> None:
    meter = Meter("lan", tmp_path)
    assert meter() == Carried()
    statistics = tmp_path / "lan/statistics"
    statistics.mkdir(parents=True)
    for count in (1, 2):
        (statistics / "rx_bytes").write_text(f"{count}\n")
        (statistics / "tx_bytes").write_text(f"{count}0\n")
        assert meter() == Carried(count, count * 10)
    meter.close()
