"""A server that keeps the comments of a request as GitHub and GitLab do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Forge(ThreadingHTTPServer):
    """Keeps comments as GitHub and GitLab do, 100 a page; `me` is the user of the token."""

    def __init__(self, me: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.me = me
        self.comments: list[dict[str, Any]] = []
        self.calls: list[tuple[str, str]] = []
        self.refuses = False
        self.moved_to = ""
        self.address = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Forge

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.calls.append((self.command, path))
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or "null")
        if self.server.refuses:
            self.send_error(403)
            return
        if self.server.moved_to:
            self.send_response(307)
            self.send_header("Location", f"{self.server.moved_to}{self.path}")
            self.end_headers()
            return
        answer: object = {}
        if path == "/user":
            answer = {"id": 7}
        elif self.command == "GET":
            page = int(query.rpartition("=")[2]) - 1
            answer = self.server.comments[page * 100 : page * 100 + 100]
        elif self.command == "POST":
            self.server.comments.append({"id": len(self.server.comments), **self.server.me, **content})
        else:
            self.server.comments[int(path.rpartition("/")[2])].update(content)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 (http.server's names)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's name)
        """Says nothing."""


@contextmanager
def serving(me: dict[str, Any]) -> Iterator[Forge]:
    """The server, until the block ends."""
    with Forge(me) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
