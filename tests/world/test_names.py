"""Names, where nobody could be asked for a time, or not by one path: each is known at the first try."""

from __future__ import annotations

from qemu.drive.gateway import Gateway
from qemu.drive.shell import Shell
from qemu.world.rehearsal import Rehearsal
from qemu.world.vm import World
from tests.world.story import url

MANY = 20
"""Names that one page of the web leads to."""
ASK = "dig +short +tries=1"
PATIENT = 600
"""Seconds for which the resolver waits for an answer that does not come, in place of its 3: nobody waits as long."""


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


def test_what_is_asked_by_a_path_that_dies_is_asked_by_another_one_at_once(
    rig: Rehearsal, gateway: Gateway, lan: Shell, world: World
) -> None:
    straight = next(name for name, path in rig.site.paths.items() if path.through is None)
    # The quickest: connections open by it.
    for other in rig.site.paths.keys() - {straight}:
        world.route(other).shape(delay="60ms")
    files = "$(grep -l tcp-auth-query-timeout /run/braid/*.conf)"
    gateway.succeed(f"sed -i 's/\\(tcp-auth-query-timeout:\\) .*/\\1 {PATIENT}000/' {files}")
    gateway.succeed("systemctl restart braid-resolver")
    lan.succeed(f"curl -sS --fail -o /dev/null {url(world, 1000)}", 60)
    line = f"dev {rig.site.paths[straight].uplink} "
    gateway.wait_until("ip route show default", lambda told: line in told, what="another path opens")
    world.route(straight).block()
    told = lan.succeed(f"{ASK} +time=60 by-another-path.{world.description.web.pages}", 90)
    assert told.strip() == str(world.description.web.address)
    assert world.leaked() == 0
