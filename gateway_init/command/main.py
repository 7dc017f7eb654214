"""`braid`, the command on the box."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gateway_init.base.mistake import EXIT_CODE, Mistake
from gateway_init.command import config_arguments
from gateway_init.wellknown import place

EXAMPLES = """examples:
  braid status              every uplink and path, as a table
  braid status --json       the same for programs
  braid up phone --for 2h   use a line that is on demand; `braid down phone` lets it go
  braid budget              what is spent of each budget, what is left, when it begins anew
  braid routes              what goes to which destination
  braid routes explain www.example.org   where connections to it go, and why
  braid allowed             what may leave each uplink; nothing else does
  braid check               whether the config is right; all that is wrong with it
  braid config edit         change the config; it lasts, and live connections go on
  braid update new.raucb    install a bundle; it stays if it carries traffic as this system does
  braid licences            under which licences the packages in here are
  journalctl -u 'braid*'    what happened
"""

ALLOWED_EXAMPLE = """examples:
  braid allowed                             as a table
  braid allowed --json                      the same for programs
  braid --config new.yaml allowed           what another config would let out
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
    up = commands.add_parser("up", help="use an uplink that is on demand")
    up.add_argument("uplink", metavar="UPLINK", help="its name in the config")
    up.add_argument(
        "--for", dest="lasting", metavar="TIME", default="", help="such as 30m, 2h or 1d; else until `down`"
    )
    down = commands.add_parser("down", help="let an uplink go that is on demand")
    down.add_argument("uplink", metavar="UPLINK", help="its name in the config")
    budget = commands.add_parser("budget", help="what is spent of the budgets")
    budget.add_argument("name", metavar="NAME", nargs="?", help="an uplink or a server, to correct its number")
    budget.add_argument("--set-used", metavar="AMOUNT", help="what the provider has counted, such as 1.2GB")
    budget.add_argument("--json", action="store_true", help="for programs")
    routes = commands.add_parser("routes", help="what goes to which destination")
    routes.add_argument(
        "question", metavar="explain HOST", nargs="*", help="where connections to a name or an address go, and why"
    )
    routes.add_argument("--json", action="store_true", help="for programs")
    allowed = commands.add_parser(
        "allowed",
        help="what may leave each uplink",
        description="Lists all that may leave each uplink, by the config; nothing else does.",
        epilog=ALLOWED_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    allowed.add_argument("--json", action="store_true", help="for programs")
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


def _log() -> None:
    import logging

    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)


def _status(given: argparse.Namespace) -> int:
    from gateway_init.command.asking import ask

    form = "json" if given.json else "table"
    told = ask(form) if given.config == place.CONFIG else ""
    if not told:
        from gateway_init.command.status import found_out
        from gateway_init.config.load import load

        told = found_out(load(given.config), form)
    print(told)
    return 0


def _up(given: argparse.Namespace) -> int:
    from gateway_init.command.demand import up

    up(given.config, given.uplink, given.lasting)
    return 0


def _down(given: argparse.Namespace) -> int:
    from gateway_init.command.demand import down

    down(given.config, given.uplink)
    return 0


def _budget(given: argparse.Namespace) -> int:
    from gateway_init.command import budget

    if (given.name is None) != (given.set_used is None):
        raise Mistake("NAME and --set-used go together", hint="such as `braid budget phone --set-used 1.2GB`")
    if given.name is None:
        budget.show(given.config, as_json=given.json)
    else:
        budget.correct(given.config, given.name, given.set_used)
    return 0


def _routes(given: argparse.Namespace) -> int:
    from gateway_init.command import routes

    match given.question:
        case []:
            routes.show(given.config, as_json=given.json)
        case ["explain", host]:
            routes.tell(given.config, host, as_json=given.json)
        case words:
            raise Mistake(f"routes {' '.join(words)}: not known", hint="such as `braid routes explain www.debian.org`")
    return 0


def _allowed(given: argparse.Namespace) -> int:
    from gateway_init.command.allowed import text
    from gateway_init.config.allowed import as_json, leaving
    from gateway_init.config.load import load

    told = leaving(load(given.config))
    print(as_json(told) if given.json else text(told))
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
    _log()
    from gateway_init.update.trial import hold

    return hold()


def _clock(_: argparse.Namespace) -> int:
    _log()
    from gateway_init.daemon.clock import hold

    return hold()


def _config(given: argparse.Namespace) -> int:
    from gateway_init.command.config import run

    return run(given)


def _licences(given: argparse.Namespace) -> int:
    from gateway_init.command.licences import run

    return run(given)


def _run(_: argparse.Namespace) -> int:
    _log()
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
    "up": _up,
    "down": _down,
    "budget": _budget,
    "routes": _routes,
    "allowed": _allowed,
    "check": _check,
    "config": _config,
    "licences": _licences,
    "update": _update,
    "trial": _trial,
    "clock": _clock,
    "run": _run,
}
