"""The command line of `braid config`; apart from what it does, so that `braid run` starts without it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

EXAMPLES = """examples:
  braid config                  as built, edited on the box, or both changed
  braid config edit             change it in $EDITOR (nano); it lasts, also over updates
  braid config set new.yaml     the same for scripts; - is standard input
  braid config diff             what was edited here and, after an update, what changed in the image
  braid config secret uplink-adsl.password <file
  braid config reset            back to the image's own

`nano /etc/braid/gateway.yaml; systemctl restart braid` does as well: what the gateway can run with is kept.
"""


def add(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `config` and its subcommands."""
    raw = argparse.RawDescriptionHelpFormatter
    config = commands.add_parser(
        "config", help="look at the config, and change it so that it lasts", epilog=EXAMPLES, formatter_class=raw
    )
    config.add_argument("--json", action="store_true", help="for programs")
    actions = config.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("show", help="print the gateway.yaml that is in force")
    diff = actions.add_parser("diff", help="what was edited on the box, and what changed in the image since")
    diff.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="for programs")
    changes = [
        actions.add_parser("edit", help="change gateway.yaml in $EDITOR, which is nano where it is not set"),
        actions.add_parser("set", help="take another gateway.yaml"),
        actions.add_parser("secret", help="take a password or key from standard input"),
        actions.add_parser("reset", help="go back to the image's own config and secrets"),
    ]
    _, whole, secret, reset = changes
    whole.add_argument("file", metavar="FILE", help="- is standard input")
    secret.add_argument("name", metavar="NAME", help="such as uplink-adsl.password")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    for each in changes:
        each.add_argument("--until-reboot", action="store_true", help="do not keep it: the next start has the old one")
