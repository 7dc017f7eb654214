"""A world and a gateway for each story, as they were saved: ready, every path up, the LAN's client with an address.

So each story stands alone: any one, in any order, any of them side by side. `invoke qemu-test --attach` runs them in
the rig of `invoke qemu --world` instead, one after the other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from gateway_init.config.site import Site
from image.work import files
from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness_now
from qemu.world import attached
from qemu.world.rehearsal import Rehearsal
from qemu.world.saved import Saved
from qemu.world.topology import DOWN_KBIT
from qemu.world.vm import World
from tests import attach
from tests.frozen import HOME, Frozen
from tests.frozen import LOGS as ALL_LOGS
from tests.world import bundles
from tests.world.telephone import IDLE, PHONE
from tests.world.updating import mount

LOGS = ALL_LOGS / "world"

JOURNAL = "journalctl --no-pager -b -n 200"
LAST_WORDS = (
    "braid status",
    JOURNAL,
    "systemctl list-units --failed --no-legend",
    "ip -br address",
)
"""What the gateway is asked when a test, or what makes ready for it, has failed; the answers are in its log, and
what the world wrote down in that of the world."""

outcome = pytest.StashKey[bool]()


@pytest.fixture
def frozen() -> Frozen:
    """Which of the frozen sites a story is about; those that are told of each are given the others, too."""
    return HOME


@pytest.fixture
def site(rig: Rehearsal) -> Site:
    """The site that the rig was made of."""
    return rig.site


@pytest.fixture
def rig(frozen: Frozen, request: pytest.FixtureRequest) -> Iterator[Rehearsal]:
    """Both machines; where the test fails, what the gateway has to say about that goes to the logs."""
    name = re.sub(r"[^\w]+", "-", request.node.name.removeprefix("test_")).strip("-")
    if os.environ.get(attach.VARIABLE):
        if any(request.node.get_closest_marker(name) for name in ("restarts", "spoils")):
            pytest.skip("a rig in use would not be the same afterwards; run it without --attach")
        lent = attached.rig(LOGS, name)
    else:
        saved = Saved(frozen.image, frozen.load(), frozen.secrets, ALL_LOGS)
        lent = saved.restored(LOGS, name)
    with lent as both:
        yield both
        if request.node.stash.get(outcome, False):
            for question in LAST_WORDS:
                both.gateway.execute(question)
            both.world.host("isp").execute(JOURNAL)


@pytest.fixture
def world(rig: Rehearsal) -> World:
    return rig.world


@pytest.fixture
def gateway(rig: Rehearsal) -> Gateway:
    return rig.gateway


@pytest.fixture
def lan(world: World) -> Shell:
    """The LAN's client, with an address."""
    return world.host("lan")


@pytest.fixture
def narrow(site: Site, world: World) -> Iterator[None]:
    """The lines are the narrowest part, however slow the machine: else the first path does all that it can."""
    for name in site.uplinks:
        world.uplink(name).shape(down_kbit=round(DOWN_KBIT / slowness_now()))
    yield
    for name in site.uplinks:
        world.uplink(name).shape(down_kbit=DOWN_KBIT)


@pytest.fixture
def mac(world: World) -> str:
    """That of the telephone."""
    return world.description.line(PHONE).gateway_mac


def plug_in(rig: Rehearsal) -> None:
    """Plug in the site's telephones; those of a rig in use are."""
    if not os.environ.get(attach.VARIABLE):
        rig.plug_in()


@pytest.fixture
def all_lines(rig: Rehearsal, gateway: Gateway) -> Iterator[None]:
    """Every line of the site's is in use, those on demand, too."""
    plug_in(rig)
    for name in rig.site.on_demand:
        gateway.succeed(f"braid up {name}")
    wait_until_all_up(gateway, every=True)
    yield
    if os.environ.get(attach.VARIABLE):
        for name in rig.site.on_demand:
            gateway.succeed(f"braid down {name}")


@pytest.fixture
def budget() -> str:
    """What the telephone's line may carry; empty for no limit."""
    return ""


@pytest.fixture
def phone(rig: Rehearsal, gateway: Gateway, budget: str) -> Iterator[None]:
    """It is plugged in, and rests; what is taken in is soon let go."""
    # With its speed, too: as much as it carries until the next look is written down before it is used.
    limit = f"\\n    budget: {{bytes: {budget}}}\\n    speed: {{down: 8000, up: 1000}}" if budget else ""
    gateway.succeed(
        rf"sed 's/^policy:/policy:\n  demand: {{busy_seconds: 5, idle_seconds: {IDLE}}}/; s/use: on-demand/&{limit}/'"
        " /etc/braid/gateway.yaml >/run/short.yaml && braid config set /run/short.yaml"
    )
    plug_in(rig)
    gateway.wait_until("braid status", lambda text: "on demand, and not needed now" in text, 60, "it is not there")
    yield
    if os.environ.get(attach.VARIABLE):
        gateway.succeed("braid config reset")


@pytest.fixture(scope="session")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Every bundle of the stories that are told, and a stick with all of them; made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "bundles"
    with files.lock(folder.with_suffix(".lock")):
        if not (folder / "stick").exists():
            content = folder / "content"
            content.mkdir(parents=True)
            told = {name for item in request.session.items for name in bundles.VERSIONS if f"[{name}" in item.name}
            for name in sorted({bundles.GOOD, *told}):
                bundles.make(name, folder, HOME.secrets, content)
            bundles.of_the_image(HOME.image, HOME.secrets, folder, content)
            bundles.stick(content, folder, folder / "stick.new")
            (folder / "stick.new").rename(folder / "stick")
    return folder


@pytest.fixture
def stick(made: Path, gateway: Gateway) -> None:
    """The stick is in."""
    gateway.insert(made / "stick")
    mount(gateway)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when != "teardown":
        item.stash[outcome] = report.failed
    return report
