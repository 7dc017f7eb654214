"""What a site describes, in a few lines for a person, or as JSON for a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config.advice import notes
from gateway_init.config.forwarding import inbound
from gateway_init.config.site import Site
from gateway_init.uplink.kind import Settings


def as_text(site: Site) -> str:
    """The site as small tables: LAN, uplinks, servers, paths; and what is worth a look."""
    return "\n".join([f"site {site.site}: no mistakes", *_tables(site), *notes(site)]) + "\n"


def as_json(site: Site) -> str:
    """The site as one JSON document with the keys of gateway.yaml, defaults filled in."""
    return msgspec.json.format(msgspec.json.encode(site, enc_hook=_to_text), indent=2).decode() + "\n"


def mistakes_as_json(invalid: ConfigInvalid) -> str:
    """The mistakes as a JSON list of objects with file, line (0 where none is known), key, wrong and right."""
    each = [{"file": invalid.file, **problem._asdict()} for problem in invalid.problems]
    return msgspec.json.format(msgspec.json.encode(each), indent=2).decode() + "\n"


def _to_text(value: Any) -> str:
    return str(value)


def _tables(site: Site) -> Iterator[str]:
    dhcp = site.lan.dhcp
    ports = "+".join(site.lan.ports)
    yield from _table("LAN", [(ports, str(site.lan.address), f"DHCP {dhcp.first} to {dhcp.last}")])
    if site.lan.hosts:
        hosts = site.lan.hosts.items()
        yield from _table("hosts", [(name, str(host.address), host.mac) for name, host in hosts])
    yield from _table(
        "uplinks", [(line.name, kind.name, kind.about(line), _use(line.settings)) for kind, line in site.lines]
    )
    yield from _table(
        "servers",
        [
            (name, type(server).__name__.lower(), str(server.address), f"tunnels in {server.openvpn.network}")
            for name, server in site.servers.items()
        ],
    )
    if site.ports:
        yield from _table(
            "ports",
            [
                (each.destination, f"{each.protocol} {each.port}", f"{each.address} {each.protocol} {each.inside}")
                for each in inbound(site)
            ],
        )
    target = site.main
    yield from _table(
        f"paths to {target}",
        [
            (
                name,
                f"{path.uplink} → " + (f"{path.through} → " if path.through not in (None, target) else "") + target,
                "straight" if path.through is None else f"in a tunnel to {path.through}",
            )
            for name, path in site.paths.items()
        ],
    )


def _use(settings: Settings) -> str:
    """How much a line is used, where that is not always."""
    return "" if settings.use == "always" else settings.use.replace("-", " ")


def _table(title: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    cells = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    yield f"{title}:"
    for row in cells:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
