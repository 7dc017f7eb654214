"""From the site's config to the world round it: a pure function."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network

from gateway_init.base.mistake import Mistake
from gateway_init.config.allowed import as_json, leaving
from gateway_init.config.site import Site
from qemu.machine.machine import OPERATOR_ADDRESS, OPERATOR_MAC, network_cards, phone_cards
from qemu.world.counterpart import counterpart
from qemu.world.description import CUSTOMERS, Client, Description, Line, Route, Server, Web, Wire

DOWN_KBIT, UP_KBIT = 8000, 1000
"""An ADSL line, in kbit/s."""

NEUTRAL = IPv4Network("198.18.0.0/24")
"""Addresses of the world's own hosts (RFC 2544), as far as the site does not use them."""

WEB_NAME, STREAM_NAME = "www.web.example", "www.stream.example"
"""The second is what the shipped site has by another destination."""


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
    isp_core_address, web_address, stream_address = next(own), next(own), next(own)
    lines = tuple(_line(site, name, index, secrets) for index, name in enumerate(sorted(site.uplinks)))
    _apart(lines)
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
        routes=(routes := tuple(_routes(site, running))),
        elsewhere=tuple(_elsewhere(site, routes, running)),
        web=Web(
            address=str(web_address),
            name=WEB_NAME,
            others={STREAM_NAME: str(stream_address)},
            clocks=site.lan.clocks,
            resolvers=tuple(str(resolver) for resolver in site.lan.resolvers),
        ),
        allowed=as_json(leaving(site)),
    )


def _card(key: str, port: str) -> str:
    """The MAC address of the gateway's card with that name. Raises Mistake where the machine cannot have it."""
    known = network_cards() | phone_cards()
    if port not in known:
        raise Mistake(f"{key}: the machine under QEMU has no {port}", hint=f"it has {', '.join(known)}")
    return known[port]


def _apart(lines: Collection[Line]) -> None:
    """Raises Mistake where two lines would come out at the same place."""
    taken: dict[str, str] = {}
    for line in lines:
        if other := taken.get(line.gateway_mac):
            raise Mistake(
                f"uplinks.{line.name}: the world round the machine has one end for it and {other} together",
                hint="leave one of them out",
            )
        taken[line.gateway_mac] = line.name


def _line(site: Site, name: str, index: int, secrets: Mapping[str, str]) -> Line:
    kind, line = site.line(name)
    end = counterpart(kind.name)
    pool = end.pool(line.settings, list(IPv4Network(CUSTOMERS).subnets(new_prefix=24))[index + 1])
    port = end.port(line.settings)
    mac = _card(f"uplinks.{name}", port)
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
        usb=port in phone_cards(),
    )


def first_address(pool: IPv4Network) -> IPv4Address:
    return pool[2] if pool.num_addresses > 1 else pool[0]


def _routes(site: Site, running: Collection[str]) -> list[Route]:
    # What connections, probes and carriers of the box's go straight to.
    destination = site.destination
    straight = (
        Wire("tcp", destination.shadowsocks.port),
        Wire("udp", destination.reflector.port),
        *([Wire("udp", destination.carrier.port)] if site.carriers else []),
    )
    routes: list[Route] = []
    bands: dict[str, int] = {}
    for name, path in site.paths.items():
        server = path.through or site.main
        if server not in running:
            continue
        bands[server] = bands.get(server, 0) + 1
        routes.append(
            Route(
                path=name,
                line=path.uplink,
                server=server,
                wires=(Wire("udp", site.servers[server].openvpn.port),) if path.through else straight,
                band=bands[server],
            )
        )
    return routes


def _elsewhere(site: Site, routes: Collection[Route], running: Collection[str]) -> Iterator[Route]:
    _, *others = site.destinations
    for server in (name for name in others if name in running):
        taken = sum(route.server == server for route in routes)
        straight = [name for name, path in site.paths.items() if path.through is None]
        for band, name in enumerate(straight, start=taken + 1):
            there = site.destinations[server]
            wires = (
                Wire("tcp", there.shadowsocks.port),
                Wire("udp", there.reflector.port),
                *([Wire("udp", there.carrier.port)] if site.carriers else []),
            )
            yield Route(f"{name}.{server}", site.paths[name].uplink, server, wires, band)
