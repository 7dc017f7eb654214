"""What really went over a line: a packet capture on the ISP's side, and what should not be in it."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from qemu.drive.shell import Shell
from qemu.world.counterpart import counterpart
from qemu.world.description import Description, Line

HEADERS = 160
"""Bytes kept of each packet: up to the end of TCP's options inside PPPoE."""


class Verdict(NamedTuple):
    """A capture, judged. Each entry is a packet as tcpdump prints it."""

    packets: int
    """All that the gateway sent."""
    foreign: list[str]
    """Sent by the gateway, and neither for the line's own sake, nor a path's connection."""
    plain: list[str]
    """Connections to the destination that were opened without Multipath TCP."""


class Capture:
    """A capture that runs until `stop`."""

    def __init__(self, isp: Shell, line: Line, world: Description) -> None:
        self._isp = isp
        self._line = line
        self._world = world
        self._file = f"/run/world/capture-{secrets.token_hex(4)}"
        self._job = isp.start(
            f"exec tcpdump -i {line.device} -s {HEADERS} -U -w {self._file} ether src {line.gateway_mac}"
        )
        isp.wait_until_succeeds(f"test -s {self._file}")

    def stop(self) -> Verdict:
        """End it, and judge what it has."""
        self._job.stop()
        allowed = " or ".join(
            f"(host {self._world.server(route.server).address} and {route.protocol} port {route.port})"
            for route in self._world.routes
            if route.line == self._line.name
        )
        end = counterpart(self._line.kind)
        outside = self._read(end.OUTSIDE)
        inside = self._read(f"{end.INSIDE} and (ip or ip6) and not ({allowed})")
        opened = self._read(f"{end.INSIDE} and ip and tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn")
        everything = int(self._isp.succeed(f"tcpdump -nn -r {self._file} 2>/dev/null | wc -l", 120))
        return Verdict(everything, outside + inside, [line for line in opened if "mptcp" not in line])

    def _read(self, expression: str) -> list[str]:
        return self._isp.succeed(f"tcpdump -nn -r {self._file} '{expression}' 2>/dev/null", 120).splitlines()
