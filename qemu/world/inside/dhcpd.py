"""A DHCP server: busybox's udhcpd, which lends one address to whoever has the right MAC, or asks at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gateway_init.base.process import run
from qemu.world.description import Line

if TYPE_CHECKING:
    from qemu.drive.shell import Shell

FOLDER = Path("/run/world/isp")
LEASE = 60
"""Seconds. Short, as no provider's is: then a story sees how it is renewed."""


def serve(
    line: Line, host: str, device: str, address: str, options: Mapping[str, str], besides: Sequence[str] = ()
) -> None:
    """Lend `address` on an interface of a host's, with these options and words of the config's own."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    _leases(line).touch()
    words = [
        f"interface {device}",
        f"start {address}",
        f"end {address}",
        f"lease_file {_leases(line)}",
        f"pidfile {FOLDER / line.name}.pid",
        "min_lease 10",
        f"option lease {LEASE}",
        *(f"option {name} {value}" for name, value in options.items()),
        *besides,
    ]
    _config(line).write_text("\n".join(words) + "\n")
    server = ["busybox", "udhcpd", "-f", str(_config(line))]
    run(["systemd-run", "--quiet", f"--unit={_unit(line)}", "ip", "netns", "exec", host, *server])


def assigned(line: Line, shell: Shell) -> str:
    """The address that is lent next."""
    return shell.succeed(f"sed -n 's/^start //p' {_config(line)}").strip()


def renumber(line: Line, shell: Shell, address: str) -> None:
    """Lend another one. The customer hears of it when he renews his lease, half of it later at most."""
    shell.succeed(
        f"sed -i 's/^\\(start\\|end\\|static_lease .*\\) .*/\\1 {address}/' {_config(line)} && "
        f"rm {_leases(line)} && touch {_leases(line)} && systemctl restart {_unit(line)}"
    )


def _config(line: Line) -> Path:
    return FOLDER / f"{line.name}.udhcpd"


def _leases(line: Line) -> Path:
    return FOLDER / f"{line.name}.leases"


def _unit(line: Line) -> str:
    return f"udhcpd-{line.name}.service"
