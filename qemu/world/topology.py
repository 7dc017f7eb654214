"""From the site's config to the world round it: a pure function."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from ipaddress import IPv4Address, IPv4Network

from gateway_init.base.mistake import Mistake
from gateway_init.config.site import Site
from qemu.machine.machine import OPERATOR_ADDRESS, OPERATOR_MAC, network_cards
from qemu.world.counterpart import counterpart
from qemu.world.description import CUSTOMERS, Client, Description, Line, Route, Server, Web

DOWN_KBIT, UP_KBIT = 8000, 1000
"""An ADSL line, in kbit/s."""

NEUTRAL = IPv4Network("198.18.0.0/24")
"""Addresses of the world's own hosts (RFC 2544), as far as the site does not use them."""

WEB_NAME = "www.web.example"


def world_mac(gateway_mac: str) -> str:
    """The card at the other end of a gateway's cable.

    >>> world_mac("52:54:00:b1:0a:01")
    '52:54:00:b1:0b:01'
    """
    head, _, last = gateway_mac.rpartition(":")
    return f"{head[:-1]}b:{last}"


def describe(site: Site, secrets: Mapping[str, str], start: Collection[str] | None = None) -> Description:
    """The world that `site` needs to work.

    `secrets` are those of its uplinks, by their files' names (secret.of_uplinks). `start` names the servers to run
    (None: all); a path through one that does not run stays down.
    """
    taken = {server.address for server in site.servers.values()} | set(site.lan.resolvers)
    own = (address for address in NEUTRAL.hosts() if address not in taken)
    isp_core_address, web_address = next(own), next(own)
    lines = tuple(_line(site, name, index, secrets) for index, name in enumerate(sorted(site.uplinks)))
    running = [name for name in site.servers if start is None or name in start]
    servers = tuple(
        Server(name=name, address=str(site.servers[name].address), link=f"r{index}")
        for index, name in enumerate(running)
    )
    return Description(
        site=site.site,
        operator_mac=OPERATOR_MAC,
        operator_address=f"{OPERATOR_ADDRESS}/24",
        gateway_address=str(site.lan.address.ip),
        isp_core_address=str(isp_core_address),
        clients=tuple(
            Client(name="lan" if number == 1 else f"lan-{number}", mac=world_mac(_card("lan.ports", port)))
            for number, port in enumerate(site.lan.ports, start=1)
        ),
        lines=lines,
        servers=servers,
        routes=tuple(_routes(site, running)),
        web=Web(
            address=str(web_address),
            name=WEB_NAME,
            clocks=site.lan.clocks,
            resolvers=tuple(str(resolver) for resolver in site.lan.resolvers),
        ),
    )


def _card(key: str, port: str) -> str:
    """The MAC address of the gateway's card with that name. Raises Mistake where the machine cannot have it."""
    known = network_cards()
    if port not in known:
        raise Mistake(f"{key}: the machine under QEMU has no {port}", hint=f"it has {', '.join(known)}")
    return known[port]


def _line(site: Site, name: str, index: int, secrets: Mapping[str, str]) -> Line:
    kind, line = site.line(name)
    end = counterpart(kind.name)
    pool = end.pool(line.settings, list(IPv4Network(CUSTOMERS).subnets(new_prefix=24))[index + 1])
    mac = _card(f"uplinks.{name}", end.port(line.settings))
    return Line(
        name=name,
        kind=kind.name,
        modem=f"modem-{name}",
        mac=world_mac(mac),
        gateway_mac=mac,
        device=f"dsl{index}",
        pool=str(pool),
        address=str(first_address(pool)),
        details=end.details(line.settings, {each.ending: secrets[each.file(name)] for each in kind.secrets(line)}),
        down_kbit=DOWN_KBIT,
        up_kbit=UP_KBIT,
    )


def first_address(pool: IPv4Network) -> IPv4Address:
    return pool[2] if pool.num_addresses > 1 else pool[0]


def _routes(site: Site, running: Collection[str]) -> list[Route]:
    routes: list[Route] = []
    bands: dict[str, int] = {}
    for name, path in site.paths.items():
        server = path.through or site.policy.destination
        if server not in running:
            continue
        bands[server] = bands.get(server, 0) + 1
        tunnel = path.through is not None
        routes.append(
            Route(
                path=name,
                line=path.uplink,
                server=server,
                protocol="udp" if tunnel else "tcp",
                port=site.servers[server].openvpn.port if tunnel else site.destination.shadowsocks.port,
                band=bands[server],
            )
        )
    return routes
