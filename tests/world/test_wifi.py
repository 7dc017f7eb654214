"""Somebody's Wi-Fi: joined when it is needed, with words for what keeps it, and again after it has been away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qemu.drive.gateway import Gateway
from qemu.drive.shell import Shell
from qemu.world.access_point import AccessPoint
from qemu.world.carried import carried, shares
from qemu.world.line.wifi import LENT, PORT
from qemu.world.vm import World
from tests.frozen import THIRD, Frozen
from tests.world.story import SIZE, digest, download, expected

DEN = "den"
WRONG = "the access point refuses the password"
OTHER = "another password"
SOME = 100_000
"""Bytes that are no questions and answers."""
PATIENCE = 60.0
"""Seconds on the reference machine until an access point is found, a password tried again, or a lease is there."""


@pytest.fixture
def frozen() -> Frozen:
    return THIRD


@pytest.fixture
def access_point(gateway: Gateway, world: World) -> Iterator[AccessPoint]:
    """It serves, and the box has a card: the line rests."""
    standing = AccessPoint(gateway, world.description.line(DEN))
    standing.set_up(PORT)
    yield standing


def told(gateway: Gateway, words: str) -> None:
    gateway.wait_until("braid status", lambda text: words in text, PATIENCE, f"nobody says: {words}")


def wait_until_used(gateway: Gateway) -> None:
    gateway.wait_until("ip mptcp endpoint", lambda text: f"dev {DEN}" in text, PATIENCE, "the Wi-Fi is not in use")


def give(gateway: Gateway, password: str) -> None:
    """The box's own copy of the password is that."""
    gateway.succeed(f"printf '%s\\n' '{password}' | braid config secret uplink-{DEN}.password")


def edit(gateway: Gateway, changes: str) -> None:
    """Change the line, by a script of sed(1), as a person would by `braid config edit`."""
    gateway.succeed(f"sed '{changes}' /etc/braid/gateway.yaml >/run/edited.yaml && braid config set /run/edited.yaml")


@pytest.mark.spoils
@pytest.mark.usefixtures("narrow")
def test_a_wrong_password_is_named_with_the_right_one_it_carries_and_the_access_point_may_restart(
    gateway: Gateway, lan: Shell, world: World, access_point: AccessPoint
) -> None:
    told(gateway, "on demand, and not needed now")
    assert "state DOWN" in gateway.succeed(f"ip link show dev {DEN}")
    assert access_point.guests() == ""
    access_point.serve(password=OTHER)
    gateway.succeed(f"braid up {DEN}")
    told(gateway, WRONG)
    give(gateway, OTHER)
    wait_until_used(gateway)
    before = carried(world)
    assert digest(download(lan, world)) == expected()
    # On a busy machine it is the last to join a short download, and has a twentieth of it or less.
    assert carried(world)[DEN] - before[DEN] > SOME
    going = download(lan, world, SIZE // 2)
    access_point.vanish()
    told(gateway, "has gone, or lets go of us")
    access_point.serve(password=OTHER)
    wait_until_used(gateway)
    assert digest(going) == expected(SIZE // 2)
    assert LENT in gateway.succeed("braid status")
    gateway.succeed(f"braid down {DEN}")
    told(gateway, "on demand, and not needed now")
    gateway.wait_until(f"ip link show dev {DEN}", lambda text: "state DOWN" in text, PATIENCE, "the card is on")
    assert world.leaked() == 0


@pytest.mark.long
@pytest.mark.spoils
def test_hidden_with_wpa3_its_wrong_password_is_named_too_and_an_open_one_needs_none(
    gateway: Gateway, lan: Shell, world: World, access_point: AccessPoint
) -> None:
    access_point.serve(security="wpa3", hidden=True, password=OTHER)
    edit(gateway, "s/kind: wifi/&\\n    security: wpa3\\n    hidden: true/")
    gateway.succeed(f"braid up {DEN}")
    told(gateway, WRONG)
    give(gateway, OTHER)
    wait_until_used(gateway)
    assert access_point.guests()
    access_point.serve(security="open")
    edit(gateway, "s/security: wpa3/security: open/; /hidden: true/d")
    wait_until_used(gateway)
    before = carried(world)
    assert digest(download(lan, world, SIZE // 2)) == expected(SIZE // 2)
    assert shares(before, carried(world))[DEN] > 0
    assert world.leaked() == 0
