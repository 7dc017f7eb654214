"""The tasks that prove what was made."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from command_line import command
from gateway_init.base.mistake import Mistake
from task.place import BUILD, CONFIG, CONFIG_HELP, IMAGE, LOGS, ROOT, SECRETS, make_image, site_of

if TYPE_CHECKING:
    from invoke.context import Context


@command(
    help={
        "world": "Put the simulated Internet round it.",
        "host": "A shell on a host of the running world, such as lan, isp, near or jumpbox-a.",
    }
)
def qemu(_: Context, world: bool = False, host: str = "") -> None:
    """Boot the image under QEMU, with its serial console here.

    The machine is like an APU. Ctrl-] leaves it. With --world its line leads to a simulated Internet, made of the
    real kits; --host in a second terminal gives a shell on one of its hosts.

    Example: invoke qemu --world
             invoke qemu --host lan
    """
    from qemu import interactive

    if host:
        interactive.terminal(host)
    elif world:
        interactive.with_world(IMAGE, CONFIG, SECRETS)
    else:
        interactive.console(IMAGE)


@command(
    help={
        "k": "Only tests whose name matches, as `pytest -k`.",
        "attach": "In the rig that `invoke qemu --world` keeps: the world's stories only, which begin at once.",
        "push": "With --attach: first put this tree's gateway_init into the box that runs.",
        "long": "Also what takes long, and is no part of it otherwise.",
    }
)
def qemu_test(_: Context, k: str = "", attach: bool = False, push: bool = False, long: bool = False) -> None:
    """Test the image under QEMU, alone and in a simulated Internet.

    Builds the images of the sites in tests/sites first where they are missing or older than their sources; yours plays
    no part. Logs are in build/logs.

    Example: invoke qemu-test -k download
             invoke qemu-test --attach --push -k download
    """
    from tests import attach as attachment
    from tests import proof, stages

    if push and not attach:
        raise Mistake("--push goes with --attach", hint="without a rig that runs, a new image is built and booted")
    if attach:
        attachment.run(ROOT, LOGS, k, push=push, long=long)
        return

    stages.run([stages.SYSTEM], ROOT, LOGS, k, proof.MAKE, long=long)


@command(
    help={
        "quick": "Only what needs no QEMU.",
        "long": "Also what takes long, and is no part of it otherwise.",
        "k": "Only tests whose name matches, as `pytest -k`.",
    }
)
def test(_: Context, quick: bool = False, long: bool = False, k: str = "") -> None:
    """Test everything: style, code, kernel, image.

    That is lint, units, gateway_init against this machine's kernel in network namespaces, and the image under QEMU.
    Builds the images of the sites in tests/sites first where they are missing or older than their sources; yours plays
    no part. Logs are in build/logs. Some stories take minutes each; --long has them (`pytest -m long` tells which), and
    so has a choice by -k.

    Example: invoke test --quick
             invoke test --long
             invoke test -k "config or plan"
    """
    from tests import proof, stages

    stages.lint(ROOT)
    stages.run(stages.QUICK if quick else stages.EVERYTHING, ROOT, LOGS, k, proof.MAKE, long=long)


@command(
    help={
        "config": CONFIG_HELP,
        "faults": "Every fault that there is, not black holes alone.",
        "times": "How often each is tried.",
        "path": "What befalls this one alone, instead of each in turn.",
        "fault": "This one alone, such as unplugged.",
        "json": "Print the figures as JSON.",
    }
)
def rehearse(
    _: Context,
    config: str = str(CONFIG),
    faults: bool = False,
    times: str = "1",
    path: str = "",
    fault: str = "",
    json: bool = False,
) -> None:
    """Go through your own site in a simulated Internet before you flash it.

    Builds the image of that config where it is stale, raises the world that it describes, waits for every path,
    downloads and uploads; then cuts each path in turn by a silent black hole, and tells what that costs: the gap in a
    live flow, how long a new connection takes, and when the path carries again; and of a call by UDP what was lost, its
    longest silence, and whether its public address stayed. With --faults also what else can befall a path (delay,
    loss, little rate, one that comes and goes, a cable pulled, another address, a server's tunnels ended, a NAT that
    forgets), all of them at once, for minutes, and what there is one of (the destination is dead, a program of the box
    is killed, or stopped). With --times the median and the worst are told. Ctrl-C ends it and
    prints what was found. The first time the machines boot; later they stand again within seconds.

    Example: invoke rehearse
             invoke rehearse --faults --times 5 --path adsl
             invoke rehearse --fault unplugged
             invoke rehearse --fault killed
             invoke rehearse --config tests/sites/second.yaml --json
    """
    from qemu.rehearse import run

    file, site, runs = Path(config), site_of(config), run.count(times)
    run.check(site, path, fault)
    out = BUILD if file.resolve() == CONFIG else BUILD / "rehearsal" / site.site
    # What is found is all that standard output is for.
    with redirect_stdout(sys.stderr):
        make_image(file, out=out)
    run.run(out / IMAGE.name, site, SECRETS, LOGS, faults=faults, times=runs, only=path, fault=fault, as_json=json)


@command(
    help={
        "name": "What to measure: one of those below.",
        "json": "Print the figures as JSON.",
    },
    positional=["name"],
)
def bench(_: Context, name: str, json: bool = False) -> None:
    """Measure what the documents give figures for.

    build: how long builds take, cold and warm, in a copy with a cache of its own; the exit code is 1 where a limit
    is missed.
    boot: from machine start to `braid: ready`, beside plain Debian of the same packages to its login prompt, in five
    pairs; the exit code is 1 where plain Debian is as quick.
    idle: the daemon's part of a processor while nobody wants anything, and what telephones on demand hear, in ten
    minutes (BRAID_IDLE); the exit code is 1 where that is more than 1 %, or anything.
    aggregate: one download and one upload over all paths, beside the best of them alone and the most that the lines
    could carry.
    routes: what 1,000 domains and 10,000 networks cost; the exit code is 1 where a routed name is known more than 5 ms
    later.
    latency: how much longer answers take while a line is full both ways; the exit code is 1 where that is more than
    50 ms with both rates known, or the line is not used.
    carriers: what a packet of a call costs the box by WireGuard, and by OpenVPN.
    pages: a page of 20 small objects, over all paths and over the best of them alone.
    relays: what redirection hides of how connections end, and what it costs, by redsocks and ss-local, and by ss-redir.
    soak: 20,000 connections (BRAID_SOAK) of 50 devices, 2,000 of them at once; the exit code is 1 where more than
    one page in 1,000 fails, a fresh name takes longer than 300 ms, or anything of them is left.
    uplink: what short connections take of a line's way up, by how many of its paths carry; the exit code is 1 where
    that is more than 25 % of the line with as many as carry while it is busy, beside one alone.
    boots: how many of 200 boots (BRAID_BOOTS) end in a kernel that gives up; the exit code is 1 where one does.

    Example: invoke bench boot
    """
    from bench import aggregate, boot, boots, build, carriers, idle, latency, pages, relays, routes, soak, uplink
    from gateway_init.config.structure import nearest

    of_a_site = {
        "aggregate": aggregate.run,
        "boot": boot.run,
        "carriers": carriers.run,
        "idle": idle.run,
        "latency": latency.run,
        "pages": pages.run,
        "relays": relays.run,
        "routes": routes.run,
        "soak": soak.run,
        "uplink": uplink.run,
    }
    if name == "build":
        build.run(ROOT, LOGS, as_json=json)
    elif name == "boots":
        make_image()
        boots.run(IMAGE, LOGS, as_json=json)
    elif measure := of_a_site.get(name):
        make_image()
        measure(IMAGE, site_of(str(CONFIG)), SECRETS, LOGS, as_json=json)
    else:
        raise Mistake(f"no bench '{name}'", hint=nearest(name, ["build", "boots", *of_a_site]))


@command(
    help={
        "count": "How many random faults.",
        "seed": "Which ones: the same for the same number.",
        "k": "Only faults with this in their file or name; the random ones then in all of gateway_init and servers.",
        "listed": "Leave out those of tests/mutation/faults.yaml.",
        "jobs": "How many at once; as many as there are processors where it is 0.",
        "json": "Print every verdict as JSON.",
    }
)
def mutate(
    _: Context, count: int = 100, seed: int = 1, k: str = "", listed: bool = True, jobs: int = 0, json: bool = False
) -> None:
    """Put faults into copies of the project, and tell which of them no test notices.

    That is each fault of tests/mutation/faults.yaml, and random ones in the rooms of gateway_init that decide. The
    tests are those of `invoke test --quick` that come by the changed place. The exit code is 1 where fewer than 80 %
    are caught, of the one sort or the other.

    Example: invoke mutate --no-listed --seed 2
             invoke mutate -k plan --count 20
    """
    from tests.mutation import run

    run.run(ROOT, LOGS, count=count, seed=seed, match=k, with_listed=listed, jobs=jobs, as_json=json)


@command(help={})
def lint(_: Context) -> None:
    """Check style, types, spelling and shell scripts: ruff, mypy, codespell and shellcheck.

    Example: invoke lint
    """
    from tests import stages

    stages.lint(ROOT)


@command(help={})
def docs(_: Context) -> None:
    """Write the config's reference and JSON Schema anew.

    They are docs/config.md and docs/gateway.schema.json, made from the types in gateway_init/config.

    Example: invoke docs
    """
    from docs import reference

    for file in reference.write(ROOT):
        print(f"wrote {file.relative_to(ROOT)}")
