"""What budgets count, in nftables: a table of its own with a named quota for each (nft(8), QUOTA)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from gateway_init.base.process import run
from gateway_init.facts.facts import Counted, Entry
from gateway_init.facts.item import Quota
from gateway_init.wellknown.number import NFT_BUDGETS

FIRST, LAST = -310, 310
"""Priorities: whatever arrives is counted before anything drops it, what leaves is once nothing can any more."""


class Matches(NamedTuple):
    """The packets that count, in nft's words."""

    arrive: str
    depart: str


def read() -> dict[str, Counted]:
    """By the names of budgets; nothing where nft does not answer."""
    done = run(["nft", "--json", "list", "quotas"], check=False)
    if done.returncode:
        return {}
    told = msgspec.json.decode(done.stdout)
    found = (each["quota"] for each in told["nftables"] if "quota" in each)
    return {
        each["name"]: Counted(each.get("comment", ""), each["bytes"], each["used"])
        for each in found
        if each["table"] == NFT_BUDGETS
    }


def used(quota: Quota, counted: Counted | None, kept: Entry | None) -> int:
    """From which number of bytes on a budget is counted: the kernel's, as long as it did not begin anew since, else
    what was kept of that.

    >>> used(Quota("uplink-phone", "3 ab", 1000), Counted("3 cd", 900, 70), None)
    70
    """
    which = quota.stamp.split()[0]
    if counted and counted.stamp.split()[:1] == [which]:
        return counted.used
    return max(kept.used, 0) if kept and which == str(kept.begun) else 0


def load(quotas: Iterable[Quota], used: Mapping[str, int], matches: Mapping[str, Matches]) -> None:
    """Count these from now on, each from what is used of it. Raises CommandFailed."""
    made = sorted(quotas, key=lambda quota: quota.name)
    run(["nft", "--file", "-"], stdin=text(made, used, matches))


def unload() -> None:
    """Count nothing any more. Raises CommandFailed."""
    run(["nft", "delete", "table", "inet", NFT_BUDGETS])


def text(quotas: Iterable[Quota], used: Mapping[str, int], matches: Mapping[str, Matches]) -> str:
    """For one transaction."""
    made = list(quotas)
    lines = [f"table inet {NFT_BUDGETS}", f"delete table inet {NFT_BUDGETS}", f"table inet {NFT_BUDGETS} {{"]
    for each in made:
        # What is above the limit is none of nft's numbers.
        spent = min(used.get(each.name, 0), each.limit)
        lines += [f"\tquota {each.name} {{", f'\t\tcomment "{each.stamp}"']
        lines += [f"\t\tover {each.limit} bytes used {spent} bytes", "\t}"]
    for way, hook, priority in (("arrive", "prerouting", FIRST), ("depart", "postrouting", LAST)):
        lines += [f"\tchain {way} {{", f"\t\ttype filter hook {hook} priority {priority}; policy accept;"]
        lines += [f'\t\t{getattr(matches[each.name], way)} quota name "{each.name}" drop' for each in made]
        lines.append("\t}")
    return "\n".join([*lines, "}"]) + "\n"
