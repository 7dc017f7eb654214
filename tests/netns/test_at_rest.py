"""A box at rest asks no program anything, and misses nothing for that."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

import pytest

from gateway_init.base import process
from gateway_init.base.process import run
from gateway_init.host import nftables, quotas, systemd
from gateway_init.host.kernel import Kernel
from gateway_init.host.observer import STALE, Observer
from gateway_init.wellknown.number import NFT_TABLE
from tests.netns.gateway import Gateway, ip, session


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs that were asked."""
    asked: list[str] = []

    def note(words: Sequence[str], **given: object) -> object:
        asked.append(words[0])
        return run(words, **given)  # type: ignore[arg-type]

    for module in (nftables, quotas, systemd, process):
        monkeypatch.setattr(module, "run", note)
    return asked


def test_who_has_asked_once_asks_no_more_until_there_is_news(kernel: Kernel, asked: list[str]) -> None:
    observer = Observer(kernel)
    observer.look(STALE)
    assert asked == ["nft", "nft"]
    observer.look(100 * STALE)
    assert asked == ["nft", "nft"]


def test_a_ruleset_that_somebody_took_away_is_put_back(kernel: Kernel, asked: list[str]) -> None:
    gateway = Gateway(kernel)
    gateway.settle()
    loaded = nftables.loaded()
    run(["nft", "delete", "table", "inet", NFT_TABLE])
    gateway.settle()
    assert nftables.loaded() == loaded
    asked.clear()
    gateway.settle()
    gateway.settle()
    # Once after it was loaded; then there is nothing new.
    assert asked.count("nft") <= 2


def test_a_route_that_somebody_took_away_is_put_back(kernel: Kernel) -> None:
    gateway = Gateway(kernel)
    session(IPv4Address("100.64.0.7"))
    gateway.settle()
    assert ip("route", "show", "default")
    run(["ip", "route", "del", "default"])
    gateway.settle()
    assert ip("route", "show", "default")


def test_more_news_than_the_kernel_keeps_is_read_all_the_same(kernel: Kernel) -> None:
    gateway = Gateway(kernel)
    session(IPv4Address("100.64.0.7"))
    gateway.settle()
    assert kernel.endpoints()
    some = [f"10.9.{high}.{low}/32 dev lo" for high in range(8) for low in range(250)]
    run(["ip", "-batch", "-"], stdin="\n".join(f"address {word} {each}" for each in some for word in ("add", "del")))
    run(["ip", "link", "del", "adsl"])
    gateway.settle()
    assert not kernel.endpoints()
