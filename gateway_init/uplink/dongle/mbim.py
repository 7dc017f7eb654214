"""What mbimcli(1) answers for a modem (MBIM 1.0 of the USB Implementers Forum), and what follows from it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Interface, NetmaskValueError
from typing import Literal, TypeAlias

PROGRAM = "/usr/bin/mbimcli"
FIELD = re.compile(r"^\s*([A-Za-z][^:\n]*?)\s*: '([^'\n]*)'\s*$", re.MULTILINE)
LEAST_ATTEMPTS = 2
"""With one left, a wrong PIN would lock the SIM until somebody finds its PUK."""

Fault: TypeAlias = Literal[
    "silent",
    "starting",
    "no-sim",
    "bad-sim",
    "puk",
    "locked",
    "pin-missing",
    "pin-refused",
    "last-attempt",
    "forgetful",
    "searching",
    "denied",
    "refused",
    "no-address",
]
"""Why a line is not up, as its program notes it."""


def fields(answer: str) -> dict[str, str]:
    r"""The values that it names.

    >>> fields("[/dev/cdc-wdm0] PIN info:\n\t         PIN state: 'locked'\n\t    TRID: '4'\n")
    {'PIN state': 'locked', 'TRID': '4'}
    """
    return dict(FIELD.findall(answer))


def sim(status: Mapping[str, str]) -> Fault | None:
    """What is wrong with the SIM; None also for one that is only locked."""
    match status.get("Ready state"):
        case "initialized" | "device-locked":
            return None
        case "sim-not-inserted":
            return "no-sim"
        case "not-initialized":
            return "starting"
        case None:
            return "silent"
    return "bad-sim"


def barred(lock: Mapping[str, str], pin: str, *, refused: bool) -> Fault | None:
    """Why a locked SIM is not to be asked with a PIN. `refused`: whether that one was tried before, in vain."""
    kind, left = lock.get("PIN type", ""), lock.get("Remaining attempts", "")
    if kind.startswith("puk") or left == "0":
        return "puk"
    if kind != "pin1":
        return "locked"
    if not pin:
        return "pin-missing"
    if refused:
        return "pin-refused"
    # Who does not say how many are left is not one whom a second guess could harm more than the first.
    return "last-attempt" if left.isdecimal() and int(left) < LEAST_ATTEMPTS else None


def mark(status: Mapping[str, str], pin: str) -> str:
    """What a PIN is remembered by that is being tried on a SIM: nothing that names either."""
    return hashlib.sha256(f"{status.get('SIM ICCID', '')} {pin}".encode()).hexdigest()[:32]


def network(registration: Mapping[str, str]) -> Fault | None:
    """Why there is no network to connect to."""
    match registration.get("Register state"):
        case "home" | "roaming" | "partner":
            return None
        case "denied":
            return "denied"
    return "searching"


def connect(apn: str) -> str:
    """The option that connects to an access point (its name holds no quotes: settings.Apn)."""
    return f"--connect=access-string='{apn}',ip-type='ipv4'"


def given(configuration: Mapping[str, str]) -> dict[str, str] | None:
    """What the network gave, as a note (uplink/lease); None where that is no address.

    >>> given({"IP [0]": "10.44.5.6/30", "Gateway": "10.44.5.5", "MTU": "1428"})
    {'ip': '10.44.5.6', 'mtu': '1428'}
    """
    try:
        address = IPv4Interface(configuration.get("IP [0]", "")).ip
    except (AddressValueError, NetmaskValueError, ValueError):
        return None
    # Packets go out as they are: there is no router's address to ask for.
    return {"ip": str(address), "mtu": configuration.get("MTU", "")}
