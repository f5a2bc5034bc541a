"""A fake service, for what AWS may answer and the local AWS never does: it answers any request as a test says."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.serving import serving


@dataclass(frozen=True)
class ScriptedAnswer:
    """One answer; `body` as JSON, a string as it is."""

    body: Mapping[str, Any] | str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def scripted(*answers: ScriptedAnswer) -> Iterator[tuple[str, list[Any]]]:
    """Its address, and the bodies of the requests so far, or their queries; each request gets the next answer."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers[len(asked)]
            length = int(self.headers.get("Content-Length") or 0)
            query = dict(parse_qsl(urlsplit(self.path).query))
            asked.append(_read(self.rfile.read(length)) if length else query or None)
            text = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with serving(Handler, server_class=HTTPServer) as address:
        yield address, asked


def _read(body: bytes) -> Any:
    """A body as JSON, or as the text that it is."""
    try:
        return json.loads(body or b"null")
    except ValueError:
        return body.decode()
