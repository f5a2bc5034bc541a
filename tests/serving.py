"""A server on loopback for as long as a test needs it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from threading import Thread


@contextmanager
def serving(
    handler: Callable[..., BaseHTTPRequestHandler], *, server_class: type[HTTPServer] = ThreadingHTTPServer
) -> Iterator[str]:
    """Its address; requests are handled at the same time, by an HTTPServer one after another."""
    with server_class(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
