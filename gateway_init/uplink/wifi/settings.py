"""What gateway.yaml says of somebody's Wi-Fi."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from gateway_init.base.value import Interface
from gateway_init.uplink.kind import Settings

LONGEST_NETWORK = 32
"""Bytes of a network's name (IEEE 802.11, SSID)."""

Network: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^[^\x00-\x1f\x7f]{{1,{LONGEST_NETWORK}}}$",
        description=f"a Wi-Fi network's name of 1 to {LONGEST_NETWORK} bytes, in quotes where YAML sees more in it",
    ),
]
Country: TypeAlias = Annotated[
    str, Meta(pattern="^[A-Z]{2}$", description="a country's two capital letters (ISO 3166) in quotes, such as 'IN'")
]
Security: TypeAlias = Literal["auto", "wpa2", "wpa3", "open"]


class Wifi(Settings, frozen=True, kw_only=True, tag="wifi"):
    """Somebody's access point, such as the building's: a Wi-Fi card of the box joins its network, and is lent an
    address there."""

    network: Network
    """The name of the network (SSID), exactly as it is."""
    country: Country
    """Where the box is: which channels may be used there, and how loudly. Norway's needs its quotes: `'NO'`."""
    security: Security = "auto"
    """`auto`: WPA3 where the access point has it, else WPA2; `wpa2` and `wpa3`: that alone; `open`: neither password
    nor encryption. For all but `open` the password is in the secrets folder."""
    hidden: bool = False
    """Whether the access point keeps the network's name to itself until it is asked for it."""
    device: Interface | None = None
    """The Wi-Fi card, where there are several; by default whichever there is, which is called as the uplink then."""
