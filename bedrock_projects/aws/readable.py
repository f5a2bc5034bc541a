"""The fields of a project in an answer with the types that we read, from any types that the service chose.

Every field but the id may be missing, null, or of another type than the manual shows: none of that is an error.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

_END_OF_TIME = 1e12


def readable_answer(body: object) -> dict[str, Any]:
    """An answer, which may be a list of projects; one that is not a JSON object is empty."""
    if not isinstance(body, dict):
        return {}
    items = body.get("data")
    # What is not a list is left out: botocore would take an empty mapping for an empty list.
    data = [_readable(item) if isinstance(item, dict) else item for item in items] if isinstance(items, list) else None
    return _readable(body | {"data": data})


def _readable(item: dict[str, Any]) -> dict[str, Any]:
    """The item without what cannot be read as what it should be."""
    return item | {name: reader(item[name]) for name, reader in _READERS.items() if name in item}


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def seconds(value: object) -> int | None:
    """Seconds since 1970, from a number, digits or an ISO 8601 time."""
    if isinstance(value, str):
        return _seconds_of(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < _END_OF_TIME else None


def _seconds_of(text: str) -> int | None:
    try:
        return seconds(float(text))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp())


def _tags(value: object) -> dict[str, str] | None:
    """Tags from a mapping, or from a list of keys and values as most of AWS has it."""
    if isinstance(value, list):
        pairs = [
            {str(name).lower(): text for name, text in item.items()} for item in value if isinstance(item, Mapping)
        ]
        value = {pair["key"]: pair.get("value") for pair in pairs if isinstance(pair.get("key"), str)}
    if not isinstance(value, Mapping):
        return None
    return {key: "" if text is None else str(text) for key, text in value.items()}


def _retention(value: object) -> dict[str, str] | None:
    mode = value.get("mode") if isinstance(value, Mapping) else value
    return {"mode": mode} if isinstance(mode, str) and mode else None


_READERS: Mapping[str, Callable[[object], object]] = {
    "arn": _string,
    "name": _string,
    "status": _string,
    "created_at": seconds,
    "tags": _tags,
    "data_retention": _retention,
}
