"""The clients that send one tiny request to a model on behalf of a project, one for each endpoint.

https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from botocore import xform_name

from bedrock_projects.aws.api_key import put_api_key
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint, RegionalEndpoint
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.projects.mantle import mantle_client
from bedrock_projects.aws.session import client_config, open_client
from bedrock_projects.errors import AmbiguousError
from bedrock_projects.model_ids import MOST_TOKENS, is_claude

CONVERSE: Final = f"{RUNTIME.name}:Converse"
_TEXT: Final = "Answer with OK."
_QUESTION: Final = ({"role": "user", "content": _TEXT},)
_VERSION: Final = "2023-06-01"


def inference_request(endpoint: Endpoint, model: str, *, project_id: str) -> tuple[str, dict[str, Any]]:
    """The request that asks the model for a project: `service:Operation`, and its parameters."""
    if endpoint is RUNTIME:
        return CONVERSE, {
            "modelId": model,
            "projectIdentifier": project_id,
            "messages": [{"role": "user", "content": [{"text": _TEXT}]}],
            "inferenceConfig": {"maxTokens": MOST_TOKENS},
        }
    common: dict[str, Any] = {"model": model, "messages": _QUESTION}
    if is_claude(model):
        common |= {"workspace": project_id, "version": _VERSION, "max_tokens": MOST_TOKENS}
        return MANTLE.action("CreateMessage"), common
    return MANTLE.action("CreateChatCompletion"), common | {"project": project_id, "max_completion_tokens": MOST_TOKENS}


class InferenceClient(Protocol):
    """Asks models at one endpoint in one region. Each request is sent once: it costs money in any case."""

    def ask(self, model: str, *, project_id: str) -> None:
        """Asks the model and throws the answer away.

        Raises ServiceError: NotFoundError for a project or a model that is not there, AccessDeniedError if the
        credentials may not use it. Which of them an endpoint answers for a project that is not there, it may not say.
        """


class MantleInference:
    """Asks by Messages if the model is Claude, else by Chat Completions."""

    def __init__(self, credentials: Credentials, where: RegionalEndpoint) -> None:
        self.where = where
        self._credentials = credentials
        self._client = mantle_client(credentials, region=where.region, attempts=1)

    def ask(self, model: str, *, project_id: str) -> None:
        """See the Protocol."""
        operation, parameters = inference_request(MANTLE, model, project_id=project_id)
        with translate_errors(_action(model, project_id, self.where), credentials=str(self._credentials)):
            getattr(self._client, xform_name(operation.partition(":")[2]))(**parameters)


class RuntimeInference:
    """Asks by Converse, which takes the same question for each model."""

    def __init__(self, credentials: Credentials, where: RegionalEndpoint) -> None:
        self.where = where
        self._credentials = credentials
        config = client_config(attempts=1, signed=credentials.auth != "bearer")
        self._client = open_client(RUNTIME.name, credentials, region=where.region, config=config)
        put_api_key(self._client, credentials, service=RUNTIME.name)

    def ask(self, model: str, *, project_id: str) -> None:
        """See the Protocol. AmbiguousError if the answer is not a model's: botocore takes a cut off one for empty."""
        action = _action(model, project_id, self.where)
        _, parameters = inference_request(RUNTIME, model, project_id=project_id)
        with translate_errors(action, credentials=str(self._credentials)):
            answer = self._client.converse(**parameters)
        if "output" not in answer:
            raise AmbiguousError("the answer is not that of a model", action=action)


def open_inference(credentials: Credentials, where: RegionalEndpoint) -> InferenceClient:
    """The client of that endpoint; sends nothing. Raises ServiceError if the credentials or region cannot be used."""
    return _OPENERS[where.endpoint](credentials, where)


def _action(model: str, project_id: str, where: RegionalEndpoint) -> str:
    return f"asking {model} for project {project_id} in {where}"


_OPENERS: Mapping[object, Callable[..., InferenceClient]] = {MANTLE: MantleInference, RUNTIME: RuntimeInference}
