"""A router with a small network of its own behind NAT, as in a telephone or a flat: the gateway is a guest there."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Interface, IPv4Network

from gateway_init.base.process import run
from qemu.world.description import Line
from qemu.world.inside import dhcpd, links, modem


def lay(line: Line, own: IPv4Interface) -> None:
    """Give `dsl`, which is its end of the way to the gateway, its own address, and lay `line` to the ISP."""
    links.batch(["-n", line.modem], [f"link add line type veth peer name {line.device} netns isp"])
    links.quiet(line.modem, "line")
    links.quiet("isp", line.device)
    upstream = IPv4Network(line.pool)[1]
    links.batch(
        ["-n", line.modem],
        [
            f"addr add {own} dev dsl",
            f"addr add {line.address}/32 dev line",
            "link set line up",
            f"route add default via {upstream} dev line onlink",
        ],
    )
    links.batch(
        ["-n", "isp"],
        [
            f"addr add {upstream}/32 dev {line.device}",
            f"link set {line.device} up",
            f"route add {line.address}/32 dev {line.device} src {upstream}",
        ],
    )
    run(["ip", "netns", "exec", line.modem, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1"])
    run(["ip", "netns", "exec", line.modem, "nft", "-f", "-"], stdin=NAT)
    modem.queues(line)


def serve(lines: Sequence[Line], own: IPv4Interface, lent: str) -> None:
    """Lend the gateway that address, and name the router for all else."""
    options = {"subnet": str(own.netmask), "router": str(own.ip), "dns": str(own.ip)}
    for line in lines:
        dhcpd.serve(line, line.modem, "dsl", lent, options)


NAT = """\
table ip nat {
    chain out {
        type nat hook postrouting priority srcnat
        oifname line masquerade
    }
    # What the router itself says of a guest who has just gone would count as the guest's.
    chain own {
        type filter hook output priority filter
        oifname line icmp type destination-unreachable drop
    }
}
"""
