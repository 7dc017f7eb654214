"""A modem, or a provider, that lets packets wait for seconds: once the line's own rate is told, or was found out, they
wait for nobody."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from qemu.drive.gateway import Gateway
from qemu.drive.rate import leave_alone, tell
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness_now
from qemu.rehearse.measure import FLOW
from qemu.world.topology import DOWN_KBIT, UP_KBIT
from qemu.world.uplink import REAL_QUEUE
from qemu.world.vm import World
from tests.world.story import SIZE, digest, download, expected, url

LONG = 100_000_000
"""Bytes that no line of ours is through with before it is known."""
FULL, SHORT, NEVER = 1000.0, 400.0, 1e9
"""Milliseconds that answers take through a queue of 2 s that is full, and where none waits for more than a packet or
two that are being sent, on a busy machine."""


def waits(least: float, most: float) -> Callable[[str], bool]:
    """Whether a status says that the answers over the straight path take between so many milliseconds."""

    def told(text: str) -> bool:
        (path,) = (each for each in json.loads(text)["paths"] if each["name"] == "adsl")
        took = path["probed"] and path["probed"]["rtt"]
        return took is not None and least <= took <= most

    return told


def inbound(gateway: Gateway) -> list[int]:
    """Bytes that have gone by each queue for what comes in."""
    told = json.loads(gateway.succeed("tc -s -json qdisc show"))
    return [each["bytes"] for each in told if each["kind"] == "cake" and each["dev"].startswith("inbound")]


@pytest.mark.usefixtures("narrow")
def test_what_comes_in_goes_by_a_queue_with_each_session_anew(gateway: Gateway, lan: Shell, world: World) -> None:
    tell(gateway, ["adsl"], f"up: {UP_KBIT}, down: {2 * DOWN_KBIT}, over: ethernet")
    gateway.wait_until_succeeds("tc qdisc show | grep 'cake.*dev inbound'")
    assert digest(download(lan, world, SIZE // 3)) == expected(SIZE // 3)
    (bytes_then,) = inbound(gateway)
    assert bytes_then > SIZE // 3
    line = world.uplink("adsl")
    line.renumber(f"{line.assigned}9")
    gateway.wait_until("ip -4 address show dev adsl", lambda text: line.assigned in text, 180, "no new session")
    gateway.wait_until("tc qdisc show", lambda text: text.count("dev inbound") == 1, 60, "not one queue")
    for harm in (
        "tc qdisc del dev adsl ingress",
        "tc qdisc del dev $(ls /sys/class/net | grep inbound) root",
        "ip link del $(ls /sys/class/net | grep inbound)",
    ):
        gateway.succeed(harm)
        gateway.wait_until_succeeds(
            "tc qdisc show | grep 'cake.*dev inbound' && tc qdisc show dev adsl ingress | grep ."
        )
    assert digest(download(lan, world, SIZE // 3)) == expected(SIZE // 3)
    (bytes_now,) = inbound(gateway)
    assert bytes_now > SIZE // 3
    gateway.succeed("braid config reset")
    gateway.wait_until("tc qdisc show", lambda text: "inbound" not in text and "ingress" not in text, 60, "one is left")
    assert digest(download(lan, world, SIZE // 3)) == expected(SIZE // 3)
    assert world.leaked() == 0


@pytest.mark.long
@pytest.mark.parametrize("told", [True, False], ids=["told", "found out"])
def test_a_download_that_fills_the_line_holds_up_nobody_once_the_line_s_rate_is_known(
    gateway: Gateway, lan: Shell, world: World, *, told: bool
) -> None:
    leave_alone(gateway)
    # What this machine's box can fill.
    down = round(DOWN_KBIT / 2 / slowness_now())
    world.uplink("adsl").shape(down_kbit=down, queue=REAL_QUEUE)
    flow = lan.start(f"exec curl -sS --fail -o /dev/null {url(world, LONG)}")
    gateway.wait_until("braid status --json", waits(FULL, NEVER), 120, "the provider's queue is not full")
    if told:
        tell(gateway, ["adsl"], f"up: {UP_KBIT}, down: {down}, over: ethernet")
    else:
        gateway.succeed("braid config reset")
    gateway.wait_until("braid status --json", waits(0, SHORT), 120, "they wait all the same")
    assert flow.running()
    flow.stop()
    world.uplink("adsl").shape(down_kbit=DOWN_KBIT)
    gateway.succeed("braid config reset")
    assert world.leaked() == 0


@pytest.mark.long
def test_an_upload_that_fills_the_line_holds_up_nobody_once_the_line_s_rate_is_known(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    leave_alone(gateway)
    # What this machine's box can fill.
    up = round(UP_KBIT / slowness_now())
    line = world.uplink("adsl").shape(up_kbit=up, queue=REAL_QUEUE)
    flow = lan.start(f"{FLOW} send {world.description.web.name} {LONG}")
    gateway.wait_until("braid status --json", waits(FULL, NEVER), 120, "the modem's queue is not full")
    tell(gateway, ["adsl"], f"up: {up}")
    gateway.wait_until("braid status --json", waits(0, SHORT), 120, "they wait all the same")
    assert flow.running()
    # A new session has its queue again.
    assert "qdisc cake" in gateway.succeed("tc qdisc show dev adsl")
    line.renumber(f"{line.assigned}9")
    gateway.wait_until(
        "ip -4 address show dev adsl && tc qdisc show dev adsl",
        lambda text: line.assigned in text and "qdisc cake" in text,
        180,
        "the new session's queue is the kernel's own",
    )
    flow.stop()
    line.shape(up_kbit=UP_KBIT)
    gateway.succeed("braid config reset")
    assert world.leaked() == 0
