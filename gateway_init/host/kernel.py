"""The kernel by netlink (pyroute2): facts out, actions in. Thin: nothing is decided here."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address
from typing import Any

from gateway_init.facts.facts import Address, Link
from gateway_init.facts.item import (
    Bridge,
    Endpoint,
    Inbound,
    LanAddress,
    LineAddress,
    Mtu,
    Named,
    Neighbour,
    Port,
    Queue,
    Route,
    Rule,
    StrayAddress,
    SubflowLimit,
    Unmerged,
    Up,
    Vlan,
)
from gateway_init.host import cake, inbound, routing
from gateway_init.host.endpoint import change_flags, fresh_id
from gateway_init.host.hardware import Cards, Hardware
from gateway_init.host.netlink import MPTCP, IPRoute, NetlinkDumpInterrupted, NetlinkError
from gateway_init.plan.difference import Action, Add, Remove
from gateway_init.wellknown import number

IFF_UP, IFF_RUNNING = 0x1, 0x40
"""netdevice(7)."""
NUD_REACHABLE, NUD_STALE, NUD_DELAY, NUD_PROBE, NUD_PERMANENT = 0x02, 0x04, 0x08, 0x10, 0x80
"""rtnetlink(7), RTM_GETNEIGH: states of whoever has answered."""
NUD_INCOMPLETE, NUD_NONE = 0x01, 0x00
NTF_USE = 0x01
"""linux/neighbour.h: ask him, as if there were a packet for him."""
ENDPOINT_SUBFLOW = 1 << 1
"""MPTCP_PM_ADDR_FLAG_SUBFLOW of linux/mptcp.h: open a subflow from this address on each connection."""
ENDPOINT_BACKUP = 1 << 2
"""MPTCP_PM_ADDR_FLAG_BACKUP: these subflows carry only what no other can."""
MERGED = 65536
"""Bytes of packets that are taken as one, and one more than their number, as a kernel begins (GRO_LEGACY_MAX_SIZE,
GSO_MAX_SEGS of linux/netdevice.h)."""
GONE = (errno.ENODEV, errno.ENOENT, errno.ESRCH, errno.EADDRNOTAVAIL)
"""The thing to remove, or what it hung on, went away by itself: as good as removed."""


class Kernel:
    """The routing and Multipath TCP state of this network namespace."""

    def __init__(self) -> None:
        self._ip = IPRoute()
        self._mptcp = MPTCP()
        self._cards = Cards()
        self.last_id = 0
        """The endpoint id given last; ids go round so that a returning path gets a fresh one."""

    def close(self) -> None:
        self._ip.close()
        self._mptcp.close()

    def links(self) -> tuple[Link, ...]:
        found = _whole(self._ip.get_links)
        self._cards.forget_all_but({message["index"] for message in found})
        return tuple(
            _link(message, self._cards.of(message["index"], message.get_attr("IFLA_IFNAME"))) for message in found
        )

    def addresses(self) -> tuple[Address, ...]:
        return tuple(_address(message) for message in _whole(lambda: self._ip.get_addr(family=socket.AF_INET)))

    def routes(self) -> frozenset[Route]:
        return frozenset(
            routing.route(message)
            for message in _whole(lambda: self._ip.get_routes(family=socket.AF_INET))
            if message["proto"] == number.ROUTE_PROTOCOL
        )

    def rules(self) -> frozenset[Rule]:
        found = (routing.rule(message) for message in _whole(lambda: self._ip.get_rules(family=socket.AF_INET)))
        ours = (number.OUR_RULES, number.LATE_RULES)
        return frozenset(rule for rule in found if any(rule.priority in each for each in ours))

    def queues(self, links: Iterable[Link]) -> frozenset[Queue | Inbound]:
        return inbound.found(_whole(self._ip.get_qdiscs), links)

    def neighbours(self) -> tuple[frozenset[Neighbour], frozenset[Neighbour]]:
        """Those whose answers are fresh or under way, and those who answered when asked last."""
        fresh, answering = set(), set()
        for message in _whole(lambda: self._ip.get_neighbours(family=socket.AF_INET)):
            found = Neighbour(message["ifindex"], IPv4Address(message.get_attr("NDA_DST")))
            if message["state"] & (NUD_REACHABLE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_INCOMPLETE):
                fresh.add(found)
            if message["state"] & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT):
                answering.add(found)
        return frozenset(fresh), frozenset(answering)

    def endpoints(self) -> frozenset[Endpoint]:
        found = (message.get_attr("MPTCP_PM_ATTR_ADDR") for message in _whole(lambda: self._mptcp.endpoint("show")))
        return frozenset(_endpoint(each) for each in found if each.get_attr("MPTCP_PM_ADDR_ATTR_ADDR4"))

    def subflow_limit(self) -> int:
        (answer,) = self._mptcp.limits("show")
        return int(answer.get_attr("MPTCP_PM_ATTR_SUBFLOWS") or 0)

    def apply(self, action: Action) -> None:
        """Do one action. Raises NetlinkError where the kernel refuses, save for removing what is gone already."""
        try:
            if isinstance(action, Add):
                self._add(action.item)
            else:
                self._remove(action.item)
        except NetlinkError as error:
            if isinstance(action, Remove) and error.code in GONE:
                return
            raise

    def _index(self, name: str) -> int:
        found = self._ip.link_lookup(ifname=name)
        if not found:
            raise NetlinkError(errno.ENODEV, f"no interface {name}")
        return int(found[0])

    def _add(self, item: object) -> None:
        match item:
            case SubflowLimit(subflows=limit):
                # An address that a server announces is not dialled: nobody of ours announces any, and anybody else
                # would have us send to places of his choice.
                self._mptcp.limits("set", subflows=limit, rcv_add_addrs=0)
            case Bridge(name=name):
                # Two cables to one switch would be a storm. With the spanning tree (IEEE 802.1D), a port carries 4 s
                # after its cable is in: twice the least delay that Linux takes, in hundredths of a second. At boot the
                # lines take longer than that.
                self._ip.link("add", ifname=name, kind="bridge", br_stp_state=1, br_forward_delay=200)
            case Port(link=name, bridge=bridge):
                self._ip.link("set", index=self._index(name), master=self._index(bridge))
            case Vlan(name=name, link=index, tag=tag):
                self._ip.link("add", ifname=name, kind="vlan", link=index, vlan_id=tag)
            case Named(link=index, name=name):
                self._ip.link("set", index=index, ifname=name)
            case Unmerged(link=name):
                self._ip.link("set", index=self._index(name), gro_max_size=1, gso_max_segs=1)
            case Up(link=name):
                self._ip.link("set", index=self._index(name), state="up")
            case LanAddress(address=address, prefix=prefix):
                index = self._index(number.BRIDGE)
                self._ip.addr("add", index=index, address=str(address), prefixlen=prefix)
            case LineAddress(link=index, address=address, prefix=prefix):
                self._ip.addr("add", index=index, address=str(address), prefixlen=prefix)
            case Mtu(link=name, mtu=mtu):
                self._ip.link("set", index=self._index(name), mtu=mtu)
            case Queue():
                self._ip.tc("replace", **cake.request(item))
            case Inbound():
                inbound.lay(self._ip, item)
            case Neighbour(link=index, address=address):
                self._ip.neigh("replace", ifindex=index, dst=str(address), flags=NTF_USE, state=NUD_NONE)
            case Route():
                self._ip.route("replace", **routing.route_request(item))
            case Rule():
                self._ip.rule("add", **routing.rule_request(item))
            case Endpoint(address=address, link=link, backup=backup):
                present = self.endpoints()
                for each in present:
                    if (each.address, each.link) == (address, link):
                        change_flags(self._mptcp, each.id, _flags(backup=backup))
                        return
                taken = {each.id for each in present}
                self.last_id = fresh_id(taken, self.last_id)
                self._mptcp.endpoint(
                    "add",
                    addr=str(address),
                    id=self.last_id,
                    flags=_flags(backup=backup),
                    if_idx=struct.pack("i", link),
                )
            case _:
                raise TypeError(f"the kernel has no {item}")

    def _remove(self, item: object) -> None:
        match item:
            case Port(link=name):
                self._ip.link("set", index=self._index(name), master=0)
            case Bridge(name=name) | Vlan(name=name):
                self._ip.link("del", index=self._index(name))
            case Unmerged(link=name):
                self._ip.link("set", index=self._index(name), gro_max_size=MERGED, gso_max_segs=MERGED - 1)
            case Up(link=name):
                self._ip.link("set", index=self._index(name), state="down")
            case LanAddress(address=address, prefix=prefix):
                index = self._index(number.BRIDGE)
                self._ip.addr("del", index=index, address=str(address), prefixlen=prefix)
            case LineAddress(link=index, address=address, prefix=prefix):
                self._ip.addr("del", index=index, address=str(address), prefixlen=prefix)
            case StrayAddress(link=index, address=address, prefix=prefix, peer=peer):
                # The kernel looks for the other end's by IFA_ADDRESS (inet_rtm_deladdr).
                ends = {"local": str(address), "address": str(peer or address)}
                self._ip.addr("del", index=index, prefixlen=prefix, **ends)
            case Queue(link=index):
                self._ip.tc("del", kind=cake.KIND, index=index)
            case Inbound():
                inbound.lift(self._ip, item)
            case Route():
                self._ip.route("del", **routing.route_request(item))
            case Rule():
                self._ip.rule("del", **routing.rule_request(item))
            case Endpoint(address=address, link=link):
                for each in self.endpoints():
                    if (each.address, each.link) == (address, link):
                        self._mptcp.endpoint("del", id=each.id)
            case _:
                raise TypeError(f"nothing removes {item}")


def _flags(*, backup: bool) -> int:
    return ENDPOINT_SUBFLOW | (ENDPOINT_BACKUP if backup else 0)


def _whole(dump: Callable[[], Iterable[Any]]) -> tuple[Any, ...]:
    """What the kernel tells of a table that did not change meanwhile (NLM_F_DUMP_INTR of linux/netlink.h)."""
    while True:
        try:
            return tuple(dump())
        except NetlinkDumpInterrupted:
            continue


def _link(message: Any, made_of: Hardware) -> Link:
    made = message.get_attr("IFLA_LINKINFO")
    own = message.get_attr("IFLA_AF_SPEC")
    tagged = made is not None and made.get_attr("IFLA_INFO_KIND") == "vlan"
    return Link(
        index=message["index"],
        name=message.get_attr("IFLA_IFNAME"),
        up=bool(message["flags"] & IFF_UP),
        running=bool(message["flags"] & IFF_RUNNING),
        mtu=message.get_attr("IFLA_MTU"),
        master=message.get_attr("IFLA_MASTER") or 0,
        under=message.get_attr("IFLA_LINK") or 0 if tagged else 0,
        tag=made.get_attr("IFLA_INFO_DATA").get_attr("IFLA_VLAN_ID") if tagged else 0,
        forwards=bool(own and own.get_attr("AF_INET") and own.get_attr("AF_INET")["forwarding"]),
        merges=message.get_attr("IFLA_GSO_MAX_SEGS") != 1 or message.get_attr("IFLA_GRO_MAX_SIZE") != 1,
        driver=made_of.driver,
        usb=made_of.usb,
        wireless=made_of.wireless,
    )


def _address(message: Any) -> Address:
    # On a point-to-point interface, IFA_ADDRESS is the other end's (linux/if_addr.h).
    far = message.get_attr("IFA_ADDRESS")
    own = message.get_attr("IFA_LOCAL") or far
    peer = IPv4Address(far) if far and far != own else None
    return Address(message["index"], IPv4Address(own), message["prefixlen"], peer)


def _endpoint(attributes: Any) -> Endpoint:
    index = attributes.get_attr("MPTCP_PM_ADDR_ATTR_IF_IDX")
    return Endpoint(
        address=IPv4Address(attributes.get_attr("MPTCP_PM_ADDR_ATTR_ADDR4")),
        link=int.from_bytes(bytes.fromhex(index.replace(":", "")), "little") if index else 0,
        id=attributes.get_attr("MPTCP_PM_ADDR_ATTR_ID"),
        backup=bool((attributes.get_attr("MPTCP_PM_ADDR_ATTR_FLAGS") or 0) & ENDPOINT_BACKUP),
    )
