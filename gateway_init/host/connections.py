"""Live Multipath TCP connections and their subflows, as ss(8) tells them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import TypeAlias

from gateway_init.base.process import run
from gateway_init.facts.subflow import Subflow
from gateway_init.wellknown import unit
from gateway_init.wellknown.number import RESOLVER_PORT

LOCAL = re.compile(r"^(?P<address>[0-9.]+)(%(?P<link>[^:]+))?:(?P<port>[0-9]+)$")
AGREED = re.compile(r"\btcp-ulp-mptcp flags:\w*[MJ]")
"""The other end has agreed to Multipath TCP on it (ss(8): M for the first subflow, J for one that joined)."""
FIELD = re.compile(r"\b(rtt|bytes_acked|bytes_received):([0-9.]+)")


def parse(lines: Iterable[str]) -> list[Subflow]:
    """Subflows from the lines of `ss --tcp --info --numeric --oneline --no-header`.

    A connection that fell back to plain TCP is not one; nor is one that is not established.
    """
    found = []
    for line in lines:
        words = line.split()
        if len(words) < 5 or words[0] != "ESTAB":
            continue
        local = LOCAL.match(words[3])
        if local is None or not AGREED.search(line):
            continue
        fields = dict(FIELD.findall(line))
        found.append(
            Subflow(
                IPv4Address(local["address"]),
                float(fields.get("rtt", 0)),
                int(fields.get("bytes_acked", 0)),
                int(fields.get("bytes_received", 0)),
                int(local["port"]),
            )
        )
    return found


End: TypeAlias = tuple[IPv4Address, int]
"""A destination's address, and its shadowsocks' port."""


def subflows(*ends: End) -> list[Subflow]:
    """Those of the live connections to destinations."""
    return parse(_ss("--tcp", *ends))


def plain(end: End) -> bool:
    """Whether one of the live connections to a destination has become plain TCP."""
    return any(line.startswith("ESTAB") and not AGREED.search(line) for line in _ss("--tcp", end))


def connections(end: End) -> int:
    """Number of live Multipath TCP connections to a destination."""
    return sum(line.startswith("ESTAB") for line in _ss("--mptcp", end))


def end_questions() -> None:
    """End the connections by which the resolver asks. It asks anew at once then; by itself, it would wait for one that
    opens by a path which is dead until it gives that up (tcp-auth-query-timeout of unbound.conf(5)), and whoever asks
    the same meanwhile waits with it.

    Linux ends them by sock_diag(7), as ss(8) --kill asks for. Raises CommandFailed.
    """
    its_own = ["cgroup", "=", f"/system.slice/{unit.RESOLVER}", "and", "sport", "!=", f":{RESOLVER_PORT}"]
    run(["ss", "--kill", "--tcp", "--numeric", "--no-header", *its_own])


def _ss(kind: str, *ends: End) -> list[str]:
    flags = ["--info", "--numeric", "--oneline", "--no-header"]
    either = [word for address, port in ends for word in ("or", "dst", f"{address}:{port}")][1:]
    return run(["ss", kind, *flags, *either]).stdout.splitlines()
