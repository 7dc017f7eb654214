"""Whoever has a destination's key reaches the Internet by it, and neither the server itself nor its cloud's insides."""

from __future__ import annotations

import json

import pytest

from gateway_init.config.site import Site
from gateway_init.wellknown import number
from qemu.drive.gateway import Gateway
from qemu.world.vm import World

pytestmark = pytest.mark.spoils

PORT = 8000
INSIDE = ("127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "168.63.129.16", "fd00:ec2::254", "10.77.1.1")
"""This server by each of its names, and where clouds tell their machines about themselves (Amazon's, Azure's)."""

ASK = """
import json, socket, struct, sys
def ask(address, port):
    kind, packed = (4, socket.inet_pton(socket.AF_INET6, address)) if ":" in address else (1, socket.inet_aton(address))
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=30) as line:
        line.sendall(bytes([5, 1, 0]))
        line.recv(2)
        line.sendall(bytes([5, 1, 0, kind]) + packed + struct.pack("!H", port))
        line.recv(10)
        line.sendall(b"GET /bytes/5 HTTP/1.0\\r\\n\\r\\n")
        try:
            return len(line.recv(100))
        except OSError:
            return 0
print(json.dumps({address: ask(address, port) for address, port in json.loads(sys.argv[2]).items()}))
"""
"""By SOCKS (RFC 1928), as redsocks asks ss-local: how many bytes came in answer to a question."""


def test_the_proxy_serves_neither_itself_nor_the_cloud_it_runs_in(gateway: Gateway, site: Site, world: World) -> None:
    near, web = world.host("near"), world.description.web.address
    aliases = [address for address in INSIDE if address not in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "10.77.1.1")]
    near.succeed("; ".join(f"ip address add {address}/{128 if ':' in address else 32} dev lo" for address in aliases))
    near.start(f"exec python3 -m http.server {PORT} --bind ::")
    near.wait_for_open_port(PORT)
    own = str(site.destination.address)
    for address in (*INSIDE, own):
        bracketed = f"[{address}]" if ":" in address else address
        near.succeed(f"curl -sS -o /dev/null --max-time 20 http://{bracketed}:{PORT}/")

    asked = json.dumps(dict.fromkeys((*INSIDE, own), PORT) | {web: 80})
    answered = json.loads(gateway.succeed(f"python3 -c '{ASK}' {number.SOCKS_PORT} '{asked}'", 300))
    assert answered[web] > 0
    assert {address for address, count in answered.items() if count} == {web}
