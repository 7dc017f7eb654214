"""One of the site's lines: cut it, give it back, change its rate."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Self

from qemu.drive.shell import Shell
from qemu.world.description import Line


class Uplink:
    """A line between the gateway and the ISP, by way of a modem."""

    def __init__(self, line: Line, isp: Shell, modem: Shell) -> None:
        self.line = line
        self._isp = isp
        self._modem = modem

    def cut(self) -> Self:
        """The line goes dead behind the modem: the gateway's cable keeps its carrier, and nobody says goodbye."""
        self._modem.succeed("ip link set line down")
        return self

    def restore(self, *, new_address: bool = False) -> Self:
        """The line is back. With new_address the ISP has forgotten its sessions and gives the next address."""
        if new_address:
            entry = f'^"{self.line.user}"'
            address = IPv4Address(self.assigned) + 1
            # [p]: the pattern must not match the shell that runs this.
            self._isp.succeed(
                f"pkill -KILL -f '[p]ppd .*{self.line.device}' || true; "
                f"sed -i '/{entry}/s/[0-9.]*$/{address}/' /etc/ppp/chap-secrets /etc/ppp/pap-secrets"
            )
        self._modem.succeed("ip link set line up")
        return self

    @property
    def assigned(self) -> str:
        """The address that the next session gets."""
        entry = f'^"{self.line.user}"'
        return self._isp.succeed(f"sed -n '/{entry}/s/.* //p' /etc/ppp/chap-secrets").strip()

    def shape(self, *, down_kbit: int | None = None, up_kbit: int | None = None) -> Self:
        """Change the line's rates, in kbit/s."""
        for device, rate in (("dsl", down_kbit), ("line", up_kbit)):
            if rate is not None:
                self._modem.succeed(f"tc qdisc change dev {device} root tbf rate {rate}kbit burst 8kb latency 100ms")
        return self
