"""What `invoke check` says of a site that has no mistakes, and how programs get the mistakes of one that has."""

from __future__ import annotations

import json

import pytest

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config import summary
from gateway_init.config.load import parse
from tests.frozen import HOME

HOME_IN_SHORT = """\
site home: no mistakes
LAN:
  enp2s0+enp3s0  192.168.77.1/24  DHCP 192.168.77.100 to 192.168.77.199
uplinks:
  adsl   pppoe   enp1s0
  phone  tether  USB     on demand
servers:
  near       destination  203.0.113.10  tunnels in 10.77.1.0/24
  abroad     destination  203.0.113.20  tunnels in 10.77.2.0/24
  jumpbox-a  jumpbox      203.0.113.30  tunnels in 10.77.3.0/24
  jumpbox-b  jumpbox      203.0.113.40  tunnels in 10.77.4.0/24
paths to near:
  adsl            adsl → near              straight
  adsl-near       adsl → near              in a tunnel to near
  adsl-jumpbox-a  adsl → jumpbox-a → near  in a tunnel to jumpbox-a
  adsl-jumpbox-b  adsl → jumpbox-b → near  in a tunnel to jumpbox-b
  phone           phone → near             straight
"""


def test_a_site_is_summed_up_in_small_tables() -> None:
    assert summary.as_text(HOME.load()) == HOME_IN_SHORT


def test_programs_get_the_config_with_its_defaults_filled_in() -> None:
    told = summary.as_json(HOME.load())
    site = json.loads(told)
    assert told.startswith('{\n  "site": "home",\n')
    assert told.endswith("}\n")
    assert site["lan"]["address"] == "192.168.77.1/24"
    assert site["lan"]["resolvers"] == ["9.9.9.9", "149.112.112.112"]
    assert (site["servers"]["near"]["role"], site["servers"]["jumpbox-a"]["role"]) == ("destination", "jumpbox")
    assert site["servers"]["near"]["openvpn"]["port"] == 1194
    assert site["servers"]["near"]["shadowsocks"] == {"port": 8388}
    demand = {"busy": 85, "busy_seconds": 10, "idle_seconds": 120}
    assert site["policy"].pop("health")["down_ms"] == 1500
    assert site["policy"].pop("busy_uplink")["paths"] == 2
    assert site["policy"].pop("full_line")["share"] == 75
    assert site["policy"].pop("unknown_rate")["late_ms"] == 200
    assert site["policy"] == {
        "destination": "near",
        "destinations": [],
        "trial_seconds": 300,
        "demand": demand,
        "dns": {"doh": "leave"},
        "udp": "carry",
        "quic": "refuse",
    }
    assert site["uplinks"]["adsl"]["use"] == "always"


def test_what_may_be_left_out_has_the_documented_value() -> None:
    lines = (line for line in HOME.text.splitlines() if line.strip() not in ("lease: 12h", "domain: home.arpa"))
    site = parse("\n".join(line for line in lines if line.strip() not in ("console: shell", "ssh_keys: []")))
    assert (site.lan.dhcp.lease, site.lan.domain, site.lan.ssh_keys) == ("12h", "home.arpa", ())
    assert (site.console, site.password_hash, site.policy.trial_seconds) == ("shell", "", 300)


def test_programs_get_each_mistake_with_its_place() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse(HOME.text.replace("destination: near", "destination: naer"))
    assert json.loads(summary.mistakes_as_json(caught.value)) == [
        {
            "file": "gateway.yaml",
            "line": next(at for at, line in enumerate(HOME.text.splitlines(), 1) if "destination: near" in line),
            "key": "policy.destination",
            "wrong": "no server 'naer'",
            "right": "did you mean 'near'?",
        }
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "  phone:\n    uplink: phone\n",
            "",
            "uplinks.phone: no path goes over it, so it carries nothing; give it one in `paths`",
        ),
        (
            "    speed: {down: 8000, up: 1000}\n",
            "",
            "uplinks.adsl.speed: missing, so nobody knows when the line is busy, and no line on demand is taken in for "
            "that; give what the modem tells, such as {down: 8000, up: 1000}",
        ),
        (
            "203.0.113.40",
            "5.9.1.2",
            "paths.adsl-jumpbox-b: jumpbox-b is in the same room as jumpbox-a (5.9.1.0/24), so it adds nothing to "
            "'adsl-jumpbox-a'; take a server of another provider's, or leave one out",
        ),
    ],
)
def test_what_is_right_but_of_no_use_is_worth_a_look(old: str, new: str, told: str) -> None:
    text = HOME.text.replace("203.0.113.30", "5.9.1.1").replace(old, new)
    assert summary.as_text(parse(text)).partition("worth a look:\n")[2] == f"  {told}\n"


def test_servers_in_two_rooms_or_over_two_lines_are_of_use() -> None:
    assert "worth a look" not in summary.as_text(parse(HOME.text.replace("203.0.113.30", "5.9.2.1")))
    assert "worth a look" not in summary.as_text(HOME.load())
