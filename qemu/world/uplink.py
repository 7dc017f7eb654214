"""One of the site's lines: cut it, give it back, change its rate."""

from __future__ import annotations

import json
from ipaddress import IPv4Address
from typing import Self

from qemu.drive.shell import Shell
from qemu.world.counterpart import counterpart
from qemu.world.description import QUEUE, Line

WAIT = 2.0
"""Seconds that packets wait in a real modem at most, or at a provider's end."""
REAL_QUEUE = f"{WAIT:.0f}s"
"""The same in words of tc-tbf(8)."""


class Uplink:
    """A line between the gateway and the ISP, by way of a modem."""

    def __init__(self, line: Line, isp: Shell, modem: Shell) -> None:
        self.line = line
        self._isp = isp
        self._modem = modem
        self._end = counterpart(line.kind)

    def cut(self) -> Self:
        """The line goes dead behind the modem: the gateway's cable keeps its carrier, and nobody says goodbye."""
        self._modem.succeed("ip link set line down")
        return self

    def restore(self, *, new_address: bool = False) -> Self:
        """The line is back. With new_address the ISP has forgotten its sessions and gives the next address."""
        if new_address:
            self.renumber(str(IPv4Address(self.assigned) + 1))
        self._modem.succeed("ip link set line up")
        return self

    def renumber(self, address: str) -> Self:
        """The ISP ends its sessions and gives that address from now on, whatever it is."""
        self._end.renumber(self.line, self._isp, address)
        return self

    @property
    def assigned(self) -> str:
        """The address that the next session gets."""
        return self._end.assigned(self.line, self._isp)

    @property
    def down_kbit(self) -> int:
        """What it carries to the gateway, as it is shaped now."""
        told = json.loads(self._modem.succeed("tc -json qdisc show dev dsl root"))
        (rate,) = (int(each["options"]["rate"]) for each in told if each["kind"] == "tbf")
        return round(rate * 8 / 1000)

    def shape(self, *, down_kbit: int | None = None, up_kbit: int | None = None, queue: str = QUEUE) -> Self:
        """Change the line's rates, in kbit/s, and how long packets wait in the modem at most, in words of tc-tbf(8)."""
        for device, rate in (("dsl", down_kbit), ("line", up_kbit)):
            if rate is not None:
                self._modem.succeed(f"tc qdisc change dev {device} root tbf rate {rate}kbit burst 8kb latency {queue}")
        return self
