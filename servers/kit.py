"""Kits: for each server a folder, and the same as a tarball, that sets it up with one command."""

from __future__ import annotations

import inspect
import shutil
import tempfile
from collections.abc import Mapping
from ipaddress import IPv4Network, collapse_addresses
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2

from gateway_init.base.mistake import Mistake
from gateway_init.config import secret
from gateway_init.config.forwarding import inbound
from gateway_init.config.site import Destination, Server, Site
from gateway_init.config.structure import nearest
from gateway_init.wellknown import carrier, proxy, stamp, tunnel
from gateway_init.wellknown.number import DESTINATION_RESOLVER, MOST_SUBFLOWS, RESOLVER_PORT
from servers import archive, keys, reflector

DEVICE = "braid"
"""The tunnel's network interface on a server."""

CARRIER_DEVICE = "braid-carrier"
"""That of UDP of the LAN on a destination."""

SETTINGS = "etc"
"""Folder of a kit whose files go to /etc/braid-server."""

UNITS = "units"
"""Folder of a kit whose files go to /etc/systemd/system."""

WHAT = ("firewall", "kernel", "openvpn", "shadowsocks", "reflector", "resolver", "carrier")
EVERY_UNIT = tuple(f"braid-{what}.service" for what in WHAT)
FIREWALL, KERNEL, OPENVPN, SHADOWSOCKS, REFLECTOR, RESOLVER, CARRIER = EVERY_UNIT

PROGRAMS = {reflector: "reflector.py", stamp: "stamp.py"}
"""What the reflector is made of, by the names of the files: they lie side by side there."""

NOT_INTERNET = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.168.0.0/16",
        "224.0.0.0/3",
    )
)
"""Not globally reachable (RFC 6890). The ranges for documentation and benchmarks are left out: rehearsals use them."""

METADATA = IPv4Network("168.63.129.16/32")
"""Where Azure tells its machines about themselves: a public address that answers inside of its cloud alone."""

TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 (no HTML here)
)


def render(site: Site, name: str, secrets: Path, out: Path) -> Path:
    """Write the kit of a server to out/NAME/ and out/NAME.tar.gz, and return the folder.

    Both are either the old whole one or the new whole one. Raises Mistake for a server that the site does
    not have or need, and for a secret that is not right.
    """
    if name not in site.servers:
        raise Mistake(f"{name}: no such server", hint=nearest(name, list(site.servers)))
    if not isinstance(site.servers[name], Destination) and not site.paths_through(name):
        raise Mistake(
            f"{name}: no path goes through this jumpbox",
            hint=f"give it one under paths, with `through: {name}`",
        )
    keys.check_server(site, name, secrets)
    files = contents(site, name, secrets)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out, prefix=f".{name}-") as aside:
            folder, tarball = Path(aside, name), Path(aside, f"{name}.tar.gz")
            archive.write_folder(files, folder)
            archive.write_tarball(files, name, tarball)
            if (out / name).exists():
                (out / name).rename(Path(aside, "old"))
            folder.rename(out / name)
            tarball.rename(out / tarball.name)
    except (OSError, shutil.Error) as error:
        raise Mistake(
            f"{out / name}: cannot write the kit: {error}", hint="make room, or the folder writable"
        ) from None
    return out / name


