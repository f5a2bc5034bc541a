"""The eight operations on native projects, and the retention mode of the account, which cannot be changed here.

Not imitated: eventual consistency (but see the faults and `native_tag_lag`), real authorization (but see the fault
`denied`), AWS's wording of messages, retention storage, trusted access programs.
"""

import base64
from typing import Any

from local_aws.bedrock import rules, validation
from local_aws.bedrock.exceptions import ConflictException, ResourceNotFoundException, ValidationException
from local_aws.bedrock_mantle.models import Project
from local_aws.bedrock_mantle.responses import left_out, place_of
from local_aws.clock import iso
from local_aws.messages import Response, json_response
from local_aws.service import Call
from local_aws.state import State

# The name that a project has if a create leaves its own out.
_UNNAMED = "Unnamed"


def create(state: State, call: Call) -> Response:
    """CreateProject."""
    body = validation.body_of(call.request)
    name = validation.name_of(body)
    tags = validation.tags_of(body) if "tags" in body else {}
    retention = validation.retention_of(body) if "dataRetention" in body else "inherit"
    _check_conflict(call, "conflict")
    if "ignored" in call.faults:
        return json_response({})
    without = left_out(call)
    project = state.native.create(
        place_of(call),
        name=_UNNAMED if "name" in without else name,
        tags={} if "added_tags" in without else tags,
        retention="inherit" if "data_retention" in without else retention,
        settings=state.settings,
        now=state.clock.now(),
    )
    _check_conflict(call, "conflict_after")
    return json_response(_shown(project))


def get(state: State, call: Call) -> Response:
    """GetProject."""
    project = _named(state, call)
    if not project.active and state.settings.native_archived_get == "not_found":
        raise ResourceNotFoundException(project.arn, rule=rules.ARCHIVED_GET)
    return json_response(_shown(project))


def update(state: State, call: Call) -> Response:
    """UpdateProject."""
    body = validation.body_of(call.request)
    if ("name" in body) == ("dataRetention" in body):
        message = "Exactly one of name and dataRetention must be given."
        raise ValidationException(message, rule=rules.ONE_FIELD)
    name = validation.name_of(body) if "name" in body else None
    retention = validation.retention_of(body) if "dataRetention" in body else None
    _check_conflict(call, "conflict")
    without = left_out(call)
    if "ignored" in call.faults:
        return json_response(_shown(_named(state, call)))
    project = state.native.update(
        place_of(call),
        _id(call),
        name=None if "name" in without else name,
        retention=None if "data_retention" in without else retention,
        settings=state.settings,
        now=state.clock.now(),
    )
    _check_conflict(call, "conflict_after")
    return json_response(_shown(project))


def archive(state: State, call: Call) -> Response:
    """ArchiveProject."""
    project_id = _id(call)
    _check_conflict(call, "conflict")
    if "ignored" in call.faults:
        return json_response(_shown(_named(state, call)))
    project = state.native.archive(place_of(call), project_id, settings=state.settings, now=state.clock.now())
    _check_conflict(call, "conflict_after")
    return json_response(_shown(project))


def list_projects(state: State, call: Call) -> Response:
    """ListProjects, oldest first (assumed)."""
    query = call.request.query
    size = validation.page_size(query.get("maxResults"))
    status = validation.status_filter(query.get("statusFilter"))
    projects = _listed(state, call)
    start = _start(projects, query.get("nextToken"))
    wanted = [project for project in projects[start:] if status in (None, _status(project))]
    if "ignore_paging" in call.faults:
        size = len(wanted)
    payload: dict[str, Any] = {"projectSummaries": [_shown(project) for project in wanted[:size]]}
    if len(wanted) > size:
        payload["nextToken"] = base64.urlsafe_b64encode(wanted[size - 1].id.encode()).decode()
    return json_response(payload)


def tag(state: State, call: Call) -> Response:
    """TagResource."""
    body = validation.body_of(call.request)
    project_id, tags = _tagged_id(body, call), validation.tags_of(body)
    if "ignored" not in call.faults and "added_tags" not in left_out(call):
        state.native.tag(place_of(call), project_id, tags, settings=state.settings, now=state.clock.now())
    return json_response({})


def untag(state: State, call: Call) -> Response:
    """UntagResource."""
    body = validation.body_of(call.request)
    project_id, keys = _tagged_id(body, call), validation.keys_of(body)
    if "ignored" not in call.faults and "removed_tags" not in left_out(call):
        state.native.untag(place_of(call), project_id, keys, settings=state.settings, now=state.clock.now())
    return json_response({})


def list_tags(state: State, call: Call) -> Response:
    """ListTagsForResource."""
    project_id = _tagged_id(validation.body_of(call.request), call)
    tags = state.native.read_tags(place_of(call), project_id, settings=state.settings, now=state.clock.now())
    return json_response({"tags": [{"key": key, "value": value} for key, value in tags.items()]})


def account_retention(state: State, call: Call) -> Response:
    """GetAccountDataRetention: the mode of an account that never set one."""
    del call
    return json_response({"mode": "default", "updatedAt": iso(state.clock.now())})


def _id(call: Call) -> str:
    return validation.id_of(call.parameters["id"], place_of(call))


def _tagged_id(body: dict[str, Any], call: Call) -> str:
    return validation.tagged_id_of(validation.string_of(body, "resourceARN"), place_of(call))


def _named(state: State, call: Call) -> Project:
    return state.native.get(place_of(call), _id(call), settings=state.settings, now=state.clock.now())


def _check_conflict(call: Call, fault: str) -> None:
    if fault in call.faults:
        raise ConflictException("Error occurred because of a conflict while performing an operation.")


def _listed(state: State, call: Call) -> list[Project]:
    now = state.clock.now()
    lag = call.faults.get("list_lag")
    newest = now - (lag.seconds or 0.0) if lag else now
    projects = state.native.all(place_of(call), settings=state.settings, now=now)
    return [project for project in projects if project.created_at <= newest]


def _start(projects: list[Project], token: str | None) -> int:
    if token is None:
        return 0
    for index, project in enumerate(projects):
        if base64.urlsafe_b64encode(project.id.encode()).decode() == token:
            return index + 1
    raise ValidationException("Invalid nextToken.", rule=rules.TOKEN)


def _status(project: Project) -> str:
    return "active" if project.active else "archived"


def _shown(project: Project) -> dict[str, Any]:
    """A project on the wire; no answer has tags."""
    shown = {
        "id": project.id,
        "arn": project.arn,
        "name": project.name,
        "status": _status(project),
        "createdAt": iso(project.created_at),
        "dataRetention": {"mode": project.retention},
    }
    return shown if project.archived_at is None else shown | {"archivedAt": iso(project.archived_at)}
