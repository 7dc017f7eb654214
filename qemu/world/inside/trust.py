"""What an iPhone answers to who asks for its trust: Apple's lockdown protocol, as libimobiledevice's sources have it.

Its owner taps on "Trust" at once. Whom it trusts it keeps, as a real one does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PORT = 62078
"""Of the service, on the telephone."""
PUBLIC_KEY = b"""-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEA21AyR3k1sGgfblOB1ZGijI4WC5zWt/fncbVB2ryXwKVk4p/cC1lH
YQmKXNzfqTABHlOogJADWsV/xVMKqYjqDPmAxSQ1qyQnat4DBDm3qUCPDfSKh5JA
8xyCSI4NTmtB0WJu2oIcElL2WgOx2030p7t5iRXOVrKyqc/0uWbRdUOl6l7ck6uE
Ap9iVUy54d3uhOez7fdTPQDkpIufNQdGgY9Uf+Fl0vbdHT0FmIuZXASQHuSO8ifu
0kRb5LuZjDdMwW+irwiDE2ykfVR1BRTS2qhEQuicH96gHrFngMniqU9a1P7Py7us
lQakOsHK5s12MQvnlN3Gqkvi9x0BBjdkiwIDAQAB
-----END RSA PUBLIC KEY-----
"""
"""Of this one; what belongs to it was thrown away, since its sessions are not encrypted."""
VALUES: Mapping[str, Any] = {
    "ProductVersion": "17.6",
    "DevicePublicKey": PUBLIC_KEY,
}


def answer(request: Mapping[str, Any], trusted: set[str]) -> dict[str, Any]:
    """The answer; `trusted` has the hosts that it trusts, and gets who asks for it.

    >>> trusted = set()
    >>> answer({"Request": "StartSession", "HostID": "box"}, trusted)
    {'Request': 'StartSession', 'Error': 'InvalidHostID'}
    >>> said = answer({"Request": "Pair", "PairRecord": {"HostID": "box"}}, trusted)
    >>> answer({"Request": "StartSession", "HostID": "box"}, trusted)["EnableSessionSSL"]
    False
    """
    what = request["Request"]
    told: dict[str, Any] = {"Request": what}
    match what:
        case "QueryType":
            return told | {"Type": "com.apple.mobile.lockdown"}
        case "GetValue" if (key := str(request.get("Key"))) in VALUES:
            return told | {"Key": key, "Value": VALUES[key]}
        case "Pair":
            trusted.add(request["PairRecord"]["HostID"])
            return told | {"EscrowBag": b"\1" * 32}
        case "StartSession" if request["HostID"] in trusted:
            return told | {"SessionID": "1", "EnableSessionSSL": False}
        case "StartSession":
            return told | {"Error": "InvalidHostID"}
        case "SetValue" | "StopSession" | "Goodbye":
            return told
    return told | {"Error": "MissingValue"}
