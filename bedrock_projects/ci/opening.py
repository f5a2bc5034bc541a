"""An answer over HTTP, whose connection is closed after a refusal too."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO
from urllib.error import HTTPError


@contextmanager
def opened(request: str | urllib.request.Request, *, seconds: float) -> Iterator[IO[bytes]]:
    """The answer, open until the block ends; OSError if the service refuses, or is silent for that long."""
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310 (callers say what decides)
            yield answer
    except HTTPError as error:
        error.close()  # it holds the connection, until it is closed or collected
        raise
