"""The reflector as its kit has it, asked over the loopback: it answers whoever has the key, and nobody else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_init.config import secret
from gateway_init.wellknown import stamp
from servers.reflector import BURST, KEY, RATE, Bucket

HERE, ALSO_HERE = "127.0.0.1", "127.0.0.9"
PATIENCE = 20.0
SHORT = 0.3
"""Seconds in which an answer would have come: the one to the next question did."""


@pytest.fixture
def port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_one:
        any_one.bind((HERE, 0))
        return int(any_one.getsockname()[1])


@pytest.fixture
def key(made: Path) -> bytes:
    return (made / secret.reflector_key("near")).read_bytes().strip()


@pytest.fixture
def asker(kits: Path, port: int, key: bytes, tmp_path: Path) -> Iterator[socket.socket]:
    """Whoever asks a reflector that runs."""
    (tmp_path / KEY).write_bytes((kits / "near/etc" / KEY).read_bytes())
    program = subprocess.Popen(
        [sys.executable, "-E", "-s", "-B", str(kits / "near/etc/reflector.py"), str(port)],
        env={"CREDENTIALS_DIRECTORY": str(tmp_path), "PATH": os.environ["PATH"]},
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(SHORT)
        deadline = time.monotonic() + PATIENCE
        while not asked(line, stamp.probe(key, 0, 0), (HERE, port)):
            assert time.monotonic() < deadline, "it does not answer"
        yield line
    program.kill()
    program.wait()


def asked(line: socket.socket, packet: bytes, where: tuple[str, int]) -> tuple[bytes, str] | None:
    """The answer and whom it came from; None where none came."""
    line.sendto(packet, where)
    try:
        answer, peer = line.recvfrom(4096)
    except TimeoutError:
        return None
    return answer, peer[0]


def test_a_probe_comes_back_as_large_as_it_was_with_the_times_of_both_ends(
    asker: socket.socket, port: int, key: bytes
) -> None:
    before = stamp.ntp(time.time())
    got = asked(asker, stamp.probe(key, 7, before), (HERE, port))
    assert got
    assert len(got[0]) == stamp.SIZE == len(stamp.probe(key, 7, before))
    heard = stamp.reflection(key, got[0])
    assert heard
    assert (heard.sequence, heard.timestamp) == (7, before)
    assert before <= heard.received <= heard.sent <= stamp.ntp(time.time())


def test_it_answers_from_the_address_that_was_asked(asker: socket.socket, port: int, key: bytes) -> None:
    # A destination has several: its tunnel's own would be the route's choice, and the gateway would not know it.
    for address in (HERE, ALSO_HERE):
        got = asked(asker, stamp.probe(key, 1, 1), (address, port))
        assert got
        assert got[1] == address


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packet: packet[:-1],
        lambda packet: packet + b"\0",
        lambda _: b"",
        lambda packet: bytes([packet[0] ^ 1]) + packet[1:],
        lambda packet: packet[:-1] + bytes([packet[-1] ^ 1]),
        lambda _: bytes(stamp.SIZE),
        lambda _: stamp.probe(b"another key", 7, 7),
    ],
    ids=["short", "long", "empty", "changed", "forged", "zeros", "stranger"],
)
def test_who_has_not_the_key_hears_nothing(
    asker: socket.socket, port: int, key: bytes, spoil: Callable[[bytes], bytes]
) -> None:
    asker.sendto(spoil(stamp.probe(key, 7, 7)), (HERE, port))
    got = asked(asker, stamp.probe(key, 8, 8), (HERE, port))
    assert got
    heard = stamp.reflection(key, got[0])
    assert heard
    assert heard.sequence == 8


@given(st.lists(st.floats(0.0, 2.0), max_size=50))
def test_whoever_repeats_what_he_recorded_has_no_more_answers_than_this(pauses: list[float]) -> None:
    bucket, now, answers = Bucket(0.0), 0.0, 0
    for pause in pauses:
        now += pause
        answers += sum(bucket.take(now) for _ in range(100))
    assert answers <= BURST + now * RATE


@given(st.binary(max_size=200))
def test_no_packet_of_a_stranger_is_a_probe_or_an_answer(packet: bytes) -> None:
    assert stamp.heard(b"key", packet) is None
    assert stamp.reflection(b"key", packet) is None


def test_an_answer_is_no_probe(key: bytes) -> None:
    # A recorded probe, sent again under the reflector's own address, would have it answer itself without end.
    probe = stamp.heard(key, stamp.probe(key, 1, 1))
    assert probe
    assert stamp.heard(key, stamp.reflect(key, probe, 5, 6, 64)) is None
