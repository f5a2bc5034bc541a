"""The requests to the Resource Groups Tagging API that are ours: GetResources, if it asks for projects."""

from typing import Final

from local_aws.messages import Request
from local_aws.service import Call, Operation, Permission
from local_aws.state import State
from local_aws.tagging import responses
from local_aws.tagging.exceptions import DIALECT

SERVICE: Final = "tagging"  # the signing name; in IAM it is `tag`
_TARGET: Final = "ResourceGroupsTaggingAPI_20170126.GetResources"


def find(request: Request) -> Operation | None:
    """The operation that a request is for, None if it is not ours."""
    ours = request.headers.get("X-Amz-Target") == _TARGET and responses.concerns_projects(request.json_object)
    return _GET_RESOURCES if ours else None


def _permissions(state: State, call: Call) -> list[Permission]:
    del state, call
    return [Permission("tag:GetResources", "*")]


_GET_RESOURCES: Final = Operation(SERVICE, "GetResources", DIALECT, responses.get_resources, _permissions)
