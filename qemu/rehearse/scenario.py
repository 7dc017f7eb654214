"""What can befall a path, as data: the same for `invoke rehearse` and for the project's own stories."""

from __future__ import annotations

from msgspec import Struct


class Fault(Struct, frozen=True, kw_only=True):
    """Something that goes wrong on one path's way across the Internet, or at its ends; all else stays as it is."""

    name: str
    title: str
    """For a person."""
    silent: bool = False
    """Nothing comes through, and nobody is told."""
    rate: float = 0.0
    """Share of what its line carries down."""
    delay: str = ""
    """One way."""
    loss: str = ""
    """These two in the words of tc-netem(8), such as 1000ms, 30%."""
    longest: int = 0
    """Bytes of the longest packet that comes through; longer ones vanish, and nobody is told. 0: all come through."""
    strips: bool = False
    """What goes straight loses Multipath TCP's option (RFC 8684); in a tunnel nobody sees it."""
    unplugged: bool = False
    """The cable of its line is pulled: the box's port loses its carrier."""
    renumbered: bool = False
    """The provider ends the session of its line, or lets the lease go, and gives another address next."""
    ends: bool = False
    """What tunnels end in on its server ends; its machine says so to whoever asks."""
    forgets: bool = False
    """Who does NAT on its way forgets who is who, once."""
    every: float = 0.0
    """Seconds that it is there and not there in turn; 0 for one that stays. Only what is silent comes and goes."""
    seconds: float
    """How long it lasts, by the world's clock."""


class Outage(Struct, frozen=True, kw_only=True):
    """All paths are dead at once."""

    title: str
    """For a person."""
    seconds: float
    """How long it lasts, by the world's clock."""
    lines: bool = False
    """Lines by cable are dead themselves, and have another address afterwards."""


class Single(Struct, frozen=True, kw_only=True):
    """What there is one of fails; the paths stay as they are."""

    name: str
    title: str
    """For a person."""
    signal: str = ""
    """What each of the box's own programs gets in turn, in the words of kill(1); empty where the destination's machine
    is dead."""
    seconds: float = 0.0
    """How long it lasts, by the world's clock, where it does not end by itself."""


BLACKHOLE = Fault(name="blackhole", title="silent black hole", silent=True, seconds=30)

LATE = Fault(name="late", title="1 s of delay", delay="500ms", seconds=30)

LOSSY = Fault(name="lossy", title="30 % of loss", loss="30%", seconds=30)

NARROW = Fault(name="narrow", title="5 % of the rate", rate=0.05, seconds=30)

FLAPPING = Fault(name="flapping", title="silent every 3 s", silent=True, every=3, seconds=120)

STRIPPED = Fault(name="stripped", title="no Multipath TCP", strips=True, seconds=30)

SWALLOWED = Fault(name="swallowed", title="large packets vanish", longest=1300, seconds=30)

UNPLUGGED = Fault(name="unplugged", title="cable pulled", unplugged=True, seconds=30)

RENUMBERED = Fault(name="renumbered", title="session ended, another address", renumbered=True, seconds=30)

ENDED = Fault(name="ended", title="its server's OpenVPN ended", ends=True, seconds=30)

FORGOTTEN = Fault(name="forgotten", title="NAT forgets", forgets=True, seconds=15)

FAULTS = {
    fault.name: fault
    for fault in (
        *(BLACKHOLE, LATE, LOSSY, NARROW, FLAPPING, STRIPPED, SWALLOWED),
        *(UNPLUGGED, RENUMBERED, ENDED, FORGOTTEN),
    )
}
"""By name."""

OUTAGES = (
    Outage(title="silent", seconds=60),
    Outage(title="dead, then with another address", seconds=180, lines=True),
)

SINGLES = {
    single.name: single
    for single in (
        Single(name="destination", title="dead for 30 s", seconds=30),
        Single(name="killed", title="killed", signal="KILL"),
        Single(name="stopped", title="stopped", signal="STOP"),
    )
}
"""By name."""
AFTERWARDS = 30.0
"""Seconds from its end, or from a signal, in which somebody is to be served again."""

OPEN = 100
"""Connections that are open meanwhile."""
ASKED = 5.0
"""Seconds between two questions over each of them."""
RESUME_LIMIT = 60.0
"""Seconds on the reference machine after which those that were not answered again count as ended."""

DOWNLOAD = 8_000_000
UPLOAD = 1_500_000
"""Bytes of what is fetched and sent while nothing is wrong."""
SMALL = 10_000
"""Bytes of what a new connection fetches."""
CARRIES = 20_000
"""Bytes from which on a path carries again."""
RETURN_LIMIT = 180.0
"""Seconds on the reference machine after which a path that does not carry again is given up."""
