"""A server between a client and the local AWS: it passes requests on, and a test decides what happens on the way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.serving import serving

_PASSED_BACK = {"Content-Type", "x-amzn-errortype", "x-amzn-requestid"}


def _nothing(_: Message) -> None:
    """What happens before a request if a test names nothing."""


def _unchanged(answer: bytes) -> bytes:
    return answer


@contextmanager
def server_between(
    url: str, *, before: Callable[[Message], None] = _nothing, change: Callable[[bytes], bytes] = _unchanged
) -> Iterator[str]:
    """Its address; `url` is that of the local AWS.

    `before` gets the headers of each request before it is passed on, `change` makes the body that the client gets.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            before(self.headers)
            connection = HTTPConnection(urlsplit(url).netloc)
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():  # the host too, since the signature is over it
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            text = change(answer.read())
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
