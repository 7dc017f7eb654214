"""Every number and name that the box gives to something: ports, tables, marks, places. Each stands here once."""

from __future__ import annotations

from pathlib import Path

from gateway_init.config import Site

REDIRECT_PORT = 12345
"""redsocks: where the firewall sends the LAN's TCP connections."""
SOCKS_PORT = 1080
"""ss-local: where redsocks hands them on, on 127.0.0.1."""
RESOLVER_PORT = 5300
"""unbound: DNS by TCP through the bonded connection, on 127.0.0.1."""

BRIDGE = "lan"
"""The LAN's bridge over its ports."""

TABLE_MAIN = 254
UPLINK_TABLE = 100
"""Routing table of the first uplink; the others follow. Packets marked for an uplink go by it."""
PATH_TABLE = 150
"""Routing table of the first path; the others follow. Packets from a path's own address go by it."""
MARK = 0x100
"""Firewall mark of the first uplink; the others follow. A tunnel marks its packets for its uplink."""
MARK_RULE = 1000
"""Priority of the first uplink's mark rule."""
SOURCE_RULE = 1100
"""Priority of the first path's source rule."""
OUR_RULES = range(1000, 1200)
"""Rules with these priorities belong to us alone."""
ROUTE_PROTOCOL = 183
"""Marks a route as ours (rtnetlink(7), rtm_protocol; 183 is given to nobody in iproute2's list)."""

SUBFLOWS = 8
"""Additional subflows per connection (the most that Linux 6.12 takes)."""

SECRETS = Path("/etc/braid/secrets")
CONFIG = Path("/etc/braid/gateway.yaml")
IMAGE_CONFIG = Path("/run/image/braid")
"""The image's own /etc/braid, as it was built; the initrd puts it there."""
KEPT = Path("/data/config")
"""What was edited on the box."""
RUN = Path("/run/braid")
"""What is rendered from the config; root's alone."""
ENDED = RUN / "ended"
"""One file a unit, holding the exit code of its last main process: systemd forgets it when it starts the next."""
UNITS = Path("/run/systemd/system")
STATE = RUN / "state.json"
"""What the daemon remembers across its own restarts."""
PLACED = RUN / "config.json"
"""Which config the daemon put in place."""
CONSOLE = Path("/dev/console")

DISK = Path("/dev/braid/disk")
"""The disk that the box booted from; image/disk/init makes the link."""
COMMAND_LINE = Path("/proc/cmdline")
RELEASE = Path("/usr/lib/braid/release")
"""Lines NAME=VALUE about the image that runs: `version`, `compatible`."""
DATA = Path("/data")
"""What lasts."""
DATA_NOTE = Path("/run/image/data")
"""What the initrd had to do about the data partition; there only if there was something."""
UPDATE = DATA / "update.json"
"""What became of the last update."""
START_NOTED = RUN / "start-noted"
"""There once the boot loader knows that the system is up."""
UPDATE_LOCK = RUN / "update.lock"
INCOMING = RUN / "incoming.raucb"
"""A bundle on its way in; in memory, so that a full data partition does not matter."""


def uplink_table(site: Site, uplink: str) -> int:
    return UPLINK_TABLE + list(site.uplinks).index(uplink)


def path_table(site: Site, path: str) -> int:
    return PATH_TABLE + list(site.paths).index(path)


def mark(site: Site, uplink: str) -> int:
    return MARK + list(site.uplinks).index(uplink)
