"""The second site's gateway under its own ruleset, and everybody around it: who is where, and how they are asked."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from gateway_init.base.process import run
from gateway_init.config.allotted import allot
from gateway_init.host import nftables
from gateway_init.render.ruleset import ruleset
from gateway_init.wellknown import number
from tests.frozen import SECOND
from tests.netns.house import Far, set_as_on_the_box, set_to
from tests.netns.packet import ADMIN_PROHIBITED, UNREACHABLE

SITE = SECOND.load()
NUMBERS = allot(SITE)
GATEWAY, DEVICE, OTHER_DEVICE = "10.20.30.1", "10.20.30.50", "10.20.30.51"
UPPER, LOWER = "100.64.0.7", "100.65.0.9"
CUSTOMER = "100.64.0.8"
"""Somebody else on the upper line."""
WEB = "192.0.2.80"
OAK, OAK_PORT = "192.0.2.11", 1195
HARBOUR, HARBOUR_PORT = "198.51.100.7", 8443
"""The destination, and its shadowsocks."""
REFLECTOR_PORT = SITE.destination.reflector.port
TUNNEL = "upper-oak"
CARRIER = "carrier0"
INSIDE = str(SITE.tunnel_address(TUNNEL))
EVERY_PORT = (22, 53, 67, 1080, 5300, 12345)
"""What listens on the gateway (image/recipe.yaml)."""

House = dict[str, Far]


@contextmanager
def inhabited() -> Iterator[House]:
    """The gateway with its ruleset, and everybody around it, by the gateway's interface."""
    set_as_on_the_box()
    nftables.load(ruleset(SITE, NUMBERS).text)
    with ExitStack() as stack:
        sides = (
            Far("lan", f"{GATEWAY}/24", f"{DEVICE}/24", arp=True),
            Far("upper", f"{UPPER}/32"),
            Far("lower", f"{LOWER}/32"),
            Far(TUNNEL, f"{INSIDE}/24"),
        )
        for side in sides:
            stack.callback(side.close)
        ipv4("link", "set", "lo", "up")
        ipv4("route", "add", "default", "dev", "upper")
        yield {side.interface: side for side in sides}


def ipv4(*arguments: str) -> None:
    run(["ip", "-4", *arguments])


def datagrams(address: str = "0.0.0.0", port: int = 0, *, tunnel_over: str = "") -> socket.socket:
    """`tunnel_over`: an uplink, for which they are marked as a tunnel's are."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if tunnel_over:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, NUMBERS.mark(tunnel_over))
    made.bind((address, port))
    made.settimeout(10)
    return made


def refusals(packets: list[bytes]) -> list[bytes]:
    """What was refused, as far as the ICMP error tells it."""
    told = bytes((UNREACHABLE, ADMIN_PROHIBITED))
    return [packet[28:] for packet in packets if packet[9] == socket.IPPROTO_ICMP and packet[20:22] == told]


@contextmanager
def carried() -> Iterator[Far]:
    """What UDP of the LAN goes into, as plan/carriers.py has it. The host's kernel may have no WireGuard: a cable
    stands for it, and shows what would be wrapped."""
    end = Far(CARRIER, f"{number.CARRIER_ADDRESS}/32")
    table = str(number.CARRIER_TABLE)
    ipv4("route", "add", "default", "dev", CARRIER, "table", table)
    ipv4("rule", "add", "priority", str(number.CARRIER_RULE), "fwmark", hex(number.DESTINATION_MARK), "lookup", table)
    for each in ("lan", CARRIER):
        set_to(f"net.ipv4.conf.{each}.forwarding", "1")
    yield end
    end.close()


def gist(packets: list[bytes]) -> list[tuple[str, str, int]]:
    """From where, to where, by which protocol."""
    return [(socket.inet_ntoa(each[12:16]), socket.inet_ntoa(each[16:20]), each[9]) for each in packets]
