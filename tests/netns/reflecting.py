"""A real reflector on this host, with a key of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from servers import reflector


@contextmanager
def answering(key: bytes, asked: Callable[[], object] = lambda: None) -> Iterator[int]:
    """The port on which it answers; `asked` is called for each packet that came."""
    with reflector.listening(0) as line:
        line.settimeout(0.1)
        over, bucket = threading.Event(), reflector.Bucket(time.monotonic())

        def serve() -> None:
            while not over.is_set():
                try:
                    reflector.serve_one(line, key, bucket)
                    asked()
                except TimeoutError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(line.getsockname()[1])
        over.set()
        thread.join()
