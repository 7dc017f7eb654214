"""The clock of a box without a battery: where it begins, whose word it takes, when it is set, what is kept."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_init.config.allotted import allot
from gateway_init.daemon import clock as daemon
from gateway_init.evidence.clock import Sample, Word, begin, decide, to_set
from gateway_init.host import clock
from gateway_init.probe.clock import Way
from gateway_init.render.ruleset import ruleset
from gateway_init.render.services import services
from gateway_init.wellknown import number, place, unit
from tests.exposure import UNITS
from tests.frozen import ROOT
from tests.unit.gateway.given import EXAMPLE, NUMBERS, SITE
from tests.unit.gateway.test_services import read_secret

BUILT = 1_754_697_600.0
"""2025-08-09, the recipe's epoch."""
IN_2009 = 1_230_768_000.0
NOW = 1_795_000_000.0
TRUE_ONES = st.lists(st.floats(-0.9, 0.9), min_size=3, max_size=9)


def said(*offsets: float) -> list[Sample]:
    return [Sample(f"{at}.example", offset) for at, offset in enumerate(offsets)]


@given(TRUE_ONES, st.lists(st.floats(-1e9, 1e9), max_size=8), st.floats(-1e7, 1e7))
def test_whatever_fewer_than_half_of_the_servers_say_the_clock_comes_within_two_seconds_of_the_rest(
    right: list[float], wrong: list[float], behind: float
) -> None:
    wrong = wrong[: len(right) - 1]
    samples = said(*wrong, *(behind + error for error in right))
    word = decide(samples, len(samples), NOW, BUILT)
    if word.offset is not None:
        assert abs(word.offset - behind) <= 3.0
    else:
        assert NOW + behind < BUILT + 3.0


@given(st.lists(st.floats(-1e9, 1e9), max_size=4), st.integers(5, 9))
def test_fewer_than_half_of_those_who_were_asked_decide_nothing(offsets: list[float], more: int) -> None:
    assert decide(said(*offsets), len(offsets) + more, NOW, BUILT).offset is None


@pytest.mark.parametrize(
    ("offsets", "asked", "reason"),
    [
        ((), 5, "no server answers"),
        ((0.0, 0.1), 5, "2 of 5 servers agree, and that is not most of them"),
        ((0.0, 100.0, 200.0), 3, "1 of 3 servers agree, and that is not most of them"),
        ((IN_2009 - NOW,) * 5, 5, "the servers' time lies before this system was built"),
    ],
)
def test_where_nothing_is_known_it_says_why(offsets: Sequence[float], asked: int, reason: str) -> None:
    assert decide(said(*offsets), asked, NOW, BUILT) == Word(reason=reason)


def test_a_clock_that_says_2009_begins_at_the_last_right_time_and_never_before_the_image() -> None:
    assert begin(IN_2009, BUILT, kept=NOW) == NOW
    assert begin(IN_2009, BUILT, kept=0.0) == BUILT
    assert begin(IN_2009, BUILT, kept=IN_2009) == BUILT
    assert begin(NOW, BUILT, kept=BUILT) is None


@pytest.mark.parametrize(("offset", "right"), [(0.0, None), (1.4, None), (-1.4, None), (1.6, 1.6), (-90.0, -90.0)])
def test_it_is_set_only_where_it_is_further_off_than_an_answer_may_be(offset: float, right: float | None) -> None:
    assert to_set(Word(offset=offset), NOW) == (None if right is None else NOW + right)
    assert to_set(Word(reason="no server answers"), NOW) is None


