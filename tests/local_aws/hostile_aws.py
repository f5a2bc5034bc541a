"""A fake AWS in front of the local one: it passes requests on, and fills answers with a hostile text as others may."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from tests.serving import serving
from tests.unit.hostile import HOSTILE, PRINTABLE

_FILLED_BY_OTHERS = {
    "name",
    "description",
    "message",
    "Message",
    "Value",
    "BackfillStatus",
    "RequestedAt",
    "CompletedAt",
}
_PASSED_BACK = {"Content-Type", "x-amzn-errortype", "x-amzn-requestid"}


@contextmanager
def hostile_aws(url: str) -> Iterator[str]:
    """Its address; `url` is that of the local AWS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = HTTPConnection(urlsplit(url).netloc)
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():  # the host too, since the signature is over it
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            text = _filled(answer.read())
            self.send_response(answer.status)
            for name in _PASSED_BACK & {name for name, _ in answer.getheaders()}:
                self.send_header(name, str(answer.getheader(name)))
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            connection.close()

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with serving(Handler) as address:
        yield address


def _filled(answer: bytes) -> bytes:
    try:
        return json.dumps(_with_text(json.loads(answer))).encode()
    except ValueError:  # XML, which has no control characters
        text = PRINTABLE.replace("&", "&amp;").replace("<", "&lt;")
        return re.sub(rb"(?=</Message>)", text.encode(), answer)


def _with_text(value: Any, *, is_filled: bool = False) -> Any:
    if isinstance(value, dict):
        return {key: _with_text(inner, is_filled=key in _FILLED_BY_OTHERS) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_text(inner) for inner in value]
    return f"{value}{HOSTILE}" if is_filled and isinstance(value, str) else value
