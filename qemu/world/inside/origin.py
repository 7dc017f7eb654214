"""The web origin: GET /bytes/N answers with N known bytes, POST /bytes with the digest of those that came."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from qemu.world.content import content

known = cache(content)


class Origin(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        kind, _, size = self.path.lstrip("/").partition("/")
        if kind != "bytes" or not size.isdecimal():
            self.send_error(404)
            return
        self._answer(known(int(size)))

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


if __name__ == "__main__":
    ThreadingHTTPServer((sys.argv[1], 80), Origin).serve_forever()
