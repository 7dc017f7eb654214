"""Subflows join a connection though neither end takes addresses that the other one announces."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address
from pathlib import Path

from msgspec import structs

from gateway_init.base.process import run
from gateway_init.facts.item import SubflowLimit
from gateway_init.host import connections, fallbacks
from gateway_init.host.kernel import Kernel
from gateway_init.plan.difference import Add
from tests.netns.house import Far

OWN = [f"100.64.0.{host}" for host in range(11, 20)]
SERVER = ("100.64.0.1", 8388)
JOINED, PRIORITY = "MPJoinAckRx", "MPPrioRx"
MIDDLEBOX = """\
table ip middlebox {
    chain out {
        type filter hook output priority filter
        reset tcp option mptcp
    }
}
"""


def counted(name: str) -> int:
    """A counter of this namespace (net/mptcp/mib.c)."""
    names, values = (
        line.split() for line in Path("/proc/thread-self/net/netstat").read_text().splitlines() if "MPTcpExt" in line
    )
    return int(dict(zip(names, values, strict=True))[name])


def test_eight_subflows_join_where_nobody_takes_announced_addresses() -> None:
    far = Far("adsl", f"{OWN[0]}/24", f"{SERVER[0]}/24", arp=True)
    kernel = Kernel()
    kernel.apply(Add(SubflowLimit(8)))
    for address in OWN[1:]:
        run(["ip", "address", "add", f"{address}/24", "dev", "adsl"])
        run(["ip", "mptcp", "endpoint", "add", address, "dev", "adsl", "subflow"])
    with far.inside():
        run(["ip", "mptcp", "limits", "set", "add_addr_accepted", "0", "subflows", "8"])
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_MPTCP)
        server.bind(SERVER)
        server.listen()
    with server, socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_MPTCP) as client:
        client.connect(SERVER)
        with server.accept()[0] as taken, far.inside():
            client.sendall(b"x")
            assert taken.recv(1) == b"x"
            # The first data of the server's tells the client that it may open more.
            taken.sendall(b"y")
            assert client.recv(1) == b"y"
            while counted(JOINED) < 8:
                pass
            told = counted(PRIORITY)
            (first, *_) = kernel.endpoints()
            kernel.apply(Add(structs.replace(first, id=0, backup=True)))
            # The other end is told, and knows what to send by it no more.
            while counted(PRIORITY) == told:
                pass
            assert counted(JOINED) == 8, "nothing is joined anew"
    kernel.close()
    far.close()


def test_a_connection_whose_option_is_taken_away_on_the_way_is_counted_and_is_no_subflow() -> None:
    far = Far("adsl", f"{OWN[0]}/24", f"{SERVER[0]}/24", arp=True)
    with far.inside():
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_MPTCP)
        server.bind(SERVER)
        server.listen()

    end, other = (IPv4Address(SERVER[0]), SERVER[1]), (IPv4Address(OWN[1]), SERVER[1])
    own, others = fallbacks.OfOne(end), fallbacks.OfOne(other)

    def opened() -> tuple[int, int]:
        """How many connections fell back, and have a subflow, while one more was open."""
        before, before_of_own = fallbacks.seen(), own.seen()
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_MPTCP) as client:
            client.connect(SERVER)
            with server.accept()[0]:
                fell = fallbacks.seen() - before
                # It is one of this destination's, and of no other's.
                assert (own.seen() - before_of_own, others.seen()) == (fell, 0)
                return fell, len(connections.subflows(end))

    with server:
        assert opened() == (0, 1)
        # Its end is still being said.
        while connections.subflows(end):
            pass
        run(["nft", "-f", "-"], stdin=MIDDLEBOX)
        assert opened() == (1, 0)
    far.close()
