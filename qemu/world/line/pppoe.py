"""The other end of a PPPoE line: a modem in bridge mode, and the ISP's concentrator that the gateway dials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

from gateway_init.base.process import run
from qemu.world.description import ISP_ADDRESS, Line
from qemu.world.inside import modem

if TYPE_CHECKING:
    from gateway_init.uplink.pppoe.settings import Pppoe
    from qemu.drive.shell import Shell

OUTSIDE = "not pppoed and not pppoes"
INSIDE = "pppoes"
SERVES = ""
FOLDER = Path("/run/world/isp")
SECRETS = ("/etc/ppp/chap-secrets", "/etc/ppp/pap-secrets")
"""Who may dial, and which address the customer gets: chap-secrets(5) of pppd."""
SESSIONS = 16
"""Most sessions of one line at once: a customer may dial again before the old session has timed out."""


def port(settings: Pppoe) -> str:
    return settings.device


def pool(settings: Pppoe, offered: IPv4Network) -> IPv4Network:  # noqa: ARG001 - any will do
    return offered


def details(settings: Pppoe, secrets: Mapping[str, str]) -> dict[str, str]:
    return {"user": settings.user, **secrets}


def lay(line: Line) -> None:
    modem.lay(line)


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


def assigned(line: Line, isp: Shell) -> str:
    return isp.succeed(f"sed -n '/{_entry(line)}/s/.* //p' {SECRETS[0]}").strip()


def renumber(line: Line, isp: Shell, address: str) -> None:
    # [p]: the pattern must not match the shell that runs this.
    isp.succeed(
        f"pkill -KILL -f '[p]ppd .*{line.device}' || true; "
        f"sed -i '/{_entry(line)}/s/[0-9.]*$/{address}/' {' '.join(SECRETS)}"
    )


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
                "mtu 1492",
                "mru 1492",
                "lcp-echo-interval 5",
                "lcp-echo-failure 3",
                *(f"ms-dns {resolver}" for resolver in resolvers[:2]),
            ]
        )
        + "\n"
    )
    plugin = next(Path("/usr/lib/pppd").glob("*/pppoe.so"))
    server = ["pppoe-server", "-F", "-k", "-g", str(plugin), "-C", "isp", "-I", line.device]
    # 0.0.0.0: the customer's address comes from the secrets file.
    server += ["-L", ISP_ADDRESS, "-R", "0.0.0.0", "-N", str(SESSIONS), "-O", str(options)]  # noqa: S104
    run(["systemd-run", "--quiet", f"--unit=pppoe-{line.name}", "ip", "netns", "exec", "isp", *server])
