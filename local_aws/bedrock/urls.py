"""The requests to `bedrock` that are ours, by path; all others are moto's.

`bedrock` and `bedrock-runtime` sign alike, so the path decides. It decides as it was sent: the slash of an ARN in it is
percent-encoded. Tag operations are of many resources: ours are those whose ARN is a project's.
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote

from local_aws.bedrock import permissions, responses
from local_aws.bedrock.exceptions import DIALECT, UnknownOperationException
from local_aws.bedrock.models import SERVICE
from local_aws.bedrock_mantle.responses import place_of
from local_aws.identity import Identity
from local_aws.messages import Request, Response
from local_aws.service import Call, Operation, Permission
from local_aws.state import State

_Work = Callable[[State, Call], Response]
_Needs = Callable[[State, Call], list[Permission]]
# Whose requests are looked at: nobody's, ours, and those signed for a name that is easily mistaken for ours.
SENDERS: Final = frozenset({"", SERVICE, "bedrock-mantle", "bedrock-runtime"})
_PROJECT_ARN: Final = re.compile(r"arn:[^:]*:bedrock(?:-mantle)?:[^:]*:[^:]*:project/.*", re.DOTALL)
_ID: Final = r"/projects/(?P<id>[^/]+)"


def find(request: Request, identity: Identity) -> tuple[Operation, Mapping[str, str]] | None:
    """The operation that a request is for and the path's parameters, None if it is not ours."""
    if identity.service not in SENDERS:
        return None
    path = request.target.partition("?")[0]
    if path in _TAG_OPERATIONS:
        arn = request.json_object.get("resourceARN")
        ours = request.method == "POST" and isinstance(arn, str) and _PROJECT_ARN.fullmatch(arn)
        return (_TAG_OPERATIONS[path], {}) if ours else None
    for method, pattern, operation in _ROUTES:
        match = pattern.fullmatch(path)
        if match and method == request.method:
            return operation, {name: unquote(value) for name, value in match.groupdict().items()}
    return (_NOWHERE, {}) if path.startswith("/projects/") else None


def _operation(name: str, work: _Work, needs: _Needs) -> Operation:
    def throttled(state: State, call: Call) -> Response:
        rate = state.settings.native_requests_a_second
        state.native_throttle.take(place_of(call), rate, now=time.monotonic())
        return work(state, call)

    return Operation(SERVICE, name, DIALECT, throttled, needs)


def _nowhere(state: State, call: Call) -> Response:
    del state, call
    raise UnknownOperationException


_ROUTES: Final = [
    (method, re.compile(path), _operation(name, work, needs))
    for method, path, name, work, needs in (
        ("POST", "/projects", "CreateProject", responses.create, permissions.create),
        ("GET", "/projects", "ListProjects", responses.list_projects, permissions.list_projects),
        ("GET", _ID, "GetProject", responses.get, permissions.get),
        ("POST", _ID, "UpdateProject", responses.update, permissions.update),
        (
            "GET",
            "/data-retention",
            "GetAccountDataRetention",
            responses.account_retention,
            permissions.account_retention,
        ),
        ("POST", f"{_ID}/archive", "ArchiveProject", responses.archive, permissions.archive),
    )
]
_TAG_OPERATIONS: Final = {
    "/tagResource": _operation("TagResource", responses.tag, permissions.tag),
    "/untagResource": _operation("UntagResource", responses.untag, permissions.untag),
    "/listTagsForResource": _operation("ListTagsForResource", responses.list_tags, permissions.list_tags),
}
_NOWHERE: Final = Operation(SERVICE, "UnknownOperation", DIALECT, _nowhere, permissions.nothing)
