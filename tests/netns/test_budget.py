"""A budget in a real kernel: what is counted, what is dropped, and what of the count outlives whatever is done."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from gateway_init.base.process import run
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from gateway_init.host import quotas
from gateway_init.host.kernel import Kernel
from tests.netns import packet
from tests.netns.gateway import Gateway
from tests.netns.house import Far, set_to
from tests.unit.gateway.given import EXAMPLE

NAME = "uplink-adsl"
OWN, PROVIDER = "100.64.0.11", "100.64.0.1"
SIZE = 1000
"""Bytes of a whole packet."""


def site(amount: str) -> Site:
    text = EXAMPLE.read_text(encoding="utf-8")
    return parse(
        text.replace("    user: home@isp.example\n", f"    user: home@isp.example\n    budget: {{bytes: {amount}}}\n")
    )


@pytest.fixture
def far() -> Iterator[Far]:
    # Or either end looks for IPv6 neighbours while others are counted.
    set_to("net.ipv6.conf.all.disable_ipv6", "1")
    far = Far("adsl", f"{OWN}/24", f"{PROVIDER}/24", arp=True)
    with far.inside():
        set_to("net.ipv6.conf.all.disable_ipv6", "1")
    yield far
    far.close()


def udp(source: str, target: str) -> bytes:
    return packet.udp(source, target, 7, 7, bytes(SIZE - 28))


def counted() -> int:
    return quotas.read()[NAME].used


def arrive(far: Far, packets: int) -> None:
    """So many packets come from the provider."""
    for _ in range(packets):
        far.send(udp(PROVIDER, OWN))
    far.heard()


def test_each_byte_counts_once_both_ways_and_none_that_never_was_an_ip_packet(kernel: Kernel, far: Far) -> None:
    Gateway(kernel, site("1 MB")).settle()
    before = counted()
    arrive(far, 10)
    assert counted() - before == 10 * SIZE
    run(["nft", "flush", "chain", "inet", "braid", "output"])
    run(["nft", "add", "rule", "inet", "braid", "output", "accept"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(bytes(SIZE - 28), (PROVIDER, 7))
    assert len([each for each in far.heard() if len(each) == SIZE]) == 1
    refusal = 576  # RFC 1122, 3.2.2: nobody listens there, and the answer counts as well
    assert counted() - before == 11 * SIZE + refusal


def test_what_is_beyond_it_does_not_leave(kernel: Kernel, far: Far) -> None:
    Gateway(kernel, site("1 MB")).settle()
    run(["nft", "flush", "chain", "inet", "braid", "output"])
    run(["nft", "add", "rule", "inet", "braid", "output", "accept"])
    came = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for _ in range(22):
            for _ in range(50):
                with suppress(PermissionError):  # it is dropped
                    out.sendto(bytes(SIZE - 28), (PROVIDER, 7))
            came += len([each for each in far.heard() if len(each) == SIZE])
    assert 990 <= came <= 1000
    assert counted() == 1_000_000


def test_the_count_goes_on_when_daemon_ruleset_and_limit_are_others(kernel: Kernel, far: Far) -> None:
    Gateway(kernel, site("1 MB")).settle()
    arrive(far, 10)
    before = counted()
    assert before >= 10 * SIZE
    run(["nft", "delete", "table", "inet", "braid"])
    Gateway(kernel, site("1 MB")).settle()
    assert counted() == before
    Gateway(kernel, site("2 MB")).settle()
    assert (counted(), quotas.read()[NAME].limit) == (before, 2_000_000)
    arrive(far, 1)
    assert counted() == before + SIZE


def test_a_spent_line_has_no_path_and_the_next_config_without_a_budget_has_one(kernel: Kernel, far: Far) -> None:
    gateway = Gateway(kernel, site("1 MB"))
    gateway.settle()
    arrive(far, 1001)
    evidence = gateway.settle()
    assert evidence.uplinks["adsl"].reason.startswith("the budget of adsl, 1.0 MB, is spent; it begins anew on ")
    assert evidence.up == ()
    plain = Gateway(kernel, parse(EXAMPLE.read_text(encoding="utf-8")))
    assert plain.settle().up == ("adsl",)
    assert quotas.read() == {}


def test_a_stream_counts_as_the_line_carries_it_and_not_as_the_kernel_hands_it_on(kernel: Kernel, far: Far) -> None:
    gateway = Gateway(kernel, site("100 MB"))
    gateway.settle()
    run(["nft", "flush", "chain", "inet", "braid", "output"])
    run(["nft", "add", "rule", "inet", "braid", "output", "accept"])
    run(["nft", "flush", "chain", "inet", "braid", "arrive"])
    run(["nft", "add", "rule", "inet", "braid", "arrive", "accept"])
    with far.inside():
        server = socket.create_server((PROVIDER, 80))
    before, size, most = counted(), 3_000_000, 1448
    with server, socket.create_connection((PROVIDER, 80), timeout=10) as out:
        taken, _ = server.accept()
        with taken:
            taken.settimeout(10)
            sender = threading.Thread(target=out.sendall, args=(bytes(size),))
            sender.start()
            came = 0
            while came < size:
                came += len(taken.recv(1 << 20))
            sender.join()
    heads = 52 * (size // most)
    assert counted() - before >= size + heads


def test_what_the_lan_claims_to_come_from_a_server_is_nobody_s_expense(kernel: Kernel, far: Far) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    address = "    address: 203.0.113.10\n"
    limited = parse(text.replace(address, f"{address}    budget: {{bytes: 1 MB}}\n"))
    Gateway(kernel, limited).settle()
    device = Far("enp9s0", "10.9.9.1/24", "10.9.9.2/24", arp=True)
    device.send(*[udp("203.0.113.10", "192.168.77.1")] * 10)
    device.heard()
    assert quotas.read()["server-near"].used == 0
    far.send(udp("203.0.113.10", OWN))
    far.heard()
    assert quotas.read()["server-near"].used == SIZE
    device.close()