def contents(site: Site, name: str, secrets: Path) -> dict[str, archive.File]:
    """Every file of a server's kit, by its path in the kit."""
    facts = _facts(site, name, secrets)
    units: list[str] = facts["units"]
    rendered = {"install": ("install", 0o700), "README.md": ("README.md", 0o600)}
    rendered |= {f"{UNITS}/{unit}": (unit, 0o600) for unit in units}
    rendered |= {f"{SETTINGS}/{file}": (file, 0o600) for file in ("kernel.conf", "firewall.nft")}
    copied: dict[str, str] = {}
    if OPENVPN in units:
        rendered[f"{SETTINGS}/openvpn.conf"] = ("openvpn.conf", 0o600)
        copied[f"{SETTINGS}/openvpn.key"] = secret.server_key(name)
        copied[f"{SETTINGS}/openvpn.crt"] = secret.server_certificate(name)
        copied[f"{SETTINGS}/openvpn.tls-crypt"] = secret.server_wrapping(name)
    if SHADOWSOCKS in units:
        rendered[f"{SETTINGS}/shadowsocks.json"] = ("shadowsocks.json", 0o600)
        rendered[f"{SETTINGS}/outbound.acl"] = ("outbound.acl", 0o600)
    if RESOLVER in units:
        rendered[f"{SETTINGS}/resolver.conf"] = ("resolver.conf", 0o600)
    if CARRIER in units:
        rendered[f"{SETTINGS}/carrier.conf"] = ("carrier.conf", 0o600)
    if REFLECTOR in units:
        copied[f"{SETTINGS}/{reflector.KEY}"] = secret.reflector_key(name)
    files = {
        file: archive.File(TEMPLATES.get_template(f"{template}.j2").render(facts), mode)
        for file, (template, mode) in rendered.items()
    }
    files |= {file: archive.File(keys.read(secrets, source) + "\n", 0o600) for file, source in copied.items()}
    if REFLECTOR in units:
        sources = {file: _program(facts, module) for module, file in PROGRAMS.items()}
        files |= {f"{SETTINGS}/{file}": archive.File(text, 0o600) for file, text in sources.items()}
    for path in facts["paths"]:
        text = TEMPLATES.get_template("ccd.j2").render(facts, path=path)
        files[f"{SETTINGS}/ccd/{path['name']}"] = archive.File(text, 0o600)
    return files


def _facts(site: Site, name: str, secrets: Path) -> dict[str, Any]:
    """What the templates know. Of the secrets only those that the server needs."""
    server = site.servers[name]
    paths = [
        {
            "name": path,
            "address": site.tunnel_address(path),
            "fingerprint": tunnel.fingerprint(keys.read(secrets, secret.path_certificate(path))),
        }
        for path in site.paths_through(name)
    ]
    proxied = isinstance(server, Destination)
    carried = proxied and bool(site.carriers)
    tunnels = [each.openvpn.network for each in site.servers.values()]
    source = f"gateway.yaml of the site {site.site}"
    return {
        "written_by": f"Written by `invoke kit {name}` from {source}: edit that, not this.",
        "site": site,
        "name": name,
        "role": "destination" if proxied else "jumpbox",
        "server": server,
        "network": server.openvpn.network,
        "device": DEVICE,
        "paths": paths,
        "shadowsocks": server.shadowsocks if isinstance(server, Destination) else None,
        "reflector": server.reflector if isinstance(server, Destination) else None,
        "carrier": _carrier(name, server, secrets) if carried else None,
        "carrier_device": CARRIER_DEVICE,
        "carrier_mtu": carrier.MTU,
        "lan": site.lan.address.network,
        "carried": bool(site.carriers),
        "ports": [each for each in inbound(site) if each.destination == name],
        "key": reflector.KEY,
        "rate": round(reflector.RATE),
        "password": keys.read(secrets, secret.shadowsocks_key(name)) if proxied else None,
        "destinations": [each for each in site.servers.values() if isinstance(each, Destination)],
        "private": list(collapse_addresses([*NOT_INTERNET, METADATA, *tunnels])),
        "most_paths": MOST_SUBFLOWS,
        "resolver": DESTINATION_RESOLVER,
        "resolver_port": RESOLVER_PORT,
        "tunnel": tunnel,
        "proxy": proxy,
        "packages": [
            *(["openvpn"] if paths else []),
            *(["shadowsocks-libev", "unbound", "python3"] if proxied else []),
            *(["wireguard-tools"] if carried else []),
            "nftables",
            "iproute2",
        ],
        "units": [
            FIREWALL,
            KERNEL,
            *([OPENVPN] if paths else []),
            *([SHADOWSOCKS, REFLECTOR, RESOLVER] if proxied else []),
            *([CARRIER] if carried else []),
        ],
        "every_unit": EVERY_UNIT,
    }


def _carrier(name: str, server: Server, secrets: Path) -> dict[str, Any]:
    """What its end of a carrier is made of."""
    assert isinstance(server, Destination)
    own, theirs = (keys.read(secrets, file) for file in secret.carrier_there(name))
    return {"private_key": own, "public_key": theirs, "port": server.carrier.port}


def _program(facts: Mapping[str, Any], module: ModuleType) -> str:
    """Its source, as it finds the other file beside it."""
    source = inspect.getsource(module).replace(f"from {stamp.__package__} import", "import")
    return f"# {facts['written_by']}\n{source}"
