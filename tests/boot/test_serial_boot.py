"""The image on its own, told by its serial console: from SeaBIOS to a shell, off, and on again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from qemu.drive.gateway import Gateway
from qemu.machine.rundir import run_folder
from tests.frozen import HOME, LOGS


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    """A gateway that nobody has plugged in: no modem answers, and no LAN client asks."""
    with run_folder() as folder:
        gateway = Gateway(folder, HOME.image, LOGS / "boot.log")
        gateway.power_on()
        yield gateway
        gateway.close()


def test_grub_and_the_kernel_speak_on_the_serial_line(gateway: Gateway) -> None:
    gateway.console.expect("GRUB: slot A", 60)
    gateway.wait_for_line("Linux version")


def test_it_says_what_it_waits_for(gateway: Gateway) -> None:
    assert gateway.wait_for_line("braid: waiting").endswith("(adsl: no answer from a concentrator)")


def test_whoever_holds_the_box_has_a_root_shell(gateway: Gateway) -> None:
    gateway.login()
    assert gateway.succeed("id -u") == "0\n"


def test_the_console_survives_what_the_box_prints_meanwhile(gateway: Gateway) -> None:
    numbers = gateway.succeed("for each in $(seq 40); do echo $each; echo chatter $each >/dev/kmsg; done")
    assert numbers.split() == [str(number) for number in range(1, 41)]
    assert "not to be found" in gateway.fail("echo not to be found; exit 3")


def test_no_unit_has_failed_but_the_line_that_nobody_answers(gateway: Gateway) -> None:
    failed = gateway.succeed("systemctl list-units --failed --plain --no-legend")
    assert re.sub(r"(?m)^braid-pppoe-\S+ .*\n?", "", failed) == ""


def test_nothing_starts_before_the_daemon_that_traffic_does_not_need(gateway: Gateway) -> None:
    """docs/boot.md: what else starts waits for braid.service."""
    shown = gateway.succeed("systemctl show -p Id,InactiveExitTimestampMonotonic --type=service '*'")
    begun = {
        values["Id"]: int(values["InactiveExitTimestampMonotonic"])
        for block in shown.strip().split("\n\n")
        if (values := dict(line.split("=", 1) for line in block.splitlines()))
    }
    done = int(gateway.succeed("systemctl show --value -p ActiveEnterTimestampMonotonic braid.service"))
    before = {name for name, at in begun.items() if 0 < at < done and not name.startswith("braid")}
    assert before == {
        "nftables.service",
        "systemd-journald.service",
        "systemd-modules-load.service",
        "systemd-sysctl.service",
        "systemd-udev-trigger.service",
        "systemd-udevd.service",
    }


def test_the_kernel_is_sound(gateway: Gateway) -> None:
    assert gateway.succeed("cat /proc/sys/kernel/tainted") == "0\n"
    said = gateway.succeed("dmesg --level=emerg,alert,crit").splitlines()
    # The initrd arms the watchdog and leaves it running for systemd, which the kernel holds for a mistake.
    assert [line for line in said if "watchdog did not stop" not in line] == []


def test_multipath_tcp_is_on(gateway: Gateway) -> None:
    assert gateway.succeed("sysctl -n net.mptcp.enabled") == "1\n"


def test_the_ports_are_called_as_on_an_apu(gateway: Gateway) -> None:
    assert gateway.succeed("ls -d /sys/class/net/en*").split() == [f"/sys/class/net/enp{slot}s0" for slot in (1, 2, 3)]


def test_the_cpu_has_nothing_that_an_apu_lacks(gateway: Gateway) -> None:
    has = set(gateway.succeed("grep -m1 ^flags /proc/cpuinfo").split())
    assert not has & {"sse4_1", "sse4_2", "avx", "aes", "3dnow"}


def test_nothing_opens_when_the_firewall_s_unit_stops(gateway: Gateway) -> None:
    gateway.succeed("systemctl stop nftables.service")
    assert "policy drop" in gateway.succeed("nft list chain inet braid output")
    # The daemon stops with it, and opens nothing before it has started again.
    assert gateway.fail("systemctl is-active braid.service").strip() == "inactive"
    gateway.succeed("systemctl start braid.service")


def test_the_root_is_read_only(gateway: Gateway) -> None:
    assert gateway.succeed("findmnt -no FSTYPE /") == "squashfs\n"
    assert "Read-only file system" in gateway.fail("touch /usr/bin/braid")


def test_secrets_are_root_s_alone(gateway: Gateway) -> None:
    assert gateway.succeed("find /etc/braid/secrets -type f") != ""
    assert gateway.succeed("find /etc/braid/secrets -perm /077") == ""


def test_it_powers_off_in_good_order_and_boots_again_on_a_full_data_partition(gateway: Gateway) -> None:
    gateway.succeed("echo kept >/data/kept && echo lost >/var/tmp/lost && echo lost >/etc/lost")
    gateway.succeed("sed -i 's/lease: 12h/lease: 3h/' /etc/braid/gateway.yaml && systemctl restart braid")
    assert "No space left" in gateway.fail("cat /dev/zero >/data/filler")

    gateway.power_off()
    assert "Failed unmounting" not in gateway.console.transcript
    gateway.start_up()

    gateway.wait_for_unit("data.mount")
    assert gateway.succeed("cat /data/kept") == "kept\n"
    assert "No space left" in gateway.fail("head -c 1M /dev/zero >/data/more")
    # Said by the kernel or by e2fsck where the file system was not closed in good order.
    gateway.fail("journalctl -b --no-pager | grep -i 'recovery complete\\|recovering journal'")
    gateway.fail("cat /var/tmp/lost")
    gateway.fail("cat /etc/lost")
    gateway.succeed("grep 'lease: 3h' /etc/braid/gateway.yaml")
    assert gateway.succeed("braid config") == "edited on the box (gateway.yaml)\n"
    assert "+    lease: 3h" in gateway.succeed("braid config diff")
    gateway.succeed("rm /data/filler /data/more")


def test_a_crash_does_not_keep_it_from_booting(gateway: Gateway) -> None:
    gateway.wait_for_unit("data.mount")
    gateway.succeed("echo synced >/data/synced && sync")
    gateway.succeed("echo another | braid config secret uplink-adsl.password")

    gateway.crash()
    gateway.start_up()

    gateway.wait_for_unit("data.mount")
    assert gateway.succeed("cat /data/synced") == "synced\n"
    gateway.wait_for_unit("braid.service")
    assert gateway.succeed("cat /etc/braid/secrets/uplink-adsl.password") == "another\n"
    assert "secrets/uplink-adsl.password: edited on the box" in gateway.succeed("braid config diff")
    assert "another" in gateway.succeed("grep password /run/braid/braid-pppoe-adsl.conf")

    gateway.succeed("rm /etc/braid/secrets/uplink-adsl.password")
    assert "it needs uplink-adsl.password beside it" in gateway.fail("braid check")
    gateway.succeed("braid config reset")
    assert gateway.succeed("braid config") == "as built\n"
    gateway.succeed("diff -r /run/image/braid /etc/braid")
