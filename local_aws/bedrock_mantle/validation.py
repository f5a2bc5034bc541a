"""What the Projects API accepts: bodies, names, tags, retention modes, paging parameters."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from local_aws.bedrock_mantle import rules
from local_aws.bedrock_mantle.exceptions import ValidationError
from local_aws.messages import Request
from local_aws.settings import Settings

RETENTION_MODES = ("inherit", "none", "default", "aws_review", "provider_data_share")
MAX_NAME, MAX_GUIDE_NAME, MAX_KEY, MAX_VALUE = 128, 64, 128, 256
MAX_PAGE, DEFAULT_PAGE = 100, 20
_GUIDE_NAME = re.compile(r"[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*")
_TAG_PUNCTUATION = frozenset("_.:/=+-@")
_TAG_CHARACTERS = "letters, digits, spaces and _ . : / = + - @"


def body_of(request: Request, *, allowed: frozenset[str]) -> dict[str, Any]:
    """The body, which must be a JSON object of allowed fields that are not null."""
    try:
        body = request.json
    except ValueError:
        raise ValidationError("The request body is not valid JSON.", rule=rules.JSON_BODY) from None
    if not isinstance(body, dict):
        raise ValidationError("The request body must be a JSON object.", rule=rules.JSON_BODY)
    if unknown := sorted(body.keys() - allowed):
        raise ValidationError(f"Unknown fields in the request body: {', '.join(unknown)}.", rule=rules.FIELDS)
    if empty := sorted(name for name, value in body.items() if value is None):
        raise ValidationError(f"Fields must not be null: {', '.join(empty)}.", rule=rules.FIELDS)
    return body


def check_no_body(request: Request) -> None:
    """An archive says nothing; an empty object passes, since clients send one."""
    if request.body.strip() not in (b"", b"{}"):
        raise ValidationError("This operation takes no request body.", rule=rules.NO_BODY)


def name_of(value: Any, settings: Settings) -> str:
    """A project's name."""
    if not isinstance(value, str):
        raise ValidationError("name must be a string.", rule=rules.NAME)
    if not 1 <= len(value) <= MAX_NAME:
        raise ValidationError(f"name must have 1 to {MAX_NAME} characters, this has {len(value)}.", rule=rules.NAME)
    if settings.names == "guide" and (len(value) > MAX_GUIDE_NAME or not _GUIDE_NAME.fullmatch(value)):
        message = f"name must have at most {MAX_GUIDE_NAME} letters and digits, in words joined by one space, _ or -."
        raise ValidationError(message, rule=rules.NAME_GUIDE)
    return value


def tags_of(value: Any, *, field: str) -> dict[str, str]:
    """A map of tags."""
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ValidationError(f"{field} must be an object of strings.", rule=rules.TAG)
    for key, text in value.items():
        _check_key(key, field)
        if len(text) > MAX_VALUE or not _tag_text(text):
            message = f"{field}: the value of {key!r} must have 0 to {MAX_VALUE} characters: {_TAG_CHARACTERS}."
            raise ValidationError(message, rule=rules.TAG)
    return dict(value)


def keys_of(value: Any) -> list[str]:
    """The keys to remove; those that the project does not carry are no error (assumed)."""
    if not isinstance(value, list) or not all(isinstance(key, str) for key in value):
        raise ValidationError("remove_tag_keys must be a list of strings.", rule=rules.TAG)
    for key in value:
        _check_key(key, "remove_tag_keys")
    return value


def _check_key(key: str, field: str) -> None:
    if not 1 <= len(key) <= MAX_KEY or not _tag_text(key):
        message = f"{field}: the key {key[:40]!r} must have 1 to {MAX_KEY} characters: {_TAG_CHARACTERS}."
        raise ValidationError(message, rule=rules.TAG)
    if key.lower().startswith("aws:"):
        raise ValidationError(f"{field}: the key {key!r} has the reserved prefix aws:.", rule=rules.TAG)


def _tag_text(text: str) -> bool:
    return all(char in _TAG_PUNCTUATION or unicodedata.category(char)[0] in "LNZ" for char in text)


def check_tag_count(tags: Mapping[str, str], settings: Settings) -> None:
    """The number of tags that a project would carry."""
    if len(tags) > settings.tags_per_project:
        message = f"A project can have at most {settings.tags_per_project} tags, this would have {len(tags)}."
        raise ValidationError(message, rule=rules.TAGS)


def retention_of(value: Any) -> str:
    """The mode of `{"mode": …}`."""
    if not isinstance(value, dict) or value.keys() != {"mode"} or value["mode"] not in RETENTION_MODES:
        message = f'data_retention must be {{"mode": one of {", ".join(RETENTION_MODES)}}}.'
        raise ValidationError(message, rule=rules.RETENTION)
    return str(value["mode"])


def page_limit(text: str | None) -> int:
    """The `limit` of a list."""
    if text is None:
        return DEFAULT_PAGE
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_PAGE:
        raise ValidationError(f"limit must be 1 to {MAX_PAGE}.", rule=rules.PAGE)
    return int(text)
