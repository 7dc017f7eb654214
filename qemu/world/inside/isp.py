"""The ISP: what serves its lines, the bands that routes are shaped by, and the counters that tests go by."""

from __future__ import annotations

from gateway_init.base.process import run
from qemu.world.counterpart import counterpart
from qemu.world.description import Description, Server


def build(world: Description) -> None:
    run(["modprobe", "-a", "sch_prio", "sch_netem", "sch_tbf", "cls_u32", "tun", "wireguard", "nf_tables"])
    for server in world.servers:
        bands(world, server, "isp")
    run(["ip", "netns", "exec", "isp", "nft", "-f", "-"], stdin=rules(world))
    for kind in {line.kind for line in world.lines}:
        counterpart(kind).serve([line for line in world.lines if line.kind == kind], world.web.resolvers)


def rules(world: Description) -> str:
    """Counters of what goes over each route. What goes over none is let through, so that it is as harmful here as it
    would be outside."""
    text = ["table ip world {"]
    for route in (*world.routes, *world.elsewhere):
        text += [f"counter {route.path}-up {{}}", f"counter {route.path}-down {{}}"]
        text += [f"chain {route.path}-block {{}}"]
    text += ["chain forward {", "type filter hook forward priority 0; policy accept;"]
    for route in (*world.routes, *world.elsewhere):
        pool, server = world.line(route.line).pool, world.server(route.server).address
        for wire in route.wires:
            up = f"ip saddr {pool} ip daddr {server} {wire.protocol} dport {wire.port}"
            down = f"ip saddr {server} ip daddr {pool} {wire.protocol} sport {wire.port}"
            for match, way in ((up, "up"), (down, "down")):
                text += [f"{match} jump {route.path}-block", f"{match} counter name {route.path}-{way} accept"]
    text += ["}", "}"]
    return "\n".join(text) + "\n"


def bands(world: Description, server: Server, host: str) -> None:
    """A queue of its own for each route at one end of a server's link; netem comes in when it is shaped."""
    device, side, port = ("isp0", "dst", "sport") if host == server.name else (server.link, "src", "dport")
    # 16 bands is the most that prio has; what no filter takes goes to the last.
    prio = ["prio", "bands", "16", "priomap", *["15"] * 16]
    run(["tc", "-n", host, "qdisc", "add", "dev", device, "root", "handle", "1:", *prio])
    for route in (*world.routes, *world.elsewhere):
        if route.server != server.name:
            continue
        pool = world.line(route.line).pool
        for wire in route.wires:
            number = {"tcp": "6", "udp": "17"}[wire.protocol]
            match = ["match", "ip", "protocol", number, "0xff", "match", "ip", side, pool]
            match += ["match", "ip", port, str(wire.port), "0xffff"]
            where = ["dev", device, "parent", "1:", "protocol", "ip", "prio", "1"]
            run(["tc", "-n", host, "filter", "add", *where, "u32", *match, "flowid", f"1:{route.band:x}"])
