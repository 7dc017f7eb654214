"""`braid status` where the daemon does not answer: all of it is read from the kernel."""

from __future__ import annotations

from gateway_init.base.clock import uptime
from gateway_init.config.budgets import limited
from gateway_init.config.site import Site
from gateway_init.daemon import status
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import recall
from gateway_init.host.observer import look_once
from gateway_init.wellknown import place


def found_out(site: Site, form: str) -> str:
    """The status in one of its forms."""
    now, facts, memory = uptime(), look_once(counting=bool(limited(site))), recall(place.STATE)
    return status.told(status.read(site, facts, assess(site, facts, memory, now), memory, now), form)
