"""Why a box has not joined a network, from what `station` noted that wpa_supplicant(8) said: the words for a person."""

from __future__ import annotations

import re
from collections.abc import Mapping

REFUSAL = re.compile(r"CTRL-EVENT-(?P<event>[A-Z-]+) .*\b(reason|status_code)=(?P<why>\w+)")
WRONG_KEY = "WRONG_KEY"
"""What wpa_supplicant concludes when the handshake with the password fails (WPA2)."""
CONFIRM = re.compile(r"CTRL-EVENT-AUTH-REJECT .*\bauth_type=3 auth_transaction=2\b")
"""The access point does not take the proof that both have the same password (WPA3: SAE; IEEE 802.11, 12.4.5)."""
FULL = "17"
"""Status of an access point that takes nobody more (IEEE 802.11, 9.4.1.9)."""
PASSWORD = "the access point refuses the password; asked ever less often, down to every 5 minutes"  # noqa: S105


def reason(network: str, note: Mapping[str, str]) -> str:
    """What keeps it, until it is connected.

    >>> reason("attic", {"refused": "CTRL-EVENT-ASSOC-REJECT bssid=02:00:00:00:01:00 status_code=17"})
    'the access point takes nobody more'
    >>> reason("attic", {})
    'no access point is heard that calls its network attic'
    """
    refused = note.get("refused", "")
    if found := REFUSAL.match(refused):
        if found["why"] == WRONG_KEY or CONFIRM.match(refused):
            return PASSWORD
        if found["why"] == FULL:
            return "the access point takes nobody more"
        return f"the access point refuses us (status {found['why']})"
    # One that it remembers is tried for a while after it has gone.
    if note.get("left"):
        return f"the access point of {network} has gone, or lets go of us"
    if note.get("failed"):
        return f"the access point of {network} does not answer to the end; is the password right?"
    if note.get("tried"):
        return f"joining {network}"
    return f"no access point is heard that calls its network {network}"
