"""Updates without fear: bad ones, good ones, and power that goes at any moment.

Each begins with a gateway that has never been updated, and most with a config that was edited on the box; each ends
with a gateway that runs, whose config and state are whole, and a client of the LAN that downloads again.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway_init.wellknown import slots
from image import recipe
from image.disk import layout
from image.update.bundle import version
from image.work import sandbox
from qemu.drive.gateway import Gateway, copy
from qemu.drive.ready import READY_LIMIT, status, wait_until_all_up
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness, slowness_now
from qemu.wire.console import Silent
from qemu.world.vm import World
from tests.boot.clone import Clone
from tests.frozen import HOME
from tests.world import bundles, cuts
from tests.world.bundles import GOOD
from tests.world.story import digest, download, expected, url
from tests.world.updating import STICK, TRIAL_SECONDS, VERDICT_LIMIT, grant, install, verdict

EDIT = "sed -i 's/^  domain: .*/  domain: edited.home.arpa/'"
LEASES = "edited.home.arpa"
MINUTES, SLOWLY = 20_000_000, 20_000
"""Bytes of a download, and those of a second: more than an installation lasts."""
SOME = 200_000
"""Bytes of a download that is not held back."""
LOOK_AGAIN = 5.0
"""Seconds, on the same, between two looks whether an update from afar goes on."""
VAIN_SECONDS = 40
"""That one has which can only fail, on the same."""

pytestmark = pytest.mark.restarts


@pytest.fixture
def edited(gateway: Gateway) -> None:
    """Somebody has edited the config on the box."""
    gateway.succeed(f"cp /etc/braid/gateway.yaml /run/edited.yaml && {EDIT} /run/edited.yaml")
    gateway.succeed("echo '  trial_seconds: 300' >>/run/edited.yaml")
    grant(gateway, TRIAL_SECONDS * slowness(), "/run/edited.yaml")


def of(made: Path, name: str) -> str:
    """The version of a bundle."""
    return version(made / "content" / f"{name}.raucb")


def wait_while(update: subprocess.Popen[str], gateway: Gateway, line: str) -> None:
    """Wait for a line on the console for as long as the update goes on: what it says where it ends too early."""
    deadline = time.monotonic() + VERDICT_LIMIT * slowness()
    while True:
        try:
            gateway.wait_for_line(line, LOOK_AGAIN)
            return
        except Silent as silent:
            if update.poll() is None and time.monotonic() < deadline:
                continue
            update.kill()
            told, _ = update.communicate()
            raise AssertionError(f"{told}\n{silent}") from None


def assert_whole(gateway: Gateway, lan: Shell, world: World) -> None:
    """The gateway serves, the edits are in force, and what it kept is kept."""
    wait_until_all_up(gateway, READY_LIMIT)
    assert f"domain: {LEASES}" in gateway.succeed("cat /etc/braid/gateway.yaml")
    assert gateway.succeed("systemctl list-units --failed --plain --no-legend") == ""
    assert digest(download(lan, world, SOME)) == expected(SOME)
    assert world.leaked() == 0


@pytest.mark.usefixtures("stick")
def test_a_bundle_that_is_not_right_is_refused_and_nothing_changes(gateway: Gateway) -> None:
    before = status(gateway)
    for name, said in bundles.WRONG.items():
        answer = gateway.execute(f"braid update {STICK}/{name}.raucb", 120)
        assert answer.code == 2, answer.output
        assert said in answer.output
        assert "Traceback" not in answer.output
    now = status(gateway)
    assert (now["slot"], now["version"], now["ready"]) == (before["slot"], before["version"], True)
    assert gateway.succeed("/usr/lib/braid/boot-choice get-primary").strip() == before["slot"]


@pytest.mark.usefixtures("stick", "edited")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("panics", "did not come up"),
        # tests/boot/test_slot_choice.py has the watchdog that ends it.
        pytest.param("hangs", "did not come up", marks=pytest.mark.long),
        pytest.param("crashes", "gateway_init ended", marks=pytest.mark.long),
        pytest.param("cannot-dial", "the provider refuses the user or the password", marks=pytest.mark.long),
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
    assert_whole(gateway, lan, world)


@pytest.mark.usefixtures("edited")
def test_an_update_from_afar_keeps_the_traffic_going_until_the_restart(
    gateway: Gateway, lan: Shell, world: World, made: Path, tmp_path: Path
) -> None:
    project = Clone(tmp_path / "project", HOME.secrets)
    begun = time.monotonic()
    going = lan.start(f"curl -sS --max-time 600 --limit-rate {SLOWLY} -o /run/going {url(world, MINUTES)}; true")
    with gateway.restart():
        update = subprocess.Popen(
            project.invoke("update", world.ssh, "--bundle", str(made / f"content/{GOOD}.raucb")),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        wait_while(update, gateway, "restarting into slot B")
        came, lasted = int(lan.succeed("stat -c %s /run/going")), time.monotonic() - begun
        gateway.restarted("B", VERDICT_LIMIT)
    assert update.stdout
    told, _ = update.communicate()
    going.stop()
    assert update.returncode == 0, told
    assert came > SLOWLY * lasted / 2, "the download stood still while the update was installed"
    assert "carries traffic from slot B and stays" in told
    now = verdict(gateway, "good")
    assert (now["slot"], now["version"]) == ("B", of(made, GOOD))
    assert_whole(gateway, lan, world)
    # The config was edited on the box, and the image's own is another one, too: both are shown.
    shown = gateway.succeed("braid config diff")
    assert f"+  domain: {LEASES}" in shown
    assert "+    lease: 6h" in shown
    assert "lease: 12h" in gateway.succeed("cat /etc/braid/gateway.yaml")


@pytest.mark.long
@pytest.mark.usefixtures("stick", "edited")
def test_power_that_goes_at_any_moment_of_an_update_leaves_a_gateway(
    gateway: Gateway, lan: Shell, world: World, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """QEMU's disk is copied at the chosen points, which is what a killed QEMU leaves."""
    before, name = status(gateway), GOOD
    in_bytes, in_seconds = cuts.points()

    def tell(line: str) -> None:
        gateway.log.note(line)
        with capsys.disabled():
            # A worker of pytest-xdist has no other way to the terminal.
            print(f"\n  {line}", end="", flush=True, file=sys.stderr)

    tell(f"seed {cuts.SEED}: the power goes after {in_bytes} bytes of the installation")
    tell(f"and after {[round(seconds, 1) for seconds in in_seconds]} s of the first start")

    begun = gateway.written()
    with gateway.restart():
        install(gateway, name)
        points = [
            cuts.freeze_when(gateway, tmp_path, lambda: gateway.written() - begun, at, VERDICT_LIMIT) for at in in_bytes
        ]
        gateway.restarted(slots.other(before["slot"]), VERDICT_LIMIT)
        start = time.monotonic()
        points += [
            cuts.freeze_when(gateway, tmp_path, lambda: time.monotonic() - start, at, VERDICT_LIMIT)
            for at in in_seconds
        ]
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


@pytest.mark.usefixtures("edited")
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
    *_, (start, size) = layout.layout([sizes.boot, sizes.slot, sizes.slot, sizes.data])
    with gateway.disk.open("r+b") as card:
        card.seek(start * layout.MEBIBYTE)
        card.write(bytes(size * layout.MEBIBYTE))
    gateway.power_on()
    gateway.wait_for_line("braid: ready", READY_LIMIT)
    wait_until_all_up(gateway)
    assert status(gateway)["data"] == "made anew"
    assert "domain: home.arpa" in gateway.succeed("cat /etc/braid/gateway.yaml")
    gateway.succeed("cp /etc/braid/gateway.yaml /run/edited.yaml && braid config set /run/edited.yaml")
    assert digest(download(lan, world, SOME)) == expected(SOME)
    assert world.leaked() == 0
