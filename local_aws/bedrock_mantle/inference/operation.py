"""The way of an inference request: project by header, prompt, model, reply, meter.

A request is counted for its project with the tags that it carries at that moment; one that is refused for the client's
fault is counted as such once the project is known. Requests that never reach the work (an unproven sender, a missing
permission, throttling) are not counted; whether the service does is unknown.
"""

from collections.abc import Callable

from local_aws.bedrock_mantle import rules
from local_aws.bedrock_mantle.exceptions import InferenceError, NotFoundError
from local_aws.bedrock_mantle.inference import tokens
from local_aws.bedrock_mantle.inference.api import InferenceApi, Reply
from local_aws.bedrock_mantle.models import DEFAULT_ID, Project
from local_aws.bedrock_mantle.permissions import create_inference
from local_aws.bedrock_mantle.responses import place_of
from local_aws.errors import AwsError
from local_aws.messages import Response
from local_aws.metering import Meter
from local_aws.model_catalogue import MODELS
from local_aws.service import Call, Permission
from local_aws.state import State


def work_of(api: InferenceApi) -> Callable[[State, Call], Response]:
    """What carries out a request of this API."""

    def work(state: State, call: Call) -> Response:
        now = state.clock.now()
        project = state.projects.get(place_of(call), project_id(api, call), now=now)
        meter = _meter(project, call, now)
        try:
            reply = _reply(api, state, call, project, now)
        except AwsError:
            state.meters.count_client_error(meter)
            raise
        state.meters.count(meter, input_tokens=reply.prompt.input_tokens, output_tokens=reply.output_tokens)
        state.billing.use(call.identity.account, project.tags, now=now)
        return api.answer(reply)

    return work


def permissions_of(api: InferenceApi) -> Callable[[State, Call], list[Permission]]:
    """What a request of this API takes: CreateInference on the project that it names."""

    def permissions(state: State, call: Call) -> list[Permission]:
        del state
        return create_inference(call, project_id(api, call))

    return permissions


def project_id(api: InferenceApi, call: Call) -> str:
    """The project that the API's own header names; `default` without one, with any other headers."""
    return call.request.headers.get(api.project_header) or DEFAULT_ID


def _meter(project: Project, call: Call, now: float) -> Meter:
    place, model = place_of(call), call.request.json_object.get("model")
    return Meter(
        account=place.account,
        region=place.region,
        project=project.id,
        model=model if isinstance(model, str) else "",
        minute=int(now // 60),
        tags=tuple(sorted(project.tags.items())),
    )


def _reply(api: InferenceApi, state: State, call: Call, project: Project, now: float) -> Reply:
    if not project.active and state.settings.archived_inference == "refused":
        message = f"Project {project.arn} is archived and cannot be used for inference."
        raise InferenceError(message, rule=rules.ARCHIVED_INFERENCE)
    prompt = api.read(call.request)
    _check_served(api, prompt.model, call.request.path)
    text = tokens.spoken(prompt.limit)
    return Reply(
        prompt,
        id=state.request_id().replace("-", ""),
        created=int(now),
        text=text,
        output_tokens=tokens.tokens(len(text)),
    )


def _check_served(api: InferenceApi, model_id: str, path: str) -> None:
    model = MODELS.get(model_id)
    if model is None:
        raise NotFoundError(f"The model '{model_id}' does not exist", rule=rules.MODEL)
    here = path.startswith(("/anthropic/", f"{model.prefix}/"))
    if api.name not in model.apis or not here:
        raise InferenceError(f"The model '{model_id}' does not support the '{path}' API", rule=rules.MODEL_ROUTE)
