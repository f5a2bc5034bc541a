"""The five operations of the Projects API.

Not imitated: eventual consistency (but see the faults), real authorization (but see the fault `denied`), the
undocumented `tags` of an update (refused, so that nobody comes to rely on it), AWS's wording of messages where nobody
has reported it.
"""

from typing import Any

from local_aws.bedrock_mantle import rules, validation
from local_aws.bedrock_mantle.exceptions import NotFoundError, ValidationError
from local_aws.bedrock_mantle.models import Change, Place, Project
from local_aws.faults import Fault
from local_aws.messages import Response, json_response
from local_aws.service import Call
from local_aws.settings import Settings
from local_aws.state import State

_CREATE_FIELDS = frozenset({"name", "tags", "data_retention"})
_UPDATE_FIELDS = frozenset({"name", "add_tags", "remove_tag_keys", "data_retention"})


# The name that a project has if a create leaves its own out.
_UNNAMED = "Unnamed"


def place_of(call: Call) -> Place:
    """The account and region that a call is for."""
    return Place(call.identity.account, call.identity.region)


def create(state: State, call: Call) -> Response:
    """CreateProject."""
    body = validation.body_of(call.request, allowed=_CREATE_FIELDS)
    if "name" not in body:
        raise ValidationError("name is required.", rule=rules.NAME)
    name = validation.name_of(body["name"], state.settings)
    tags = validation.tags_of(body.get("tags", {}), field="tags")
    retention = validation.retention_of(body.get("data_retention", {"mode": "inherit"}))
    if "ignored" in call.faults:
        return json_response({})
    without = left_out(call)
    project = state.projects.create(
        place_of(call),
        name=_UNNAMED if "name" in without else name,
        tags={} if "added_tags" in without else tags,
        retention="inherit" if "data_retention" in without else retention,
        settings=state.settings,
        now=state.clock.now(),
    )
    return json_response(_written(project, state.settings))


def get(state: State, call: Call) -> Response:
    """GetProject."""
    project = state.projects.get(place_of(call), call.parameters["id"], now=state.clock.now())
    if not project.active and state.settings.archived_get == "not_found":
        raise NotFoundError(f"Project {project.arn} was not found.", rule=rules.ARCHIVED)
    return json_response(_shown(project, state.settings))


def update(state: State, call: Call) -> Response:
    """UpdateProject."""
    body = validation.body_of(call.request, allowed=_UPDATE_FIELDS)
    if not body:
        message = "An update needs one of name, add_tags, remove_tag_keys, data_retention."
        raise ValidationError(message, rule=rules.NO_CHANGE)
    change = Change(
        name=validation.name_of(body["name"], state.settings) if "name" in body else None,
        add_tags=validation.tags_of(body.get("add_tags", {}), field="add_tags"),
        remove_tag_keys=validation.keys_of(body.get("remove_tag_keys", [])),
        retention=validation.retention_of(body["data_retention"]) if "data_retention" in body else None,
    )
    if "ignored" in call.faults:
        return _unchanged(state, call)
    without = left_out(call)
    carried_out = Change(
        name=None if "name" in without else change.name,
        add_tags={} if "added_tags" in without else change.add_tags,
        remove_tag_keys=[] if "removed_tags" in without else change.remove_tag_keys,
        retention=None if "data_retention" in without else change.retention,
    )
    project = state.projects.update(
        place_of(call), call.parameters["id"], carried_out, settings=state.settings, now=state.clock.now()
    )
    return json_response(_written(project, state.settings))


def archive(state: State, call: Call) -> Response:
    """ArchiveProject."""
    validation.check_no_body(call.request)
    if "ignored" in call.faults:
        return _unchanged(state, call)
    project = state.projects.archive(
        place_of(call), call.parameters["id"], settings=state.settings, now=state.clock.now()
    )
    return json_response(_written(project, state.settings))


def list_projects(state: State, call: Call) -> Response:
    """ListProjects, oldest first."""
    query, settings = call.request.query, state.settings
    limit = validation.page_limit(query.get("limit"))
    projects = _listed(state, call)
    if settings.list_paging == "ignored" or "ignore_paging" in call.faults:
        page, more = projects, False
    else:
        start = 0 if settings.list_paging == "stuck" else _start(projects, query.get("after"))
        page = projects[start : start + limit]
        more = start + limit < len(projects)
    payload = {
        "object": "list",
        "data": [_listed_item(project, settings) for project in page],
        "first_id": page[0].id if page else None,
        "last_id": _last_id(page, settings),
        "has_more": more,
    }
    return json_response(payload)


def left_out(call: Call) -> frozenset[str]:
    """What a write that is carried out in part leaves out."""
    fault = call.faults.get("partly_done")
    if fault is None or fault.left_out is None:
        return frozenset()
    return frozenset({"added_tags", "removed_tags"} if fault.left_out == "tags" else {fault.left_out})


def _unchanged(state: State, call: Call) -> Response:
    """The answer of a write that does nothing."""
    project = state.projects.get(place_of(call), call.parameters["id"], now=state.clock.now())
    return json_response(_written(project, state.settings))


def _written(project: Project, settings: Settings) -> dict[str, Any]:
    """What a write answers."""
    shown = _shown(project, settings)
    return shown if settings.write_answers == "whole" else {"object": shown["object"], "id": shown["id"]}


def _listed(state: State, call: Call) -> list[Project]:
    now, settings = state.clock.now(), state.settings
    asked = call.request.query.get("include_archived", "false") == "true"
    archived = {"on_request": asked, "always": True, "never": False}[settings.list_archived]
    lag: Fault | None = call.faults.get("list_lag")
    newest = now - (lag.seconds or 0.0) if lag else now
    projects = state.projects.all(place_of(call), now=now).values()
    return [project for project in projects if (archived or project.active) and project.created_at <= newest]


def _start(projects: list[Project], after: str | None) -> int:
    if after is None:
        return 0
    for index, project in enumerate(projects):
        if project.id == after:
            return index + 1
    raise ValidationError(f"after is not an id of this list: {after!r}.", rule=rules.PAGE)


def _last_id(page: list[Project], settings: Settings) -> str | None:
    if not page:
        return None
    another = settings.list_last_id == "another_item" and len(page) > 1
    return page[-2 if another else -1].id


def _listed_item(project: Project, settings: Settings) -> dict[str, Any]:
    shown = _shown(project, settings)
    return shown if settings.list_tags == "full" or "tags" not in shown else shown | {"tags": {}}


def _shown(project: Project, settings: Settings) -> dict[str, Any]:
    shown = {
        "object": "organization.project",
        "id": project.id,
        "arn": project.arn,
        "name": project.name,
        "status": "active" if project.active else "archived",
        "created_at": int(project.created_at),
        "archived_at": None if project.archived_at is None else int(project.archived_at),
        "tags": project.tags,
        "data_retention": {"mode": project.retention},
    }
    return {name: value for name, value in shown.items() if name not in settings.omit_fields}
