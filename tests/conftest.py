"""What all tests share: markers and time limits by folder, so that `pytest -m 'not system'` means what it says."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# No clock decides about a test: the machine may be busy, or slow.
settings.register_profile("braid", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("braid")

HERE = Path(__file__).parent

LIMITS = {"unit": 60, "netns": 120, "flash": 600, "boot": 1200, "world": 1800}
"""Seconds after which a test is taken to hang, by folder; generous, for a slow machine without KVM."""

SYSTEM = ("flash", "boot", "world")


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts background jobs deaf to Ctrl-C, and their children inherit it; ours are to be interrupted.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for folder in LIMITS:
        config.addinivalue_line("markers", f"{folder}: tests in tests/{folder}")
    config.addinivalue_line("markers", "system: needs the image and QEMU (flash, boot and world)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not item.path.is_relative_to(HERE):
            continue
        folder = item.path.relative_to(HERE).parts[0]
        if folder not in LIMITS:
            continue
        item.add_marker(folder)
        if folder in SYSTEM:
            item.add_marker("system")
        if item.get_closest_marker("timeout") is None:
            # Before a test of the image, a fixture may build it: that takes what it takes.
            item.add_marker(pytest.mark.timeout(LIMITS[folder], func_only=folder in SYSTEM))


class ByMachine(LoadScopeScheduling):  # type: ignore[misc]
    """Two workers: one has the world, the other all tests that need a machine of their own at most.

    Groups by mark (--dist=loadgroup) would say the same, but pytest 9.2 does not take the names that they make.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "world" if nodeid.startswith("tests/world/") else "one machine"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    return ByMachine(config, log) if config.getoption("dist") == "loadscope" else None
