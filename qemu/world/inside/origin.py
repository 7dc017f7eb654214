"""The web origin: GET /bytes/N answers with N known bytes, GET /from with the address of whoever asks, POST /bytes with
the digest of those that came.

`python3 -m qemu.world.inside.origin ADDRESS [CERTIFICATE]`: by HTTPS with a certificate, whose file has its key, too.
"""

from __future__ import annotations

import hashlib
import ssl
import sys
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from qemu.world.content import content

known = cache(content)


class Origin(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind, _, size = self.path.lstrip("/").partition("/")
        if kind == "from":
            self._answer(self.client_address[0].encode())
            return
        if kind != "bytes" or not size.isdecimal():
            self.send_error(404)
            return
        self._answer(known(int(size)))

    def do_HEAD(self) -> None:
        """Whoever asks so wants the time (gateway_init/probe/clock.py)."""
        self._answer(b"")

    def do_POST(self) -> None:
        digest, left = hashlib.sha256(), int(self.headers["Content-Length"])
        while left and (data := self.rfile.read(min(left, 65536))):
            digest.update(data)
            left -= len(data)
        self._answer(digest.hexdigest().encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    """Of those who come at once; at the default of five others would have to call again, a second later."""


def serve(address: str, certificate: str = "") -> None:
    server = Server((address, 443 if certificate else 80), Origin)
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(*sys.argv[1:])
