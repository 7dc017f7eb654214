"""Numbers, names and places that the documents and other programs rely on, as they are written there."""

from __future__ import annotations

from pathlib import Path

from gateway_init.config import secret
from gateway_init.config.allotted import Allotment
from gateway_init.evidence import chain
from gateway_init.report import console_line
from gateway_init.update import judgement, record
from gateway_init.wellknown import licences, number, place, proxy, slots, tunnel, unit
from tests.unit.gateway.given import SITE


def test_ports_and_names() -> None:
    assert (number.REDIRECT_PORT, number.SOCKS_PORT, number.RESOLVER_PORT) == (12345, 1080, 5300)
    assert (number.BRIDGE, number.NFT_TABLE) == ("lan", "braid")
    assert (number.ROUTE_PROTOCOL, number.TABLE_MAIN) == (183, 254)
    assert number.MOST_SUBFLOWS == 8, "MPTCP_PM_ADDR_MAX of Linux 6.12"


def test_tables_marks_and_rules_begin_where_the_documents_say_and_do_not_meet() -> None:
    last = number.MOST_ALLOTTED - 1
    first, final = (Allotment({"adsl": each}, {"adsl": each}, {"near": each}) for each in (0, last))
    assert (first.uplink_table("adsl"), first.path_table("adsl")) == (100, 150)
    assert (first.mark("adsl"), first.mark_rule("adsl"), first.source_rule("adsl")) == (0x100, 1000, 1100)
    assert (final.uplink_table("adsl"), final.path_table("adsl")) == (149, 199)
    assert (final.mark_rule("adsl"), final.source_rule("adsl")) == (1049, 1149)
    assert (first.path_mark("adsl"), first.path_rule("adsl"), final.path_rule("adsl")) == (0x300, 1050, 1099)
    assert (first.carrier("near"), first.carrier_table("near"), final.carrier_table("near")) == ("carrier0", 200, 249)
    assert (first.carrier_rule("near"), final.carrier_rule("near")) == (1150, 1199)
    assert (first.destination_mark("near"), number.REFUSED_MARK) == (0x200, 0x2FF)
    assert (number.OUR_RULES.start, number.OUR_RULES.stop) == (1000, 1200)


def test_what_both_ends_of_tunnel_and_proxy_agree_on() -> None:
    assert (tunnel.CIPHER, tunnel.MTU, tunnel.PING, tunnel.DEAD) == ("CHACHA20-POLY1305", 1420, 3, 12)
    assert (proxy.METHOD, proxy.IDLE) == ("chacha20-ietf-poly1305", 7440)


def test_how_patient_the_box_is() -> None:
    assert (chain.PATIENCE, chain.RETRY, chain.REPEAT) == (2, 2.0, 30.0)
    assert console_line.PAUSE == 10.0
    assert judgement.CRASHES == 5
    assert (slots.PROVEN_TRIES, slots.TRIAL_TRIES) == (5, 2)


def test_places_on_the_disk_that_the_boot_loader_knows_too() -> None:
    assert (slots.SECTOR, slots.BYTES, slots.POINTER_AT, slots.FILE) == (512, 1024, 2047, "grub/grubenv")
    assert (slots.TRIAL_ARGUMENT, slots.NAMES) == ("braid.trial", ("A", "B"))


