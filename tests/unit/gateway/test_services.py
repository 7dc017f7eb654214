"""What the programs are given to read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway_init.config import parse
from gateway_init.render.services import ServiceFiles, services
from gateway_init.wellknown import number as numbering
from gateway_init.wellknown import unit as service_name
from tests.unit.gateway.given import EXAMPLE, SITE

CERTIFICATE = Path(__file__).parent / "certificate.pem"


def read_secret(name: str) -> str:
    return CERTIFICATE.read_text() if name.endswith(".crt") else f"secret of {name}\n"


@pytest.fixture
def rendered() -> dict[str, ServiceFiles]:
    return services(SITE, read_secret)


def test_every_unit_of_the_site_is_rendered(rendered: dict[str, ServiceFiles]) -> None:
    assert list(rendered) == service_name.every(SITE)


def test_no_secret_is_in_a_unit_file_that_everybody_can_read(rendered: dict[str, ServiceFiles]) -> None:
    for service in rendered.values():
        assert "secret of" not in service.unit


def test_the_tunnel_is_pinned_to_its_uplink_and_touches_no_route(rendered: dict[str, ServiceFiles]) -> None:
    config = rendered["braid-openvpn-adsl-jumpbox-a.service"].config.splitlines()
    assert f"mark {numbering.mark(SITE, 'adsl')}" in config
    assert "route-nopull" in config
    assert f"remote {SITE.servers['jumpbox-a'].address} 1194" in config


def test_the_proxy_speaks_multipath_tcp_to_the_destination(rendered: dict[str, ServiceFiles]) -> None:
    config = json.loads(rendered[service_name.SHADOWSOCKS].config)
    assert config["mptcp"] is True
    assert config["server"] == str(SITE.destination.address)
    assert config["local_address"] == "127.0.0.1"


def test_only_what_changed_is_started_anew(rendered: dict[str, ServiceFiles]) -> None:
    other = parse(EXAMPLE.read_text().replace("lease: 12h", "lease: 30m"))
    changed = {
        name for name, service in services(other, read_secret).items() if service.digest != rendered[name].digest
    }
    assert changed == {service_name.DNSMASQ}


def test_nothing_but_pppd_is_root(rendered: dict[str, ServiceFiles]) -> None:
    as_root = {name for name, service in rendered.items() if "DynamicUser=yes" not in service.unit}
    assert as_root == {service_name.pppoe("adsl")}
