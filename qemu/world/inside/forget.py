"""`python3 -m qemu.world.inside.forget`, on a host that does NAT: it forgets who is who.

As a router does that restarts, or whose table is full. What the kernel tracks goes by one message (IPCTNL_MSG_CT_DELETE
of linux/netfilter/nfnetlink_conntrack.h, for no connection in particular).
"""

from __future__ import annotations

import os
import socket
import struct

NETFILTER = 12
"""NETLINK_NETFILTER of linux/netlink.h, as are the flags."""
DELETE = 1 << 8 | 2
"""NFNL_SUBSYS_CTNETLINK, and what is asked of it."""
REQUEST, ACKNOWLEDGE = 1, 4
ERROR = 2
HEADER = struct.Struct("=IHHII")
"""struct nlmsghdr."""


def forget() -> None:
    """Raises OSError where the kernel refuses."""
    body = struct.pack("=BBH", socket.AF_INET, 0, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER) as line:
        line.send(HEADER.pack(HEADER.size + len(body), DELETE, REQUEST | ACKNOWLEDGE, 1, 0) + body)
        answer = line.recv(4096)
    _, kind, *_ = HEADER.unpack_from(answer)
    (error,) = struct.unpack_from("=i", answer, HEADER.size)
    if kind == ERROR and error:
        raise OSError(-error, os.strerror(-error))


if __name__ == "__main__":
    forget()
