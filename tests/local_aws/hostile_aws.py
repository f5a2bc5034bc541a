"""A fake AWS in front of the local one: it passes requests on, and fills answers with a hostile text as others may."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.local_aws.between import server_between
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


@contextmanager
def hostile_aws(url: str) -> Iterator[str]:
    """Its address; `url` is that of the local AWS."""
    with server_between(url, change=_filled) as address:
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
