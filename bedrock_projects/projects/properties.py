"""The inputs and outputs of a `Project` resource, from the engine's dictionaries to values and back."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from bedrock_projects import limits
from bedrock_projects.arns import region_in, service_in
from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE
from bedrock_projects.aws.readable import seconds
from bedrock_projects.errors import RefusedError
from bedrock_projects.fields import PLACED_FIELDS
from bedrock_projects.limits import Limit
from bedrock_projects.model import OWNERSHIP_TAG_KEY, automatic_tag
from bedrock_projects.projects.changes import UNKNOWN, DeclaredProject, ManagedProject
from bedrock_projects.suggestions import did_you_mean

_SEQUENCES = ("previous_owners", "ignore_tags")
_MAPPINGS = ("tags",)
REQUIRED = ("key", "name", "region", "owner", "owner_tag_key")
"""Inputs that must not be empty."""

_UNSET: dict[str, Any] = dict.fromkeys(REQUIRED, "") | {"owner_tag_key": OWNERSHIP_TAG_KEY}
"""The same for a state that lacks them."""


def declared_from(properties: Mapping[str, Any]) -> DeclaredProject:
    """Reads the inputs or outputs of the resource; other properties are left out.

    A state may be older or newer than this version: what it lacks, or has as another type, is as if it were unset.
    """
    values = {field.name: _value_of(field.name, properties.get(field.name)) for field in fields(DeclaredProject)}
    return DeclaredProject(**_UNSET | {name: value for name, value in values.items() if value is not None})


def _value_of(name: str, value: object) -> Any:
    """A property as the field of that name has it; None if it is missing or of another type."""
    if name in _SEQUENCES:
        # As a whole not known yet: other than every value, and one part of it.
        parts = [value] if value == UNKNOWN else value
        return tuple(part for part in parts if isinstance(part, str)) if isinstance(parts, list | tuple) else None
    if name in _MAPPINGS and isinstance(value, Mapping):
        return {str(key): str(part) for key, part in value.items() if part is not None}
    is_read = isinstance(value, str) and (name not in _MAPPINGS or value == UNKNOWN)
    return value if is_read else None


def mistyped(properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The inputs of a program that have another type: the name of each, and what is wrong with it.

    `declared_from` takes them for unset. An input that is missing or not known yet passes.
    """
    for field in fields(DeclaredProject):
        value = properties.get(field.name)
        if value is not None and value != UNKNOWN:
            yield from ((field.name, problem) for problem in _type_problems(field.name, value))


def _type_problems(name: str, value: object) -> Iterator[str]:
    if name in _MAPPINGS and isinstance(value, Mapping):
        wrong = (key for key, part in value.items() if not isinstance(part, str))
        yield from (f"the value of {key} must be a string; write it in quotes" for key in wrong)
    elif name in _MAPPINGS:
        yield "must be a mapping of strings"
    elif name in _SEQUENCES:
        if not (isinstance(value, list) and all(isinstance(part, str) for part in value)):
            yield "must be a list of strings"
    elif not isinstance(value, str):
        yield "must be a string; write it in quotes"


def violations(declared: DeclaredProject) -> Iterator[tuple[str, str]]:
    """What AWS would refuse of an active project: the name of the input, and what is wrong with it.

    The reader of an inventory checks the same limits at their place in the file. Here they are for a program of one's
    own. A value that is empty or not known yet passes.
    """
    if declared.status != "active":
        return
    endpoint = declared.where.endpoint
    tags = declared.tags if isinstance(declared.tags, Mapping) else {}  # not known yet as a whole
    values: list[tuple[str, object, Limit | tuple[str, ...] | type[bool]]] = [
        ("name", declared.name, endpoint.project_name),
        *((field.attribute, getattr(declared, field.attribute, None), field.shape) for field in PLACED_FIELDS),
        *(("tags", value, endpoint.tag_value) for value in tags.values()),
        *(("ignore_tags", pattern, limits.IGNORED_TAGS) for pattern in declared.ignore_tags),
        ("role_arn", declared.role_arn, limits.ROLE_ARN),
    ]
    for name, value, shape in values:
        if isinstance(value, str) and value not in ("", UNKNOWN) and (problem := _problem(value, shape)):
            yield name, problem
    yield from _problems_of_tag_keys(declared, tags)
    count, most = len(tags) + 2, endpoint.tags_per_project
    if count > most:
        yield "tags", f"has {count} tags with those of this package, but a project may have at most {most}; remove some"


def _problems_of_tag_keys(declared: DeclaredProject, tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key in tags:
        if problem := automatic_tag(key, declared.owner_tag_key):
            yield "tags", f"{key!r} {problem}"
        elif problem := declared.where.endpoint.tag_key.violation(key):
            yield "tags", problem
    # A tag that is ignored would be sent again by each run.
    ours = {**tags, declared.owner_tag_key: "", declared.stack_tag_key: ""}
    if ignored := sorted(ours.keys() - declared.managed(ours).keys()):
        yield "ignore_tags", f"matches {', '.join(ignored)}, which this resource manages; write a narrower pattern"


def _problem(value: str, shape: Limit | tuple[str, ...] | type[bool]) -> str | None:
    if isinstance(shape, Limit):
        return shape.violation(value)
    if isinstance(shape, tuple) and value not in shape:
        return f"{value!r} is unknown; {did_you_mean(value, shape)}"
    return None


def inputs_of(declared: DeclaredProject) -> dict[str, Any]:
    """The inputs of the resource; what is unset is left out, as the engine does."""
    values = {field.name: getattr(declared, field.name) for field in fields(DeclaredProject)}
    inputs = {name: list(value) for name, value in values.items() if name in _SEQUENCES and value}
    return inputs | {name: value for name, value in values.items() if name not in _SEQUENCES and value is not None}


def outputs_of(managed: ManagedProject) -> dict[str, Any]:
    """The outputs of the resource: its inputs and what the service adds."""
    return {
        **inputs_of(managed.declared),
        "arn": managed.arn,
        "created_at": managed.created_at,
        "account_id": managed.account_id,
        "base_url": managed.base_url,
        **({"unfinished": managed.unfinished} if managed.unfinished else {}),
    }


def managed_from(id_: str, properties: Mapping[str, Any]) -> ManagedProject:
    """Reads the outputs of the resource, as `declared_from` does."""
    texts = {
        name: value
        for name in ("arn", "account_id", "base_url", "unfinished")
        if isinstance(value := properties.get(name), str)
    }
    declared = declared_from(properties)
    if not declared.region:
        declared = replace(declared, region=region_in(texts.get("arn", "")) or "")
    if declared.endpoint not in (None, UNKNOWN, *ENDPOINTS):
        raise RefusedError(
            f"entry {declared.key!r}: the state has project {id_} at endpoint {declared.endpoint!r}, which this "
            "version does not know; upgrade bedrock-projects"
        )
    if declared.endpoint is None:
        declared = replace(declared, endpoint=_endpoint_of(texts.get("arn", "")))
    return ManagedProject(id=id_, declared=declared, created_at=seconds(properties.get("created_at")), **texts)


def _endpoint_of(arn: str) -> str | None:
    """The endpoint of a project with that ARN; None for MANTLE, and for an ARN of no endpoint.

    A version that knew MANTLE alone may have written the state without the endpoint.
    """
    others = (endpoint for endpoint in ENDPOINTS.values() if endpoint is not MANTLE)
    return next((endpoint.name for endpoint in others if endpoint.arn_service == service_in(arn)), None)
