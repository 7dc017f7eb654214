"""Captures of what left, judged: what is counted and shown, and what is no capture."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_init.base.process import run
from qemu.world.counterpart import counterpart
from qemu.world.leak.header import dissect
from qemu.world.leak.judge import judge
from qemu.world.leak.matcher import PLAIN, Matcher
from qemu.world.leak.pcap import Broken, records, written
from qemu.world.topology import describe
from tests import frame
from tests.frozen import ROOT
from tests.netns import packet
from tests.unit.qemu.test_leak import CABLE, LAN, LISTED, NETWORK, OWN, PLAINLY, QUAY, SITE, altered


def judged(frames: Sequence[bytes]) -> Any:
    return judge(records(written(list(frames))), PLAINLY["cable"], [NETWORK])


def test_a_verdict_counts_by_class_and_shows_the_first_that_should_not_be_there() -> None:
    dns = frame.ethernet(packet.udp(LAN, "8.8.8.8", 40000, 53, b"?"))
    arp = frame.sample(CABLE.allowed[0], OWN)
    plain = frame.ethernet(frame.syn(OWN, QUAY, 8388, b""))
    verdict = judged([arp, *[dns] * 12, arp, plain])
    assert (verdict.packets, verdict.counts) == (15, {"ARP": 2, PLAIN: 1})
    assert (verdict.foreign, verdict.foreign_bytes, len(verdict.shown)) == (12, 12 * len(dns), 10)
    assert f"UDP {LAN}:40000 > 8.8.8.8:53: {dns.hex()}" in verdict.shown[0]
    assert [each.rpartition(" ")[2] for each in verdict.plain] == [plain.hex()]


def test_a_capture_is_read_on_from_where_it_ended() -> None:
    frames = [frame.sample(each, OWN) for each in CABLE.allowed]
    text = written(frames)
    first = next(records(text))
    assert [each.data for each in records(text, first.end)] == frames[1:]
    assert list(records(text, len(text))) == []


@given(st.integers(0, 500), st.integers(0, 255))
def test_a_torn_capture_is_none_but_for_one_that_is_still_written(cut: int, noise: int) -> None:
    frames = [frame.sample(each, OWN) for each in CABLE.allowed]
    text = written(frames)
    cut = min(cut, len(text) - 1)
    ends = {each.end for each in records(text)} | {24}
    if cut not in ends:
        with pytest.raises(Broken):
            list(records(text[:cut]))
    if cut >= 24:
        assert len(list(records(text[:cut], live=True))) == sum(end <= cut for end in ends) - 1
    with pytest.raises(Broken):
        list(records(bytes((noise,)) * 24))


def test_a_capture_of_anything_but_frames_is_none() -> None:
    text = written([frame.sample(CABLE.allowed[0], OWN)])
    for broken in (altered(text, 20, 113), altered(text, 28, 255, 255, 255), altered(text, 36, 1)):
        with pytest.raises(Broken):
            list(records(broken))


def test_the_world_judges_each_of_its_lines_by_the_list_and_what_else_is_there() -> None:
    world = describe(SITE, {f"uplink-{name}.password": "p" for name in SITE.uplinks})
    assert json.loads(world.allowed) == [
        {"uplink": name, "interface": LISTED[name].interface, "allowed": each} for name, each in PLAINLY.items()
    ]
    joined = frame.ethernet(bytes.fromhex("0001af810100"), 6)
    for line in world.lines:
        end = counterpart(line.kind)
        matcher = Matcher([*PLAINLY[line.name], *end.around(line)], [end.own(line)])
        assert bool(matcher.what(dissect(joined, len(joined)))) == (line.name == "den")


def test_captures_are_judged_where_they_were_made(tmp_path: Path) -> None:
    world = describe(SITE, {f"uplink-{name}.password": "p" for name in SITE.uplinks})
    (tmp_path / "world").write_text(world.to_json())
    own = str(IPv4Network(world.line("cable").pool)[2])
    dns = frame.ethernet(packet.udp(own, "8.8.8.8", 40000, 53))
    frames = [*(frame.sample(each, own, world.web.others["www.stream.example"]) for each in CABLE.allowed), dns]
    (tmp_path / "caught").write_bytes(written(frames))
    program = [
        sys.executable,
        "-m",
        "qemu.world.leak",
        "--world",
        str(tmp_path / "world"),
        f"cable={tmp_path / 'caught'}",
    ]
    found = json.loads(run(program, cwd=ROOT).stdout)["cable"]
    assert (found["packets"], found["foreign"], found["plain"]) == (len(frames), 1, [])
    assert found["counts"] == {each.what: 1 for each in CABLE.allowed}
    later = json.loads(run([*program, "--begin", str(found["end"])], cwd=ROOT).stdout)["cable"]
    assert (later["packets"], later["end"]) == (0, 0)
