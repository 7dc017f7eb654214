"""What a packet of a call costs the box wrapped by WireGuard, which carries the LAN's UDP, and by OpenVPN, which could.

The simulated Internet is up. The box pings its destination through each of the two, over the same line, as often as a
call sends, and its processors' time is read: what differs is the wrapping's. `invoke bench carriers`.
"""

from __future__ import annotations

import json
from ipaddress import IPv4Address
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.table import Figure, render
from gateway_init.base.mistake import Mistake
from gateway_init.config.allotted import allot
from gateway_init.config.site import Site
from gateway_init.wellknown.number import NFT_TABLE
from image.work import step
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness
from qemu.world.saved import Saved

COUNT, EACH, SIZE = 1000, 0.02, 172
"""Pings; seconds from one to the next; bytes in each, as a call's packets have (RTP with 20 ms of G.711)."""
ROUNDS = 3
FAR = "100ms"
"""One way, by the paths that the carrier is not to take."""
TICK = 10.0
"""Milliseconds that the kernel counts its time in (USER_HZ, proc(5))."""
CALL = """
import select, socket, struct, sys, time
device, source, target, count, each, size = *sys.argv[1:4], int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6])
def busy():
    fields = list(map(int, open("/proc/stat").readline().split()[1:]))
    return sum(fields) - fields[3] - fields[4]
def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
line = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
line.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
line.bind((source, 0))
before, begun, took = busy(), time.monotonic(), []
for number in range(count):
    time.sleep(max(0, begun + number * each - time.monotonic()))
    head, rest = struct.pack("!HH", 0x0800, 0), struct.pack("!HH", 0xB1D, number) + bytes(size)
    sent = time.monotonic()
    line.sendto(head[:2] + struct.pack("!H", checksum(head + rest)) + rest, (target, 0))
    while select.select([line], [], [], 1)[0]:
        packet = line.recv(65535)
        if packet[20] == 0 and packet[24:28] == rest[:4]:
            took.append(time.monotonic() - sent)
            break
print(busy() - before, len(took), sorted(took)[len(took) // 2] if took else 0)
"""
"""Program of the box's: its processors' ticks meanwhile, how many were answered, and the median of their seconds."""


class Carried(Struct, frozen=True):
    """By one way; milliseconds of the reference machine."""

    busy: float
    """Of its processors, for one packet there and one back, with the pinging itself."""
    rtt: float
    lost: float
    """Share that was not answered."""


def run(image: Path, site: Site, secrets: Path, logs: Path, *, as_json: bool) -> None:
    """Measure and print. Raises Mistake for a site that has not both."""
    tunnel = next((name for name, path in site.tunnels.items() if path.through == site.main), None)
    if tunnel is None or site.main not in site.carriers:
        raise Mistake(
            "the site has no tunnel to its destination, or carries no UDP",
            hint="measure the config that the project comes with",
        )
    result = measure(image, site, tunnel, secrets, logs)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
        return
    figures = []
    for name, each in result.items():
        figures.append(Figure(f"{name}: the box's processors, a packet and its answer", each.busy, "ms"))
        figures.append(Figure(f"{name}: round trip", each.rtt, "ms"))
        figures.append(Figure(f"{name}: lost", 100 * each.lost, "%"))
    print(render(f"{COUNT * ROUNDS} packets of a call, in time of the reference machine", figures))


def measure(image: Path, site: Site, tunnel: str, secrets: Path, logs: Path) -> dict[str, Carried]:
    carrier, lan = allot(site).carrier(site.main), site.lan.address.ip
    server = site.destination
    inner = next(server.openvpn.network.hosts())
    ways: dict[str, tuple[str, IPv4Address, IPv4Address]] = {
        "WireGuard": (carrier, lan, server.address),
        "OpenVPN": (tunnel, site.tunnel_address(tunnel), inner),
    }
    with Saved(image, site, secrets, logs).restored(logs, "carriers") as rig:
        wait_until_all_up(rig.gateway)
        # By the line itself, as OpenVPN goes: the carrier takes the path that is quickest.
        for name in site.tunnels:
            rig.world.route(name).shape(delay=FAR)
        rig.gateway.wait_until("braid status --json", lambda told: json.loads(told)["calls"] not in site.tunnels, 120)
        rig.world.route(tunnel).restore()
        # Neither lets the box itself ping there.
        for chain in ("arrive", "output"):
            rig.gateway.succeed(
                f"nft insert rule inet {NFT_TABLE} {chain} icmp type {{ echo-request, echo-reply }} accept"
            )
        rig.world.host(site.main).succeed("nft insert rule inet braid carrier_input icmp type echo-request accept")
        found: dict[str, list[Carried]] = {name: [] for name in ways}
        for number in range(ROUNDS):
            with step.step(f"Calling, {number + 1} of {ROUNDS}"):
                for name, way in ways.items():
                    found[name].append(_called(rig.gateway, *map(str, way)))
    return {
        name: Carried(*(sum(getattr(each, field) for each in rounds) / ROUNDS for field in Carried.__struct_fields__))
        for name, rounds in found.items()
    }


def _called(gateway: Shell, device: str, source: str, target: str) -> Carried:
    command = f"python3 - {device} {source} {target} {COUNT} {EACH} {SIZE} <<'END'\n{CALL}END"
    ticks, answered, rtt = gateway.succeed(command, COUNT * EACH + 60).split()
    pace = slowness()
    return Carried(busy=int(ticks) * TICK / COUNT / pace, rtt=float(rtt) * 1000 / pace, lost=1 - int(answered) / COUNT)
