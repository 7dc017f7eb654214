"""The end of a build: steps in the order of their beginning, packages, sizes."""

from __future__ import annotations

from pathlib import Path

from image.account import manifest, summary
from image.work import step


def test_an_outer_step_stands_before_what_is_inside_of_it() -> None:
    ended = [
        step.Timing("squash", 1, 5),
        step.Timing("hook", 2, 1),
        step.Timing("hooks", 1, 1),
        step.Timing("build", 0, 9),
        step.Timing("another", 0, 1),
    ]
    assert [timing.name for timing in summary.in_order(ended)] == ["build", "squash", "hooks", "hook", "another"]


def test_the_summary_tells_what_a_person_asks_for() -> None:
    made = manifest.Manifest(
        site="home",
        version="0123",
        compatible="braid-apu-home",
        suite="trixie",
        kernel="6.12.0-amd64",
        commit=manifest.Commit("0123456789abcdef", True),
        artifacts={"braid.img": manifest.Artifact(3 << 20, "ab" * 32)},
        unpacked_bytes=7 << 20,
        packages={"openvpn": "2.6.14-1", "zlib1g": "1"},
    )
    text = summary.render(made, [step.Timing("Squashing the root", 0, 4.25)], Path("build/braid.img"))
    for part in ("4.2  Squashing the root", "6.12.0-amd64", "2.6.14-1", "0123456789ab with changes", "3.0  braid.img"):
        assert part in text


def test_packages_come_from_dpkgs_own_list() -> None:
    status = """\
Package: ppp
Status: install ok installed
Version: 2.5.2-1+1
Description: Point-to-Point Protocol
 Version: is not a field here

Package: bash
Version: 5.2
"""
    assert manifest.packages(status) == {"bash": "5.2", "ppp": "2.5.2-1+1"}
