"""From the first packet after power-on to the last before power-off: what leaves the gateway, whatever befalls it."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway_init.base.table import table
from gateway_init.config.site import Site
from gateway_init.wellknown import slots
from qemu.drive.gateway import Gateway
from qemu.drive.ready import READY_LIMIT, status, wait_until_all_up
from qemu.drive.shell import Job, Shell
from qemu.machine.accel import slowness
from qemu.world.capture import Capture, Verdict
from qemu.world.leak.pcap import written
from qemu.world.line.tether import LENT
from qemu.world.rehearsal import Rehearsal
from qemu.world.vm import World
from tests import hostile
from tests.world.bundles import GOOD
from tests.world.conftest import LOGS
from tests.world.story import digest, download, expected
from tests.world.updating import TRIAL_SECONDS, VERDICT_LIMIT, grant, install, mount, verdict

pytestmark = pytest.mark.restarts

ATTACKER = Path(__file__).with_name("attacker.py")
SIZE = 1_000_000
NEAR, PHONE = "near", "phone"
STOPPED = 10
"""Seconds."""


@pytest.fixture
def attack(gateway: Gateway, lan: Shell, site: Site, world: World) -> Iterator[Job]:
    """A hostile device of the LAN's is at work all the time."""
    device = lan.succeed("ip -4 -o address show dev eth0 | sed 's/.*inet //; s,/.*,,'").strip()
    lines = (world.uplink("adsl").assigned, LENT)
    other = str(site.lan.dhcp.last)
    frames = hostile.frames(hostile.around(site, device, other, lines))
    lan.succeed(f"cat >/run/attacker.py <<'END'\n{ATTACKER.read_text()}END")
    packed = base64.encodebytes(gzip.compress(written(frames), mtime=0)).decode()
    lan.succeed(f"base64 -d <<'END' | gunzip >/run/frames\n{packed}END")
    mac = gateway.succeed("cat /sys/class/net/lan/address").strip()
    job = lan.start(f"exec python3 /run/attacker.py eth0 {mac} /run/frames >/run/attacker.log 2>&1")
    lan.wait_until_succeeds("grep sent /run/attacker.log", 120)
    yield job
    job.stop()


class Watched:
    """Captures of all uplinks, looked at after each phase."""

    def __init__(self, world: World, site: Site) -> None:
        self._captures: dict[str, Capture] = {name: world.capture(name) for name in site.uplinks}
        self._found: dict[str, dict[str, Verdict]] = {}

    def phase(self, name: str, allowed: str = "") -> None:
        """What came since the one before belongs to this one."""
        self._found[name] = {line: capture.look(allowed) for line, capture in self._captures.items()}

    def tell(self, name: str) -> None:
        """Print all of it, and put it beside the logs."""
        (LOGS / f"{name}.txt").write_text(self.text + "\n")
        print(self.text)

    @property
    def outside(self) -> dict[str, list[str]]:
        """The first packets of each phase that are not on the list."""
        found = {
            name: [packet for verdict in lines.values() for packet in verdict.foreign + verdict.plain]
            for name, lines in self._found.items()
        }
        return {name: packets for name, packets in found.items() if packets}

    def count(self, phase: str, what: str) -> int:
        return sum(verdict.counts.get(what, 0) for verdict in self._found[phase].values())

    @property
    def text(self) -> str:
        """Phase by class."""
        classes = sorted({what for lines in self._found.values() for each in lines.values() for what in each.counts})
        rows = [
            (
                name,
                *(str(self.count(name, what) or "") for what in classes),
                str(sum(len(verdict.foreign + verdict.plain) for verdict in lines.values())),
            )
            for name, lines in self._found.items()
        ]
        return table(("phase", *classes, "outside"), rows)


def carries(watched: Watched, lan: Shell, world: World) -> None:
    # Emulated and just started, the box may take longer for its first answer than a resolver waits.
    lan.wait_until_succeeds(f"getent hosts {world.description.web.name}")
    assert digest(download(lan, world, SIZE)) == expected(SIZE)
    watched.phase("download")
    assert watched.count("download", f"OpenVPN to {NEAR}") > 100


def loses_its_daemon(watched: Watched, gateway: Gateway) -> None:
    gateway.succeed("systemctl kill -s KILL braid")
    wait_until_all_up(gateway, READY_LIMIT)
    watched.phase("daemon killed")
    gateway.succeed(f"systemctl kill -s STOP braid && sleep {STOPPED} && systemctl kill -s CONT braid")
    wait_until_all_up(gateway, READY_LIMIT)
    watched.phase("daemon stopped")


