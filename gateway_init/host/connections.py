"""Live Multipath TCP connections and their subflows, as ss(8) tells them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address

from gateway_init.base.process import run
from gateway_init.facts.subflow import Subflow

LOCAL = re.compile(r"^(?P<address>[0-9.]+)(%(?P<link>[^:]+))?:[0-9]+$")
FIELD = re.compile(r"\b(rtt|bytes_acked|bytes_received):([0-9.]+)")


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


def subflows(address: IPv4Address, port: int) -> list[Subflow]:
    """Those of the live connections to a destination."""
    return parse(_ss("--tcp", address, port))


def connections(address: IPv4Address, port: int) -> int:
    """Number of live Multipath TCP connections to a destination."""
    return sum(line.startswith("ESTAB") for line in _ss("--mptcp", address, port))


def _ss(kind: str, address: IPv4Address, port: int) -> list[str]:
    flags = ["--info", "--numeric", "--oneline", "--no-header"]
    return run(["ss", kind, *flags, "dst", f"{address}:{port}"]).stdout.splitlines()
