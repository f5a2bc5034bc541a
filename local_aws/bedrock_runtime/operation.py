"""The way of an inference request: project, target, prompt, reply, meter.

Not stated by AWS: the code of an unknown or archived project (the setting `runtime_project_error`), whether use is
billed with a project's tags (`runtime_usage_tags`). What is refused is not counted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from local_aws.bedrock.permissions import arn_of, permissions
from local_aws.bedrock.validation import id_of
from local_aws.bedrock_mantle.inference import tokens
from local_aws.bedrock_mantle.inference.api import Prompt, Reply
from local_aws.bedrock_mantle.models import DEFAULT_ID, Project
from local_aws.bedrock_mantle.responses import place_of
from local_aws.bedrock_runtime import bodies, converse, event_stream, rules
from local_aws.bedrock_runtime.targets import check_fits_named_project, check_served, target_of
from local_aws.errors import AwsError
from local_aws.messages import Response, json_response
from local_aws.metering import Meter
from local_aws.model_catalogue import Model
from local_aws.service import Call, Permission
from local_aws.state import State

ENDPOINT: Final = "bedrock-runtime"
_PROJECT_HEADER: Final = "X-Amzn-Bedrock-ProjectIdentifier"


@dataclass(frozen=True)
class RuntimeApi:
    """One of the four operations. `by_header` is where its project is named; Converse has a member for it."""

    by_header: bool
    streams: bool

    @property
    def action(self) -> str:
        """What IAM asks for, on target and project."""
        return "InvokeModelWithResponseStream" if self.streams else "InvokeModel"

    def project_of(self, call: Call) -> str:
        """The project's identifier; `default` if the request names none."""
        named = call.request.headers.get(_PROJECT_HEADER)
        if not self.by_header:
            named = call.request.json_object.get("projectIdentifier")
        return str(named or DEFAULT_ID)

    def read(self, body: Mapping[str, Any], model: Model) -> Prompt:
        """The prompt in a body."""
        read = bodies.read if self.by_header else converse.read
        return read(body, model, stream=self.streams)

    def answer(self, reply: Reply, model: Model) -> Response:
        """The reply on the wire."""
        if self.streams:
            events = bodies.events(reply, model) if self.by_header else converse.events(reply)
            named = {"X-Amzn-Bedrock-Content-Type": "application/json"} if self.by_header else {}
            headers = {"Content-Type": event_stream.CONTENT_TYPE, **named}
            return Response(200, event_stream.stream(events), headers)
        answer = json_response(bodies.whole(reply, model) if self.by_header else converse.whole(reply))
        used = {
            "X-Amzn-Bedrock-Input-Token-Count": str(reply.prompt.input_tokens),
            "X-Amzn-Bedrock-Output-Token-Count": str(reply.output_tokens),
        }
        return Response(answer.status, answer.body, {**answer.headers, **(used if self.by_header else {})})


def work_of(api: RuntimeApi) -> Callable[[State, Call], Response]:
    """What carries out a request of this operation."""

    def work(state: State, call: Call) -> Response:
        now = state.clock.now()
        project = _project(state, call, api.project_of(call))
        target = target_of(call.parameters["model"], place_of(call))
        if project.id != DEFAULT_ID:
            check_fits_named_project(target)
        model = check_served(target)
        prompt = api.read(bodies.body_of(call.request), model)
        text = tokens.spoken(prompt.limit)
        reply = Reply(prompt, state.request_id().replace("-", ""), int(now), text, tokens.tokens(len(text)))
        _count(state, call, project, model, reply, now)
        return api.answer(reply, model)

    return work


def permissions_of(api: RuntimeApi) -> Callable[[State, Call], list[Permission]]:
    """What a request of this operation takes: its action on the target and on the project."""

    def needed(state: State, call: Call) -> list[Permission]:
        del state
        arns = *target_of(call.parameters["model"], place_of(call)).arns, arn_of(call, api.project_of(call))
        return permissions(call, *((api.action, arn) for arn in arns))

    return needed


def _project(state: State, call: Call, identifier: str) -> Project:
    place = place_of(call)
    try:
        project_id = id_of(identifier, place)
        project = state.native.get(place, project_id, settings=state.settings, now=state.clock.now())
    except AwsError as error:
        raise _unusable(state, error.message) from None
    if not project.active:
        raise _unusable(state, f"Project {project.arn} is archived and cannot be used for inference.")
    return project


def _unusable(state: State, message: str) -> AwsError:
    code = state.settings.runtime_project_error
    status = {"ValidationException": 400, "ResourceNotFoundException": 404, "AccessDeniedException": 403}[code]
    return AwsError(message, status=status, code=code, rule=rules.PROJECT)


def _count(state: State, call: Call, project: Project, model: Model, reply: Reply, now: float) -> None:
    place, tags = place_of(call), tuple(sorted(project.tags.items()))
    meter = Meter(place.account, place.region, project.id, model.id, int(now // 60), tags, endpoint=ENDPOINT)
    state.meters.count(meter, input_tokens=reply.prompt.input_tokens, output_tokens=reply.output_tokens)
    if state.settings.runtime_usage_tags == "tagged":
        state.billing.use(place.account, project.tags, now=now)
