"""The way of one path across the Internet: shape it, block it, count what it carries."""

from __future__ import annotations

from typing import NamedTuple, Self

from qemu.drive.shell import Shell
from qemu.world.description import Route as Facts
from qemu.world.description import Server
from qemu.world.uplink import WAIT

SEGMENTS = 65535
"""That a link of the world takes as one packet, as its kernel begins (GSO_MAX_SEGS of linux/netdevice.h)."""


PACKET = 1500
"""Bytes of a long one."""
MOST, LEAST = 1000, 10
"""Packets that a queue has room for where nothing is narrow, and at the least."""


class Bytes(NamedTuple):
    """IP bytes that a route has carried, counted by the ISP."""

    up: int
    """From the gateway."""
    down: int
    """To the gateway."""


class Route:
    """The link between the ISP and a server, as far as one path's packets are concerned."""

    def __init__(self, facts: Facts, server: Server, isp: Shell, host: Shell) -> None:
        self.path = facts.path
        self._band = facts.band
        self._server = server
        self._isp = isp
        self._host = host

    def shape(self, *, kbit: int = 0, delay: str = "", loss: str = "") -> Self:
        """Make it slow, long or lossy, both ways; the delay, one way, and the loss in the words of tc-netem(8), such as
        50ms, 1%. What does not fit through at once waits, as long as in a modem at most.

        Each call replaces what was set before.
        """
        rate = f"{kbit}kbit" if kbit else ""
        words = [f"{key} {value}" for key, value in (("delay", delay), ("loss", loss), ("rate", rate)) if value]
        room = max(LEAST, round(kbit * 1000 / 8 * WAIT / PACKET)) if kbit else MOST
        for shell, device in self._ends():
            shell.succeed(
                f"tc qdisc replace dev {device} parent 1:{self._band:x} handle {16 + self._band:x}: "
                f"netem limit {room} {' '.join(words)}"
            )
        return self

    def block(self) -> Self:
        """Drop its packets, both ways, and tell nobody."""
        self._isp.succeed(f"nft add rule ip world {self.path}-block drop")
        return self

    def strip(self) -> Self:
        """Take the option of Multipath TCP out of its packets, both ways, as some firewalls do."""
        self._isp.succeed(f"nft add rule ip world {self.path}-block reset tcp option mptcp")
        return self

    def swallow(self, longest: int) -> Self:
        """Drop its packets of more bytes than that, both ways, and tell nobody (no ICMP): some mobile networks do."""
        for shell, device in self._ends():
            # By themselves, or several would be taken for a long one.
            shell.succeed(f"ip link set {device} gso_max_segs 1")
        self._isp.succeed(f"nft add rule ip world {self.path}-block meta length '>' {longest} drop")
        return self

    def flap(self, every: float, until: float) -> Self:
        """Block it and let it through in turn, for as many seconds each; returns at that time of the world's clock."""
        block, through = (
            f"nft {what} ip world {self.path}-block{how}" for what, how in (("add rule", " drop"), ("flush chain", ""))
        )
        turn = f"{block} && sleep {every} && {through} && sleep {every}"
        limit = 600.0
        self._isp.succeed(f"{through}; while [ $(date +%s) -lt {until:.0f} ]; do {turn}; done", limit)
        return self

    def restore(self) -> Self:
        """Undo what was done to it."""
        self._isp.succeed(f"nft flush chain ip world {self.path}-block")
        for shell, device in self._ends():
            shell.succeed(
                f"ip link set {device} gso_max_segs {SEGMENTS}; "
                f"tc qdisc del dev {device} parent 1:{self._band:x} handle {16 + self._band:x}: 2>/dev/null || true"
            )
        return self

    def bytes(self) -> Bytes:
        """What it has carried since the world began."""
        text = self._isp.succeed(
            f"nft list counter ip world {self.path}-up; nft list counter ip world {self.path}-down"
        ).split()
        up, down = (int(text[index + 1]) for index, word in enumerate(text) if word == "bytes")
        return Bytes(up, down)

    def _ends(self) -> tuple[tuple[Shell, str], ...]:
        return (self._isp, self._server.link), (self._host, "isp0")
