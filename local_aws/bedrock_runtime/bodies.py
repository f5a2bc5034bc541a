"""The bodies of InvokeModel: each family of models has its own. Here: Anthropic's Messages and OpenAI's chat.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html
The last chunk of a stream says what was used, for every family, in `amazon-bedrock-invocationMetrics` (seen:
github.com/langchain-ai/langchain-aws/pull/85).
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from local_aws.bedrock.exceptions import ValidationException
from local_aws.bedrock_mantle.inference import chat, messages_api, tokens
from local_aws.bedrock_mantle.inference.api import Prompt, Reply, compact
from local_aws.bedrock_runtime import rules
from local_aws.messages import Request
from local_aws.model_catalogue import Model
from local_aws.rules import Rule

CLAUDE_VERSION: Final = "bedrock-2023-05-31"
_METRICS: Final = "amazon-bedrock-invocationMetrics"
_LATENCY_MS: Final = 1  # nothing is measured


def body_of(request: Request) -> dict[str, Any]:
    """The body, which must be a JSON object; unknown fields pass, since clients send many."""
    try:
        body = request.json
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ValidationException("Malformed input request, please reformat your input and try again.", rule=rules.JSON)
    return body


def read(body: Mapping[str, Any], model: Model, *, stream: bool) -> Prompt:
    """A request's body, as the model's family has it; ValidationException for anything else."""
    if "messages" in model.apis:
        return _read_claude(body, model, stream=stream)
    return _read_chat(body, model, stream=stream)


def whole(reply: Reply, model: Model) -> dict[str, Any]:
    """The body of an answer."""
    return messages_api.whole(reply) if "messages" in model.apis else chat.whole(reply)


def events(reply: Reply, model: Model) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a stream: each is a chunk of the family's own stream, in base64."""
    chunks = _claude_chunks(reply) if "messages" in model.apis else list(chat.chunks(reply))
    chunks[-1] = chunks[-1] | {_METRICS: _metrics(reply)}
    for chunk in chunks:
        yield "chunk", {"bytes": base64.b64encode(compact(chunk).encode()).decode()}


def limit_of(body: Mapping[str, Any], *names: str) -> int | None:
    """The most output tokens, from the first of these fields that is given."""
    for name in names:
        value = body.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValidationException(f"{name}: must be a whole number of at least 1", rule=rules.LIMIT)
        return value
    return None


def _read_claude(body: Mapping[str, Any], model: Model, *, stream: bool) -> Prompt:
    if body.get("anthropic_version") != CLAUDE_VERSION:
        raise ValidationException(f"anthropic_version: must be {CLAUDE_VERSION}", rule=rules.CLAUDE)
    for name in ("max_tokens", "messages"):
        if body.get(name) is None:
            raise ValidationException(f"{name}: Field required", rule=rules.CLAUDE)
    for name in ("model", "stream"):
        if name in body:
            raise ValidationException(f"{name}: Extra inputs are not permitted", rule=rules.CLAUDE_EXTRA)
    _check_messages(body, rules.CLAUDE)
    counted = tokens.characters(body.get("system")) + tokens.characters(body["messages"])
    return Prompt(body, model.runtime_id, tokens.tokens(counted), limit_of(body, "max_tokens"), stream)


def _read_chat(body: Mapping[str, Any], model: Model, *, stream: bool) -> Prompt:
    _check_messages(body, rules.OPENAI)
    for name, value in (("model", model.runtime_id), ("stream", stream)):
        if body.get(name, value) != value:
            raise ValidationException(f"{name}: must match the request, {value!r}", rule=rules.OPENAI)
    options = body.get("stream_options")
    return Prompt(
        body,
        model.runtime_id,
        tokens.tokens(tokens.characters(body["messages"])),
        limit_of(body, "max_completion_tokens", "max_tokens"),
        stream,
        usage=isinstance(options, dict) and options.get("include_usage") is True,
    )


def _check_messages(body: Mapping[str, Any], rule: Rule) -> None:
    messages = body.get("messages")
    good = isinstance(messages, list) and messages and all(_is_message(message) for message in messages)
    if not good:
        raise ValidationException("messages: must be a list of at least one object with a role", rule=rule)


def _is_message(message: Any) -> bool:
    return isinstance(message, dict) and isinstance(message.get("role"), str)


def _claude_chunks(reply: Reply) -> list[dict[str, Any]]:
    named: Sequence[tuple[str, dict[str, Any]]] = list(messages_api.events_of(reply))
    return [{"type": name, **data} for name, data in named if name != "ping"]


def _metrics(reply: Reply) -> dict[str, int]:
    return {
        "inputTokenCount": reply.prompt.input_tokens,
        "outputTokenCount": reply.output_tokens,
        "invocationLatency": _LATENCY_MS,
        "firstByteLatency": _LATENCY_MS,
    }
