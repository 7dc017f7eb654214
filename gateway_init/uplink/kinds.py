"""The kinds of lines that there are: the one list. qemu/world/line has the other end of each, under the same name."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gateway_init.uplink.dhcp.kind import DHCP
from gateway_init.uplink.dongle.kind import DONGLE
from gateway_init.uplink.kind import Kind
from gateway_init.uplink.pppoe.kind import PPPOE
from gateway_init.uplink.static.kind import STATIC
from gateway_init.uplink.tether.kind import TETHER
from gateway_init.uplink.wifi.kind import WIFI

KINDS: tuple[Kind[Any], ...] = (PPPOE, DHCP, STATIC, TETHER, DONGLE, WIFI)

COMING = ("modem",)
"""Kinds that the design knows and that are not there yet: they are refused by name."""


def of(settings: Struct) -> Kind[Any]:
    """The kind whose settings these are."""
    return next(kind for kind in KINDS if kind.settings is type(settings))
