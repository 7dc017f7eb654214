"""What a person sees at the end of a build."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from image.account.manifest import Manifest
from image.packages import lock
from image.work.step import Timing

NAMED = ("systemd", "nftables", "ppp", "openvpn", "redsocks", "shadowsocks-libev", "dnsmasq-base")
"""Packages that a person would ask for."""

SHOWN = 12
"""Differences that are listed; `invoke lock` lists all."""


def render(made: Manifest, timings: Sequence[Timing], image: Path) -> str:
    """Steps with their times, then what is in the image and how large it is."""
    lines = ["", "Steps, in seconds"]
    lines += [f"  {timing.seconds:6.1f}  {'  ' * timing.depth}{timing.name}" for timing in in_order(timings)]
    lines += ["", f"What is in it: {made.suite}, kernel {made.kernel}, {len(made.packages)} packages"]
    lines += [f"  {name:<24}{version}" for name, version in made.packages.items() if name in NAMED]
    commit = f"{made.commit.id[:12]}{' with changes' if made.commit.dirty else ''}" if made.commit.id else "not in git"
    lines += [
        f"  {'site':<24}{made.site}",
        f"  {'version':<24}{made.version}",
        f"  {'commit':<24}{commit}",
        "",
        "Sizes, in MiB",
    ]
    sizes = {name: part.bytes for name, part in made.artifacts.items()} | {"root, unpacked": made.unpacked_bytes}
    lines += [f"  {size / 2**20:6.1f}  {name}" for name, size in sizes.items()]
    return "\n".join([*lines, "", f"{image}  sha256 {made.artifacts[image.name].sha256}"])


def beside_lock(differences: Sequence[lock.Change]) -> str:
    """How the packages differ from those that are locked.

    >>> beside_lock([])
    'Packages: as locked'
    """
    if not differences:
        return "Packages: as locked"
    lines = ["Packages that differ from image/packages.lock (`invoke lock` renews it)", lock.table(differences[:SHOWN])]
    more = len(differences) - SHOWN
    return "\n".join([*lines, *([f"  and {more} more"] if more > 0 else [])])


def in_order(timings: Sequence[Timing]) -> list[Timing]:
    """Each step before those inside of it; they come in the order of their ends."""
    groups: list[list[Timing]] = []
    for timing in timings:
        inner: list[Timing] = []
        while groups and groups[-1][0].depth > timing.depth:
            inner = groups.pop() + inner
        groups.append([timing, *inner])
    return [timing for group in groups for timing in group]
