"""The carriers' interfaces, the kernel's WireGuard (wg(8)): what they are made of, and by which path they go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from gateway_init.facts.facts import Link
from gateway_init.facts.item import Carrier, Forwards, Steered
from gateway_init.host.netlink import NLM_F_ACK, NLM_F_REQUEST, IPRoute, NetlinkError, WireGuard, wgmsg
from gateway_init.plan.difference import Action, Add
from gateway_init.wellknown import carrier, number

KIND = "wireguard"
GET, SET = 0, 1
"""WG_CMD_GET_DEVICE and WG_CMD_SET_DEVICE of linux/wireguard.h."""
REPLACE_PEERS = 1
"""WGDEVICE_F_REPLACE_PEERS."""
AF_INET = 2
OURS = re.compile(rf"{number.CARRIER}\d+")
FORWARDING = "/proc/sys/net/ipv4/conf/{}/forwarding"


class Carriers:
    """Those of this network namespace. Errors of the kernel are NetlinkError, and OSError."""

    def __init__(self) -> None:
        self._ip = IPRoute()
        self._wireguard: WireGuard | None = None

    def close(self) -> None:
        self._ip.close()
        if self._wireguard:
            self._wireguard.close()

    def seen(self, links: Iterable[Link]) -> tuple[frozenset[Carrier], frozenset[Steered]]:
        """What those of the interfaces are made of that are carriers; nothing of one that has just gone."""
        made, steered = set(), set()
        for link in links:
            if not OURS.fullmatch(link.name):
                continue
            try:
                device = self._ask(link.name)
            except NetlinkError:
                continue
            made.add(Carrier(link.name, digest(device)))
            steered.add(Steered(link.name, device.get_attr("WGDEVICE_A_FWMARK") or 0))
        return frozenset(made), frozenset(steered)

    def apply(self, action: Action, known: Mapping[str, carrier.Carrier]) -> None:
        """`known`: what carriers are made of, by its digest."""
        match action.item:
            case Carrier(link=name, digest=wanted) if isinstance(action, Add):
                self._remove(name)
                self._ip.link("add", ifname=name, kind=KIND)
                self._set(name, *made_of(known[wanted]))
            case Carrier(link=name):
                self._remove(name)
            case Steered(link=name, mark=mark):
                self._set(name, *steer(self._ask(name), mark))
            case Forwards(link=name):
                file = Path(FORWARDING.format(name))
                if isinstance(action, Add) or file.exists():
                    file.write_text("1" if isinstance(action, Add) else "0")
            case item:
                raise TypeError(f"no carrier has {item}")

    def _remove(self, name: str) -> None:
        for index in self._ip.link_lookup(ifname=name):
            self._ip.link("del", index=index)

    def _ask(self, name: str) -> Any:
        (device, *_) = self._netlink().info(name)
        return device

    def _set(self, name: str, *attributes: tuple[str, Any]) -> None:
        message = wgmsg()
        message["cmd"], message["version"] = SET, 1
        message["attrs"] = [("WGDEVICE_A_IFNAME", name), *attributes]
        line = self._netlink()
        line.nlm_request(message, msg_type=line.prid, msg_flags=NLM_F_REQUEST | NLM_F_ACK)

    def _netlink(self) -> WireGuard:
        # The kernel has it only once there is such an interface, or somebody asks.
        if self._wireguard is None:
            self._wireguard = WireGuard()
        return self._wireguard


def digest(device: Any) -> str:
    """Of what one is made of, as the kernel tells it; empty where nothing of ours is so."""
    peers = device.get_attr("WGDEVICE_A_PEERS") or []
    own = device.get_attr("WGDEVICE_A_PRIVATE_KEY")
    if len(peers) != 1 or own is None:
        return ""
    end = peers[0].get_attr("WGPEER_A_ENDPOINT")
    if end is None:
        return ""
    peer = peers[0].get_attr("WGPEER_A_PUBLIC_KEY")
    return carrier.Carrier(own.decode(), peer.decode(), IPv4Address(end["addr"]), end["port"]).digest


def made_of(wanted: carrier.Carrier) -> list[tuple[str, Any]]:
    """What makes one so. All that comes from the other end is the Internet's, and all that goes there."""
    anywhere = [("WGALLOWEDIP_A_FAMILY", AF_INET), ("WGALLOWEDIP_A_IPADDR", bytes(4)), ("WGALLOWEDIP_A_CIDR_MASK", 0)]
    peer = [
        ("WGPEER_A_PUBLIC_KEY", wanted.public_key),
        ("WGPEER_A_ENDPOINT", {"addr": str(wanted.address), "port": wanted.port}),
        ("WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL", carrier.KEEPALIVE),
        ("WGPEER_A_ALLOWEDIPS", [{"attrs": anywhere}]),
    ]
    return [
        ("WGDEVICE_A_FLAGS", REPLACE_PEERS),
        ("WGDEVICE_A_PRIVATE_KEY", wanted.private_key),
        ("WGDEVICE_A_PEERS", [{"attrs": peer}]),
    ]


def steer(device: Any, mark: int) -> list[tuple[str, Any]]:
    """What has one mark its packets so from now on. With the mark, WireGuard forgets the address that it sent from; and
    when it is to begin to say that it lives, it says so at once: so the other end knows where to send to."""
    peers = [
        {"attrs": [("WGPEER_A_PUBLIC_KEY", key), ("WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL", seconds)]}
        for peer in device.get_attr("WGDEVICE_A_PEERS") or []
        if (key := peer.get_attr("WGPEER_A_PUBLIC_KEY").decode())
        for seconds in (0, carrier.KEEPALIVE)
    ]
    return [("WGDEVICE_A_FWMARK", mark), ("WGDEVICE_A_PEERS", peers)]
