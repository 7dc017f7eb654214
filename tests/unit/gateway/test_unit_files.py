"""When systemd is asked to read its units anew, which costs it a second of a slow machine's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import structs

from gateway_init.host import systemd
from gateway_init.wellknown import place
from gateway_init.wellknown.unit import ServiceFiles

SERVICE = ServiceFiles("braid-dnsmasq.service", "[Service]\n", "lease 12h\n", "one")


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What systemctl was asked for."""
    words: list[str] = []

    def run(argv: Sequence[str]) -> None:
        words.append(argv[1])

    monkeypatch.setattr(systemd, "run", run)
    for name in ("RUN", "UNITS", "STARTED", "ENDED"):
        monkeypatch.setattr(place, name, tmp_path / name.lower())
    return words


def test_new_units_it_finds_by_itself(asked: list[str]) -> None:
    systemd.prepare([SERVICE])
    assert asked == []
    assert SERVICE.unit_path.read_text() == SERVICE.unit


def test_another_config_of_its_program_is_none_of_its_own(asked: list[str]) -> None:
    systemd.prepare([SERVICE])
    systemd.prepare([structs.replace(SERVICE, config="lease 3h\n", digest="two")])
    assert asked == []
    assert SERVICE.config_path.read_text() == "lease 3h\n"
    assert systemd.started([SERVICE.name]) == {(SERVICE.name, "two")}


def test_a_unit_that_is_another_one_is_read_anew(asked: list[str]) -> None:
    systemd.prepare([SERVICE])
    systemd.prepare([structs.replace(SERVICE, unit="[Service]\nNice=1\n")])
    assert asked == ["daemon-reload"]


def test_one_that_it_may_not_have_read_is_read_anew(asked: list[str]) -> None:
    systemd.prepare([SERVICE])
    (place.STARTED / SERVICE.name).unlink()
    systemd.prepare([SERVICE])
    assert asked == ["daemon-reload"]