def test_what_cannot_be_read_or_written_is_no_time_and_no_failure(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    assert clock.kept(file) == 0.0
    file.write_text("rubbish")
    assert clock.kept(file) == 0.0
    assert clock.keep(NOW, file) == ""
    assert clock.kept(file) == NOW
    (tmp_path / "folder").write_text("")
    assert "folder" in clock.keep(NOW, tmp_path / "folder" / "clock")


class Board:
    """A box whose clock stands still, but for being set."""

    def __init__(self, now: float, kept: float) -> None:
        self.now, self.kept = now, kept
        self.answers: Iterator[Sequence[float]] = iter(())
        self.waits: list[float] = []
        self.told = 0

    def set_to(self, seconds: float) -> None:
        self.now = seconds

    def keep(self, now: float) -> str:
        self.kept = now
        return ""

    def tell(self) -> None:
        self.told += 1

    def ask(self, servers: Sequence[str], _: object, way: Way) -> list[Sample]:
        assert tuple(servers) == SITE.lan.clocks
        assert way.socks == ("127.0.0.1", NUMBERS.socks_port("near"))
        # What they say is the time, whatever the clock here is at.
        return said(*(told - self.now for told in next(self.answers)))

    def wait(self, _: set[signal.Signals], seconds: float) -> object:
        self.waits.append(seconds)
        return True if len(self.waits) == self.rounds else None

    def run(self, *answers: Sequence[float]) -> None:
        self.answers, self.rounds, self.waits = iter(answers), len(answers), []
        assert daemon.hold() == 0


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], Board]:
    def made(now: float, kept: float) -> Board:
        box = Board(now, kept)
        monkeypatch.setattr(clock, "set_to", box.set_to)
        monkeypatch.setattr(clock, "keep", box.keep)
        monkeypatch.setattr(clock, "known", box.tell)
        monkeypatch.setattr(clock, "kept", lambda: box.kept)
        monkeypatch.setattr(clock, "built", lambda: BUILT)
        monkeypatch.setattr("gateway_init.daemon.clock.time.time", lambda: box.now)
        monkeypatch.setattr("gateway_init.daemon.clock.servers.ask", box.ask)
        monkeypatch.setattr(signal, "pthread_sigmask", lambda *_: None)
        monkeypatch.setattr(signal, "sigtimedwait", box.wait)
        monkeypatch.setattr("gateway_init.wellknown.place.CONFIG", EXAMPLE)
        return box

    return made


def test_a_board_of_2009_has_the_right_time_once_the_chain_stands(board: Callable[[float, float], Board]) -> None:
    box = board(IN_2009, 0.0)
    box.run([], [], [NOW] * 5)
    assert box.now == NOW
    assert box.kept == NOW
    # Soon again while it is not known, seldom from then on.
    assert box.waits == [20.0, 20.0, 1800.0]


def test_a_time_that_nobody_vouched_for_is_not_kept(board: Callable[[float, float], Board]) -> None:
    far = board(NOW * 2, BUILT)
    far.run([], [])
    assert far.kept == BUILT
    # A battery that was wrong by decades does not last.
    far.run([NOW] * 5)
    assert (far.now, far.kept) == (NOW, NOW)


def test_without_a_line_it_goes_on_from_the_last_right_time(board: Callable[[float, float], Board]) -> None:
    box = board(IN_2009, NOW - 100)
    box.run([])
    assert box.now == NOW - 100
    # It may be wrong by however long the power was off: nobody in the LAN is told.
    assert box.told == 0


def test_the_lan_is_told_the_time_once_it_is_known(board: Callable[[float, float], Board]) -> None:
    box = board(IN_2009, 0.0)
    box.run([])
    assert box.told == 0
    box.run([NOW] * 5)
    assert box.told == 1
    waits_for = (ROOT / "overlay" / UNITS / "braid-ntp.path").read_text()
    assert f"PathExists={place.CLOCK_KNOWN}" in waits_for.splitlines()


def test_a_device_that_asks_for_an_address_learns_whom_to_ask_for_the_time() -> None:
    config = services(SITE, read_secret, NUMBERS)[unit.DNSMASQ].config
    assert f"dhcp-option=option:ntp-server,{SITE.lan.address.ip}" in config.splitlines()


def test_it_is_told_to_the_lan_alone() -> None:
    config = (ROOT / "overlay/etc/braid-ntp.conf").read_text().splitlines()
    assert f"binddevice {number.BRIDGE}" in config
    assert f"port {number.NTP_PORT}" in config
    assert "cmdport 0" in config
    assert not [line for line in config if line.startswith(("server", "pool", "peer"))]
    chain = ruleset(SITE, allot(SITE)).text.partition("chain serve_lan {")[2].partition("}\n\n")[0]
    assert "udp dport { 53, 67, 123 } accept" in chain
