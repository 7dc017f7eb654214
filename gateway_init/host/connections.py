"""Live Multipath TCP connections and their subflows, as ss(8) tells them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address

from msgspec import Struct

from gateway_init.base.process import run
from gateway_init.config import Destination

LOCAL = re.compile(r"^(?P<address>[0-9.]+)(%(?P<link>[^:]+))?:[0-9]+$")
FIELD = re.compile(r"\b(rtt|bytes_acked|bytes_received):([0-9.]+)")


class Subflow(Struct, frozen=True):
    """One TCP connection of a Multipath TCP connection."""

    address: IPv4Address
    """The gateway's end; it tells the path."""
    rtt: float
    """Smoothed round-trip time in milliseconds."""
    sent: int
    """Bytes that the other end has acknowledged."""
    received: int
    """Bytes."""


def parse(lines: Iterable[str]) -> list[Subflow]:
    """Subflows from the lines of `ss --tcp --info --numeric --oneline --no-header`.

    A connection that fell back to plain TCP is not one; nor is one that is not established.
    """
    found = []
    for line in lines:
        words = line.split()
        if len(words) < 5 or words[0] != "ESTAB" or "tcp-ulp-mptcp" not in line:
            continue
        local = LOCAL.match(words[3])
        if local is None:
            continue
        fields = dict(FIELD.findall(line))
        found.append(
            Subflow(
                IPv4Address(local["address"]),
                float(fields.get("rtt", 0)),
                int(fields.get("bytes_acked", 0)),
                int(fields.get("bytes_received", 0)),
            )
        )
    return found


def _ss(kind: str, destination: Destination) -> list[str]:
    to = f"{destination.address}:{destination.shadowsocks.port}"
    flags = ["--info", "--numeric", "--oneline", "--no-header"]
    return run(["ss", kind, *flags, "dst", to]).stdout.splitlines()


def subflows(destination: Destination) -> list[Subflow]:
    return parse(_ss("--tcp", destination))


def connections(destination: Destination) -> int:
    """Number of live Multipath TCP connections to a destination."""
    return sum(line.startswith("ESTAB") for line in _ss("--mptcp", destination))
