"""The modem of a line: a bridge between the gateway's cable and the ISP's, with the line's rates both ways."""

from __future__ import annotations

from gateway_init.base.process import run
from qemu.world.description import QUEUE, Line
from qemu.world.inside import links


def lay(line: Line) -> None:
    """Lay both cables, `dsl` to the gateway and `line` to the ISP, where it is called as the line's device."""
    links.plug(line.mac, line.modem, "dsl")
    links.batch(
        ["-n", line.modem],
        [
            "link add br0 type bridge forward_delay 0 mcast_snooping 0",
            f"link add line type veth peer name {line.device} netns isp",
        ],
    )
    links.quiet(line.modem, "br0", "line")
    links.quiet("isp", line.device)
    links.batch(
        ["-n", line.modem],
        ["link set dsl master br0 up", "link set line master br0 up", "link set br0 up"],
    )
    links.batch(["-n", "isp"], [f"link set {line.device} up"])
    queues(line)


def queues(line: Line) -> None:
    """The line's rates both ways."""
    for device, rate in (("dsl", line.down_kbit), ("line", line.up_kbit)):
        queue = ["tbf", "rate", f"{rate}kbit", "burst", "8kb", "latency", QUEUE]
        run(["tc", "-n", line.modem, "qdisc", "add", "dev", device, "root", *queue])
