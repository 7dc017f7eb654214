"""What Hypothesis is told of time: no clock decides about a test, since the machine may be busy, or slow.

By the conftest.py of those who have use for it alone: loading it takes longer than loading all else.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

NAME = "braid"


def have() -> None:
    settings.register_profile(NAME, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile(NAME)
