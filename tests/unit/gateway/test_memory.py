"""What the daemon remembers comes back as it was; from a file that is spoilt it begins anew, and never ends."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway_init.config.allotted import NOTHING, Allotment, allot
from gateway_init.evidence import memory
from gateway_init.evidence.chain import Verdict
from gateway_init.evidence.memory import Announced, Memory
from gateway_init.evidence.refused import Refused
from gateway_init.evidence.since import Since
from gateway_init.store import in_force, numbers
from gateway_init.update import record
from tests.unit.gateway.given import NUMBERS, SITE

FULL = Memory(
    last_id=7,
    since={"adsl": Since(up=False, address="", at=3.5)},
    announced=Announced(line="braid: waiting", said_at=4.0),
    verdict=Verdict(answered=True, at=20.0),
    refused={"adsl": Refused(IPv4Address("192.168.77.1"), IPv4Address("10.64.0.1"), at=9.0)},
)
BEGINNINGS: list[tuple[Any, Any]] = [(memory, Memory()), (numbers, NOTHING), (in_force, None), (record, None)]
GARBAGE = [
    b"",
    b"\0",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"{",
    b'{"last_id": "x", "uplinks": [], "digests": 1, "version": 1}',
    b'{"refused": {"adsl": {"address": "x"}}, "uplinks": {"adsl": "x"}, "version": []}',
    b'{"announced": {"line": "\xff"}, "uplinks": {"\xff": 0}, "reason": "\xff", "version": "\xff"}',
]


@pytest.mark.parametrize("before", [FULL, Memory(), Memory(last_id=3)])
def test_what_is_remembered_comes_back(tmp_path: Path, before: Memory) -> None:
    memory.remember(tmp_path / "state", before)
    assert memory.recall(tmp_path / "state") == before


@pytest.mark.parametrize("content", GARBAGE)
@pytest.mark.parametrize(("kept", "beginning"), BEGINNINGS)
def test_a_spoilt_file_is_as_none(tmp_path: Path, content: bytes, kept: Any, beginning: Any) -> None:
    (tmp_path / "file").write_bytes(content)
    assert kept.recall(tmp_path / "file") == beginning


@given(st.binary())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_garbage_is_survived(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    for kept, _ in BEGINNINGS:
        kept.recall(tmp_path / "file")


@pytest.mark.parametrize("spoilt", [{"adsl": -1}, {"adsl": 10**9}, {"adsl": 0, "adsl-near": 0, "adsl-jumpbox-a": 0}])
def test_numbers_that_cannot_be_are_given_anew(tmp_path: Path, spoilt: dict[str, int]) -> None:
    kept = Allotment(uplinks=spoilt, paths=spoilt)
    numbers.remember(tmp_path / "file", kept)
    given_anew = allot(SITE, numbers.recall(tmp_path / "file"))
    assert sorted(given_anew.paths.values()) == sorted(NUMBERS.paths.values())
    assert len({given_anew.path_table(path) for path in SITE.paths}) == len(SITE.paths)
