"""What an interface is made of: read once, and never of one that has another name by now."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.host.hardware import Cards, Hardware

PHONE = Hardware("rndis_host", "1-1.2")
RADIO = Hardware("ath9k", wireless=True)


@pytest.fixture
def sys(tmp_path: Path) -> Path:
    """A telephone, two cards on the board, one of them for Wi-Fi, and a bridge."""
    for name, index, driver, device in (
        ("usb0", 10, "rndis_host", "1-1.2:1.0"),
        ("enp1s0", 2, "r8169", "0000:01:00.0"),
        ("wlp4s0", 7, "ath9k", "0000:04:00.0"),
        ("lan", 5, "", ""),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ifindex").write_text(f"{index}\n")
        if driver:
            (tmp_path / "drivers" / driver).mkdir(parents=True)
            (tmp_path / "devices" / device).mkdir(parents=True)
            (tmp_path / "devices" / device / "driver").symlink_to(tmp_path / "drivers" / driver)
            (tmp_path / name / "device").symlink_to(tmp_path / "devices" / device)
    (tmp_path / "wlp4s0" / "phy80211").mkdir()
    return tmp_path


def test_a_card_tells_its_driver_and_on_usb_its_socket(sys: Path) -> None:
    cards = Cards(sys)
    assert [cards.of(10, "usb0"), cards.of(2, "enp1s0"), cards.of(5, "lan")] == [PHONE, Hardware("r8169"), Hardware()]
    assert cards.of(7, "wlp4s0") == RADIO


def test_one_that_is_renamed_while_it_is_read_is_read_again(sys: Path) -> None:
    cards = Cards(sys)
    (sys / "usb0").rename(sys / "phone")
    assert cards.of(10, "usb0") == Hardware()
    (sys / "phone").rename(sys / "usb0")
    assert cards.of(10, "usb0") == PHONE


def test_one_that_took_the_name_of_another_is_not_taken_for_it(sys: Path) -> None:
    cards = Cards(sys)
    assert cards.of(11, "usb0") == Hardware()
    (sys / "usb0" / "ifindex").write_text("11\n")
    assert cards.of(11, "usb0") == PHONE


def test_what_is_gone_is_forgotten(sys: Path) -> None:
    cards = Cards(sys)
    assert cards.of(10, "usb0") == PHONE
    (sys / "usb0" / "device").unlink()
    assert cards.of(10, "usb0") == PHONE
    cards.forget_all_but({2, 5})
    assert cards.of(10, "usb0") == Hardware()