def gets_another_ruleset(watched: Watched, gateway: Gateway) -> None:
    rules = "nft list table inet braid | grep comment"
    before = gateway.succeed(rules)
    gateway.succeed("sed 's/149.112.112.112/&, 9.9.9.10/' /etc/braid/gateway.yaml >/run/new.yaml")
    gateway.succeed("braid config set /run/new.yaml")
    gateway.wait_until(rules, lambda text: text != before, READY_LIMIT, "it has the old ruleset")
    wait_until_all_up(gateway, READY_LIMIT)
    watched.phase("config edited, ruleset replaced", gateway.succeed("braid allowed --json"))


@pytest.mark.usefixtures("attack")
def test_nothing_leaves_but_what_is_on_the_list_while_it_works(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    watched = Watched(world, site)
    carries(watched, lan, world)
    loses_its_daemon(watched, gateway)
    gets_another_ruleset(watched, gateway)
    watched.tell("leaks-at-work")
    assert watched.outside == {}
    assert world.leaked() == 0


@pytest.mark.long
@pytest.mark.usefixtures("attack")
def test_nothing_leaves_but_what_is_on_the_list_from_power_on_to_power_off(
    rig: Rehearsal, gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    rig.plug_in()
    watched = Watched(world, site)
    gateway.crash()
    watched.phase("power cut")
    gateway.power_on()
    gateway.wait_for_line("braid: ready", READY_LIMIT)
    watched.phase("power-on, boot, first dial")
    gateway.succeed(f"braid up {PHONE}")
    wait_until_all_up(gateway, READY_LIMIT, every=True)
    watched.phase("another line taken in")
    carries(watched, lan, world)
    loses_its_daemon(watched, gateway)
    gets_another_ruleset(watched, gateway)
    gateway.power_off()
    watched.phase("power-off")
    watched.tell("leaks")
    assert watched.outside == {}
    assert watched.count("power-on, boot, first dial", "PPPoE discovery") > 0
    assert watched.count("another line taken in", "DHCP") > 0
    assert world.leaked() == 0


@pytest.mark.long
@pytest.mark.parametrize("fails", ["hangs"])
@pytest.mark.usefixtures("attack", "stick")
def test_nothing_leaves_but_what_is_on_the_list_while_it_is_updated_and_falls_back(
    gateway: Gateway, lan: Shell, site: Site, world: World, fails: str
) -> None:
    gateway.succeed("(cat /etc/braid/gateway.yaml; echo '  trial_seconds: 300') >/run/edited.yaml")
    grant(gateway, TRIAL_SECONDS * slowness(), "/run/edited.yaml")
    wait_until_all_up(gateway, READY_LIMIT)
    watched = Watched(world, site)
    before = status(gateway)["slot"]
    with gateway.restart():
        install(gateway, GOOD)
        gateway.restarted(slots.other(before), VERDICT_LIMIT)
        watched.phase("update installed, restart")
    verdict(gateway, "good")
    wait_until_all_up(gateway, READY_LIMIT)
    watched.phase("trial, to the verdict")
    mount(gateway)
    with gateway.restart(may_panic=True):
        install(gateway, fails)
        gateway.restarted(before, VERDICT_LIMIT)
        watched.phase("update that hangs")
        gateway.restarted(slots.other(before), VERDICT_LIMIT)
    verdict(gateway, "rejected")
    wait_until_all_up(gateway, READY_LIMIT)
    carries(watched, lan, world)
    watched.phase("watchdog's reset, rollback")
    watched.tell("leaks-updated")
    assert watched.outside == {}
    assert world.leaked() == 0


def test_what_is_let_out_by_mistake_is_seen(gateway: Gateway, world: World) -> None:
    capture = world.capture("adsl")
    # By the line itself: what connections open by, and so the way of all else, may be a path in a tunnel.
    gateway.succeed("nft insert rule inet braid output accept && ip route add 192.0.2.53 dev adsl")
    gateway.succeed("bash -c 'echo asked >/dev/udp/192.0.2.53/53'")
    dns = capture.look()
    assert [packet for packet in dns.foreign if "> 192.0.2.53:53" in packet], dns
    assert world.leaked() > 0
    gateway.succeed("echo 0 >/proc/sys/net/ipv6/conf/enp1s0/disable_ipv6")
    gateway.wait_until_succeeds("sleep 1; ip -6 address show dev enp1s0 | grep -v tentative | grep fe80")
    assert [packet for packet in capture.stop().foreign if "type 86dd" in packet]
