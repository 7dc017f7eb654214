"""One world and one gateway for all stories, booted side by side; each test's name is in both logs."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from gateway_init.config import Site, load
from image.work import sandbox
from qemu.drive.gateway import Gateway
from qemu.drive.shell import Shell
from qemu.world.rehearsal import Rehearsal, rehearsal
from qemu.world.vm import World
from tests.world.story import READY_LIMIT

IMAGE = sandbox.PROJECT / "build/braid.img"
CONFIG = sandbox.PROJECT / "overlay/etc/braid/gateway.yaml"
SECRETS = sandbox.PROJECT / "secrets"
LOGS = sandbox.PROJECT / "build/logs"

LAST_WORDS = (
    "braid status",
    "journalctl --no-pager -b -n 60",
    "systemctl list-units --failed --no-legend",
    "ip -br address",
)
"""What the gateway is asked when a test has failed; the answers are in its log."""

outcome = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def site() -> Site:
    return load(CONFIG)


@pytest.fixture(scope="session")
def started(site: Site) -> Iterator[Rehearsal]:
    """Both machines, booting."""
    with rehearsal(IMAGE, site, SECRETS, LOGS) as both:
        yield both


@pytest.fixture(scope="session")
def world(started: Rehearsal) -> World:
    """The world, every host of it set up."""
    started.world.wait()
    return started.world


@pytest.fixture(scope="session")
def booted(started: Rehearsal, world: World) -> Gateway:
    """The gateway, which has said that it is ready."""
    assert world.description.hosts
    started.gateway.wait_for_line("braid: ready", READY_LIMIT)
    return started.gateway


@pytest.fixture(scope="session")
def connected(booted: Gateway, world: World) -> Shell:
    """The LAN's client, once it has asked for an address."""
    client = world.host("lan")
    assert booted.console.transcript
    client.succeed("udhcpc -i eth0 -n -q -t 10")
    return client


@pytest.fixture
def gateway(booted: Gateway, world: World, request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """The gateway; where the test fails, what it has to say about that goes to the logs."""
    name = request.node.name
    booted.log.note(f"test: {name}")
    world.log.note(f"test: {name}")
    yield booted
    if request.node.stash.get(outcome, False):
        for question in LAST_WORDS:
            booted.execute(question)


@pytest.fixture
def lan(connected: Shell) -> Shell:
    """The LAN's client, with an address."""
    return connected


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[outcome] = report.failed
    return report
