"""The queue behind a line, for what comes in by it: an interface of our own (ifb) that its packets make a detour by, in
the words of pyroute2 and of the kernel (sch_ingress, cls_matchall, act_mirred).

The line itself can hold nothing back that has come. So the detour is a little narrower than the line: what does not fit
waits here, where cake has one connection hold up no other, and senders slow down before the provider's end of the line
has a queue.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Collection, Iterable
from typing import Any

from gateway_init.facts.facts import Link
from gateway_init.facts.item import Inbound, Queue
from gateway_init.host import cake
from gateway_init.host.netlink import IPRoute, NetlinkError
from gateway_init.wellknown.number import INBOUND

OURS = re.compile(rf"{INBOUND}(\d+)")
INGRESS = "ingress"
"""What tc calls the place where packets come in by an interface."""
ITS_HANDLE = 0xFFFF0000
"""What filters there have as parent (tc(8), ffff:)."""
ALL = 0x0003
"""ETH_P_ALL of linux/if_ether.h."""


def name(line: int) -> str:
    """Of the detour of the interface with that index."""
    return f"{INBOUND}{line}"


def lay(ip: IPRoute, item: Inbound) -> None:
    """Have what comes in by a line go by a detour with a queue; where there is one, change its rate. Raises
    NetlinkError, and then nothing makes a detour."""
    if not ip.link_lookup(ifname=name(item.link)):
        _straight(ip, item.link)
        ip.link("add", ifname=name(item.link), kind="ifb")
    (detour,) = ip.link_lookup(ifname=name(item.link))
    ip.link("set", index=detour, state="up")
    ip.tc("replace", **cake.request(Queue(detour, item.rate, item.over)), ingress=True)
    try:
        ip.tc("add", INGRESS, item.link)
    except NetlinkError as error:
        if error.code == errno.EEXIST:
            return
        raise
    redirect = {"kind": "mirred", "direction": "egress", "action": "redirect", "ifindex": detour}
    try:
        ip.tc("add-filter", "matchall", item.link, parent=ITS_HANDLE, prio=1, protocol=ALL, action=redirect)
    except NetlinkError:
        ip.tc("del", INGRESS, item.link)
        raise


def lift(ip: IPRoute, item: Inbound) -> None:
    """Let what comes in by a line go straight again, whether or not that is still there. Raises NetlinkError."""
    _straight(ip, item.link)
    for detour in ip.link_lookup(ifname=name(item.link)):
        ip.link("del", index=detour)


def _straight(ip: IPRoute, line: int) -> None:
    try:
        ip.tc("del", INGRESS, line)
    except NetlinkError as error:
        # It has gone, or nothing of its made a detour.
        if error.code not in (errno.ENODEV, errno.ENOENT, errno.EINVAL):
            raise


def found(messages: Collection[Any], links: Iterable[Link]) -> frozenset[Queue | Inbound]:
    """The queues before and behind lines, of all that the kernel has. A detour that nothing makes, or that has no
    queue, is one without a rate."""
    detours = {link.index: int(match[1]) for link in links if (match := OURS.fullmatch(link.name))}
    made = {message["index"] for message in messages if message.get_attr("TCA_KIND") == INGRESS}
    queues = {queue.link: queue for queue in cake.found(messages)}
    outbound = {queue for index, queue in queues.items() if index not in detours}
    inbound = set()
    for index, line in detours.items():
        queue = queues.get(index) if line in made else None
        inbound.add(Inbound(line, queue.rate, queue.over) if queue else Inbound(line, 0, cake.OTHER))
    return frozenset(outbound | inbound)
