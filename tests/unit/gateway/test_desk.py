"""The status is told by the daemon where it runs, and found out without it where it does not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.command import asking, main
from gateway_init.command.asking import ask
from gateway_init.config.site import Site
from gateway_init.daemon.desk import Desk
from gateway_init.wellknown import place
from tests.unit.gateway.given import EXAMPLE

LONG = "uplink\n" * 20_000
"""More than a status of eight lines is long."""


@pytest.fixture(autouse=True)
def desk_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(place, "DESK", tmp_path / "desk")


@pytest.fixture
def daemon() -> Iterator[Callable[[Callable[[str], str]], None]]:
    """Starts one that answers so, once."""
    threads: list[threading.Thread] = []

    def start(answer: Callable[[str], str]) -> None:
        desk = Desk(answer)
        desk.wakeup.setblocking(True)

        def serve() -> None:
            desk.serve()
            desk.wakeup.close()

        threads.append(threading.Thread(target=serve))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


Daemon = Callable[[Callable[[str], str]], None]


def test_the_answer_is_in_the_form_that_was_asked_for_and_whole(daemon: Daemon) -> None:
    daemon(lambda form: f"{form}: {LONG}")
    assert ask("json") == f"json: {LONG}"


def test_there_may_be_no_daemon_or_one_that_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask("json") == ""
    monkeypatch.setattr(asking, "PATIENCE", 0.01)
    stopped = Desk(str)
    assert ask("json") == ""
    stopped.wakeup.close()
    assert ask("json") == ""


def test_what_goes_wrong_in_an_answer_ends_no_daemon(daemon: Daemon) -> None:
    def fail(form: str) -> str:
        raise Mistake(f"no {form} today")

    daemon(fail)
    assert ask("json") == ""


def test_a_daemon_takes_the_place_of_the_one_before(daemon: Daemon) -> None:
    Desk(str).wakeup.close()
    daemon(str)
    assert ask("table") == "table"


@pytest.mark.parametrize(("arguments", "form"), [(["status"], "table"), (["status", "--json"], "json")])
def test_the_command_asks_the_daemon_first(
    daemon: Daemon, arguments: list[str], form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def found_out(site: Site, asked: str) -> str:
        return f"{site.site} without it, as {asked}"

    monkeypatch.setattr("gateway_init.command.status.found_out", found_out)
    monkeypatch.setattr(place, "CONFIG", EXAMPLE)
    daemon(lambda asked: f"told as {asked}")
    assert main.main(["--config", str(EXAMPLE), *arguments]) == 0
    assert capsys.readouterr().out == f"told as {form}\n"
    assert main.main(["--config", str(EXAMPLE), *arguments]) == 0
    assert capsys.readouterr().out == f"home without it, as {form}\n"
