"""Who watches each cable to the gateway from the first moment on, for what should not be there.

What is clearly a path's is not written down: it is nearly all, and costs an emulated machine its time. The rest is
judged by qemu.world.leak.
"""

from __future__ import annotations

from gateway_init.base.process import run
from qemu.world.counterpart import counterpart
from qemu.world.description import Description, Line

HEADERS = 160
"""Bytes kept of each packet: up to the end of TCP's options inside PPPoE."""

RARP = 0x8035


def build(world: Description) -> None:
    for line in world.lines:
        command = ["ip", "netns", "exec", line.modem, *catch(file(line)), besides(world, line)]
        run(["systemd-run", "--quiet", f"--unit={unit(line)}", *command])


def unit(line: Line) -> str:
    return f"watch-{line.name}"


def file(line: Line) -> str:
    """What it has seen (pcap-savefile(5))."""
    return f"/run/world/watch-{line.name}"


def catch(file: str) -> list[str]:
    """Write down what comes from the gateway, at the modem's end of its cable: as it left, and at once."""
    return ["tcpdump", "-Z", "root", "-i", "dsl", "-Q", "in", "-s", str(HEADERS), "--immediate-mode", "-U", "-w", file]


def besides(world: Description, line: Line) -> str:
    """Filter (pcap-filter(7)) for all but the bulk of what the line's paths carry: whole packets from an address of its
    own to a server of theirs, which open nothing."""
    ways = " or ".join(
        f"(dst host {world.server(route.server).address} and {wire.protocol} dst port {wire.port}"
        f"{' and tcp[tcpflags] & tcp-syn == 0' if wire.protocol == 'tcp' else ''})"
        for route in (*world.routes, *world.elsewhere)
        if route.line == line.name
        for wire in route.wires
    )
    end = counterpart(line.kind)
    # A machine whose saved state goes on announces its cards (RARP, RFC 903): that is QEMU, and not what runs in it.
    # What goes to the gateway is told apart by the kernel: `-Q in` alone would have tcpdump wake up for it.
    announced = f"inbound and not (ether proto {RARP:#x} and ether src {line.gateway_mac})"
    # No options, no fragment (RFC 791, 3.1). What comes after a carrier is looked for inside of it, so it stands last.
    whole = f"src net {end.own(line)} and ip[0] = 0x45 and ip[6:2] & 0x3fff = 0"
    return f"{announced} and not ({end.carrier(line)}{whole} and ({ways}))" if ways else announced
