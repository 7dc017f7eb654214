"""Names of the secret files: the same in the secrets folder, on the box and in the kits."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_init.config.site import Destination, Site


def uplink_password(uplink: str) -> str:
    return f"uplink-{uplink}.password"


def shadowsocks_key(server: str) -> str:
    return f"shadowsocks-{server}.key"


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


def on_the_box(site: Site) -> Iterator[str]:
    """The files that the image carries: the gateway's own, and of each server what proves it to us."""
    for uplink in site.uplinks:
        yield uplink_password(uplink)
    for name, path in site.paths.items():
        if path.through is not None:
            yield path_key(name)
            yield path_certificate(name)
    for name, server in site.servers.items():
        yield server_certificate(name)
        if isinstance(server, Destination):
            yield shadowsocks_key(name)


def on_server(site: Site, name: str) -> Iterator[str]:
    """The files that a server's kit carries: its own, and the certificates of the paths that come to it."""
    yield server_key(name)
    yield server_certificate(name)
    for path in site.paths_through(name):
        yield path_certificate(path)
    if isinstance(site.servers[name], Destination):
        yield shadowsocks_key(name)
