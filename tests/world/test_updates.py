"""Updates without fear: bad ones, good ones, and power that goes at any moment.

The stories follow each other, as they do in a box's life: each begins with the gateway as the last one left it, and
ends with a gateway that runs, whose config and state are whole, and a client of the LAN that downloads again. Those
which wait for a watchdog come early, while other tests have a use for the processors.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway_init.wellknown import slots
from image import recipe
from image.disk import layout as disk
from image.update.bundle import version
from image.work import sandbox
from qemu.drive.gateway import Gateway, copy
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness, slowness_now
from qemu.world.vm import World
from tests.world import bundles
from tests.world.story import READY_LIMIT, digest, download, expected, status, url, wait_until_all_up

INVOKE = [sys.executable, "-Es", str(sandbox.PROJECT / "tasks.py")]
STICK = "/run/stick"
EDIT = "sed -i 's/^  domain: .*/  domain: edited.home.arpa/'"
LEASES = "edited.home.arpa"
VERDICT_LIMIT = 420.0
"""Seconds on the reference machine from the restart to the verdict, whichever."""
FIRST_START = 40.0
"""Seconds from the kernel's first line of a new system to the verdict, about."""
TRIAL_SECONDS = 100
"""That a new system has in these stories, on the reference machine."""
VAIN_SECONDS = 40
"""That one has which can only fail, on the same."""
CUTS = int(os.environ.get("BRAID_CUTS", "2"))
"""Points at which the power goes; `BRAID_CUTS=20 invoke qemu-test -k power` for as many as one likes."""
SEED = int(os.environ.get("BRAID_SEED", random.SystemRandom().randrange(10**6)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every bundle of these stories, and a stick with all of them."""
    folder = tmp_path_factory.mktemp("bundles")
    content = folder / "content"
    content.mkdir()
    secrets = sandbox.PROJECT / "secrets"
    for name in bundles.VERSIONS:
        bundles.make(name, folder, secrets, content)
    bundles.of_the_image(sandbox.PROJECT / "build/braid.img", secrets, folder, content)
    bundles.stick(content, folder, folder / "stick")
    return folder


@pytest.fixture(scope="module", autouse=True)
def prepared(made: Path, booted: Gateway) -> Iterator[None]:
    """The stick is in, and somebody has edited the config on the box."""
    wait_until_all_up(booted)
    booted.succeed(f"cp /etc/braid/gateway.yaml /run/edited.yaml && {EDIT} /run/edited.yaml")
    booted.succeed("echo '  trial_seconds: 300' >>/run/edited.yaml")
    grant(booted, TRIAL_SECONDS * slowness(), "/run/edited.yaml")
    booted.insert(made / "stick")
    mount(booted)
    yield


def grant(gateway: Gateway, seconds: float, config: str = "/etc/braid/gateway.yaml") -> None:
    """Put a config in force by which new systems have that long to prove themselves."""
    granted = min(3600, max(60, round(seconds)))
    gateway.succeed(f"sed 's/trial_seconds: .*/trial_seconds: {granted}/' {config} >/run/granted.yaml")
    gateway.succeed("braid config set /run/granted.yaml")


def mount(gateway: Gateway) -> None:
    gateway.wait_until_succeeds(f"mkdir -p {STICK} && mount -t ext4 -o ro LABEL={bundles.LABEL} {STICK}")


def of(made: Path, name: str) -> str:
    """The version of a bundle."""
    return version(made / "content" / f"{name}.raucb")


def install(gateway: Gateway, name: str) -> None:
    """Start an update that ends with a restart."""
    gateway.succeed(f"systemd-run --quiet --unit=an-update braid update {STICK}/{name}.raucb")


def verdict(gateway: Gateway, *states: str) -> dict[str, Any]:
    """Wait until the box has said what became of the update."""

    def told(text: str) -> bool:
        update = json.loads(text)["update"] if text.startswith("{") else None
        return update is not None and update["state"] != "under way"

    now = json.loads(gateway.wait_until("braid status --json", told, VERDICT_LIMIT, "no verdict"))
    assert now["update"]["state"] in states, now["update"]
    return dict(now)


def assert_whole(gateway: Gateway, lan: Shell, world: World) -> None:
    """The gateway serves, the edits are in force, and what it kept is kept."""
    wait_until_all_up(gateway, READY_LIMIT)
    assert f"domain: {LEASES}" in gateway.succeed("cat /etc/braid/gateway.yaml")
    assert gateway.succeed("systemctl list-units --failed --plain --no-legend") == ""
    assert digest(download(lan, world, 1_000_000)) == expected(1_000_000)
    assert world.leaked() == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("truncated", "not a whole bundle"),
        ("flipped", "damaged"),
        ("stranger", "not signed by this site's key"),
        ("another-board", bundles.BOARD),
        ("too-large", "larger than a slot"),
    ],
)
def test_a_bundle_that_is_not_right_is_refused_and_nothing_changes(gateway: Gateway, name: str, said: str) -> None:
    before = status(gateway)
    answer = gateway.execute(f"braid update {STICK}/{name}.raucb", 120)
    assert answer.code == 2, answer.output
    assert said in answer.output
    assert "Traceback" not in answer.output
    now = status(gateway)
    assert (now["slot"], now["version"], now["ready"]) == (before["slot"], before["version"], True)
    assert gateway.succeed("/usr/lib/braid/boot-choice get-primary").strip() == before["slot"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("panics", "did not come up"),
        ("hangs", "did not come up"),
        ("crashes", "gateway_init ended"),
        ("cannot-dial", "the provider refuses the user or the password"),
    ],
)
def test_a_new_system_that_fails_is_left_for_the_old_one(
    gateway: Gateway, lan: Shell, world: World, name: str, said: str
) -> None:
    before = status(gateway)
    if name == "cannot-dial":
        grant(gateway, VAIN_SECONDS * slowness_now())
    with gateway.restart(may_panic=True):
        install(gateway, name)
        gateway.restarted(slots.other(before["slot"]), VERDICT_LIMIT)
        gateway.restarted(before["slot"], VERDICT_LIMIT)
    now = verdict(gateway, "rejected")
    assert said in now["update"]["reason"]
    assert (now["slot"], now["version"]) == (before["slot"], before["version"])
    assert said in gateway.succeed("braid status")
    if name == "cannot-dial":
        grant(gateway, TRIAL_SECONDS * slowness())
    assert_whole(gateway, lan, world)
    mount(gateway)


def test_an_update_from_afar_keeps_the_traffic_going_until_the_restart(
    gateway: Gateway, lan: Shell, world: World, made: Path
) -> None:
    host_key = gateway.succeed("cat /data/ssh/host_key 2>/dev/null || true")
    going = lan.start(f"curl -sS --max-time 600 --limit-rate 100k -o /run/going {url(world)}; true")
    with gateway.restart():
        update = subprocess.Popen(
            [*INVOKE, "update", world.ssh, "--bundle", str(made / "content/another.raucb")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        gateway.wait_for_line("restarting into slot B", VERDICT_LIMIT)
        came = int(lan.succeed("stat -c %s /run/going"))
        gateway.restarted("B", VERDICT_LIMIT)
    assert update.stdout
    told, _ = update.communicate()
    going.stop()
    assert update.returncode == 0, told
    assert came > 1_000_000, "the download stood still while the update was installed"
    assert "carries traffic from slot B and stays" in told
    now = verdict(gateway, "good")
    assert (now["slot"], now["version"]) == ("B", of(made, "another"))
    assert_whole(gateway, lan, world)
    if host_key:
        assert gateway.succeed("cat /data/ssh/host_key") == host_key


def test_edits_on_the_box_and_a_newer_config_in_the_image_are_both_shown(gateway: Gateway) -> None:
    mount(gateway)
    shown = gateway.succeed("braid config diff")
    assert f"+  domain: {LEASES}" in shown
    assert "+    lease: 6h" in shown
    assert "lease: 12h" in gateway.succeed("cat /etc/braid/gateway.yaml")


def test_power_that_goes_at_any_moment_of_an_update_leaves_a_gateway(
    gateway: Gateway, lan: Shell, world: World, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second update in a row; QEMU's disk is copied at the chosen points, which is what a killed QEMU leaves."""
    before = status(gateway)
    name = "another" if before["version"] == of(made, "whole") else "whole"
    chance = random.Random(SEED)
    in_bytes = sorted(chance.randrange(slot_bytes()) for _ in range(CUTS - CUTS // 2))
    in_seconds = sorted(chance.uniform(0, FIRST_START) for _ in range(CUTS // 2))

    def tell(line: str) -> None:
        gateway.log.note(line)
        with capsys.disabled():
            # A worker of pytest-xdist has no other way to the terminal.
            print(f"\n  {line}", end="", flush=True, file=sys.stderr)

    tell(f"seed {SEED}: the power goes after {in_bytes} bytes of the installation")
    tell(f"and after {[round(seconds, 1) for seconds in in_seconds]} s of the first start")

    begun = gateway.written()
    with gateway.restart():
        install(gateway, name)
        points = [freeze_when(gateway, tmp_path, lambda: gateway.written() - begun, at) for at in in_bytes]
        gateway.restarted(slots.other(before["slot"]), VERDICT_LIMIT)
        start = time.monotonic()
        points += [freeze_when(gateway, tmp_path, lambda: time.monotonic() - start, at) for at in in_seconds]
    assert verdict(gateway, "good")["version"] == of(made, name)
    assert_whole(gateway, lan, world)

    for point in points:
        gateway.crash()
        copy(point, gateway.disk)
        point.unlink()
        gateway.power_on()
        now = verdict(gateway, "interrupted", "good")
        tell(f"{point.name}: slot {now['slot']} runs, the update was {now['update']['state']}")
        assert now["version"] == (of(made, name) if now["update"]["state"] == "good" else before["version"])
        assert_whole(gateway, lan, world)
    mount(gateway)


def test_a_boot_loader_that_forgets_everything_still_boots(gateway: Gateway, lan: Shell, world: World) -> None:
    gateway.power_off()
    with gateway.disk.open("r+b") as card:
        card.seek(slots.POINTER_AT * slots.SECTOR)
        place = slots.pointed(card.read(slots.SECTOR))
        assert place
        card.seek(place * slots.SECTOR)
        assert card.read(slots.BYTES).startswith(slots.HEAD)
        card.seek(place * slots.SECTOR)
        card.write(bytes(slots.BYTES))
    gateway.power_on()
    gateway.wait_for_line("braid: ready", READY_LIMIT)
    assert_whole(gateway, lan, world)
    assert gateway.succeed("/usr/lib/braid/boot-choice get-primary").strip() == status(gateway)["slot"]


def test_a_data_partition_of_zeros_is_made_anew(gateway: Gateway, lan: Shell, world: World) -> None:
    gateway.power_off()
    sizes = recipe.load(sandbox.PROJECT / "image/recipe.yaml", recipe.Image).disk
    *_, (start, size) = disk.layout([sizes.boot, sizes.slot, sizes.slot, sizes.data])
    with gateway.disk.open("r+b") as card:
        card.seek(start * disk.MEBIBYTE)
        card.write(bytes(size * disk.MEBIBYTE))
    gateway.power_on()
    gateway.wait_for_line("braid: ready", READY_LIMIT)
    wait_until_all_up(gateway)
    assert status(gateway)["data"] == "made anew"
    assert "domain: home.arpa" in gateway.succeed("cat /etc/braid/gateway.yaml")
    gateway.succeed("cp /etc/braid/gateway.yaml /run/edited.yaml && braid config set /run/edited.yaml")
    assert digest(download(lan, world, 1_000_000)) == expected(1_000_000)
    assert world.leaked() == 0


def slot_bytes() -> int:
    return recipe.load(sandbox.PROJECT / "image/recipe.yaml", recipe.Image).disk.slot * disk.MEBIBYTE


def freeze_when(gateway: Gateway, folder: Path, measure: Callable[[], float], point: float) -> Path:
    """A copy of the disk as it is when a measure reaches a point."""
    deadline = time.monotonic() + VERDICT_LIMIT * slowness()
    while measure() < point:
        assert time.monotonic() < deadline, "the moment did not come"
        time.sleep(0.02)
    copied = folder / f"cut-{len(list(folder.iterdir()))}"
    gateway.freeze(copied)
    return copied
