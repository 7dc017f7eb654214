"""Namespaces, cables and addresses of the world's hosts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gateway_init.base.process import run
from qemu.world.counterpart import counterpart
from qemu.world.description import ISP_ADDRESS, Description, Server

CORE = "core"
"""Namespace of the switch that stands for the rest of the Internet."""


def build(world: Description) -> None:
    """Lay every cable. All hosts but the servers are ready afterwards; those start in containers."""
    # A host that forwards must also accept that packets come and go by different links.
    run(["sysctl", "-q", "-w", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"])
    for client in world.clients:
        _resolver_file(client.name)
    names = [CORE, *(host for host in world.hosts if host not in {server.name for server in world.servers})]
    batch([], [f"netns add {name}" for name in names])
    for name in names:
        batch(["-n", name], ["link set lo up"])
    batch(["-n", CORE], ["link add br0 type bridge forward_delay 0", "link set br0 up"])
    for line in world.lines:
        counterpart(line.kind).lay(line)
    for server in world.servers:
        _server(server)
    _core("isp", world.isp_core_address)
    batch(["-n", "isp"], [f"addr add {ISP_ADDRESS}/32 dev lo"])
    _core("web", world.web.address)
    batch(
        ["-n", "web"],
        [
            *(f"addr add {each}/32 dev core0" for each in world.web.others.values()),
            *(f"addr add {resolver}/32 dev lo" for resolver in world.web.resolvers),
            *(f"route add {each} via {world.isp_core_address} dev core0 onlink" for each in world.customers),
        ],
    )
    for client in world.clients:
        plug(client.mac, client.name, "eth0")
    _operator(world)
    run(["ip", "netns", "exec", "isp", "sysctl", "-q", "-w", "net.ipv4.ip_forward=1"])


def _resolver_file(host: str) -> None:
    """A host's own /etc/resolv.conf, which ip-netns(8) lays over the machine's: that must be there for it."""
    Path("/etc/resolv.conf").touch()
    own = Path("/etc/netns", host, "resolv.conf")
    own.parent.mkdir(parents=True)
    own.touch()


def batch(options: list[str], commands: list[str]) -> None:
    """Commands of ip(8), all with these options."""
    run(["ip", *options, "-batch", "-"], stdin="\n".join(commands) + "\n")


def plug(mac: str, host: str, name: str) -> None:
    """Give the VM's network card of that MAC address to a host."""
    card = next(
        entry.parent.name for entry in Path("/sys/class/net").glob("*/address") if entry.read_text().strip() == mac
    )
    batch(
        [],
        [f"link set {card} down", f"link set {card} name plug", f"link set plug netns {host} name {name}"],
    )
    quiet(host, name)
    batch(["-n", host], [f"link set {name} up"])


def _operator(world: Description) -> None:
    """Let whoever drives the world reach the gateway's SSH server, by way of the LAN's first client."""
    plug(world.operator_mac, "lan", "operator")
    batch(["-n", "lan"], [f"addr add {world.operator_address} dev operator"])
    run(["ip", "netns", "exec", "lan", "sysctl", "-q", "-w", "net.ipv4.ip_forward=1"])
    rules = f"""\
table ip operator {{
    chain in {{
        type nat hook prerouting priority dstnat
        iifname operator tcp dport 22 dnat to {world.gateway_address}
    }}
    chain out {{
        type nat hook postrouting priority srcnat
        oifname eth0 masquerade
    }}
}}
"""
    run(["ip", "netns", "exec", "lan", "nft", "-f", "-"], stdin=rules)


def quiet(host: str, *devices: str) -> None:
    """No IPv6, hence no packets of their own accord: while the gateway's card sleeps, QEMU spins over each."""
    settings = [f"net.ipv6.conf.{device}.disable_ipv6=1" for device in devices]
    run(["ip", "netns", "exec", host, "sysctl", "-q", "-w", *settings])


def _core(host: str, address: str) -> None:
    """Connect a host to the core."""
    batch(["-n", host], [f"link add core0 type veth peer name {host} netns {CORE}", *_core_end(address)])
    batch(["-n", CORE], [f"link set {host} master br0 up"])


def _core_end(address: str) -> list[str]:
    """Whatever a host has no better route for, it asks for in the core."""
    return [
        f"addr add {address}/32 dev core0",
        "link set core0 up",
        f"route add default dev core0 src {address}",
    ]


def cables(server: Server) -> dict[str, str]:
    """The two interfaces of a server, as they are called before it has started and in it."""
    return {f"{server.link}-core": "core0", f"{server.link}-isp": "isp0"}


def _server(server: Server) -> None:
    """Lay the server's cables. Its ends wait in the VM until its container takes them."""
    batch(
        [],
        [
            f"link add {server.link}-core type veth peer name {server.link} netns {CORE}",
            f"link add {server.link}-isp type veth peer name {server.link} netns isp",
        ],
    )
    batch(["-n", CORE], [f"link set {server.link} master br0 up"])
    batch(["-n", "isp"], [f"link set {server.link} up", f"route add {server.address} dev {server.link}"])


def address(server: Server, customers: Iterable[str]) -> None:
    """Give a server that runs its addresses and routes."""
    batch(
        ["-n", server.name],
        [
            *_core_end(server.address),
            "link set isp0 up",
            *(f"route add {each} via {ISP_ADDRESS} dev isp0 onlink src {server.address}" for each in customers),
        ],
    )
