"""The site's config: gateway.yaml, checked once at the edge, frozen and typed from there on."""

from gateway_init.base.problem import ConfigInvalid, Problem
from gateway_init.config.load import load, parse
from gateway_init.config.site import (
    ANY_KIND,
    Destination,
    Dhcp,
    Jumpbox,
    Lan,
    OpenVpn,
    Path,
    Policy,
    Pppoe,
    Server,
    Shadowsocks,
    Site,
    Uplink,
)

__all__ = [
    "ANY_KIND",
    "ConfigInvalid",
    "Destination",
    "Dhcp",
    "Jumpbox",
    "Lan",
    "OpenVpn",
    "Path",
    "Policy",
    "Pppoe",
    "Problem",
    "Server",
    "Shadowsocks",
    "Site",
    "Uplink",
    "load",
    "parse",
]
