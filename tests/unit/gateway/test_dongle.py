"""A 3G or 4G stick: told to show its network card where it shows a disk, and from then on a line like any other."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.base.mistake import Mistake
from gateway_init.base.problem import ConfigInvalid
from gateway_init.config.allotted import allot
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import Evidence, assess
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Address, Facts, Link, Unit
from gateway_init.facts.item import Endpoint, Item, LineAddress, Mtu, Named, Route, Service, Up
from gateway_init.plan.plan import plan
from gateway_init.render.ruleset import ruleset
from gateway_init.render.services import services
from gateway_init.uplink.dongle.mbim import barred, fields, sim
from gateway_init.uplink.dongle.mbim import given as given_by
from gateway_init.uplink.dongle.switch import PROGRAM, Stick, command, fitting, orders
from gateway_init.uplink.dongle.watch import sticks
from gateway_init.wellknown.unit import SecretReader
from tests.unit.gateway.given import EXAMPLE, RUNNING, line_up
from tests.unit.gateway.test_services import read_secret

WATCHER, CLIENT = "braid-dongle-phone.service", "braid-lease-phone.service"
TEXT = EXAMPLE.read_text(encoding="utf-8").replace("kind: tether\n    use: on-demand", "kind: dongle")
SITE = parse(TEXT)
NUMBERS = allot(SITE)
OWN, ROUTER = IPv4Address("192.168.8.100"), IPv4Address("192.168.8.1")
SERVICES = dict.fromkeys((*RUNNING, WATCHER, CLIENT), "d")
PLUGGED = Link(40, "eth1", up=False, running=False, driver="cdc_ether", usb="1-1.2")
STICK = structs.replace(PLUGGED, name="phone", up=True, running=True)


def with_stick(link: Link = STICK, *, carries: bool = False) -> Facts:
    base = line_up()
    return structs.replace(
        base,
        links=(*base.links, link),
        addresses=(*base.addresses, *([Address(link.index, OWN, 32)] if carries else [])),
        notes={"phone": {"ip": str(OWN), "router": str(ROUTER)}} if carries else {},
        units={**base.units, CLIENT: Unit("active", "running")},
    )


def known(seen: Facts, site: Site = SITE) -> Evidence:
    return assess(site, seen, Memory(), 100.0)


def planned(seen: Facts) -> frozenset[Item]:
    return plan(SITE, seen, known(seen), NUMBERS, firewall="", services=SERVICES)


def test_while_it_shows_no_network_card_somebody_waits_for_its_disk_and_nobody_asks_for_a_lease() -> None:
    items = planned(line_up())
    assert Service(WATCHER, "d") in items
    assert Service(CLIENT, "d") not in items
    assert known(line_up()).uplinks["phone"].reason == "no stick on USB, or it shows no network card"


@pytest.mark.parametrize("driver", ["cdc_ether", "cdc_ncm", "rndis_host"])
def test_its_network_card_is_given_the_uplink_s_name_and_asked_for_a_lease(driver: str) -> None:
    assert {Named(40, "phone"), Up("phone")} <= planned(with_stick(structs.replace(PLUGGED, driver=driver)))
    assert Service(CLIENT, "d") in planned(with_stick(structs.replace(STICK, driver=driver)))
    assert {LineAddress(40, OWN), Endpoint(OWN, 40)} <= planned(with_stick(carries=True))


def test_a_stick_in_another_socket_is_named_and_not_used() -> None:
    site = parse(TEXT.replace("kind: dongle", "kind: dongle\n    port: 1-1.3"))
    assert known(with_stick(), site).uplinks["phone"].reason == (
        "no stick on USB 1-1.3, or it shows no network card; there is one on USB 1-1.2"
    )


def test_a_stick_and_a_telephone_are_told_apart_by_their_sockets() -> None:
    both = TEXT.replace("uplinks:\n", "uplinks:\n  pocket:\n    kind: tether\n")
    with pytest.raises(ConfigInvalid) as caught:
        parse(both)
    assert [problem.key for problem in caught.value.problems] == ["uplinks.phone.port"]
    parse(both.replace("kind: dongle", "kind: dongle\n    port: 1-1").replace("tether", "tether\n    port: 1-2"))


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    """What sysfs shows of a stick with a disk in 1-1.2, of another one that has just been pulled out, and of a hub."""

    def device(name: str, numbers: Mapping[str, str]) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for file, text in numbers.items():
            (folder / file).write_text(f"{text}\n")
        return folder

    given = {"idVendor": "05c6", "idProduct": "1000", "busnum": "1", "devnum": "7", "bNumConfigurations": "1"}
    disk = device("1-1.2", given | {"manufacturer": "Maker"}) / "1-1.2:1.0/host4/target4:0:0/4:0:0:0"
    disk.mkdir(parents=True)
    (disk / "vendor").write_text("GT MAX  \n")
    device("1-1.3", {"idVendor": "19d2"})
    device("usb1", given)
    device("1-1.2:1.0", {})
    return tmp_path


def test_what_is_plugged_in_is_read_as_a_whole_or_not_at_all(usb: Path) -> None:
    stick = Stick("1-1.2", "05c6:1000", 1, 7, texts=_texts(uMa="Maker", sVe="GT MAX"))
    assert list(sticks("", usb)) == list(sticks("1-1.2", usb)) == [stick]
    assert list(sticks("1-1.4", usb)) == []


def _texts(**said: str) -> dict[str, str]:
    return dict.fromkeys(["uMa", "uPr", "uSe", "sVe", "sMo", "sRe"], "") | said


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    pack = tmp_path / "pack.tar.gz"
    with tarfile.open(pack, "w:gz") as archive:
        for name, text in (("./19d2:1225", "StandardEject=1\n"), ("./05c6:1000:sVe=GT", "OptionMode=1\n"), ("./x", "")):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return pack


def test_what_it_is_told_is_what_the_archive_has_for_it(pack: Path) -> None:
    known = orders(pack)
    assert set(known) == {"19d2:1225", "05c6:1000:sVe=GT"}
    stick = Stick("1-4", "19d2:1225", 1, 9)
    assert command(stick, known[fitting(stick, known)]) == [
        *(PROGRAM, "-u", "-1", "-b", "1", "-g", "9", "-v", "19d2", "-p", "1225", "-f", "StandardEject=1\n")
    ]


@pytest.mark.parametrize(
    ("number", "said", "fits"),
    [
        ("19d2:1225", {}, "19d2:1225"),
        ("19d2:122", {}, ""),
        ("1d6b:0002", {}, ""),
        ("05c6:1000", {}, ""),
        ("05c6:1000", {"sVe": "GT"}, "05c6:1000:sVe=GT"),
        ("0408:f000", {"uMa": "Quanta"}, "0408:f000"),
        ("0408:f000", {"uMa": "Yota"}, "0408:f000:uMa=Yota"),
        ("1c9e:f000", {"uMa": "USB Modem"}, "1c9e:f000:uMa=USB_Modem"),
    ],
)
def test_where_makers_share_a_number_its_own_words_decide(number: str, said: dict[str, str], fits: str) -> None:
    names = ["0408:f000", "0408:f000:uMa=Yota", "05c6:1000:sVe=GT", "05c6:1000:uMa=Option", "19d2:1225", "1c9e:f000"]
    assert fitting(Stick("1-4", number, 1, 9, texts=said), [*names, "1c9e:f000:uMa=USB_Modem"]) == fits


def test_whoever_takes_over_the_watcher_has_no_network_and_no_right_of_root_s() -> None:
    unit = services(SITE, read_secret, NUMBERS)[WATCHER].unit
    assert {"CapabilityBoundingSet=", "PrivateNetwork=yes", "DevicePolicy=closed"} <= set(unit.splitlines())


DIALLED_TEXT = TEXT.replace("kind: dongle", "kind: dongle\n    apn: internet.example\n    pin: true")
DIALLED = parse(DIALLED_TEXT)
DIALLER, PIN_FILE = "braid-mbim-phone.service", "uplink-phone.pin"
MODEM = Link(40, "phone", running=False, driver="cdc_mbim", usb="1-1.2")


def secrets(pin: str) -> SecretReader:
    return lambda name: pin if name == PIN_FILE else read_secret(name)


def dialled(link: Link = MODEM, *addresses: IPv4Address, **note: str) -> Facts:
    base = with_stick(link)
    held = (*base.addresses, *(Address(link.index, each, 32) for each in addresses))
    running = {**base.units, DIALLER: Unit("active", "running")}
    return structs.replace(base, addresses=held, notes={"phone": note} if note else {}, units=running)


def items_of(seen: Facts) -> frozenset[Item]:
    names = dict.fromkeys((*RUNNING, WATCHER, DIALLER), "d")
    return plan(DIALLED, seen, known(seen, DIALLED), allot(DIALLED), firewall="", services=names)


def test_one_that_is_to_be_dialled_is_so_before_it_has_a_carrier_and_asks_nobody_for_a_lease() -> None:
    assert list(services(DIALLED, secrets("1234"), allot(DIALLED)))[1:3] == [WATCHER, DIALLER]
    assert Service(DIALLER, "d") in items_of(dialled())
    assert Service(DIALLER, "d") not in items_of(dialled(structs.replace(MODEM, name="wwan0")))
    assert 'oifname "phone" fib saddr . oif type local udp' not in ruleset(DIALLED, allot(DIALLED)).text


def test_what_the_network_gave_is_used_and_nobody_is_asked_who_has_the_router_s_address() -> None:
    running, own = structs.replace(MODEM, running=True), IPv4Address("10.44.5.6")
    given = {"ip": str(own), "mtu": "1428"}
    assert {LineAddress(40, own), Mtu("phone", 1428)} <= items_of(dialled(running, **given))
    assert known(dialled(running, **given), DIALLED).uplinks["phone"].reason == f"the address {own} is not set yet"
    numbers = allot(DIALLED)
    used = items_of(dialled(running, own, **given))
    assert {Endpoint(own, 40), Route(numbers.uplink_table("phone"), 40), Route(numbers.path_table("phone"), 40)} <= used
    lost = known(dialled(MODEM, own, **given), DIALLED).uplinks["phone"]
    assert lost.reason == "the stick has lost its connection"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("pin-refused", f"the SIM refused the PIN in {PIN_FILE}, which is not tried again: give another one"),
        ("last-attempt", "the SIM has one attempt left, so its PIN is not tried: enter it in a telephone"),
        ("no-sim", "there is no SIM in the stick"),
        ("refused", "the network refuses the connection: is the `apn` right?"),
        ("{x} anything at all", "connecting"),
        ("", "connecting"),
    ],
)
def test_why_it_is_not_connected_is_told_in_words_of_ours_alone(fault: str, said: str) -> None:
    assert known(dialled(fault=fault), DIALLED).uplinks["phone"].reason.startswith(said)


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "1234\n5678"])
def test_what_cannot_be_a_pin_gets_to_no_sim(pin: str) -> None:
    with pytest.raises(Mistake, match=f"{PIN_FILE}: not a PIN"):
        services(DIALLED, secrets(pin), allot(DIALLED))


def test_a_pin_is_for_a_stick_that_is_dialled_and_for_its_dialler_alone() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse(TEXT.replace("kind: dongle", "kind: dongle\n    pin: true"))
    assert [problem.key for problem in caught.value.problems] == ["uplinks.phone.pin"]
    made = services(DIALLED, secrets("1234"), allot(DIALLED))
    assert [name for name, each in made.items() if "pin=1234" in each.unit + each.config] == [DIALLER]
    assert "1234" not in made[DIALLER].unit


@pytest.mark.parametrize("apn", ["'x", "a b", "a,b=c", "-x", "x'"])
def test_an_access_point_has_a_name_that_stands_for_nothing_else(apn: str) -> None:
    with pytest.raises(ConfigInvalid):
        parse(TEXT.replace("kind: dongle", f'kind: dongle\n    apn: "{apn}"'))


def test_a_stick_of_the_other_sort_is_named() -> None:
    reason = known(with_stick(), DIALLED).uplinks["phone"].reason
    assert reason == "the stick on USB dials by itself: leave out `apn`"
    reason = known(with_stick(MODEM), SITE).uplinks["phone"].reason
    assert reason == "the stick on USB is to be dialled: give its `apn`"


@given(st.text(max_size=400))
def test_whatever_a_modem_says_is_read_without_harm(said: str) -> None:
    found = fields(said)
    assert sim(found) in (None, "silent", "starting", "no-sim", "bad-sim")
    note = given_by(found)
    assert note is None or IPv4Address(note["ip"])
    assert barred(found, "1234", refused=True) is not None


@pytest.mark.parametrize(
    ("kind", "left", "refused", "why"),
    [
        ("pin1", "3", False, None),
        ("pin1", "2", False, None),
        ("pin1", "unknown", False, None),
        ("pin1", "3", True, "pin-refused"),
        ("pin1", "unknown", True, "pin-refused"),
        ("pin1", "1", False, "last-attempt"),
        ("pin1", "0", False, "puk"),
        ("puk1", "10", False, "puk"),
        ("network-pin", "3", False, "locked"),
    ],
)
def test_a_sim_is_asked_with_a_pin_that_it_has_not_refused_and_never_for_the_last_time(
    kind: str, left: str, refused: bool, why: str | None
) -> None:
    assert barred({"PIN type": kind, "Remaining attempts": left}, "1234", refused=refused) == why
