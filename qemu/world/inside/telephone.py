"""A telephone whose USB speaks what its maker chose, NCM or RNDIS: `python3 -m qemu.world.inside.telephone LINE KIND`.

It is handed out until it is pulled out; its packets come and go by `dsl` of the line's router, as if they came by the
cable that QEMU's own telephone has.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gateway_init.base import process
from qemu.world.description import Line, from_json
from qemu.world.inside import lent, links
from qemu.world.inside.gadget import Gadget

NUMBERS = {"ncm": "18d1:4eeb", "rndis": "18d1:4ee4"}
"""What Android's telephones show while they share their connection."""
CARDS = Path("/sys/class/net")


def shown(line: Line, kind: str, router: str) -> Gadget:
    """`router`: the MAC address of its end of the way to the gateway."""
    settings = {"dev_addr": router, "host_addr": line.gateway_mac}
    return Gadget(f"{line.name}-{kind}", NUMBERS[kind], f"{kind}.{line.name}", settings)


def main(name: str, kind: str) -> None:
    """Be the telephone of a line."""
    world = from_json(lent.WORLD.read_text())
    line = world.line(name)
    lent.ready()
    router = process.run(["ip", "netns", "exec", line.modem, "cat", str(CARDS / "dsl" / "address")]).stdout.strip()
    device = shown(line, kind, router)
    device.make()
    device.plug(lent.controller(line))
    _join(line, (device.does / "ifname").read_text().strip(), kind)
    lent.lend_until_pulled(world, line, device.number)
    device.pull()
    process.run(["tc", "-n", line.modem, "qdisc", "del", "dev", "dsl", "clsact"])


def _join(line: Line, made: str, card: str) -> None:
    """Have what comes by its card arrive at `dsl`, and what leaves by that leave by the card."""
    links.batch([], [f"link set {made} netns {line.modem} name {card}"])
    links.quiet(line.modem, card)
    links.batch(["-n", line.modem], [f"link set {card} up"])
    for device, way, other in ((card, "ingress", "dsl"), ("dsl", "egress", card)):
        tc = ["tc", "-n", line.modem]
        process.run([*tc, "qdisc", "add", "dev", device, "clsact"])
        redirect = ["action", "mirred", way, "redirect", "dev", other]
        process.run([*tc, "filter", "add", "dev", device, way, "matchall", *redirect])


if __name__ == "__main__":
    main(*sys.argv[1:])
