"""`braid budget`: what is spent, and the number corrected to the provider's own count."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from gateway_init.base.mistake import Mistake
from gateway_init.config.load import load
from gateway_init.config.structure import nearest
from gateway_init.evidence.budget import Account, accounts, plain
from gateway_init.facts.facts import Entry
from gateway_init.host import asked, ledger
from gateway_init.host.observer import look_once
from gateway_init.report.budgets import budgets, text
from gateway_init.wellknown import place
from gateway_init.wellknown.budget import amount


def show(config: Path, *, as_json: bool) -> None:
    """Print what is spent of each. Raises Mistake."""
    site = load(config)
    told = budgets(accounts(site, look_once(counting=True)))
    print(msgspec.json.format(msgspec.json.encode(told)).decode() if as_json else text(told))


def correct(config: Path, name: str, used: str) -> None:
    """From now on so much is used of one. Raises Mistake."""
    found = accounts(load(config), look_once(counting=True))
    key = chosen(found, name)
    try:
        count = 0 if used == "0" else amount(used)
    except ValueError:
        raise Mistake(f"--set-used: '{used}' is no amount", hint="give one such as 0, 500MB or 1.2GB") from None
    account = found[key]
    if count > account.limit:
        raise Mistake(
            f"--set-used: {used} is more than the budget", hint="give at most what it is, or change the config"
        )
    try:
        ledger.keep({key: Entry(account.period, account.until, count, account.begun + 1)})
    except OSError as error:
        raise Mistake(f"{place.LEDGER} cannot be written: {error.strerror}", hint="nothing was changed") from None
    asked.news()
    print(f"{name}: {used} used" + (f" since {account.period}" if account.period else ""))


def chosen(found: Mapping[str, Account], name: str) -> str:
    """The budget that a person means. Raises Mistake where there is none of that name, or there are two."""
    keys = [key for key in found if name in (key, plain(key))]
    if not keys:
        known = [plain(key) for key in found]
        hint = nearest(name, known) if known else "`budget:` at an uplink or a server gives it one"
        raise Mistake(f"'{name}' has no budget", hint=hint)
    if len(keys) > 1:
        raise Mistake(f"'{name}' is two of them", hint=f"say {' or '.join(keys)}")
    return keys[0]
