"""An answer over HTTP, whose connection is closed after a refusal too."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPMessage
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlsplit


class _TokenStaysHere(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but for a request with headers of its own, such as a token, to the same place alone."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        """The request to the new URL; None makes an error of the redirection."""
        here, there = urlsplit(req.full_url), urlsplit(newurl)
        if req.headers and (here.scheme, here.netloc) != (there.scheme, there.netloc):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def opened(request: str | urllib.request.Request, *, seconds: float) -> Iterator[IO[bytes]]:
    """The answer, open until the block ends; OSError if the service refuses, or is silent for that long."""
    try:
        with urllib.request.build_opener(_TokenStaysHere).open(request, timeout=seconds) as answer:
            yield answer
    except HTTPError as error:
        error.close()  # it holds the connection, until it is closed or collected
        raise
