"""Where things go: what the config names goes by the second destination, over all paths, and the rest as before."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from time import monotonic
from typing import Any

from gateway_init.config.site import Site
from gateway_init.evidence.standing import HOLD
from gateway_init.wellknown.number import DNS_PORT, DOT_PORT
from qemu.drive.gateway import Gateway
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness_now
from qemu.rehearse.measure import ENDLESS, FLOW
from qemu.world.carried import carried
from qemu.world.topology import STREAM_NAME
from qemu.world.vm import World
from tests.world.story import digest, download, expected, fetched, seen_as, wait_until_named

ALIVE = "shadowsocks openvpn reflector resolver"
"""What a destination runs (`braid-*.service`)."""
ELSEWHERE = "192.0.2.53"
"""A resolver that a device has built in, and that nobody here has."""
SIZE, LONG, HELD = 1_500_000, 5_000_000, "30k"
SOME = 50_000
"""Bytes of a path that has joined: more than its probes' and a tunnel's own."""
ATTEMPT = 3
"""Seconds after which one tries again what hangs."""
SMALL = 500
SERVED_IN = 2.0
"""Seconds until somebody is served who tries each second, from the first one on in which a path leads nowhere."""
BURST = 2.0
"""Times as long where stories share a machine: what the others do comes in bursts, which a look afterwards misses."""
LEFT_IN = 10.0
"""Seconds from a destination's death until new connections get through by the next."""


def test_a_domain_goes_by_the_second_destination_over_all_paths(lan: Shell, site: Site, world: World) -> None:
    near, abroad = (str(each.address) for each in site.destinations.values())
    wait_until_named(lan, world, site.lan.address.ip)
    assert seen_as(lan, STREAM_NAME) == abroad
    assert seen_as(lan, world.description.web.name) == near
    # Its name was resolved there: what is near the home is not what is near the destination.
    asked = world.host("web").succeed(f"journalctl -u web-dns -o cat --no-pager -g 'query.A. {STREAM_NAME}'")
    assert f"from {abroad}" in asked and f"from {near}" not in asked

    straight, before = world.route("adsl.abroad").bytes().down, carried(world)
    got = lan.succeed(f"curl -sS --fail --max-time 280 http://{STREAM_NAME}/bytes/{SIZE} | sha256sum", 300)
    assert got.split()[0] == expected(SIZE)
    assert world.route("adsl.abroad").bytes().down - straight > SIZE * 0.05
    # The tunnels serve both destinations; the straight path to the other one has carried nothing of it.
    came = {path: count - before[path] for path, count in carried(world).items()}
    assert all(came[path] > SOME for path in site.tunnels), came
    assert came["adsl"] < SIZE * 0.05, came
    assert world.leaked() == 0


