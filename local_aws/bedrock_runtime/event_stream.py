"""The frames of `application/vnd.amazon.eventstream`.

https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html has the format: lengths of the message and of
its headers, the CRC of both, headers, payload, the CRC of all; numbers are big-endian.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

CONTENT_TYPE: Final = "application/vnd.amazon.eventstream"
_STRING: Final = 7  # the type of a header's value
_CRC_BYTES: Final = 4


def stream(events: Iterable[tuple[str, Mapping[str, Any]]]) -> bytes:
    """Events, each with its type, as one body."""
    return b"".join(_message(name, payload) for name, payload in events)


def _message(name: str, payload: Mapping[str, Any]) -> bytes:
    named = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(_header(key, value) for key, value in named.items())
    body = json.dumps(payload, separators=(",", ":")).encode()
    prelude = struct.pack(">II", 2 * 4 + _CRC_BYTES + len(headers) + len(body) + _CRC_BYTES, len(headers))
    message = prelude + _crc(prelude) + headers + body
    return message + _crc(message)


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack(">B", len(key)) + key + struct.pack(">BH", _STRING, len(text)) + text


def _crc(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))
