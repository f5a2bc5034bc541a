"""GetResources, for the projects of both APIs: those that have or had tags, neither others nor `default`.

Seen so for the projects of `bedrock-mantle` (docs/service-notes.md, Resource Groups Tagging API). Documented: what had
tags is shown with none, if no filter by tag says otherwise. Unknown: whether the type `bedrock:project` exists (the
setting `project_index`, by default it does), and when archived projects go (here they stay).
Not imitated: other resources in an answer without ResourceTypeFilters, ResourceARNList (such a request is moto's),
TagsPerPage, compliance with tag policies.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from local_aws.bedrock.models import SERVICE as NATIVE
from local_aws.bedrock_mantle.models import DEFAULT_ID
from local_aws.bedrock_mantle.models import SERVICE as MANTLE
from local_aws.bedrock_mantle.responses import place_of
from local_aws.messages import Response, json_response
from local_aws.service import Call
from local_aws.state import State
from local_aws.tagging import rules
from local_aws.tagging.exceptions import (
    AccessDeniedException,
    InvalidParameterException,
    PaginationTokenExpiredException,
)

TYPES: Final = {NATIVE: f"{NATIVE}:project", MANTLE: f"{MANTLE}:project"}
_MAX_PAGE: Final = 100
_TOKEN_SECONDS: Final = 900.0


class _Resource(NamedTuple):
    arn: str
    tags: Mapping[str, str]


def get_resources(state: State, call: Call) -> Response:
    """GetResources."""
    if state.settings.project_index == "refuses":
        raise AccessDeniedException(call.identity.principal)
    body = call.request.json_object
    size = _page_size(body.get("ResourcesPerPage"))
    filters = _list(body, "TagFilters")
    services = _services(state, _list(body, "ResourceTypeFilters"))
    resources = [
        resource for service in services for resource in _resources(state, call, service) if _matches(resource, filters)
    ]
    resources.sort()
    start = _start(resources, body.get("PaginationToken"), state.clock.now())
    page, rest = resources[start : start + size], resources[start + size :]
    mappings = [{"ResourceARN": resource.arn, "Tags": _pairs(resource.tags)} for resource in page]
    token = _token(page[-1].arn, state.clock.now()) if rest else ""
    payload = {"PaginationToken": token, "ResourceTagMappingList": mappings}
    return json_response(payload, content_type="application/x-amz-json-1.1")


def concerns_projects(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for projects, maybe among others."""
    types = body.get("ResourceTypeFilters")
    if body.get("ResourceARNList"):
        return False
    return not types or not isinstance(types, list) or any(_asked(service, types) for service in TYPES)


def _asked(service: str, types: Sequence[Any]) -> bool:
    return not types or service in types or TYPES[service] in types


def _services(state: State, types: Sequence[Any]) -> list[str]:
    """The services whose projects the answer is of."""
    if state.settings.project_index == "unsupported" and types and _asked(NATIVE, types):
        message = f"Unsupported service={NATIVE} in ResourceTypeFilter - {TYPES[NATIVE]}"
        raise InvalidParameterException(message, rule=rules.UNSUPPORTED)
    return [service for service in TYPES if _asked(service, types)]


def _resources(state: State, call: Call, service: str) -> Iterator[_Resource]:
    """The projects that the index shows, with the tags that it knows."""
    settings, now, place = state.settings, state.clock.now(), place_of(call)
    if service == NATIVE and settings.project_index not in ("knows", "lags"):
        return
    lags = service == NATIVE and settings.project_index == "lags"
    store = state.projects if service == MANTLE else state.native.store(settings)
    for project_id in store.all(place, now=now):
        known = store.tags_until(project_id, now - settings.index_lag_seconds if lags else now)
        if project_id != DEFAULT_ID and any(known):
            yield _Resource(place.arn(project_id, service=service), known[-1])


def _matches(resource: _Resource, filters: Sequence[Any]) -> bool:
    """Whether a resource satisfies all filters, each by any of its values; no value means any."""
    return all(
        resource.tags.get(each.get("Key")) is not None
        and (not each.get("Values") or resource.tags[each["Key"]] in each["Values"])
        for each in filters
    )


def _page_size(value: Any) -> int:
    if value is None:
        return _MAX_PAGE
    if not isinstance(value, int) or not 1 <= value <= _MAX_PAGE:
        message = f"ResourcesPerPage must be between 1 and {_MAX_PAGE}"
        raise InvalidParameterException(message, rule=rules.SHAPE)
    return value


def _list(body: Mapping[str, Any], member: str) -> Sequence[Any]:
    value = body.get(member) or []
    if not isinstance(value, list):
        raise InvalidParameterException(f"{member} must be a list", rule=rules.SHAPE)
    return value


def _token(arn: str, now: float) -> str:
    return base64.urlsafe_b64encode(f"{now} {arn}".encode()).decode()


def _start(resources: Sequence[_Resource], token: Any, now: float) -> int:
    """How many resources come before those that the token stands for."""
    if not token:
        return 0
    try:
        given_at, _, arn = base64.urlsafe_b64decode(str(token)).decode().partition(" ")
        age = now - float(given_at)
    except ValueError:
        raise InvalidParameterException("PaginationToken is not valid", rule=rules.TOKEN) from None
    if age > _TOKEN_SECONDS:
        raise PaginationTokenExpiredException
    return sum(resource.arn <= arn for resource in resources)


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
