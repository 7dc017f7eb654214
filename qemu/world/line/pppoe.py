"""The other end of a PPPoE line: a modem in bridge mode, and the ISP's concentrator that the gateway dials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway_init.base.process import run
from qemu.world.description import ISP_ADDRESS, Line
from qemu.world.inside import links, modem

if TYPE_CHECKING:
    from gateway_init.uplink.pppoe.settings import Pppoe
    from qemu.drive.gateway import Gateway
    from qemu.drive.shell import Shell

CABLE = True
LENDS = True
FOLDER = Path("/run/world/isp")
SECRETS = ("/etc/ppp/chap-secrets", "/etc/ppp/pap-secrets")
"""Who may dial, and which address the customer gets: chap-secrets(5) of pppd."""
SESSIONS = 16
"""Most sessions of one line at once: a customer may dial again before the old session has timed out."""


PAGE = "the modem of this line"
ETHERNET_MTU = 1500
HEADER = 8
"""Bytes of PPPoE and PPP before each packet."""


def own(line: Line) -> str:
    return line.pool


def carrier(line: Line) -> str:
    tag = line.details["vlan"]
    return f"vlan {tag} and pppoes and " if tag else "pppoes and "


def around(line: Line) -> tuple[Mapping[str, Any], ...]:  # noqa: ARG001 - there is nobody else
    return ()


def port(settings: Pppoe) -> str:
    return settings.device


def pool(settings: Pppoe, offered: IPv4Network) -> IPv4Network:  # noqa: ARG001 - any will do
    return offered


def details(settings: Pppoe, secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        "user": settings.user,
        "vlan": str(settings.vlan or ""),
        "mtu": str(settings.mtu),
        "modem": str(settings.modem or ""),
        **secrets,
    }


def lay(line: Line) -> None:
    modem.lay(line)
    ethernet = int(line.details["mtu"]) + HEADER
    if ethernet > ETHERNET_MTU:
        links.batch(["-n", line.modem], [f"link set {device} mtu {ethernet}" for device in ("dsl", "line", "br0")])
        links.batch(["-n", "isp"], [f"link set {line.device} mtu {ethernet}"])
    if line.details["modem"]:
        _page(line)
    if tag := line.details["vlan"]:
        links.batch(
            ["-n", "isp"],
            [f"link add link {line.device} name {_device(line)} type vlan id {tag}", f"link set {_device(line)} up"],
        )
        links.quiet("isp", _device(line))


def _page(line: Line) -> None:
    """The modem has a page of its own."""
    links.batch(["-n", line.modem], [f"addr add {line.details['modem']} dev br0"])
    folder = Path("/run/world", line.modem)
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(f"{PAGE}\n")
    server = ["busybox", "httpd", "-f", "-p", "80", "-h", str(folder)]
    run(["systemd-run", "--quiet", f"--unit=page-{line.name}", "ip", "netns", "exec", line.modem, *server])


def serve(lines: Sequence[Line], resolvers: Sequence[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    run(["modprobe", "pppoe"])
    entries = (f'"{line.details["user"]}" * "{line.details["password"]}" {line.address}\n' for line in lines)
    text = "".join(entries)
    for file in map(Path, SECRETS):
        file.write_text(text)
        file.chmod(0o600)
    for line in lines:
        _concentrator(line, resolvers)


def come(line: Line, gateway: Gateway) -> None:
    """It is there from the start."""


def assigned(line: Line, isp: Shell) -> str:
    return isp.succeed(f"sed -n '/{_entry(line)}/s/.* //p' {SECRETS[0]}").strip()


def renumber(line: Line, isp: Shell, address: str) -> None:
    # [p]: the pattern must not match the shell that runs this.
    isp.succeed(
        f"pkill -KILL -f '[p]ppd .*{_device(line)}' || true; "
        f"sed -i '/{_entry(line)}/s/[0-9.]*$/{address}/' {' '.join(SECRETS)}"
    )


def _device(line: Line) -> str:
    """The interface that the concentrator listens on."""
    return f"{line.device}v" if line.details["vlan"] else line.device


def _entry(line: Line) -> str:
    return f'^"{line.details["user"]}"'


def _concentrator(line: Line, resolvers: Sequence[str]) -> None:
    options = FOLDER / f"{line.name}.options"
    options.write_text(
        "\n".join(
            [
                "auth",
                "require-chap",
                "noipv6",
                "nodefaultroute",
                "noproxyarp",
                "nobsdcomp",
                "nodeflate",
                "novj",
                f"mtu {line.details['mtu']}",
                f"mru {line.details['mtu']}",
                "lcp-echo-interval 5",
                "lcp-echo-failure 3",
                *(f"ms-dns {resolver}" for resolver in resolvers[:2]),
            ]
        )
        + "\n"
    )
    plugin = next(Path("/usr/lib/pppd").glob("*/pppoe.so"))
    server = ["pppoe-server", "-F", "-k", "-g", str(plugin), "-C", "isp", "-I", _device(line)]
    # 0.0.0.0: the customer's address comes from the secrets file.
    server += ["-L", ISP_ADDRESS, "-R", "0.0.0.0", "-N", str(SESSIONS), "-O", str(options)]  # noqa: S104
    run(["systemd-run", "--quiet", f"--unit=pppoe-{line.name}", "ip", "netns", "exec", "isp", *server])
