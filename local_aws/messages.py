"""What a service sees of HTTP: a request as it came over the wire, and an answer.

Not imitated: trailers, multipart answers, HTTP/2.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

from multidict import CIMultiDictProxy

JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """One request. `target` is path and query as sent (signatures cover those bytes), `body` the decoded transfer."""

    method: str
    target: str
    headers: CIMultiDictProxy[str]
    body: bytes

    @cached_property
    def path(self) -> str:
        """The path, percent-decoded."""
        return unquote(self.target.partition("?")[0])

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters, decoded; the last one wins."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None for an empty one. ValueError if it is neither."""
        return json.loads(self.body) if self.body else None

    @property
    def json_object(self) -> dict[str, Any]:
        """The body if it is a JSON object, else an empty one: for looking ahead, before the body is judged."""
        try:
            return self.json if isinstance(self.json, dict) else {}
        except ValueError:
            return {}


@dataclass(frozen=True)
class Response:
    """One answer; Content-Length is added when it is sent."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(payload: Any, *, status: int = 200, content_type: str = JSON) -> Response:
    """`payload` as compact JSON."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    return Response(status, body, {"Content-Type": content_type})