def test_places_on_the_box() -> None:
    places = {name: str(value) for name, value in vars(place).items() if isinstance(value, Path)}
    assert places == {
        "SECRETS": "/etc/braid/secrets",
        "CONFIG": "/etc/braid/gateway.yaml",
        "IMAGE_CONFIG": "/run/image/braid",
        "KEPT": "/data/config",
        "RUN": "/run/braid",
        "ENDED": "/run/braid/ended",
        "STARTED": "/run/braid/started",
        "NEWS": "/run/braid/news",
        "NEWS_ELSEWHERE": "/run/braid-news",
        "LINES": "/run",
        "GIVEN": "/data/devices.json",
        "LEASES": "/run/braid-dnsmasq/leases",
        "CODE": "/usr/lib/python3/dist-packages/gateway_init",
        "UNITS": "/run/systemd/system",
        "RESOLVER_CONTROL": "/run/braid-resolver/control",
        "DESK": "/run/braid/desk",
        "ASKED": "/run/braid/asked",
        "STATE": "/run/braid/state.json",
        "PLACED": "/run/braid/config.json",
        "PREPARED": "/run/braid/prepared/config",
        "ALLOTTED": "/run/braid/allotted.json",
        "CONSOLE": "/dev/console",
        "DISK": "/dev/braid/disk",
        "COMMAND_LINE": "/proc/cmdline",
        "RELEASE": "/usr/lib/braid/release",
        "DATA": "/data",
        "DATA_NOTE": "/run/image/data",
        "TRIED": "/data/sim",
        "UPDATE": "/data/update.json",
        "START_NOTED": "/run/braid/start-noted",
        "UPDATE_LOCK": "/run/braid/update.lock",
        "INCOMING": "/run/braid/incoming",
        "CLOCK": "/data/clock",
        "LEDGER": "/data/budget.json",
        "CLOCK_KNOWN": "/run/braid-clock/known",
        "DEVICES": "/dev/braid",
    }
    assert str(licences.FILE) == "/usr/share/braid/licences.json.xz"


def test_units_that_journalctl_is_asked_for() -> None:
    assert unit.DAEMON == "braid.service"
    assert unit.openvpn("adsl-near") == "braid-openvpn-adsl-near.service"
    files = unit.ServiceFiles("braid-redsocks.service", "", "", "")
    assert str(files.unit_path) == "/run/systemd/system/braid-redsocks.service"
    assert str(files.config_path) == "/run/braid/braid-redsocks.conf"


def test_secrets_that_the_image_carries() -> None:
    tunnels = ("adsl-near", "adsl-jumpbox-a", "adsl-jumpbox-b")
    assert sorted(secret.on_the_box(SITE)) == sorted(
        [
            *("update.crt", "update-ssh.pub", "ssh-host.key", "uplink-adsl.password"),
            *(f"openvpn-path-{name}.{end}" for name in tunnels for end in ("key", "crt", "tls-crypt")),
            *(f"openvpn-server-{name}.crt" for name in ("near", "abroad", "jumpbox-a", "jumpbox-b")),
            *("shadowsocks-near.key", "shadowsocks-abroad.key"),
            *("reflector-near.key", "reflector-abroad.key"),
            *(f"carrier-{end}" for end in ("gateway-near.key", "server-near.pub")),
            *(f"carrier-{end}" for end in ("gateway-abroad.key", "server-abroad.pub")),
        ]
    )
    assert (secret.UPDATE_KEY, secret.UPDATE_SSH_KEY) == ("update.key", "update-ssh.key")


def test_secrets_that_a_server_s_kit_carries() -> None:
    assert sorted(secret.on_server(SITE, "near")) == [
        "carrier-gateway-near.pub",
        "carrier-server-near.key",
        "openvpn-path-adsl-near.crt",
        "openvpn-server-near.crt",
        "openvpn-server-near.key",
        "openvpn-server-near.tls-crypt",
        "reflector-near.key",
        "shadowsocks-near.key",
    ]
    assert sorted(secret.on_server(SITE, "jumpbox-a")) == [
        "openvpn-path-adsl-jumpbox-a.crt",
        "openvpn-server-jumpbox-a.crt",
        "openvpn-server-jumpbox-a.key",
        "openvpn-server-jumpbox-a.tls-crypt",
    ]


def test_why_an_update_is_not_good_in_words() -> None:
    assert (record.UNSEEN, record.CUT) == (
        "the new system did not come up",
        "it was interrupted while it was written",
    )
