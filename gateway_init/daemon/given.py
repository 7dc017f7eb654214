"""Devices that routes know by the name they give by DHCP: the firewall's sets hold what addresses they have now."""

from __future__ import annotations

import logging
import selectors
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address

from gateway_init.base.process import CommandFailed
from gateway_init.host import nftables
from gateway_init.host.leases import Watch, named
from gateway_init.wellknown.number import NFT_ROUTES

log = logging.getLogger(__name__)

Held = Mapping[str, frozenset[IPv4Address]]


class Given:
    """Fills the sets; with none of them it does nothing."""

    def __init__(
        self,
        sets: Mapping[str, str],
        leases: Callable[[], Held] = named,
        fill: Callable[[str, Held], None] = nftables.fill,
        generation: Callable[[], int | None] | None = None,
    ) -> None:
        """`sets`: the name of a device by the set that is its. Where `generation`, of all that nftables holds, is
        another one, somebody may have changed them."""
        self._sets = sets
        self._leases = leases
        self._fill = fill
        self._generation = generation or (nftables.Generation().now if sets else lambda: None)
        self._watch = Watch() if sets else None
        self._told: Held = {}
        self._seen: tuple[Held, int | None] | None = None

    def register(self, selector: selectors.BaseSelector) -> None:
        """Have the selector wake whoever waits when something was lent."""
        if self._watch:
            selector.register(self._watch.wakeup, selectors.EVENT_READ, self._heard)

    def _heard(self) -> None:
        # Before the turn that follows: a device connects as soon as it has its address.
        assert self._watch
        self._watch.heard()
        self.keep()

    def keep(self) -> None:
        """To be called at each turn."""
        if not self._watch:
            return
        self._watch.look()
        lent = self._leases()
        held = {name: lent.get(device, frozenset()) for name, device in self._sets.items()}
        if self._seen == (held, self._generation()):
            return
        try:
            self._fill(NFT_ROUTES, held)
        except (CommandFailed, OSError) as error:
            log.warning("%s", error)
            return
        self._seen = held, self._generation()
        for name, addresses in held.items():
            if addresses != self._told.get(name, frozenset()):
                log.info("%s is %s", self._sets[name], ", ".join(map(str, sorted(addresses))) or "gone")
        self._told = held
