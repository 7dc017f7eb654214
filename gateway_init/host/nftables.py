"""nftables, by its own program: which ruleset of ours is loaded, and loading another in one transaction."""

from __future__ import annotations

import re

from gateway_init.base.process import run
from gateway_init.wellknown.number import NFT_TABLE

TABLE_COMMENT = re.compile(rf'^table inet {NFT_TABLE} {{\s*comment "([0-9a-f]+)"')


def loaded() -> str:
    """The digest of the loaded ruleset; empty where there is none of ours, or the closed one from boot."""
    # nft's JSON leaves a table's comment out before 1.0.8, so its text is read.
    done = run(["nft", "--terse", "list", "table", "inet", NFT_TABLE], check=False)
    found = TABLE_COMMENT.match(done.stdout)
    return found[1] if found else ""


def load(ruleset: str) -> None:
    """Load a ruleset: all of it or, where nft finds a fault, none. Raises CommandFailed."""
    run(["nft", "--file", "-"], stdin=ruleset)
