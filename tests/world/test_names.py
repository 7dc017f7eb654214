"""Names, after a time in which nobody could be asked: each is known at the first try."""

from __future__ import annotations

from qemu.drive.gateway import Gateway
from qemu.drive.shell import Shell
from qemu.world.vm import World
from tests.world.story import url

MANY = 20
"""Names that one page of the web leads to."""
ASK = "dig +short +tries=1"


def test_what_was_asked_in_vain_while_no_line_was_up_is_no_hindrance_once_one_is(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    lan.succeed(f"curl -sS --fail -o /dev/null {url(world, 1000)}", 60)
    line, pages = world.uplink("adsl"), world.description.web.pages
    numbers = f"$(seq {MANY // 2})"
    asking = lan.start(
        f"while :; do for i in {numbers}; do {ASK} +time=1 in-vain-$i.{pages} & done; wait; sleep 1; done"
    )
    since = gateway.succeed("date +%s").strip()
    line.renumber(f"{line.assigned}9")
    gateway.wait_until("ip -4 address show dev adsl", lambda told: line.assigned in told, 180, "no new session")
    gateway.wait_until_succeeds(f"journalctl -u braid-resolver --since @{since} -g '^Reloaded'")
    asking.stop()
    # All at once, as a browser does, and what was asked before as well as what was not.
    names = [f"{what}-{number}.{pages}" for what in ("in-vain", "anew") for number in range(1, MANY // 2 + 1)]
    told = lan.succeed(f"for name in {' '.join(names)}; do {ASK} +time=20 $name & done; wait", 60)
    assert told.split() == [str(world.description.web.address)] * MANY
    assert world.leaked() == 0
