"""Which secrets a site needs: their files, what each is, and whose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from gateway_init.config import secret
from gateway_init.config.site import Destination, Site
from servers import certificate

SHORTEST_KEY = 16
"""Characters of a shadowsocks key: whoever records a connection can try all shorter ones at his leisure."""


UPDATES = "update"
"""Owner of the key that signs bundles."""
UPDATES_BY_SSH = "update-ssh"
"""Owner of the key that brings them."""
SSH_HOST = "ssh-host"
"""Owner of the key by which the box is known to whoever brings them."""

Kind: TypeAlias = Literal[
    "text",
    "key",
    "certificate",
    "wrapping key",
    "wrapped key",
    "signing key",
    "signing certificate",
    "ssh key",
    "ssh public key",
    "ssh known host",
    "carrier key",
    "carrier public key",
]
"""One line of text; a tunnel end's private key and certificate in PEM; what a server's and a client's end wrap their
handshake by; the key and certificate of updates; an SSH key's two halves, the public one as in authorized_keys or as in
known_hosts; those of WireGuard's (wg(8))."""


KEY_OF: dict[Kind, Kind] = {
    "certificate": "key",
    "wrapped key": "wrapping key",
    "signing certificate": "signing key",
    "ssh public key": "ssh key",
    "ssh known host": "ssh key",
    "carrier public key": "carrier key",
}
"""What kind of key something is made from."""


class Secret(NamedTuple):
    """One file of the secrets folder."""

    file: str
    kind: Kind
    owner: str = ""
    """Whose it is: the name of a server or a path, UPDATES or UPDATES_BY_SSH; empty for what a provider gave."""
    role: certificate.Role = "client"
    key: str = ""
    """The file of the key that a certificate belongs to."""
    least: int = 1
    """Characters of a text."""


def of_site(site: Site) -> Iterator[Secret]:
    """Every secret that a site needs, a key before its certificate."""
    for file in secret.of_uplinks(site):
        yield Secret(file, "text")
    for path, way in site.paths.items():
        if way.through is not None:
            key = secret.path_key(path)
            yield Secret(key, "key", path)
            yield Secret(secret.path_certificate(path), "certificate", path, "client", key)
    for name, server in site.servers.items():
        key = secret.server_key(name)
        yield Secret(key, "key", name)
        yield Secret(secret.server_certificate(name), "certificate", name, "server", key)
        yield Secret(secret.server_wrapping(name), "wrapping key", name)
        for path in site.paths_through(name):
            # The server opens every key that was ever made from its own: it is not the path's to renew.
            yield Secret(secret.path_wrapping(path), "wrapped key", name, key=secret.server_wrapping(name))
        if isinstance(server, Destination):
            yield Secret(secret.shadowsocks_key(name), "text", name, least=SHORTEST_KEY)
            yield Secret(secret.reflector_key(name), "text", name, least=SHORTEST_KEY)
            for key, public in (secret.carrier_server(name), secret.carrier_gateway(name)) if site.carriers else ():
                yield Secret(key, "carrier key", name)
                yield Secret(public, "carrier public key", name, key=key)
    yield Secret(secret.UPDATE_KEY, "signing key", UPDATES)
    yield Secret(secret.UPDATE_CERTIFICATE, "signing certificate", UPDATES, key=secret.UPDATE_KEY)
    yield Secret(secret.UPDATE_SSH_KEY, "ssh key", UPDATES_BY_SSH)
    yield Secret(secret.UPDATE_SSH_PUBLIC, "ssh public key", UPDATES_BY_SSH, key=secret.UPDATE_SSH_KEY)
    yield Secret(secret.SSH_HOST_KEY, "ssh key", SSH_HOST)
    yield Secret(secret.SSH_KNOWN_HOST, "ssh known host", SSH_HOST, key=secret.SSH_HOST_KEY)
