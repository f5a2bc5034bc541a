"""Which IAM permissions each call takes.

The names of the actions are by convention: no page that we could read has them. Assumed too: create and list on `*`, as
seen for `bedrock-mantle`, and TagResource for a create with tags.
"""

from typing import Final

from local_aws.bedrock.models import SERVICE
from local_aws.bedrock_mantle.responses import place_of
from local_aws.service import Call, Permission
from local_aws.state import State

_PREFIX: Final = f"{SERVICE}:"


def create(state: State, call: Call) -> list[Permission]:
    """CreateProject, and TagResource if it carries tags."""
    del state
    tagged = [("TagResource", arn_of(call, "*"))] if call.request.json_object.get("tags") else []
    return permissions(call, ("CreateProject", "*"), *tagged)


def list_projects(state: State, call: Call) -> list[Permission]:
    """ListProjects."""
    del state
    return permissions(call, ("ListProjects", "*"))


def account_retention(state: State, call: Call) -> list[Permission]:
    """GetAccountDataRetention."""
    del state
    return permissions(call, ("GetAccountDataRetention", "*"))


def get(state: State, call: Call) -> list[Permission]:
    """GetProject."""
    del state
    return permissions(call, ("GetProject", arn_of(call, call.parameters["id"])))


def update(state: State, call: Call) -> list[Permission]:
    """UpdateProject."""
    del state
    return permissions(call, ("UpdateProject", arn_of(call, call.parameters["id"])))


def archive(state: State, call: Call) -> list[Permission]:
    """ArchiveProject."""
    del state
    return permissions(call, ("ArchiveProject", arn_of(call, call.parameters["id"])))


def tag(state: State, call: Call) -> list[Permission]:
    """TagResource."""
    del state
    return permissions(call, ("TagResource", str(call.request.json_object.get("resourceARN"))))


def untag(state: State, call: Call) -> list[Permission]:
    """UntagResource."""
    del state
    return permissions(call, ("UntagResource", str(call.request.json_object.get("resourceARN"))))


def list_tags(state: State, call: Call) -> list[Permission]:
    """ListTagsForResource."""
    del state
    return permissions(call, ("ListTagsForResource", str(call.request.json_object.get("resourceARN"))))


def nothing(state: State, call: Call) -> list[Permission]:
    """For paths that lead nowhere."""
    del state, call
    return []


def arn_of(call: Call, identifier: str) -> str:
    """The ARN of the project that an identifier names: the identifier itself if it is one."""
    return identifier if identifier.startswith("arn:") else place_of(call).arn(identifier, service=SERVICE)


def permissions(call: Call, *wanted: tuple[str, str]) -> list[Permission]:
    """These actions on these resources, and what an API key takes."""
    bearer = [("CallWithBearerToken", "*")] if call.identity.bearer else []
    return [Permission(_PREFIX + action, resource) for action, resource in (*bearer, *wanted)]
