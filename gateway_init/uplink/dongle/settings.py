"""What gateway.yaml says of a 3G or 4G stick."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

from gateway_init.uplink.kind import Settings
from gateway_init.uplink.plugged import UsbPort

Apn: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,98}[A-Za-z0-9])?$",
        description="the name of an access point, such as internet",
    ),
]


class Dongle(Settings, frozen=True, kw_only=True, tag="dongle"):
    """A 3G or 4G stick on USB. Most dial by themselves and show a network card, as a little router would (HiLink and
    its like); with an `apn`, the box dials (MBIM). One that first shows a disk, with the driver of another system, is
    told to stop that (usb_modeswitch(1))."""

    port: UsbPort = ""
    """Only what is plugged into this socket, where there are several (`braid status` names those in others)."""
    apn: Apn | None = None
    """The provider's access point, for a stick that is to be dialled. Without it, the stick does that."""
    pin: bool = False
    """Whether the SIM asks for a PIN, which is in the secrets folder then. One that it refuses is not tried again."""
