"""`braid up`, `braid down` and `braid budget`, as they are typed on the box."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway_init.base.clock import uptime
from gateway_init.command import main
from gateway_init.facts.facts import Asked, Counted, Entry, Facts
from gateway_init.host import asked, ledger
from gateway_init.host.noted import News
from gateway_init.wellknown import place
from tests.unit.gateway.given import EXAMPLE

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "gateway.yaml"
    text = EXAMPLE.read_text(encoding="utf-8")
    file.write_text(text.replace("    use: on-demand\n", "    use: on-demand\n    budget: {bytes: 2 GB}\n"))
    return file


@pytest.fixture
def typed(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types `braid ...` and gives its exit code, and what it printed to standard output and error."""
    monkeypatch.setattr(place, "ASKED", tmp_path / "asked")
    monkeypatch.setattr(place, "NEWS", tmp_path / "news")
    monkeypatch.setattr(place, "LEDGER", tmp_path / "budget.json")
    monkeypatch.setattr(place, "RUN", tmp_path)

    def typed(*words: str) -> tuple[int, str, str]:
        code = main.main(["--config", str(config), *words])
        return code, *capsys.readouterr()

    return typed


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The kernel has counted half a gigabyte of November's."""

    def look(*_: object, **__: object) -> Facts:
        stamp = "0 of this"
        return Facts(
            quotas={"uplink-phone": Counted(stamp, 2 * 10**9, 5 * 10**8)},
            ledger=ledger.read() or {"uplink-phone": Entry("2026-11-01", "2026-12-01", 5 * 10**8)},
            clock=1795867200.0,
            clock_known=True,
        )

    monkeypatch.setattr("gateway_init.command.budget.look_once", look)
    assert tmp_path.is_dir()


def test_up_and_down_leave_word_for_the_daemon_which_hears_of_it(typed: Typed) -> None:
    news, before = News(), uptime()
    code, out, _ = typed("up", "phone")
    assert (code, out) == (0, "phone: in use until `braid down phone`; `braid status` tells when it carries\n")
    (wish,) = asked.read().values()
    assert (wish.taken, wish.until) == (True, None)
    assert before <= wish.at <= uptime()
    assert os.read(news.wakeup, 100) == b"asked\n"
    assert typed("down", "phone")[0] == 0
    assert not asked.read()["phone"].taken
    os.close(news.wakeup)


def test_for_a_time_it_ends_by_itself(typed: Typed) -> None:
    assert typed("up", "phone", "--for", "2h")[1].startswith("phone: in use for 2h; ")
    wish = asked.read()["phone"]
    assert wish.until == pytest.approx(wish.at + 7200)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("up", "phnoe"), "error: there is no uplink 'phnoe'\n  did you mean 'phone'?\n"),
        (("down", "adsl"), "error: adsl is not on demand, but `use: always`\n  `braid config edit` changes that\n"),
        (("up", "phone", "--for", "2"), "error: --for: '2' is no time\n  give one such as 30m, 2h or 1d\n"),
        (("up", "phone", "--for", "0h"), "error: --for: '0h' is no time\n  give one such as 30m, 2h or 1d\n"),
        (
            ("budget", "phone"),
            "error: NAME and --set-used go together\n  such as `braid budget phone --set-used 1.2GB`\n",
        ),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(typed: Typed, words: tuple[str, ...], told: str) -> None:
    code, _, err = typed(*words)
    assert (code, err) == (2, told)
    assert asked.read() == {}


def test_half_a_word_is_none(typed: Typed) -> None:
    typed("up", "phone")
    (place.ASKED / "phone").write_text('{"taken": tr')
    assert asked.read() == {}
    (place.ASKED / ".phone.12").write_text('{"taken": true, "at": 1}')
    assert asked.read() == {}
    assert Asked(taken=True, at=1.0).until is None


@pytest.mark.usefixtures("counted")
def test_a_budget_is_shown_and_corrected_to_the_provider_s_count(typed: Typed) -> None:
    assert typed("budget")[1].splitlines() == [
        "BUDGET        SPENT            OF      LEFT    BEGINS ANEW",
        "uplink phone  500.0 MB (25 %)  2.0 GB  1.5 GB  2026-12-01",
    ]
    assert json.loads(typed("budget", "--json")[1]) == [
        {"name": "uplink-phone", "used": 5 * 10**8, "limit": 2 * 10**9, "since": "2026-11-01", "until": "2026-12-01"}
    ]
    assert typed("budget", "phone", "--set-used", "1.2GB")[1] == "phone: 1.2GB used since 2026-11-01\n"
    assert ledger.read() == {"uplink-phone": Entry("2026-11-01", "2026-12-01", 1_200_000_000, 1)}
    assert typed("budget", "phone", "--set-used", "0")[0] == 0
    assert ledger.read() == {"uplink-phone": Entry("2026-11-01", "2026-12-01", 0, 2)}


@pytest.mark.usefixtures("counted")
def test_what_the_daemon_writes_late_does_not_undo_a_correction(typed: Typed) -> None:
    late = {"uplink-phone": Entry("2026-11-01", "2026-12-01", 510_000_000), "server-near": Entry("a", "b", 1)}
    typed("budget", "phone", "--set-used", "1.2GB")
    ledger.keep(late)
    assert ledger.read()["uplink-phone"].used == 1_200_000_000
    assert ledger.read()["server-near"].used == 1


@pytest.mark.usefixtures("counted")
def test_where_nothing_can_be_written_it_is_told(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(place, "LEDGER", tmp_path / "file/budget.json")
    code, _, err = typed("budget", "phone", "--set-used", "1GB")
    assert (code, "cannot be written" in err) == (2, True)


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    ("name", "used", "told"),
    [
        ("adsl", "1GB", "'adsl' has no budget"),
        ("phone", "a lot", "--set-used: 'a lot' is no amount"),
        ("phone", "-1GB", "--set-used: '-1GB' is no amount"),
        ("phone", "3GB", "--set-used: 3GB is more than the budget"),
    ],
)
def test_a_correction_that_cannot_be_is_told(typed: Typed, name: str, used: str, told: str) -> None:
    code, _, err = typed("budget", name, f"--set-used={used}")
    assert code == 2
    assert told in err
    assert ledger.read() == {}
