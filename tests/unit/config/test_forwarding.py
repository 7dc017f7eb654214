"""What comes in from the Internet: the entries of `ports`, and what is wrong with them."""

from __future__ import annotations

import pytest

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config import summary
from gateway_init.config.forwarding import inbound
from gateway_init.config.load import parse
from tests.frozen import HOME

HOST = "  hosts:\n    nas: {mac: '00:0d:b9:12:34:56', address: 192.168.77.20}\n  domain: home.arpa\n"


def site(*entries: str, policy: str = "") -> str:
    text = HOME.text.replace("  domain: home.arpa\n", HOST, 1).replace(
        "  destination: near\n", f"  destination: near\n{policy}"
    )
    return text + "\nports:\n" + "".join(f"  - {entry}\n" for entry in entries)


def test_an_entry_is_for_both_protocols_of_the_main_destination_unless_it_says_otherwise() -> None:
    found = inbound(
        parse(
            site(
                "{port: 5000, to: nas}",
                "{port: 8080, to: 192.168.77.9, to_port: 80, protocols: [tcp], destination: abroad}",
            )
        )
    )
    assert [(each.destination, each.protocol, each.port, str(each.address), each.inside) for each in found] == [
        ("near", "tcp", 5000, "192.168.77.20", 5000),
        ("near", "udp", 5000, "192.168.77.20", 5000),
        ("abroad", "tcp", 8080, "192.168.77.9", 80),
    ]


def test_a_destination_that_only_lets_in_is_in_use() -> None:
    alone = site("{port: 80, to: nas, destination: abroad}").replace("to: abroad\n", "to: refuse\n")
    assert list(parse(alone).destinations) == ["near", "abroad"]


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (["{port: 80, to: nass}"], ["ports[0].to: no device 'nass' in lan.hosts; did you mean 'nas'?"]),
        (
            ["{port: 80, to: 192.168.77.1}"],
            ["ports[0].to: 192.168.77.1 is the gateway's own; name a device of the LAN"],
        ),
        (
            ["{port: 80, to: 192.168.78.9}", "{port: 81, to: 192.168.77.255}"],
            [
                "ports[0].to: 192.168.78.9 is no device's of the LAN; give one of 192.168.77.0/24",
                "ports[1].to: 192.168.77.255 is no device's of the LAN; give one of 192.168.77.0/24",
            ],
        ),
        (
            ["{port: 22, to: nas}", "{port: 8388, to: nas}", "{port: 1194, to: nas}", "{port: 862, to: nas}"],
            [
                "ports[0].port: 22 is near's own, for SSH; take another one",
                "ports[1].port: 8388 is near's own, for shadowsocks; take another one",
                "ports[2].port: 1194 is near's own, for OpenVPN; take another one",
                "ports[3].port: 862 is near's own, for the reflector; take another one",
            ],
        ),
        (
            ["{port: 80, to: nas}", "{port: 80, to: nas, protocols: [udp]}"],
            ["ports[1].port: udp 80 of near is ports[0]'s, too; name each once"],
        ),
        (
            ["{port: 80, to: nas, protocols: []}"],
            ["ports[0].protocols: are none; name tcp, udp or both, or leave it out for both"],
        ),
        (
            ["{port: 80, to: nas, destination: jumpbox-a}", "{port: 80, to: nas, destination: nera}"],
            [
                "ports[0].destination: 'jumpbox-a' is a jumpbox; known are: near, abroad",
                "ports[1].destination: no server 'nera'; did you mean 'near'?",
            ],
        ),
    ],
)
def test_what_cannot_be_is_told(entries: list[str], told: list[str]) -> None:
    with pytest.raises(ConfigInvalid) as invalid:
        parse(site(*entries))
    assert [f"{each.key}: {each.wrong}; {each.right}" for each in invalid.value.problems] == told


def test_a_port_that_udp_has_and_tcp_has_not_may_be_called_by_tcp() -> None:
    assert (
        len(inbound(parse(site("{port: 51820, to: nas, protocols: [tcp]}", "{port: 22, to: nas, protocols: [udp]}"))))
        == 2
    )


def test_nothing_comes_in_without_the_carrier() -> None:
    with pytest.raises(ConfigInvalid) as invalid:
        parse(site("{port: 80, to: nas}", policy="  udp: refuse\n"))
    (problem,) = invalid.value.problems
    assert (problem.key, problem.right) == ("ports", "let `policy.udp` be `carry`")


def test_a_person_sees_what_is_open_and_what_may_be_another_device_s_tomorrow() -> None:
    told = summary.as_text(
        parse(site("{port: 8080, to: nas, to_port: 80}", "{port: 81, to: 192.168.77.150, protocols: [udp]}"))
    )
    assert "ports:\n  near  tcp 8080  192.168.77.20 tcp 80\n  near  udp 8080  192.168.77.20 udp 80\n" in told
    assert "ports[1].to: 192.168.77.150 is lent to whoever asks for one" in told
    assert "192.168.77.20 is lent" not in told
