"""Names of the secret files: the same in the secrets folder, on the box and in the kits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway_init.base.value import NAME
from gateway_init.config.site import Destination, Site
from gateway_init.uplink.kinds import KINDS

UPDATE_KEY = "update.key"
"""Private key that signs update bundles; it never leaves the secrets folder."""
UPDATE_CERTIFICATE = "update.crt"
"""Whose bundles the box installs."""
UPDATE_SSH_KEY = "update-ssh.key"
"""Private key that may bring an update to the box and ask how it went, and nothing else."""
UPDATE_SSH_PUBLIC = "update-ssh.pub"
SSH_HOST_KEY = "ssh-host.key"
"""Private key by which the box proves to whoever comes by SSH that it is the box."""
SSH_KNOWN_HOST = "ssh-host.known"
"""Its public half as a file of known hosts (sshd(8)): what `invoke update` asks of the box that it is to be sent to."""


def shadowsocks_key(server: str) -> str:
    return f"shadowsocks-{server}.key"


def reflector_key(server: str) -> str:
    """By what a destination knows the box's probes, and the box its answers."""
    return f"reflector-{server}.key"


def carrier_server(server: str) -> tuple[str, str]:
    """Private key of a destination's end of its carrier, and the public one, which is no secret."""
    return f"carrier-server-{server}.key", f"carrier-server-{server}.pub"


def carrier_gateway(server: str) -> tuple[str, str]:
    """Those of the gateway's end of a destination's carrier."""
    return f"carrier-gateway-{server}.key", f"carrier-gateway-{server}.pub"


def carrier_at_home(server: str) -> tuple[str, str]:
    """What the gateway has of them: its own private key, and the destination's public one."""
    return carrier_gateway(server)[0], carrier_server(server)[1]


def carrier_there(server: str) -> tuple[str, str]:
    """What the destination has of them."""
    return carrier_server(server)[0], carrier_gateway(server)[1]


def path_key(path: str) -> str:
    """Private key of the gateway's end of a path's tunnel."""
    return f"openvpn-path-{path}.key"


def path_certificate(path: str) -> str:
    """Not a secret, but made together with its key and kept beside it."""
    return f"openvpn-path-{path}.crt"


def server_key(server: str) -> str:
    """Private key of a server's end of its tunnels."""
    return f"openvpn-server-{server}.key"


def server_certificate(server: str) -> str:
    return f"openvpn-server-{server}.crt"


def path_wrapping(path: str) -> str:
    """By what the gateway's end of a path wraps its handshake; made from the server's."""
    return f"openvpn-path-{path}.tls-crypt"


def server_wrapping(server: str) -> str:
    """By what a server opens what clients bring to their handshake."""
    return f"openvpn-server-{server}.tls-crypt"


def is_certificate(file: str) -> bool:
    return file.endswith(".crt")


def is_of_a_gateway(file: str) -> bool:
    """Whether some site's gateway reads a file of this name.

    >>> is_of_a_gateway("uplink-adsl.password"), is_of_a_gateway("../uplink-adsl.password")
    (True, False)
    """
    of_lines = [secret.file for kind in KINDS for secret in kind.every_secret]
    called = (*of_lines, shadowsocks_key, reflector_key, path_key, path_certificate, path_wrapping, server_certificate)
    files = (*(name("NAME") for name in called), *carrier_at_home("NAME"))
    return any(re.fullmatch(re.escape(each).replace("NAME", NAME), file) for each in files)


def on_the_box(site: Site) -> Iterator[str]:
    """The files that the image carries."""
    yield UPDATE_CERTIFICATE
    yield UPDATE_SSH_PUBLIC
    yield SSH_HOST_KEY
    yield from of_the_gateway(site)


def of_uplinks(site: Site) -> Iterator[str]:
    """The files that the lines need, each of one line of text."""
    for kind, line in site.lines:
        yield from (secret.file(line.name) for secret in kind.secrets(line))


def of_the_gateway(site: Site) -> Iterator[str]:
    """The files that the gateway's programs read: its own, and of each server what proves it to us."""
    yield from of_uplinks(site)
    for name, path in site.paths.items():
        if path.through is not None:
            yield path_key(name)
            yield path_certificate(name)
            yield path_wrapping(name)
    for name, server in site.servers.items():
        yield server_certificate(name)
        if isinstance(server, Destination):
            yield shadowsocks_key(name)
            yield reflector_key(name)
            yield from carrier_at_home(name) if site.carriers else ()


def on_server(site: Site, name: str) -> Iterator[str]:
    """The files that a server's kit carries: its own, and the certificates of the paths that come to it."""
    yield server_key(name)
    yield server_certificate(name)
    yield server_wrapping(name)
    for path in site.paths_through(name):
        yield path_certificate(path)
    if isinstance(site.servers[name], Destination):
        yield shadowsocks_key(name)
        yield reflector_key(name)
        yield from carrier_there(name) if site.carriers else ()
