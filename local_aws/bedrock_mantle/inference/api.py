"""What the three APIs have in common: a prompt that was read, a reply to write down, and how errors are raised."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.bedrock_mantle import rules
from local_aws.bedrock_mantle.exceptions import InferenceError
from local_aws.bedrock_mantle.inference import tokens
from local_aws.messages import Request, Response, json_response
from local_aws.model_catalogue import Api


@dataclass(frozen=True)
class Prompt:
    """A valid request. `limit` is the most output tokens, `usage` whether a stream ends with what was used."""

    body: Mapping[str, Any]
    model: str
    input_tokens: int
    limit: int | None
    stream: bool
    usage: bool = True


@dataclass(frozen=True)
class Reply:
    """The answer to a prompt; `id` is the part after the API's own prefix, `created` in unix seconds."""

    prompt: Prompt
    id: str
    created: int
    text: str
    output_tokens: int

    @property
    def cut(self) -> bool:
        """Whether the limit ended the answer."""
        return len(self.text) < len(tokens.TEXT)


@dataclass(frozen=True)
class InferenceApi:
    """One of the APIs: which header names the project, and the shapes of its requests and answers."""

    name: Api
    project_header: str
    read: Callable[[Request], Prompt]
    whole: Callable[[Reply], dict[str, Any]]
    stream: Callable[[Reply], bytes]

    def answer(self, reply: Reply) -> Response:
        """The reply on the wire: a JSON object, or server-sent events."""
        if not reply.prompt.stream:
            return json_response(self.whole(reply))
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
        return Response(200, self.stream(reply), headers)


def body_of(request: Request) -> dict[str, Any]:
    """The body, which must be a JSON object; unknown fields pass, since clients send many."""
    try:
        body = request.json
    except ValueError:
        raise InferenceError("The request body is not valid JSON.", rule=rules.INFERENCE_BODY) from None
    if not isinstance(body, dict):
        raise InferenceError("The request body must be a JSON object.", rule=rules.INFERENCE_BODY)
    return body


def limit_of(body: Mapping[str, Any], *names: str) -> int | None:
    """The most output tokens, from the first of these fields that is given."""
    for name in names:
        value = body.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InferenceError(f"{name}: must be a whole number of at least 1.", rule=rules.INFERENCE_BODY)
        return value
    return None


def stream_of(body: Mapping[str, Any]) -> bool:
    """Whether the answer is to be streamed."""
    stream = body.get("stream") or False
    if not isinstance(stream, bool):
        raise InferenceError("stream: must be true or false.", rule=rules.INFERENCE_BODY)
    return stream


def check_messages(body: Mapping[str, Any]) -> None:
    """`messages` must be objects with a role, at least one."""
    messages = body["messages"]
    if not isinstance(messages, list) or not messages:
        raise InferenceError("messages: must be a list of at least one message.", rule=rules.INFERENCE_BODY)
    for number, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise InferenceError(f"messages.{number}: must be an object with a role.", rule=rules.INFERENCE_BODY)


def check_model(body: Mapping[str, Any]) -> str:
    """`model` must be a text."""
    model = body["model"]
    if not isinstance(model, str):
        raise InferenceError("model: must be a string.", rule=rules.INFERENCE_BODY)
    return model


def events(items: Iterable[tuple[str, Mapping[str, Any]]]) -> bytes:
    """Server-sent events, each with its name."""
    return "".join(f"event: {name}\ndata: {compact(data)}\n\n" for name, data in items).encode()


def compact(data: Mapping[str, Any]) -> str:
    """One line of JSON."""
    return json.dumps(data, separators=(",", ":"))
