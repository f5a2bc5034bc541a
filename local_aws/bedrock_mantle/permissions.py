"""Which IAM permissions each call takes.

docs/service-notes.md, IAM, read 2026-11-25. Seen: create and list on `*`, ListTagsForResource for tag updates
and for list. Assumed: ListTagsForResource for get, UpdateProject for an update of tags alone.
"""

from local_aws.bedrock_mantle.responses import place_of
from local_aws.service import Call, Permission
from local_aws.state import State

_PREFIX = "bedrock-mantle:"


def create(state: State, call: Call) -> list[Permission]:
    """CreateProject, and TagResource if it carries tags."""
    del state
    tagged = [("TagResource", place_of(call).arn("*"))] if call.request.json_object.get("tags") else []
    return _permissions(call, ("CreateProject", "*"), *tagged)


def list_projects(state: State, call: Call) -> list[Permission]:
    """ListProjects, and the tags of all."""
    del state
    return _permissions(call, ("ListProjects", "*"), ("ListTagsForResource", "*"))


def get(state: State, call: Call) -> list[Permission]:
    """GetProject, and its tags."""
    del state
    arn = place_of(call).arn(call.parameters["id"])
    return _permissions(call, ("GetProject", arn), ("ListTagsForResource", arn))


def update(state: State, call: Call) -> list[Permission]:
    """UpdateProject, and what each change of tags takes."""
    del state
    arn = place_of(call).arn(call.parameters["id"])
    body = call.request.json_object
    wanted = [("UpdateProject", arn)]
    if body.get("add_tags"):
        wanted.append(("TagResource", arn))
    if body.get("remove_tag_keys"):
        wanted.append(("UntagResource", arn))
    if len(wanted) > 1:
        wanted.append(("ListTagsForResource", arn))
    return _permissions(call, *wanted)


def archive(state: State, call: Call) -> list[Permission]:
    """ArchiveProject."""
    del state
    return _permissions(call, ("ArchiveProject", place_of(call).arn(call.parameters["id"])))


def create_inference(call: Call, project_id: str) -> list[Permission]:
    """CreateInference on the project, whichever API asks."""
    return _permissions(call, ("CreateInference", place_of(call).arn(project_id)))


def nothing(state: State, call: Call) -> list[Permission]:
    """For paths that lead nowhere."""
    del state, call
    return []


def _permissions(call: Call, *wanted: tuple[str, str]) -> list[Permission]:
    bearer = [("CallWithBearerToken", "*")] if call.identity.bearer else []
    return [Permission(_PREFIX + action, resource) for action, resource in (*bearer, *wanted)]
