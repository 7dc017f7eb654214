"""The web: one HTTP server, and the DNS servers that the site asks."""

from __future__ import annotations

import sys

from gateway_init.base.process import run
from qemu.world.description import Web

DESCRIPTORS = 65536
"""Of the origin, one a connection, as is a thread; by default it has 1,024, and of threads some 1,600."""
ANYWHERE = "0.0.0.0"  # noqa: S104 - all of its addresses are the web's


def build(web: Web) -> None:
    in_web = ["systemd-run", "--quiet", "--working-directory=/run/world/src"]
    origin = ["ip", "netns", "exec", "web", sys.executable, "-m", "qemu.world.inside.origin", ANYWHERE]
    limits = [f"--property=LimitNOFILE={DESCRIPTORS}", "--property=TasksMax=infinity"]
    run([*in_web, "--unit=web-origin", *limits, *origin])
    dns = ["dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--bind-interfaces"]
    dns += [
        "--conf-file=/dev/null",
        "--pid-file=",
        "--user=root",
        "--log-queries",
        "--log-facility=-",
        f"--host-record={web.name},{web.address}",
    ]
    dns += [f"--address=/{web.pages}/{web.address}"]
    dns += [f"--host-record={name},{address}" for name, address in web.others.items()]
    dns += [f"--host-record={clock},{web.address}" for clock in web.clocks]
    # Known to have no IPv6 address, instead of refused: glibc takes that for a failure of both.
    dns += [f"--local=/{name}/" for name in (web.name, *web.others, *web.clocks)]
    dns += [f"--listen-address={resolver}" for resolver in web.resolvers]
    run([*in_web, "--unit=web-dns", "ip", "netns", "exec", "web", *dns])
