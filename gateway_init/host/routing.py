"""Routes and policy rules (ip-route(8), ip-rule(8)), in the words of pyroute2 and of the kernel."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address
from typing import Any

from gateway_init.facts.item import Route, Rule
from gateway_init.wellknown import number

RT_SCOPE_LINK, RTNH_F_ONLINK = 253, 4
"""rtnetlink(7): what is reached, or what leads there, is at the other end of the interface."""


def route(message: Any) -> Route:
    """What the kernel tells of a route."""
    gateway = message.get_attr("RTA_GATEWAY")
    to = message.get_attr("RTA_DST")
    return Route(
        message.get_attr("RTA_TABLE"),
        message.get_attr("RTA_OIF"),
        IPv4Address(gateway) if gateway else None,
        IPv4Address(to) if to else None,
    )


def rule(message: Any) -> Rule:
    """What it tells of a rule."""
    source = message.get_attr("FRA_SRC")
    return Rule(
        priority=message.get_attr("FRA_PRIORITY") or 0,
        table=message.get_attr("FRA_TABLE") or message["table"],
        source=IPv4Address(source) if source else None,
        mark=message.get_attr("FRA_FWMARK") or 0,
        prefix=message["src_len"] if source else 32,
    )


def rule_request(rule: Rule) -> dict[str, Any]:
    """What to ask pyroute2's rule for."""
    request: dict[str, Any] = {"priority": rule.priority, "table": rule.table, "family": socket.AF_INET}
    if rule.source:
        request |= {"src": str(rule.source), "src_len": rule.prefix}
    if rule.mark:
        request |= {"fwmark": rule.mark}
    return request


def route_request(route: Route) -> dict[str, Any]:
    """What to ask pyroute2's route for."""
    to = f"{route.to}/32" if route.to else "0.0.0.0/0"
    request = {"dst": to, "oif": route.link, "table": route.table, "proto": number.ROUTE_PROTOCOL}
    if route.gateway is None:
        return request | {"scope": RT_SCOPE_LINK}
    # No network of the interface's holds it.
    return request | {"gateway": str(route.gateway), "flags": RTNH_F_ONLINK}
