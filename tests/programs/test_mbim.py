"""A stick that is to be dialled: the image's own mbimcli at this end, and a modem that speaks MBIM at the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway_init.uplink.dongle.dial import Modem, dial
from gateway_init.uplink.dongle.mbim import Fault
from tests.programs.modem import NOT_REGISTERED, SEARCHING
from tests.programs.modem import Modem as Far
from tests.programs.programs import Programs

APN = "internet.example"


@pytest.fixture
def mbimcli(programs: Programs) -> tuple[str, ...]:
    found = programs.command("mbimcli")
    if found is None:
        pytest.skip("NOT TESTED against a real mbimcli: neither this machine nor an image in the cache has it")
    return tuple(map(str, found))


@pytest.fixture
def far() -> Iterator[Far]:
    far = Far()
    yield far
    far.close()


@pytest.fixture
def modem(far: Far, mbimcli: tuple[str, ...]) -> Modem:
    return Modem(far.device, mbimcli)


def test_it_is_connected_to_the_access_point_and_what_the_network_gave_is_noted(
    far: Far, modem: Modem, tmp_path: Path
) -> None:
    assert dial(modem, APN, "", tmp_path) == {"ip": "10.44.5.6", "mtu": "1428"}
    assert far.heard == [APN]
    assert modem.ask("--query-connection-state")["Activation state"] == "activated"
    # Another program that comes after it does not find it in its way.
    assert "ip" in dial(modem, APN, "", tmp_path)


def test_the_right_pin_is_entered_once_and_not_remembered(far: Far, modem: Modem, tmp_path: Path) -> None:
    far.pin = "1234"
    for _ in range(2):
        assert dial(modem, APN, "1234", tmp_path)["ip"] == "10.44.5.6"
    assert far.heard == ["1234", APN, APN]
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_pin_is_tried_once_and_another_one_once_more_and_never_the_last_time(
    far: Far, mbimcli: tuple[str, ...], modem: Modem, tmp_path: Path
) -> None:
    far.pin = "1234"
    for _ in range(3):
        assert dial(modem, APN, "1111", tmp_path) == {"fault": "pin-refused"}
    # After a power cut, too: another program, with nothing but what lasts.
    assert dial(Modem(far.device, mbimcli), APN, "1111", tmp_path) == {"fault": "pin-refused"}
    assert (far.heard, far.attempts) == (["1111"], 2)
    assert dial(modem, APN, "2222", tmp_path) == {"fault": "pin-refused"}
    assert dial(modem, APN, "1234", tmp_path) == {"fault": "last-attempt"}, "it might be wrong as well"
    assert (far.heard, far.attempts) == (["1111", "2222"], 1)
    assert all("1111" not in file.name and file.stat().st_mode & 0o777 == 0o600 for file in tmp_path.iterdir())


def test_another_sim_may_have_the_pin_that_one_refused(far: Far, modem: Modem, tmp_path: Path) -> None:
    far.pin = "1234"
    dial(modem, APN, "1111", tmp_path)
    far.iccid, far.pin, far.attempts = "8988211000000000015", "1111", 3
    assert dial(modem, APN, "1111", tmp_path)["ip"] == "10.44.5.6"


def test_a_pin_is_not_tried_where_nothing_can_be_kept_of_it(far: Far, modem: Modem, tmp_path: Path) -> None:
    far.pin, full = "1234", tmp_path / "full"
    full.write_text("")
    assert dial(modem, APN, "1234", full) == {"fault": "forgetful"}
    assert far.heard == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"inserted": False}, "no-sim"),
        ({"pin": "1234"}, "pin-missing"),
        ({"pin": "1234", "attempts": 0}, "puk"),
        ({"registration": SEARCHING}, "searching"),
        ({"given": ""}, "no-address"),
        ({"barred": NOT_REGISTERED}, "refused"),
    ],
)
def test_what_is_in_the_way_is_told(
    far: Far, modem: Modem, tmp_path: Path, changes: dict[str, object], fault: Fault
) -> None:
    for name, value in changes.items():
        setattr(far, name, value)
    assert dial(modem, APN, "", tmp_path) == {"fault": fault}


def test_one_that_is_gone_says_nothing(far: Far, modem: Modem, tmp_path: Path) -> None:
    far.close()
    assert dial(modem, APN, "", tmp_path) == {"fault": "silent"}
