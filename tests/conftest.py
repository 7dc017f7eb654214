"""What all tests share: markers and time limits by folder, so that `pytest -m 'not system'` means what it says."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

HERE = Path(__file__).parent

LIMITS = {"unit": 600, "netns": 600, "programs": 1200, "flash": 1800, "boot": 3600, "world": 3600}
"""Seconds after which a test is taken to hang, by folder; generous, for a slow machine without KVM."""

SYSTEM = ("programs", "flash", "boot", "world")

ALONE = ("tests/world/", "tests/boot/test_slot_choice.py")
"""Tests that have machines of their own each."""

FIRST = (
    "power_that_goes",
    "new_system_that_fails",
    "hangs_at_once",
    "update_from_afar",
    "forgets_everything",
    "partition_of_zeros",
)
"""Stories that begin first, by a part of their names, so that no worker is left alone with a long one at the end."""


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell starts background jobs deaf to Ctrl-C, and their children inherit it; ours are to be interrupted.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for folder in LIMITS:
        config.addinivalue_line("markers", f"{folder}: tests in tests/{folder}")
    config.addinivalue_line("markers", "long: takes minutes, and little depends on it: a part of --long alone")
    config.addinivalue_line("markers", "restarts: the gateway restarts in it, so no rig in use is lent to it")
    config.addinivalue_line("markers", "spoils: leaves servers changed, so no rig in use is lent to it")
    config.addinivalue_line("markers", "system: needs the image, and most QEMU (programs, flash, boot and world)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((at for at, name in enumerate(FIRST) if name in item.name), len(FIRST)))
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
    """Several workers; what goes to one of them together is what shares a machine, or a build.

    Groups by mark (--dist=loadgroup) would say the same, but pytest 9.2 does not take the names that they make.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(ALONE):
            return nodeid
        return "flash" if nodeid.startswith("tests/flash/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    return ByMachine(config, log) if config.getoption("dist") == "loadscope" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where nobody watches, and every commit is to be proven (CI=true, as in .ci/run), a skipped test has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        report.outcome = "failed"
        report.longrepr = f"NOT PROVEN, and with CI=true that is a failure: {why}"
    return report
