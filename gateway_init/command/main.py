"""`braid`, the command on the box."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from gateway_init.base.mistake import EXIT_CODE, Mistake
from gateway_init.command import config_arguments
from gateway_init.wellknown import place

EXAMPLES = """examples:
  braid status              every uplink and path, as a table
  braid status --json       the same for programs
  braid check               whether the config is right; all that is wrong with it
  braid config edit         change the config; it lasts, and live connections go on
  braid update new.raucb    install a bundle; it stays if it carries traffic as this system does
  braid licences            under which licences the packages in here are
  journalctl -u 'braid*'    what happened
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; its exit code. 2 for a mistake of the user's."""
    parser = argparse.ArgumentParser(
        prog="braid",
        description="The gateway: its paths and its config.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, default=place.CONFIG, help="to look at instead of %(default)s")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    status = commands.add_parser("status", help="uplinks, paths, destination, connections")
    status.add_argument("--json", action="store_true", help="for programs")
    commands.add_parser("check", help="check the config; print every mistake in it")
    config_arguments.add(commands)
    licences = commands.add_parser("licences", help="under which licences the packages in here are")
    licences.add_argument(
        "package", metavar="NAME", nargs="?", help="print the text of a package, or of GPL-2 and such"
    )
    licences.add_argument("--json", action="store_true", help="for programs")
    update = commands.add_parser("update", help="install a new system in the other slot, and start into it")
    update.add_argument("source", metavar="FILE|URL|-", help="a bundle that `invoke bundle` made; - for standard input")
    update.add_argument("--no-reboot", action="store_true", help="the next start tries it, whenever that is")
    update.add_argument("--allow-older", action="store_true", help="take a system that is older than the one that runs")
    commands.add_parser("trial", help="judge a new system; started by braid-trial.service")
    commands.add_parser("clock", help="set and keep the clock; started by braid-clock.service")
    commands.add_parser("run", help="the daemon; started by braid.service")
    given = parser.parse_args(arguments)
    try:
        return COMMANDS[given.command](given)
    except Mistake as mistake:
        print(mistake.render(), file=sys.stderr)
        return EXIT_CODE


def _status(given: argparse.Namespace) -> int:
    import msgspec

    from gateway_init.command.status import read
    from gateway_init.config.load import load
    from gateway_init.report.status_table import text

    status = read(load(given.config))
    print(msgspec.json.format(msgspec.json.encode(status)).decode() if given.json else text(status))
    return 0


def _check(given: argparse.Namespace) -> int:
    from gateway_init.config.load import load

    site = load(given.config)
    if given.config == place.CONFIG:
        from gateway_init.render.rendered import check
        from gateway_init.store.copies import Places, look

        check(look(Places()).effective, str(given.config))
    print(f"{given.config}: fine (site {site.site}, {len(site.paths)} paths)")
    return 0


def _update(given: argparse.Namespace) -> int:
    from gateway_init.update.install import update

    update(given.source, reboot=not given.no_reboot, allow_older=given.allow_older)
    return 0


def _trial(_: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    from gateway_init.update.trial import hold

    return hold()


def _clock(_: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    from gateway_init.daemon.clock import hold

    return hold()


def _config(given: argparse.Namespace) -> int:
    from gateway_init.command.config import run

    return run(given)


def _licences(given: argparse.Namespace) -> int:
    from gateway_init.command.licences import run

    return run(given)


def _run(_: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    from gateway_init.store.adopt import take_up
    from gateway_init.store.copies import Places

    try:
        runnable = take_up(Places())
    except Mistake as mistake:
        from gateway_init.host.console import say

        say(f"braid: waiting ({place.CONFIG} is not right; `braid check` tells what is wrong)")
        raise mistake
    from gateway_init.daemon.loop import Daemon

    Daemon(runnable).run()
    return 0


COMMANDS = {
    "status": _status,
    "check": _check,
    "config": _config,
    "licences": _licences,
    "update": _update,
    "trial": _trial,
    "clock": _clock,
    "run": _run,
}
