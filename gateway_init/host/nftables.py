"""nftables, by its own program: which ruleset of ours is loaded, and loading another in one transaction."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from ipaddress import IPv4Address
from typing import Any

import msgspec

from gateway_init.base.process import run
from gateway_init.host.netlink import (
    NETLINK_NETFILTER,
    NFNL_SUBSYS_NFTABLES,
    NLM_F_REQUEST,
    NetlinkError,
    NetlinkSocket,
    nfgen_msg,
)
from gateway_init.wellknown.number import NFT_LAN, NFT_ROUTES, NFT_TABLE

TABLE_COMMENT = re.compile(rf'^table inet {NFT_TABLE} {{\s*comment "([0-9a-f]+)"', re.MULTILINE)


NEWGEN, GETGEN = (number | NFNL_SUBSYS_NFTABLES << 8 for number in (15, 16))
"""NFT_MSG_NEWGEN and NFT_MSG_GETGEN of linux/netfilter/nf_tables.h."""


class _NewGen(nfgen_msg):  # type: ignore[misc]  # pyroute2 has no types
    nla_map = (("NFTA_GEN_UNSPEC", "none"), ("NFTA_GEN_ID", "be32"))


class Generation:
    """The number that the kernel gives each state of nftables: with every change by anybody it is another one. Packets
    change none."""

    def __init__(self) -> None:
        self._socket = NetlinkSocket(family=NETLINK_NETFILTER)
        self._socket.register_policy({NEWGEN: _NewGen})

    def now(self) -> int | None:
        """None where the kernel does not tell."""
        try:
            (told,) = self._socket.nlm_request(nfgen_msg(), msg_type=GETGEN, msg_flags=NLM_F_REQUEST)
        except (NetlinkError, OSError):
            return None
        number: int | None = told.get_attr("NFTA_GEN_ID")
        return number


def loaded() -> str:
    """The digest of the loaded ruleset; empty where there is none of ours, or not all of it, or the closed one from
    boot."""
    # nft's JSON leaves a table's comment out before 1.0.8, so its text is read.
    told = run(["nft", "--terse", "list", "ruleset", "inet"], check=False).stdout
    found = TABLE_COMMENT.search(told)
    return found[1] if found and f"table inet {NFT_ROUTES} {{" in told else ""


def empty(table: str, name: str) -> None:
    """Take all elements out of a set. Raises CommandFailed."""
    run(["nft", "flush", "set", "inet", table, name])


def drop(table: str, name: str) -> None:
    """Remove a set that no rule names. Raises CommandFailed."""
    run(["nft", "delete", "set", "inet", table, name])


def fill(table: str, sets: Mapping[str, Collection[IPv4Address]]) -> None:
    """Have these sets hold these addresses and no others, all at once. Raises CommandFailed."""
    lines = []
    for name, addresses in sets.items():
        lines.append(f"flush set inet {table} {name}")
        if addresses:
            lines.append(f"add element inet {table} {name} {{ {', '.join(map(str, sorted(addresses)))} }}")
    load("\n".join(lines) + "\n")


def elements(table: str) -> dict[str, frozenset[IPv4Address]]:
    """What is in each set of addresses of a table, by the set's name; nothing where there is no such table."""
    return {each["name"]: frozenset(map(IPv4Address, each.get("elem", ()))) for each in _sets("table", "inet", table)}


def routers() -> frozenset[str]:
    """Hardware addresses of those who announced themselves to the LAN as routers of IPv6 in the last hour."""
    found = _sets("set", "bridge", NFT_LAN, "routers")
    return _fading(found)


def crowded() -> frozenset[str]:
    """Addresses of the LAN's devices that had a connection refused lately, because they have too many."""
    return _fading(_sets("set", "inet", NFT_TABLE, "crowded"))


def full() -> bool:
    """Whether a connection was refused lately because the box carries as many as it can."""
    return bool(_fading(_sets("set", "inet", NFT_TABLE, "late_comers")))


def _fading(found: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """What is in sets whose elements are forgotten after a time: each is a structure."""
    return frozenset(each["elem"]["val"] for one in found for each in one.get("elem", ()))


def _sets(*listed: str) -> list[dict[str, Any]]:
    """All that are listed so, as libnftables-json(5) has them; none where there is no such thing."""
    done = run(["nft", "--json", "list", *listed], check=False)
    if done.returncode:
        return []
    return [each["set"] for each in msgspec.json.decode(done.stdout)["nftables"] if "set" in each]


def load(ruleset: str) -> None:
    """Load a ruleset: all of it or, where nft finds a fault, none. Raises CommandFailed."""
    run(["nft", "--file", "-"], stdin=ruleset)
