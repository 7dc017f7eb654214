"""The simulated Internet as plain data: what the world VM is handed, and builds itself from.

Read on both sides: by the driver on the build machine and by the program inside the VM, which has
nothing but Python's own library. Hence dataclasses and JSON.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from ipaddress import IPv4Network
from typing import Any, Literal

Protocol = Literal["tcp", "udp"]

CUSTOMERS = "100.64.0.0/10"
"""What the ISP gives its customers (shared address space, RFC 6598)."""
ISP_ADDRESS = "100.64.0.1"
"""The ISP's end of every customer's line."""
FIRST_REDIRECTED = 4000
QUEUE = "100ms"
"""How long packets wait in a modem at most, in words of tc-tbf(8); real ones are worse (Uplink.shape)."""


@dataclass(frozen=True)
class Line:
    """One customer's line: an uplink of the site, seen from the ISP."""

    name: str
    """The uplink's name."""
    kind: str
    """As gateway.yaml calls it; qemu/world/line has the module that knows it."""
    modem: str
    """The modem's host."""
    mac: str
    """MAC address of the VM's network card that is plugged to the gateway's uplink port."""
    gateway_mac: str
    """MAC address of that port."""
    device: str
    """The ISP's interface of this line."""
    pool: str
    """Network that this line's addresses are taken from."""
    address: str
    """The address that the line gets first."""
    details: dict[str, str]
    """What only its kind needs to know, such as a user and a password."""
    down_kbit: int
    up_kbit: int
    usb: bool = False
    """Whether the gateway's port is a USB socket, where things are plugged in and out."""

    @property
    def number(self) -> int:
        """Of all lines, from 0."""
        return int(self.device.removeprefix("dsl"))

    @property
    def redirected(self) -> int:
        """TCP port of the operator's address at which the world hands out what it has on its own USB for the line."""
        return FIRST_REDIRECTED + self.number


@dataclass(frozen=True)
class Server:
    """One of the site's servers, with two interfaces: `core0` to the Internet, `isp0` to the ISP's customers."""

    name: str
    address: str
    link: str
    """The ISP's interface of the direct link."""


@dataclass(frozen=True)
class Wire:
    """Packets to and from one port of a server's."""

    protocol: Protocol
    port: int


@dataclass(frozen=True)
class Route:
    """The packets of one of the site's paths, as the ISP sees them: between a line and a server."""

    path: str
    line: str
    server: str
    wires: tuple[Wire, ...]
    band: int
    """Of the link's `prio` queue, from 1."""


@dataclass(frozen=True)
class Client:
    """A device in the LAN, at one of the gateway's ports."""

    name: str
    """Its host: `lan` at the first port, `lan-2` at the second, and so on."""
    mac: str


@dataclass(frozen=True)
class Web:
    """Where the content is, and the DNS servers that the site names."""

    address: str
    name: str
    others: dict[str, str]
    """More names, each with an address of its own, at which the same is to be had."""
    clocks: tuple[str, ...]
    """Names of the servers that the gateway asks for the time; they lead to the same address."""
    resolvers: tuple[str, ...]

    @property
    def pages(self) -> str:
        """All names below this one lead there as well: some that nobody has asked for are always left."""
        return f"pages.{self.name}"


@dataclass(frozen=True)
class Description:
    """The whole world. Holds passwords: never into a cache, never readable by others."""

    site: str
    operator_mac: str
    """Card of the LAN's first client that leads out of the world, to whoever drives it."""
    operator_address: str
    """Of that card, with its prefix length."""
    gateway_address: str
    """The gateway's in the LAN."""
    isp_core_address: str
    clients: tuple[Client, ...]
    lines: tuple[Line, ...]
    servers: tuple[Server, ...]
    routes: tuple[Route, ...]
    """Those of the paths to the destination for all that the site's `routes` do not name."""
    elsewhere: tuple[Route, ...]
    """What paths that go through no server carry to other destinations, each called PATH.DESTINATION."""
    web: Web
    allowed: str
    """What may leave the gateway, as `braid allowed --json` prints it."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host that one can have a terminal on."""
        return (
            "isp",
            *(line.modem for line in self.lines),
            *(server.name for server in self.servers),
            "web",
            *(client.name for client in self.clients),
        )

    @property
    def customers(self) -> tuple[str, ...]:
        """Every network that a customer's address may be of."""
        nets = (line.pool for line in self.lines if not IPv4Network(line.pool).subnet_of(IPv4Network(CUSTOMERS)))
        return (CUSTOMERS, *nets)

    def line(self, name: str) -> Line:
        return next(line for line in self.lines if line.name == name)

    def server(self, name: str) -> Server:
        return next(server for server in self.servers if server.name == name)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)


PLAIN = ("site", "allowed", "operator_mac", "operator_address", "gateway_address", "isp_core_address")


def from_json(text: str) -> Description:
    """The opposite of Description.to_json."""
    plain: dict[str, Any] = json.loads(text)
    web = plain["web"]
    return Description(
        **{key: plain[key] for key in PLAIN},
        clients=tuple(Client(**each) for each in plain["clients"]),
        lines=tuple(Line(**each) for each in plain["lines"]),
        servers=tuple(Server(**each) for each in plain["servers"]),
        routes=_routes(plain["routes"]),
        elsewhere=_routes(plain["elsewhere"]),
        web=Web(**(web | {key: tuple(web[key]) for key in ("clocks", "resolvers")})),
    )


def _routes(plain: list[dict[str, Any]]) -> tuple[Route, ...]:
    return tuple(Route(**each | {"wires": tuple(Wire(**wire) for wire in each["wires"])}) for each in plain)
