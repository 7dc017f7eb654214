"""What `braid routes` tells: the routes, and which of them a connection to a host would take. Pure: it asks nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from ipaddress import IPv4Address

from msgspec import Struct

from gateway_init.base.table import table
from gateway_init.config.name_sets import set_name
from gateway_init.config.route import REFUSE, Route
from gateway_init.config.site import Site

LINE = "uplink "
"""What goes by a line itself begins so (config/route.py)."""


class Choice(Struct, frozen=True, kw_only=True):
    """A route that a connection to an address may take."""

    route: int
    """From 1, as in the config; 0 for what `policy` says of all the rest."""
    to: str
    """A destination, `refuse`, or `uplink NAME`: that line itself."""
    because: str
    """What of the address fits, for a person."""
    only_if: str
    """What else must hold of the connection; empty where nothing is left open."""
    shared: bool
    """Whether it fits only since names that are routed have led to the same address."""


class Explained(Struct, frozen=True, kw_only=True):
    """One address of a host, and where connections to it go: the first choice whose `only_if` holds."""

    address: IPv4Address
    choices: tuple[Choice, ...]


class Told(Struct, frozen=True, kw_only=True):
    """What `braid routes explain --json` prints."""

    host: str
    addresses: tuple[Explained, ...]
    paths: tuple[str, ...]
    """Over which paths its connections go: all that are up."""


def explain(
    site: Site,
    host: str,
    addresses: Sequence[IPv4Address],
    known: Mapping[str, Collection[IPv4Address]],
    dead: Collection[str] = (),
) -> tuple[Explained, ...]:
    """`host` is a name, or an address as text; `known` are the addresses in the firewall's sets, by the sets' names;
    `dead` the destinations that do not answer."""
    return tuple(
        Explained(address=address, choices=tuple(_choices(site, host, address, known, dead))) for address in addresses
    )


def _choices(
    site: Site,
    host: str,
    address: IPv4Address,
    known: Mapping[str, Collection[IPv4Address]],
    dead: Collection[str],
) -> Sequence[Choice]:
    found: list[Choice] = []
    for number, route in enumerate(site.routes, start=1):
        named = route.domain_of(host)
        network = next((each for each in route.networks if address in each), None)
        led = any(address in held for name, held in known.items() if name.startswith(f"{set_name(site, number - 1)}-"))
        anywhere = not route.domains and not route.networks
        if not (named or network or (route.domains and led) or anywhere):
            continue
        because = f"below {named}" if named else f"in {network}" if network else "wherever it is"
        shared = not named and not network and not anywhere
        if shared:
            because = f"names below {', '.join(route.domains)} have led to the same address"
        to = route.via or site.goal(dead, route)
        choice = Choice(route=number, to=to, because=because, only_if=_conditions(route), shared=shared)
        found.append(choice)
        if not choice.only_if:
            return found
    default = Choice(route=0, to=site.goal(dead), because="no route names it", only_if="", shared=False)
    return [*found, default]


def _conditions(route: Route) -> str:
    """
    >>> _conditions(Route(to="abroad", ports=(443, 8443), clients=("tv",)))
    'from tv, to port 443 or 8443'
    """
    clients = f"from {' or '.join(route.clients)}" if route.clients else ""
    ports = f"to port {' or '.join(map(str, route.ports))}" if route.ports else ""
    return ", ".join(filter(None, [clients, ports]))


def routes_text(site: Site) -> str:
    """The routes in turn, as a table for a person."""
    rows = [
        [str(number), _fits(route), _conditions(route) or "-", _goals([route.to or route.via, route.otherwise])]
        for number, route in enumerate(site.routes, start=1)
    ]
    return table(["ROUTE", "WHAT", "ONLY IF", "TO"], [*rows, ["-", "all the rest", "-", _goals(site.preferred)]])


def _goals(names: Iterable[str | None]) -> str:
    """
    >>> _goals(["abroad", "near"]), _goals(["abroad", None])
    ('abroad, else near', 'abroad')
    """
    return ", else ".join(filter(None, names))


def _fits(route: Route) -> str:
    return ", ".join([*route.domains, *map(str, route.networks)]) or "anything"


def explained_text(told: Told) -> str:
    """For a person."""
    lines = []
    for each in told.addresses:
        lines.append(told.host if str(each.address) == told.host else f"{told.host} is {each.address}")
        for choice in each.choices:
            which = f"route {choice.route}" if choice.route else "policy"
            where = "refused" if choice.to == REFUSE else f"to {choice.to}"
            if choice.to.startswith(LINE):
                where = f"unwrapped by {choice.to}"
            condition = f", if {choice.only_if}" if choice.only_if else ""
            lines.append(f"  {where}{condition}: {which}, {choice.because}")
    wrapped = (choice.to for each in told.addresses for choice in each.choices if not choice.to.startswith(LINE))
    if any(to != REFUSE for to in wrapped):
        lines.append(f"by {', '.join(told.paths) or 'no path: none is up'}")
    return "\n".join(lines)
