"""A PPPoE line: what pppd is told, and why the line is down in words that a person can act on."""

from __future__ import annotations

import pytest

from gateway_init.facts.facts import Address, Facts, Link, Unit
from gateway_init.facts.item import Up
from gateway_init.uplink.kind import State
from tests.unit.gateway.given import PORTS, PPP_ADDRESS, SITE

KIND, LINE = SITE.line("adsl")
DIALLER = "braid-pppoe-adsl.service"
SESSION = Link(10, "adsl")
RUNS = Unit("active", "running")

REFUSED = "the provider refuses the user or the password; asked ever less often, down to every 5 minutes"


def state(*links: Link, unit: Unit | None = RUNS, addressed: bool = False) -> State:
    addresses = (Address(SESSION.index, PPP_ADDRESS, 32),) if addressed else ()
    return KIND.state(LINE, Facts(links=links, addresses=addresses, units={DIALLER: unit} if unit else {}))


def test_pppd_gets_the_line_as_the_provider_wants_it_and_touches_nothing_of_ours() -> None:
    (files,) = KIND.units(LINE, lambda file: f'of {file} "\\\n')
    assert files.name == DIALLER
    options = [line for line in files.config.splitlines() if not line.startswith("#")]
    assert options == [
        "plugin pppoe.so",
        "nic-enp1s0",
        'user "home@isp.example"',
        'password "of uplink-adsl.password \\"\\\\"',
        "hide-password",
        "ifname adsl",
        "nodetach",
        "noauth",
        "refuse-eap",
        "noipdefault",
        "nodefaultroute",
        "noipv6",
        "noccp",
        "novj",
        "mtu 1492",
        "mru 1492",
        "lcp-echo-interval 3",
        "lcp-echo-failure 4",
        "lcp-echo-adaptive",
        "pppoe-padi-timeout 2",
        "pppoe-padi-attempts 3",
        "nopersist",
    ]


def test_the_dialler_is_started_again_for_ever_and_may_do_no_more_than_dial() -> None:
    (files,) = KIND.units(LINE, lambda _: "secret")
    lines = files.unit.splitlines()
    assert "Description=PPPoE session of uplink adsl on enp1s0" in lines
    assert "ExecStart=/usr/sbin/pppd file ${CREDENTIALS_DIRECTORY}/config" in lines
    assert "LoadCredential=config:/run/braid/braid-pppoe-adsl.conf" in lines
    assert {"StartLimitIntervalSec=0", "Restart=always", "RestartSec=1", "RestartMaxDelaySec=5"} <= set(lines)
    # It may wait for minutes before it dials again, and a start is not to be given up meanwhile.
    assert "TimeoutStartSec=infinity" in lines
    assert "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW" in lines
    assert {"DevicePolicy=closed", "DeviceAllow=/dev/ppp rw"} <= set(lines)


def test_what_it_needs_and_takes() -> None:
    assert (KIND.needs.packages, KIND.needs.modules, KIND.needs.firmware) == (("ppp",), ("pppoe",), ())
    assert [secret.file("adsl") for secret in KIND.secrets(LINE)] == ["uplink-adsl.password"]
    assert KIND.ports(LINE) == {"device": "enp1s0"}
    assert (KIND.about(LINE), KIND.interface(LINE), KIND.leaves(LINE)) == ("enp1s0", "adsl", ())
    assert list(KIND.broken(LINE)) == []


def test_its_card_is_brought_up_and_one_that_is_missing_is_left_alone() -> None:
    assert list(KIND.items(LINE, Facts(links=PORTS))) == [Up("enp1s0")]
    assert list(KIND.items(LINE, Facts())) == []


def test_it_is_up_with_a_session_that_runs_and_has_an_address() -> None:
    assert state(*PORTS, SESSION, addressed=True) == State(SESSION, PPP_ADDRESS)
    assert not state(*PORTS, SESSION).up
    assert not state(*PORTS, Link(10, "adsl", running=False), addressed=True).up


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (0, "no answer from a concentrator"),
        (5, "the dialler was stopped"),
        (8, "no answer from a concentrator"),
        (10, "the provider ended the negotiation"),
        (15, "the provider stopped answering"),
        (16, "the provider hung up"),
        (19, REFUSED),
        (99, "no answer from a concentrator"),
    ],
)
def test_how_the_last_session_ended_is_the_reason(code: int, reason: str) -> None:
    assert state(*PORTS, unit=Unit("activating", "auto-restart", code)) == State(reason=reason)


def test_while_it_negotiates_a_refusal_stays_the_reason_and_nothing_else_does() -> None:
    for code, reason in ((16, "negotiating with the provider"), (19, REFUSED)):
        assert state(*PORTS, SESSION, unit=Unit("active", "running", code)) == State(reason=reason)


def test_what_is_nearest_to_the_wall_is_told_first() -> None:
    assert state(*PORTS[1:], unit=None) == State(reason="there is no enp1s0")
    unplugged = Link(2, "enp1s0", running=False)
    assert state(unplugged, *PORTS[1:], unit=None) == State(reason="no cable in enp1s0")
    # Whether there is a cable shows only once the card is up.
    down = Link(2, "enp1s0", up=False, running=False)
    assert state(down, *PORTS[1:]) == State(reason="no answer from a concentrator")
    for unit in (None, Unit("inactive"), Unit("failed")):
        assert state(*PORTS, unit=unit) == State(reason="the dialler is not started yet")
