"""MPTCP endpoints of the kernel: the id that a new one gets, and one that is to be another way."""

from __future__ import annotations

from collections.abc import Collection

from gateway_init.host.netlink import MPTCP, NLM_F_ACK, NLM_F_REQUEST, mptcp_msg

SET_FLAGS = 7
"""MPTCP_PM_CMD_SET_FLAGS of linux/mptcp_pm.h."""
LARGEST_ID = 255
"""Endpoint ids are 1 to 255 (RFC 8684 section 3.4.1: an 8-bit address id, 0 being the initial subflow's)."""


def fresh_id(taken: Collection[int], last: int) -> int:
    """An endpoint id that is neither in use nor was in use lately: the next one after the last given.

    Giving a returning path its old id makes some kernels refuse its subflows, so ids go round.

    >>> fresh_id({1, 2, 4}, last=2)
    3
    >>> fresh_id({1}, last=255)
    2

    Raises ValueError when all ids are taken.
    """
    for step in range(LARGEST_ID):
        candidate = (last + step) % LARGEST_ID + 1
        if candidate not in taken:
            return candidate
    raise ValueError("all 255 endpoint ids are taken")


def change_flags(line: MPTCP, number: int, flags: int) -> None:
    """Of the one with an id: its subflows stay, and the other ends of their connections are told (MP_PRIO of RFC 8684,
    3.3.8). pyroute2 has no word for it."""
    told = {"attrs": [("MPTCP_PM_ADDR_ATTR_ID", number), ("MPTCP_PM_ADDR_ATTR_FLAGS", flags)]}
    message = mptcp_msg()
    message["cmd"], message["version"] = SET_FLAGS, 1
    message["attrs"] = [("MPTCP_PM_ATTR_ADDR", told)]
    line.nlm_request(message, msg_type=line.prid, msg_flags=NLM_F_REQUEST | NLM_F_ACK)
