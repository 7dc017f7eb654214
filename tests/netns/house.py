"""The gateway's interfaces, and who is at the far end of each: a device of the LAN, a provider, a tunnel's server."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Interface
from pathlib import Path

from gateway_init.base.process import run
from tests.frozen import ROOT
from tests.netns import packet
from tests.netns.gateway import ip
from tests.netns.host import CLONE_NEWNET, call

ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 0x0003, 0x0800, 0x86DD
"""if_ether.h."""
PACKET_OUTGOING = 4
"""packet(7)."""
MARK = packet.ip("192.0.2.1", "192.0.2.2", socket.IPPROTO_RAW, b"all is heard")
SETTINGS = ROOT / "overlay/etc/sysctl.d/braid.conf"


class Far:
    """A host in a network namespace of its own, at the far end of an interface of the gateway's."""

    def __init__(self, interface: str, address: str, peer: str = "", *, arp: bool = False) -> None:
        """`address` of the gateway's end, with its prefix length; `peer` of the host itself, who takes the gateway
        for his router. `arp`: an Ethernet rather than a line from point to point."""
        self.interface = interface
        self.peer = peer
        home = _namespace()
        call("unshare", CLONE_NEWNET)
        self._space = _namespace()
        call("setns", home, CLONE_NEWNET)
        os.close(home)
        place = f"/proc/{os.getpid()}/fd/{self._space}"
        run(["ip", "link", "add", interface, "type", "veth", "peer", "name", "far", "netns", place])
        run(["ip", "address", "add", address, "dev", interface])
        run(["ip", "link", "set", interface, "arp", "on" if arp else "off", "up"])
        with self.inside():
            run(["ip", "link", "set", "lo", "up"])
            run(["ip", "link", "set", "far", "up"])
            if peer:
                run(["ip", "address", "add", peer, "dev", "far"])
                run(["ip", "route", "add", "default", "via", str(IPv4Interface(address).ip), "dev", "far"])
            self._wire = _packets("far")
        self._wire.settimeout(10)
        self._own = _packets(interface)
        (shown,) = ip("link", "show", "dev", interface)
        self._mac = bytes.fromhex(shown["address"].replace(":", ""))

    def close(self) -> None:
        self._wire.close()
        self._own.close()
        os.close(self._space)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Sockets that are opened meanwhile, and commands that are run, are the host's."""
        home = _namespace()
        call("setns", self._space, CLONE_NEWNET)
        try:
            yield
        finally:
            call("setns", home, CLONE_NEWNET)
            os.close(home)

    def send(self, *packets: bytes) -> None:
        """Put packets on the wire, whatever stands in them."""
        for each in packets:
            kind = ETH_P_IPV6 if each[0] >> 4 == 6 else ETH_P_IP
            self._wire.sendto(each, ("far", kind, 0, 0, self._mac))

    def heard(self) -> list[bytes]:
        """The IP packets that came from the gateway since this was asked last."""
        self._own.sendto(MARK, (self.interface, ETH_P_IP, 0, 0, bytes(6)))
        packets: list[bytes] = []
        while MARK not in packets:
            heard, (_, kind, direction, *_) = self._wire.recvfrom(65535)
            if kind in (ETH_P_IP, ETH_P_IPV6) and direction != PACKET_OUTGOING:
                packets.append(heard)
        return packets[:-1]


def settings() -> Mapping[str, str]:
    """The kernel's, as the image sets them at boot (sysctl.d(5))."""
    lines = (line.partition("=") for line in SETTINGS.read_text().splitlines() if line and line[0] != "#")
    return {name.strip(): value.strip() for name, _, value in lines}


def set_as_on_the_box() -> None:
    """Those of IP; others are the whole machine's, and no namespace's."""
    for name, value in settings().items():
        if name.startswith(("net.ipv4.", "net.ipv6.")):
            set_to(name, value)


def set_to(name: str, value: str) -> None:
    Path("/proc/sys", *name.split(".")).write_text(value)


def _namespace() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _packets(interface: str) -> socket.socket:
    found = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    found.bind((interface, ETH_P_ALL))
    return found