def test_who_asks_another_resolver_is_answered_by_the_box_and_cannot_ask_in_secret(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    # By UDP, it answers in the name of the one who was asked: dig takes no other's word.
    for how in ("", "+tcp"):
        wait_until_named(lan, world, ELSEWHERE, how)
    assert world.description.web.others[STREAM_NAME] in gateway.succeed("nft list table inet braid-routes")
    # "Failed to connect to host" (curl(1)), and not its 28 for patience that has ended.
    assert "curl: (7)" in lan.fail(f"curl -sS --max-time 20 telnet://{ELSEWHERE}:{DOT_PORT}")
    assert lan.succeed(f"dig +short +time=20 {site.site}.{site.lan.domain} @{ELSEWHERE} -p {DNS_PORT}").strip()
    assert world.leaked() == 0


def test_a_path_that_leads_to_one_destination_alone_is_left_for_the_other(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    abroad = str(site.destinations["abroad"].address)

    def there(holds: Callable[[Any], bool], otherwise: str) -> None:
        gateway.wait_until("braid status --json", lambda told: holds(json.loads(told)["elsewhere"][0]), 120, otherwise)

    # The quickest: connections open by it, as soon as enough was asked to tell.
    for tunnel in site.tunnels:
        world.route(tunnel).shape(delay="60ms")
    busy = lan.start(f"{FLOW} live {world.description.web.name} {ENDLESS}")
    wait_until_named(lan, world, site.lan.address.ip)
    assert seen_as(lan, STREAM_NAME) == abroad
    there(lambda told: told["opens"] == "adsl", "connections to it do not open by the straight path")
    going = lan.start(f"curl -sS --fail --max-time 280 http://{STREAM_NAME}/bytes/{LONG} | sha256sum")
    # Of a connection that no other path has joined yet, any fault is the end.
    ends = [world.uplink("adsl").assigned, *(str(site.tunnel_address(tunnel)) for tunnel in site.tunnels)]
    gateway.wait_until(
        f"ss -Htn state established dst {abroad}",
        lambda told: all(end in told for end in ends),
        what="a path is missing",
    )
    way = world.route("adsl.abroad").block()
    # By address: what is asked is where connections go, and not how soon a name is known again.
    address = world.description.web.others[STREAM_NAME]
    served = float(lan.succeed(f"{FLOW} fetch {address} {SMALL} 60", 120))
    assert served / slowness_now() < SERVED_IN * BURST
    there(lambda told: "adsl" in told["silent"], "nobody noticed")
    busy.stop()
    told = gateway.succeed("braid status")
    assert "which open by adsl-" in told and re.search(r"it does not answer over (.*, )?adsl\b(?!-)", told)
    # All that is open goes on; and to the first one, the path leads as ever.
    assert digest(going) == expected(LONG)
    carried_by_it = world.route("adsl").bytes().down
    assert fetched(lan, world, SIZE) == expected(SIZE)
    assert world.route("adsl").bytes().down - carried_by_it > SIZE * 0.05
    assert json.loads(gateway.succeed("braid status --json"))["opens"] == "adsl"
    way.restore()
    there(lambda told: "adsl" not in told["silent"], "it is not taken back")
    assert world.leaked() == 0


def test_the_death_of_one_destination_costs_the_other_nothing_and_an_edit_no_connection(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    abroad = str(site.destinations["abroad"].address)
    wait_until_named(lan, world, site.lan.address.ip)
    assert seen_as(lan, STREAM_NAME) == abroad
    going = download(lan, world, SIZE, rate=HELD)
    gateway.succeed(
        "sed '/^routes:/a\\  - {domains: [web.example], clients: [192.168.77.5], to: refuse}' "
        "/etc/braid/gateway.yaml >/run/more.yaml && braid config set /run/more.yaml"
    )
    # The ruleset is another one by now, and what the name led to is known as it was.
    asked = f"curl -sS --fail --max-time 60 --resolve {STREAM_NAME}:80:{world.description.web.others[STREAM_NAME]}"
    assert lan.succeed(f"{asked} http://{STREAM_NAME}/from", 90).strip() == abroad
    world.host("abroad").succeed("systemctl stop braid-shadowsocks")
    assert going.running(), "it was over before there was anything to survive"
    lan.fail(f"curl -sS --fail --max-time 20 http://{STREAM_NAME}/from", 60)
    assert digest(going) == expected(SIZE)
    assert digest(download(lan, world, SIZE)) == expected(SIZE)
    assert world.leaked() == 0


def test_while_the_first_destination_is_dead_new_connections_go_to_the_next(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    near, abroad = (str(each.address) for each in site.destinations.values())
    web, server = world.description.web, world.host("near")
    # By address: what is asked is where connections go, and not how soon a name is known again.
    asked = f"curl -sS --fail --max-time {ATTEMPT} http://{web.address}/from"
    config = "sed 's/^  destination: near/  destinations: [near, abroad]/' /etc/braid/gateway.yaml >/run/both.yaml"
    gateway.succeed(f"{config} && braid config set /run/both.yaml")
    gateway.wait_until("cat /run/braid/state.json", lambda text: '"answering"' in text, 120, "nobody was asked")
    assert lan.succeed(asked).strip() == near
    units = " ".join(f"braid-{name}" for name in ALIVE.split())
    server.succeed(f"systemctl stop {units}")
    died = monotonic()
    # The client itself tries again and again, as a person does: the rig's own rests between two looks are not his.
    lan.succeed(f'until [ "$({asked})" = {abroad} ]; do sleep 0.2; done', LEFT_IN * 3)
    # Emulated, all is slower; what a user would wait is told by the machine's own measure.
    assert (monotonic() - died) / slowness_now() < LEFT_IN
    assert "new connections go to abroad" in gateway.succeed("braid status")
    lan.wait_until_succeeds(f"curl -sS --fail --max-time 30 -o /dev/null http://{web.name}/bytes/5", 60)
    server.succeed(f"systemctl start {units}")
    lan.wait_until(asked, lambda seen: seen.strip() == near, HOLD * 3)
    assert "near answers again" in gateway.succeed("journalctl -b -u braid --no-pager")
    assert world.leaked() == 0
