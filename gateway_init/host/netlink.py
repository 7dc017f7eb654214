"""The parts of pyroute2 that the box needs, and no others.

Importing pyroute2 as a whole brings a database, an HTTP server and a mocking library with it: more than half of
the daemon's start on a 1 GHz box (`python3 -X importtime -c 'import pyroute2'`). So its packages are entered
without running pyroute2/__init__.py, and pyroute2.lab, there for pyroute2's own tests, is left empty.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any


class NoLab:
    """Stands for pyroute2.lab.LAB_API, a base class that does nothing outside of pyroute2's tests."""


def _enter(name: str) -> None:
    """Make a package's modules importable without running the package's own code."""
    spec = importlib.util.find_spec(name)
    assert spec and spec.submodule_search_locations
    package = ModuleType(name)
    package.__spec__ = spec
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules[name] = package


if "pyroute2" not in sys.modules:
    _enter("pyroute2")
    sys.modules["pyroute2.lab"] = ModuleType("pyroute2.lab")
    sys.modules["pyroute2.lab"].LAB_API = NoLab  # type: ignore[attr-defined]

from pyroute2.iproute.linux import IPRoute  # noqa: E402
from pyroute2.netlink import NETLINK_NETFILTER, NLM_F_ACK, NLM_F_REQUEST  # noqa: E402
from pyroute2.netlink.exceptions import NetlinkDumpInterrupted, NetlinkError  # noqa: E402
from pyroute2.netlink.generic.mptcp import MPTCP, mptcp_msg  # noqa: E402
from pyroute2.netlink.generic.wireguard import WireGuard, wgmsg  # noqa: E402
from pyroute2.netlink.nfnetlink import NFNL_SUBSYS_NFTABLES, nfgen_msg  # noqa: E402
from pyroute2.netlink.nlsocket import NetlinkSocket  # noqa: E402
from pyroute2.netlink.rtnl import (  # noqa: E402
    RTMGRP_IPV4_IFADDR,
    RTMGRP_IPV4_ROUTE,
    RTMGRP_IPV4_RULE,
    RTMGRP_LINK,
    RTMGRP_TC,
    TC_H_ROOT,
)

__all__ = [
    "IPRoute",
    "MPTCP",
    "NETLINK_NETFILTER",
    "NFNL_SUBSYS_NFTABLES",
    "NLM_F_ACK",
    "NLM_F_REQUEST",
    "NetlinkDumpInterrupted",
    "NetlinkError",
    "NetlinkSocket",
    "RTMGRP_IPV4_IFADDR",
    "RTMGRP_IPV4_ROUTE",
    "RTMGRP_IPV4_RULE",
    "RTMGRP_LINK",
    "RTMGRP_TC",
    "TC_H_ROOT",
    "WireGuard",
    "inotify",
    "mptcp_msg",
    "nfgen_msg",
    "wgmsg",
]


def inotify() -> Any:
    """What tells when files change, with nothing to watch yet (inotify(7)). Few sites need it, and it takes long to
    load."""
    import ctypes

    from pyroute2.inotify.inotify_fd import Inotify

    # By itself it would start programs to look for the C library.
    made = Inotify(libc=ctypes.CDLL(None, use_errno=True), path=())
    made.bind()
    return made
