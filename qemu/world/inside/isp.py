"""The ISP: what serves its lines, the bands that routes are shaped by, and the counters that tests go by."""

from __future__ import annotations

from gateway_init.base.process import run
from qemu.world.counterpart import counterpart
from qemu.world.description import ISP_ADDRESS, Description, Server


def build(world: Description) -> None:
    run(["modprobe", "-a", "sch_prio", "sch_netem", "sch_tbf", "cls_u32", "tun", "nf_tables"])
    for server in world.servers:
        bands(world, server, "isp")
    run(["ip", "netns", "exec", "isp", "nft", "-f", "-"], stdin=rules(world))
    for kind in {line.kind for line in world.lines}:
        counterpart(kind).serve([line for line in world.lines if line.kind == kind], world.web.resolvers)


def rules(world: Description) -> str:
    """Counters of what goes over each route, and of what should not be there at all: `leak`.

    A leak is counted and let through, so that it is as harmful here as it would be outside.
    """
    text = ["table ip world {", "counter leak {}"]
    for route in world.routes:
        text += [f"counter {route.path}-up {{}}", f"counter {route.path}-down {{}}"]
        text += [f"chain {route.path}-block {{}}"]
    text += ["chain forward {", "type filter hook forward priority 0; policy accept;"]
    for route in world.routes:
        pool, server = world.line(route.line).pool, world.server(route.server).address
        up = f"ip saddr {pool} ip daddr {server} {route.protocol} dport {route.port}"
        down = f"ip saddr {server} ip daddr {pool} {route.protocol} sport {route.port}"
        for match, way in ((up, "up"), (down, "down")):
            text += [f"{match} jump {route.path}-block", f"{match} counter name {route.path}-{way} accept"]
    customers = f"ip saddr {{ {', '.join(world.customers)} }}"
    text += [f"{customers} counter name leak", "}"]
    text += ["chain input {", "type filter hook input priority 0; policy accept;"]
    for line in world.lines:
        if served := counterpart(line.kind).SERVES:
            text += [f'iifname "{line.device}" ip saddr {line.pool} {served} accept']
    text += [f"{customers} ip saddr != {ISP_ADDRESS} counter name leak", "}", "}"]
    return "\n".join(text) + "\n"


def bands(world: Description, server: Server, host: str) -> None:
    """A queue of its own for each route at one end of a server's link; netem comes in when it is shaped."""
    device, side = ("isp0", "dst") if host == server.name else (server.link, "src")
    # 16 bands is the most that prio has; what no filter takes goes to the last.
    prio = ["prio", "bands", "16", "priomap", *["15"] * 16]
    run(["tc", "-n", host, "qdisc", "add", "dev", device, "root", "handle", "1:", *prio])
    for route in world.routes:
        if route.server != server.name:
            continue
        number = {"tcp": "6", "udp": "17"}[route.protocol]
        pool = world.line(route.line).pool
        match = ["match", "ip", "protocol", number, "0xff", "match", "ip", side, pool]
        where = ["dev", device, "parent", "1:", "protocol", "ip", "prio", "1"]
        run(["tc", "-n", host, "filter", "add", *where, "u32", *match, "flowid", f"1:{route.band:x}"])
