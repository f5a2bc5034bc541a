"""Converse and ConverseStream: one shape for all models.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from local_aws.bedrock.exceptions import ValidationException
from local_aws.bedrock_mantle.inference import tokens
from local_aws.bedrock_mantle.inference.api import Prompt, Reply
from local_aws.bedrock_runtime import rules
from local_aws.bedrock_runtime.bodies import limit_of
from local_aws.model_catalogue import Model

_ROLES: Final = frozenset({"user", "assistant", "system"})
_LATENCY_MS: Final = 1  # nothing is measured


def read(body: Mapping[str, Any], model: Model, *, stream: bool) -> Prompt:
    """A request's body; ValidationException unless it has messages of content blocks."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(_is_message(message) for message in messages):
        message = "messages must be a list of at least one role with its content blocks."
        raise ValidationException(message, rule=rules.CONVERSE)
    config = body.get("inferenceConfig") or {}
    if not isinstance(config, dict):
        raise ValidationException("inferenceConfig must be an object.", rule=rules.CONVERSE)
    counted = tokens.characters(body.get("system")) + tokens.characters(messages)
    return Prompt(body, model.runtime_id, tokens.tokens(counted), limit_of(config, "maxTokens"), stream)


def whole(reply: Reply) -> dict[str, Any]:
    """The answer of Converse."""
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": reply.text}]}},
        "stopReason": _stop_reason(reply),
        "usage": _usage(reply),
        "metrics": {"latencyMs": _LATENCY_MS},
    }


def events(reply: Reply) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of ConverseStream; what was used is in the last one."""
    yield "messageStart", {"role": "assistant"}
    for piece in tokens.pieces(reply.text):
        yield "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}}
    yield "contentBlockStop", {"contentBlockIndex": 0}
    yield "messageStop", {"stopReason": _stop_reason(reply)}
    yield "metadata", {"usage": _usage(reply), "metrics": {"latencyMs": _LATENCY_MS}}


def _is_message(message: Any) -> bool:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        return False
    content = message.get("content")
    return isinstance(content, list) and all(isinstance(block, dict) for block in content)


def _stop_reason(reply: Reply) -> str:
    return "max_tokens" if reply.cut else "end_turn"


def _usage(reply: Reply) -> dict[str, int]:
    used = reply.prompt.input_tokens, reply.output_tokens
    return {"inputTokens": used[0], "outputTokens": used[1], "totalTokens": sum(used)}
