"""The paths of `bedrock-mantle`."""

import re
from collections.abc import Callable

from local_aws.bedrock_mantle import permissions, responses, rules
from local_aws.bedrock_mantle.exceptions import AnthropicDialect, NotFoundError, OpenAiDialect
from local_aws.bedrock_mantle.inference.api import InferenceApi
from local_aws.bedrock_mantle.inference.chat import CHAT
from local_aws.bedrock_mantle.inference.messages_api import MESSAGES
from local_aws.bedrock_mantle.inference.operation import permissions_of, work_of
from local_aws.bedrock_mantle.inference.responses_api import RESPONSES
from local_aws.dialects import Dialect
from local_aws.identity import Identity
from local_aws.messages import Request, Response
from local_aws.service import Call, Operation, Permission, Route
from local_aws.state import State

SERVICE = "bedrock-mantle"
_PROJECTS = r"/v1/organization/projects"
_ONE = rf"{_PROJECTS}/(?P<id>[^/]+)"
_DIALECT, _ANTHROPIC = OpenAiDialect(), AnthropicDialect()


def _route(
    method: str,
    path: str,
    name: str,
    work: Callable[[State, Call], Response],
    needs: Callable[[State, Call], list[Permission]],
) -> Route:
    return Route(method, re.compile(path), Operation(SERVICE, name, _DIALECT, work, needs))


def _inference(path: str, api: InferenceApi, *, dialect: Dialect = _DIALECT) -> Route:
    operation = Operation(SERVICE, "CreateInference", dialect, work_of(api), permissions_of(api))
    return Route("POST", re.compile(path), operation)


ROUTES = (
    _route("POST", _PROJECTS, "CreateProject", responses.create, permissions.create),
    _route("GET", _PROJECTS, "ListProjects", responses.list_projects, permissions.list_projects),
    _route("GET", _ONE, "GetProject", responses.get, permissions.get),
    _route("POST", _ONE, "UpdateProject", responses.update, permissions.update),
    _route("POST", rf"{_ONE}/archive", "ArchiveProject", responses.archive, permissions.archive),
    _inference(r"(?:/openai)?/v1/responses", RESPONSES),
    _inference(r"(?:/openai)?/v1/chat/completions", CHAT),
    _inference(r"/anthropic/v1/messages", MESSAGES, dialect=_ANTHROPIC),
)

_ELSEWHERE = re.compile(r"/(?:v1/organization|openai)/.*")


def nowhere(request: Request, identity: Identity) -> Operation | None:
    """The operation that answers 404 for this service's other paths; None if a request is for another service."""
    if request.path.startswith("/anthropic/"):
        return _NOWHERE_ANTHROPIC
    ours = identity.service == SERVICE or _ELSEWHERE.fullmatch(request.path)
    return _NOWHERE if ours else None


def _not_found(state: State, call: Call) -> Response:
    del state
    raise NotFoundError(f"Invalid URL ({call.request.method} {call.request.path})", rule=rules.V1_ONLY)


_NOWHERE = Operation(SERVICE, "UnknownOperation", _DIALECT, _not_found, permissions.nothing)
_NOWHERE_ANTHROPIC = Operation(SERVICE, "UnknownOperation", _ANTHROPIC, _not_found, permissions.nothing)
