"""What ss(8) says in the recipe's words: who may reach a socket is told apart."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from tests.world.listening import heard


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("tcp LISTEN 0 128 192.168.77.1:22 0.0.0.0:*", "tcp 22 lan"),
        ("tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*", "tcp 22 any"),
        ("tcp LISTEN 0 128 [::]:22 [::]:*", "tcp 22 any"),
        ("tcp LISTEN 0 128 *:22 *:*", "tcp 22 any"),
        ("tcp LISTEN 0 128 [::1]:22 [::]:*", "tcp 22 loopback"),
        ("udp UNCONN 0 0 0.0.0.0%br-lan:67 0.0.0.0:*", "udp 67 lan"),
        ("udp UNCONN 0 0 0.0.0.0:40123 0.0.0.0:*", "udp ephemeral any"),
    ],
)
def test_a_socket_is_told_by_protocol_port_and_place(line: str, told: str) -> None:
    assert heard(line + "\n", IPv4Address("192.168.77.1"), "br-lan") == {told}
