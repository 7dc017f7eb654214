"""The frozen sites: two that have nothing in common, one with every kind of line; and their own secrets."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gateway_init.config import secret
from gateway_init.config.site import Destination, Site
from gateway_init.uplink.kinds import KINDS
from gateway_init.uplink.pppoe.settings import Pppoe
from servers import keys
from tests import frozen, proof
from tests.frozen import HOME, SECOND, THIRD


def peculiar(site: Site) -> set[object]:
    """All of a site that another one can have otherwise."""
    servers = site.servers.values()
    return {
        *(site.site, site.lan.domain, site.lan.address.network, site.lan.dhcp.lease, *site.lan.resolvers),
        *(*site.uplinks, *site.servers, *site.paths),
        *(line.user for line in site.uplinks.values() if isinstance(line, Pppoe)),
        *(part for server in servers for part in (server.address, server.openvpn.network, server.openvpn.port)),
        *(server.shadowsocks.port for server in servers if isinstance(server, Destination)),
    }


def test_the_second_site_shares_no_name_network_or_port_with_the_first() -> None:
    assert peculiar(HOME.load()) & peculiar(SECOND.load()) == set()


def test_the_second_site_has_more_of_everything() -> None:
    site = SECOND.load()
    straight = [name for name, path in site.paths.items() if not path.through]
    assert (len(site.uplinks), len(site.servers), len(straight), len(site.paths)) == (2, 4, 2, 6)


def test_the_third_site_has_every_kind_of_line_that_there_is() -> None:
    assert {kind.name for kind, _ in THIRD.load().lines} == {kind.name for kind in KINDS}


def test_secrets_are_made_once_and_anew_where_one_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "MADE", tmp_path)
    proof.ensure_secrets(SECOND)
    password = SECOND.secrets / "uplink-upper.password"
    first = password.read_text()
    assert stat.S_IMODE(SECOND.secrets.stat().st_mode) == 0o700
    assert stat.S_IMODE(password.stat().st_mode) == 0o600

    proof.ensure_secrets(SECOND)
    assert password.read_text() == first

    (SECOND.secrets / secret.server_certificate("oak")).write_text("spoilt\n")
    proof.ensure_secrets(SECOND)
    keys.check(SECOND.load(), SECOND.secrets)
    assert password.read_text() != first
