"""The other end of a DHCP line: a cable provider's router, which lends an address to whoever has the right MAC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

from gateway_init.base.process import run
from qemu.world.description import Line
from qemu.world.inside import links, modem

if TYPE_CHECKING:
    from gateway_init.uplink.dhcp.settings import DhcpLine
    from qemu.drive.shell import Shell

OUTSIDE = "not ip and not arp"
INSIDE = "not (udp port 67 or udp port 68) and ip"
SERVES = "udp sport 68 udp dport 67"
FOLDER = Path("/run/world/isp")
MTU = 1300
"""Bytes of the largest packet that gets through, as in a mobile network; nobody tells who sends larger ones."""
LEASE = 60
"""Seconds. Short, as no provider's is: then a story sees how it is renewed."""


def port(settings: DhcpLine) -> str:
    return settings.device


def pool(settings: DhcpLine, offered: IPv4Network) -> IPv4Network:  # noqa: ARG001 - any will do
    return offered


def details(settings: DhcpLine, secrets: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG001 - there is nothing to know
    return {}


def lay(line: Line) -> None:
    modem.lay(line)
    links.batch(["-n", line.modem], [f"link set line mtu {MTU}"])
    links.batch(["-n", "isp"], [f"link set {line.device} mtu {MTU}"])


def serve(lines: Sequence[Line], resolvers: Sequence[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for line in lines:
        links.batch(["-n", "isp"], [f"addr add {_router(line)}/{IPv4Network(line.pool).prefixlen} dev {line.device}"])
        _leases(line).touch()
        _config(line).write_text(
            "\n".join(
                [
                    f"interface {line.device}",
                    f"start {line.address}",
                    f"end {line.address}",
                    f"static_lease {line.gateway_mac} {line.address}",
                    f"lease_file {_leases(line)}",
                    f"pidfile {FOLDER / line.name}.pid",
                    "min_lease 10",
                    f"option lease {LEASE}",
                    f"option subnet {IPv4Network(line.pool).netmask}",
                    f"option router {_router(line)}",
                    f"option mtu {MTU}",
                    f"option dns {' '.join(resolvers[:2])}",
                ]
            )
            + "\n"
        )
        server = ["busybox", "udhcpd", "-f", str(_config(line))]
        run(["systemd-run", "--quiet", f"--unit={_unit(line)}", "ip", "netns", "exec", "isp", *server])


def assigned(line: Line, isp: Shell) -> str:
    return isp.succeed(f"sed -n 's/^static_lease .* //p' {_config(line)}").strip()


def renumber(line: Line, isp: Shell, address: str) -> None:
    """The customer hears of it when he renews his lease, half of it later at most."""
    isp.succeed(
        f"sed -i 's/^\\(start\\|end\\|static_lease .*\\) .*/\\1 {address}/' {_config(line)} && "
        f"rm {_leases(line)} && touch {_leases(line)} && systemctl restart {_unit(line)}"
    )


def _router(line: Line) -> str:
    return str(IPv4Network(line.pool)[1])


def _config(line: Line) -> Path:
    return FOLDER / f"{line.name}.udhcpd"


def _leases(line: Line) -> Path:
    return FOLDER / f"{line.name}.leases"


def _unit(line: Line) -> str:
    return f"udhcpd-{line.name}.service"
