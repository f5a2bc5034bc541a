"""What the native Projects API accepts: bodies, identifiers, names, tags, retention modes, paging parameters."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from local_aws.bedrock import rules
from local_aws.bedrock.exceptions import SerializationException, ValidationException
from local_aws.bedrock_mantle.models import Place
from local_aws.messages import Request
from local_aws.rules import Rule

RETENTION_MODES: Final = ("default", "none", "aws_review", "provider_data_share", "inherit")
STATUSES: Final = ("active", "archived")
MAX_NAME, MAX_KEY, MAX_VALUE, MAX_LIST, MAX_TAGS = 127, 128, 256, 200, 50
MAX_PAGE, DEFAULT_PAGE = 100, 20
_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ARN: Final = re.compile(r"arn:(aws(?:-[^:]+)?):bedrock:([0-9a-z-]{1,20}):([0-9]{12}):project/([a-zA-Z0-9_-]+)")
_TAGGED_ID: Final = re.compile(r"proj_[a-z2-7]{20}|default")
_TAG_TEXT: Final = re.compile(r"[a-zA-Z0-9\s._:/=+@-]*", re.ASCII)


def body_of(request: Request) -> dict[str, Any]:
    """The body, which must be a JSON object; members that the model does not have are passed over."""
    try:
        body = request.json
    except ValueError:
        raise SerializationException("The request body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise SerializationException("The request body must be a JSON object.")
    return body


def string_of(body: Mapping[str, Any], member: str) -> str:
    """A required string."""
    value = body.get(member)
    if value is None:
        raise _refused(member, "Member must not be null", rules.SHAPE)
    if not isinstance(value, str):
        raise _refused(member, "Member must be a string", rules.SHAPE)
    return value


def id_of(identifier: str, place: Place) -> str:
    """The id that an identifier (an id or an ARN) stands for here."""
    if _ID.fullmatch(identifier):
        return identifier
    match = _ARN.fullmatch(identifier)
    if match is None:
        raise _refused("projectIdentifier", "Member must be an id or the ARN of a project", rules.IDENTIFIER)
    if match.groups()[:3] != (place.partition, place.region, place.account):
        message = "The project must belong to your account and to this region."
        raise ValidationException(message, rule=rules.OWN)
    return match[4]


def tagged_id_of(arn: str, place: Place) -> str:
    """The id of a project by the ARN that a tag operation names."""
    match = _ARN.fullmatch(arn)
    if match is None or not _TAGGED_ID.fullmatch(match[4]):
        raise _refused("resourceARN", "Member must be the ARN of a project", rules.TAG_ARN)
    return id_of(arn, place)


def name_of(body: Mapping[str, Any]) -> str:
    """A project's name. It is sensitive: messages do not repeat it."""
    name = string_of(body, "name")
    if not 1 <= len(name) <= MAX_NAME:
        message = f"Member must have length between 1 and {MAX_NAME}, this has {len(name)}"
        raise _refused("name", message, rules.NAME)
    if not name.strip():
        raise _refused("name", "Member must have a character that is not white space", rules.NAME)
    return name


def retention_of(body: Mapping[str, Any]) -> str:
    """The mode of `dataRetention`."""
    value = body["dataRetention"]
    mode = value.get("mode") if isinstance(value, dict) else None
    if mode not in RETENTION_MODES:
        message = f"Member must satisfy enum value set: [{', '.join(RETENTION_MODES)}]"
        raise _refused("dataRetention.mode", message, rules.RETENTION)
    return str(mode)


def tags_of(body: Mapping[str, Any]) -> dict[str, str]:
    """The member `tags`, a list of keys and values, as a mapping."""
    items = _list(body, "tags")
    tags: dict[str, str] = {}
    for item in items:
        if not isinstance(item, dict):
            raise _refused("tags", "Member must be a list of keys and values", rules.SHAPE)
        key, value = string_of(item, "key"), string_of(item, "value")
        _check_key(key)
        if len(value) > MAX_VALUE or not _TAG_TEXT.fullmatch(value):
            raise _refused("tags.value", f"Member must have at most {MAX_VALUE} of {_TAG_TEXT.pattern}", rules.TAG)
        tags[key] = value
    if len(tags) < len(items):
        raise _refused("tags", "Member must not have duplicate keys", rules.TAG_TWICE)
    return tags


def keys_of(body: Mapping[str, Any]) -> list[str]:
    """The member `tagKeys`; keys that the project does not carry are no error (assumed)."""
    keys = _list(body, "tagKeys")
    if not all(isinstance(key, str) for key in keys):
        raise _refused("tagKeys", "Member must be a list of strings", rules.SHAPE)
    for key in keys:
        _check_key(key)
    return list(keys)


def page_size(text: str | None) -> int:
    """The `maxResults` of a list."""
    if text is None:
        return DEFAULT_PAGE
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_PAGE:
        raise _refused("maxResults", f"Member must be between 1 and {MAX_PAGE}", rules.PAGE)
    return int(text)


def status_filter(text: str | None) -> str | None:
    """The `statusFilter` of a list."""
    if text is not None and text not in STATUSES:
        raise _refused("statusFilter", f"Member must satisfy enum value set: [{', '.join(STATUSES)}]", rules.STATUS)
    return text


def _list(body: Mapping[str, Any], member: str) -> Sequence[Any]:
    value = body.get(member)
    if not isinstance(value, list):
        raise _refused(member, "Member must be a list", rules.SHAPE)
    if len(value) > MAX_LIST:
        raise _refused(member, f"Member must have length less than or equal to {MAX_LIST}", rules.TAG_LIST)
    return value


def _check_key(key: str) -> None:
    if not 1 <= len(key) <= MAX_KEY or not _TAG_TEXT.fullmatch(key):
        raise _refused("tags.key", f"Member must have 1 to {MAX_KEY} of {_TAG_TEXT.pattern}", rules.TAG)
    if key.lower().startswith("aws:"):
        raise _refused("tags.key", "Member must not have the reserved prefix aws:", rules.TAG_PREFIX)


def _refused(member: str, constraint: str, rule: Rule) -> ValidationException:
    message = f"1 validation error detected: Value at '{member}' failed to satisfy constraint: {constraint}"
    return ValidationException(message, rule=rule)
