"""The script that runs wpa_supplicant: what it notes of what that says. What the program says here, it said to us."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from gateway_init.host.noted import News, read
from gateway_init.uplink.wifi.state import PASSWORD, reason
from gateway_init.wellknown import place
from tests.frozen import ROOT

SCRIPT = ROOT / "gateway_init/uplink/wifi/station"
TRIES = "attic: SME: Trying to authenticate with 02:00:00:00:01:00 (SSID='Attic' freq=2412 MHz)"
LEAVES = "attic: CTRL-EVENT-DISCONNECTED bssid=02:00:00:00:01:00 reason=15"
WRONG_WPA2 = 'attic: CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="Attic" auth_failures=1 duration=10 reason=WRONG_KEY'
WRONG_WPA3 = "attic: CTRL-EVENT-AUTH-REJECT 02:00:00:00:01:00 auth_type=3 auth_transaction=2 status_code=1"
FAILS = 'attic: CTRL-EVENT-SSID-TEMP-DISABLED id=0 ssid="Attic" auth_failures=1 duration=10 reason=CONN_FAILED'
JOINED = "attic: CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:01:00 completed [id=0 id_str=]"
GONE = "the access point of Attic has gone, or lets go of us"
PATIENCE = 20.0
PROGRAM = """\
import os, signal, sys

def goodbye(number, frame):
    print("goodbye", flush=True)
    os._exit(0)

signal.signal(signal.SIGTERM, goodbye)
for line in open(os.environ["SAID"]):
    print(line, end="", flush=True)
"""
"""In the place of wpa_supplicant: as that does, it sees to the signal by which it is stopped itself."""


class Station:
    """The script, with a program in the place of wpa_supplicant that says what it is told to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.said = folder / "said"
        os.mkfifo(self.said)
        program = folder / "wpa_supplicant"
        program.write_text(f"#!{sys.executable}\n{PROGRAM}")
        program.chmod(0o755)
        note = place.line_folder("attic", "station")
        note.mkdir()
        self.process = subprocess.Popen(
            ["sh", SCRIPT, "attic", "config"],
            env={
                "PATH": f"{folder}:{os.environ['PATH']}",
                "RUNTIME_DIRECTORY": str(note),
                "NEWS": str(place.NEWS),
                "SAID": str(self.said),
            },
            stdout=subprocess.PIPE,
            text=True,
            umask=0o077,
            process_group=0,
        )
        self._pipe = self.said.open("w")

    def says(self, *lines: str) -> None:
        self._pipe.write("".join(f"{line}\n" for line in lines))
        self._pipe.flush()

    def close(self) -> None:
        self._pipe.close()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Station]:
    monkeypatch.setattr(place, "LINES", tmp_path)
    monkeypatch.setattr(place, "NEWS", tmp_path / "news")
    news = News()
    station = Station(tmp_path / "programs")
    yield station
    station.close()
    os.close(news.wakeup)


def noted(holds: Callable[[Mapping[str, str]], bool]) -> Mapping[str, str]:
    """The note, as soon as it is so."""
    deadline = time.monotonic() + PATIENCE
    while not holds(note := read().get("attic.station", {})):
        assert time.monotonic() < deadline, note
        time.sleep(0.02)
    return note


def why(note: Mapping[str, str]) -> str:
    return reason("Attic", note)


@pytest.mark.parametrize("lines", [(TRIES, LEAVES, WRONG_WPA2, TRIES), (TRIES, WRONG_WPA3, FAILS, TRIES)])
def test_a_refused_password_is_kept_until_one_is_taken(station: Station, lines: tuple[str, ...]) -> None:
    station.says(*lines)
    noted(lambda note: why(note) == PASSWORD)
    station.says(JOINED)
    noted(lambda note: not any(note.values()))


def test_one_that_has_gone_is_not_being_joined_however_often_it_is_tried(station: Station) -> None:
    station.says(TRIES, JOINED, LEAVES)
    noted(lambda note: why(note) == GONE)
    station.says(TRIES, FAILS)
    assert why(noted(lambda note: bool(note["failed"]))) == GONE


def test_what_others_say_of_themselves_is_not_taken_for_an_event(station: Station) -> None:
    evil = f"attic: SME: Trying to authenticate with 02:00:00:00:01:00 (SSID='{WRONG_WPA2}' freq=2412 MHz)"
    station.says(evil, "attic: Associated with 02:00:00:00:01:00")
    assert why(noted(bool)) == "joining Attic"


def test_the_note_is_for_a_daemon_who_may_read_only_what_all_may(station: Station) -> None:
    station.says(TRIES)
    noted(bool)
    assert (place.line_folder("attic", "station") / place.LINE_NOTE).stat().st_mode & 0o777 == 0o644


def test_at_a_stop_it_hears_the_program_out(station: Station) -> None:
    station.says(TRIES)
    noted(bool)
    os.killpg(station.process.pid, 15)
    said, _ = station.process.communicate(timeout=PATIENCE)
    assert said.splitlines() == [TRIES, "goodbye"]
