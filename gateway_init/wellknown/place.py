"""Every file and folder of the box that more than one program knows. Each stands here once."""

from __future__ import annotations

from pathlib import Path

SECRETS = Path("/etc/braid/secrets")
CONFIG = Path("/etc/braid/gateway.yaml")
IMAGE_CONFIG = Path("/run/image/braid")
"""The image's own /etc/braid, as it was built; the initrd puts it there."""
KEPT = Path("/data/config")
"""What was edited on the box."""
RUN = Path("/run/braid")
"""What is rendered from the config; root's alone."""
ENDED = RUN / "ended"
"""One file a unit, holding the exit code of its last main process, which systemd forgets when it starts the next;
what follows it is the unit's own."""
STARTED = RUN / "started"
"""One file a unit, holding the digest of what it was last started from."""
UNITS = Path("/run/systemd/system")
NEWS = RUN / "news"
"""A pipe: whoever has noted something of a line writes to it, and the daemon looks."""
NEWS_ELSEWHERE = Path("/run/braid-news")
"""The same, in the sandboxes of those who are to write to it; outside of them an empty file."""
LEASES = Path("/run/braid-dnsmasq/leases")
"""What the LAN's devices have been lent, as dnsmasq notes it."""
RESOLVER_CONTROL = Path("/run/braid-resolver/control")
"""The socket at which the resolver is told to forget; its own user's alone."""
DESK = RUN / "desk"
"""The socket where the daemon tells the status."""
ASKED = RUN / "asked"
"""One file an uplink: whether a person wants it in use."""
STATE = RUN / "state.json"
"""What the daemon remembers across its own restarts."""
PLACED = RUN / "config.json"
"""Which config the daemon put in place."""
PREPARED = RUN / "prepared/config"
"""What the config that was put in place last comes to, by whoever looked whether the gateway can run with it. All
secrets are in it; its folder, which the daemon makes, is closed to programs that run as root and need none."""
ALLOTTED = RUN / "allotted.json"
"""Which numbers the uplinks and paths of that config have."""
CODE = Path("/usr/lib/python3/dist-packages/gateway_init")
"""Our own, on the box."""
CONSOLE = Path("/dev/console")

DEVICES = Path("/dev/braid")
"""Links that image/disk/init makes: `disk`, and each slot by its name."""
DISK = DEVICES / "disk"
"""The disk that the box booted from."""
COMMAND_LINE = Path("/proc/cmdline")
RELEASE = Path("/usr/lib/braid/release")
"""Lines NAME=VALUE about the image that runs: `version`, `compatible`, `made` (seconds since 1970)."""
DATA = Path("/data")
"""What lasts."""
DATA_NOTE = Path("/run/image/data")
"""What the initrd had to do about the data partition; there only if there was something."""
CLOCK = DATA / "clock"
"""The last time that is known to have been right, in seconds since 1970; a box without a battery begins there."""
CLOCK_KNOWN = Path("/run/braid-clock/known")
"""There once the clock is right; braid-ntp.path waits for it, and then the LAN is told the time."""
LEDGER = DATA / "budget.json"
"""What was used of each budget."""
GIVEN = DATA / "devices.json"
"""What addresses those have whom routes know by the name that they give."""
TRIED = DATA / "sim"
"""One empty file for each PIN that a SIM was given and has not taken: it is not given it again."""
UPDATE = DATA / "update.json"
"""What became of the last update."""
START_NOTED = RUN / "start-noted"
"""There once the boot loader knows that the system is up."""
UPDATE_LOCK = RUN / "update.lock"
INCOMING = RUN / "incoming"
"""Where a bundle is on its way in; in memory, so that a full data partition does not matter."""

LINES = Path("/run")
LINE = "braid-line-"
LINE_NOTE = "note"


def note(uplink: str, program: str = "") -> str:
    """By what the note of an uplink's program is known: the one that is lent an address, or one besides.

    >>> note("attic"), note("attic", "station")
    ('attic', 'attic.station')
    """
    return f"{uplink}.{program}" if program else uplink


def line_folder(uplink: str, program: str = "") -> Path:
    """Where a program of an uplink notes what it was told, in a file called LINE_NOTE; systemd makes it."""
    return LINES / f"{LINE}{note(uplink, program)}"
