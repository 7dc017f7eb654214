"""The unit of a PPPoE line: pppd(8), which makes the session's interface and calls it as the uplink."""

from __future__ import annotations

from gateway_init.uplink.kind import Line
from gateway_init.uplink.pppoe.settings import Pppoe
from gateway_init.wellknown import place
from gateway_init.wellknown.unit import ServiceFiles, rendered

REFUSED = 19
"""Exit code of pppd(8): the other end refuses the user or the password."""
FIRST_WAIT = 5
"""Seconds from the first refusal to the next try, besides those that systemd waits after each end; then doubled."""
VLAN = ".v"
"""The end of the name of an uplink's VLAN."""
LONGEST_WAIT = 300
"""Seconds that they never exceed: providers lock out who tries too often."""


def name(line: Line[Pppoe]) -> str:
    return f"braid-pppoe-{line.name}.service"


def ethernet(line: Line[Pppoe]) -> str:
    """The interface that its frames leave by: the device, or the VLAN on it."""
    return line.settings.device if line.settings.vlan is None else f"{line.name}{VLAN}"


def files(line: Line[Pppoe], password: str) -> ServiceFiles:
    """The unit and pppd's options."""
    variables = {
        "name": line.name,
        "device": ethernet(line),
        "mtu": line.settings.mtu,
        "user": quoted(line.settings.user),
        "password": quoted(password),
        "ended": place.ENDED / name(line),
        "refused": REFUSED,
        "first_wait": FIRST_WAIT,
        "longest_wait": LONGEST_WAIT,
    }
    return rendered(name(line), "uplink/pppoe/pppd", variables)


def quoted(text: str) -> str:
    r"""A word of a pppd options file, whatever a provider put into a password.

    >>> print(quoted('a "b" \\ c'))
    "a \"b\" \\ c"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
