"""What redirection hides of how connections end, and what it costs: `invoke bench relays`.

By the two relays that carry the LAN's connections (redsocks and ss-local), by ss-redir, which could take the place of
both, and by none, for comparison.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.carriers import TICK
from gateway_init.base.table import table
from gateway_init.config.site import Site
from gateway_init.wellknown import number, place, unit
from image.work import step
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness
from qemu.world.rehearsal import Rehearsal
from qemu.world.saved import Saved

SIZE, ROUNDS = 6_000_000, 3
"""Bytes of a download, and how many of them are measured; one before is not."""
LIMIT = 300.0
ENDS = "cd /run/world/src && exec python3 -m qemu.world.inside.ends"
PORT, REDIR_PORT = 7000, 12999
DEAD = "198.51.100.250"
"""Of nobody (RFC 5737)."""
TABLE, REDIR = "relays", "relays-redir"


class Relay(Struct, frozen=True):
    """What was found of one."""

    ends: dict[str, str]
    """What became of connections that end in some way."""
    own: float = 0.0
    """Milliseconds of the reference machine's processor for a megabyte, by its own programs."""
    all: float = 0.0
    """By the whole box."""


def run(image: Path, site: Site, secrets: Path, logs: Path, *, as_json: bool) -> None:
    """Measure and print."""
    with Saved(image, site, secrets, logs).restored(logs, "relays") as rig:
        found = dict(measured(rig))
    print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() if as_json else text(found))


def text(found: Mapping[str, Relay]) -> str:
    """A table; a relay is a column.

    >>> print(text({"one": Relay({"a site resets": "closed"}, 12.3, 90.0)}))
                                         one
    a site resets                        closed
    ms of a processor for 1 MB, its own  12
    ms of a processor for 1 MB, the box  90
    """
    first = next(iter(found.values()))
    rows = [[what, *(each.ends[what] for each in found.values())] for what in first.ends]
    rows.append(["ms of a processor for 1 MB, its own", *(f"{each.own:.0f}" for each in found.values())])
    rows.append(["ms of a processor for 1 MB, the box", *(f"{each.all:.0f}" for each in found.values())])
    return table(["", *found], rows)


def measured(rig: Rehearsal) -> Iterator[tuple[str, Relay]]:
    wait_until_all_up(rig.gateway, but=rig.to_come)
    main = rig.site.main
    with step.step("By none"):
        yield "none", Relay(_ends(rig, rig.world.host("isp")))
    with step.step("By redsocks and ss-local"):
        yield "redsocks, ss-local", _relay(rig, unit.redsocks(main), unit.shadowsocks(main))
    config = f"{place.RUN}/{unit.shadowsocks(main).removesuffix('.service')}.conf"
    edits = (
        f's/"local_port": *[0-9]+/"local_port": {REDIR_PORT}/; s/"local_address": *"[^"]*"/"local_address": "0.0.0.0"/'
    )
    ours = f"tcp dport {{ 80, {PORT}-{PORT + 9} }} redirect to :{REDIR_PORT}"
    rig.gateway.succeed(
        f"sed -E '{edits}' {config} >/run/redir.json && "
        f"systemd-run --unit {REDIR} -p LimitNOFILE=65536 /usr/bin/ss-redir -c /run/redir.json && "
        f"nft 'table ip {TABLE} {{ chain pre {{ type nat hook prerouting priority dstnat - 10; "
        f'iifname "{number.BRIDGE}" {ours}; }}; }}\' && '
        f"nft insert rule inet {number.NFT_TABLE} input_lan ct status dnat tcp dport {REDIR_PORT} accept"
    )
    with step.step("By ss-redir"):
        yield "ss-redir", _relay(rig, f"{REDIR}.service")


def _relay(rig: Rehearsal, *units: str) -> Relay:
    ends = _ends(rig, rig.world.host("lan"))
    # What is emulated for the first time costs more.
    _download(rig)
    before = _ticks(rig.gateway, units)
    for _ in range(ROUNDS):
        _download(rig)
    after = _ticks(rig.gateway, units)
    whole, *own = (now - then for then, now in zip(before, after, strict=True))
    for_one = TICK / (ROUNDS * SIZE / 1e6) / slowness()
    return Relay(ends, sum(own) * for_one, whole * for_one)


def _ends(rig: Rehearsal, visitor: Shell) -> dict[str, str]:
    web = rig.world.host("web")
    serving = web.start(f"{ENDS} serve {PORT}")
    web.wait_for_open_port(PORT)
    # Who is on the Internet asks nobody for names.
    address = rig.world.host("lan").succeed(f"dig +short {rig.world.description.web.name}").strip()
    found: dict[str, str] = json.loads(visitor.succeed(f"{ENDS} visit {address} {PORT} {DEAD}", LIMIT))
    serving.stop()
    return found


def _download(rig: Rehearsal) -> None:
    rig.world.host("lan").succeed(
        f"curl -sS --fail -o /dev/null http://{rig.world.description.web.name}/bytes/{SIZE}", LIMIT
    )


def _ticks(gateway: Shell, units: tuple[str, ...]) -> list[int]:
    """Of the box's processors, and of the main program of each unit."""
    words = " ".join(units)
    told = gateway.succeed(
        f"head -1 /proc/stat; for u in {words}; do cat /proc/$(systemctl show -P MainPID $u)/stat; done"
    ).splitlines()
    all_of_it = list(map(int, told[0].split()[1:9]))
    programs = (line.rpartition(")")[2].split() for line in told[1:])
    return [sum(all_of_it) - all_of_it[3] - all_of_it[4], *(int(each[11]) + int(each[12]) for each in programs)]
