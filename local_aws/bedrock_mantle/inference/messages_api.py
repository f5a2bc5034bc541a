"""Messages: `POST /anthropic/v1/messages`. Shapes of Anthropic's API.

A stream says what was used in `message_start` (input) and `message_delta` (all).

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-messages-api.html
"""

from collections.abc import Iterator
from typing import Any

from local_aws.bedrock_mantle import rules
from local_aws.bedrock_mantle.exceptions import InferenceError
from local_aws.bedrock_mantle.inference import tokens
from local_aws.bedrock_mantle.inference.api import (
    InferenceApi,
    Prompt,
    Reply,
    body_of,
    check_messages,
    check_model,
    events,
    limit_of,
    stream_of,
)
from local_aws.messages import Request


def _read(request: Request) -> Prompt:
    if not request.headers.get("anthropic-version"):
        raise InferenceError("anthropic-version: header is required", rule=rules.ANTHROPIC_VERSION)
    body = body_of(request)
    for name in ("model", "max_tokens", "messages"):
        if body.get(name) is None:
            raise InferenceError(f"{name}: Field required", rule=rules.INFERENCE_BODY)
    check_messages(body)
    return Prompt(
        body,
        model=check_model(body),
        input_tokens=tokens.tokens(tokens.characters(body.get("system")) + tokens.characters(body["messages"])),
        limit=limit_of(body, "max_tokens"),
        stream=stream_of(body),
    )


def _usage(reply: Reply, *, output_tokens: int) -> dict[str, Any]:
    return {
        "input_tokens": reply.prompt.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output_tokens,
    }


def _message(reply: Reply, *, content: list[Any], stop_reason: str | None, output_tokens: int) -> dict[str, Any]:
    return {
        "model": reply.prompt.model,
        "id": f"msg_bdrk_{reply.id}",
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": _usage(reply, output_tokens=output_tokens),
    }


def _stop_reason(reply: Reply) -> str:
    return "max_tokens" if reply.cut else "end_turn"


def whole(reply: Reply) -> dict[str, Any]:
    """An answer that is not streamed."""
    content = [{"type": "text", "text": reply.text}]
    return _message(reply, content=content, stop_reason=_stop_reason(reply), output_tokens=reply.output_tokens)


def _stream(reply: Reply) -> bytes:
    return events((name, {"type": name, **data}) for name, data in events_of(reply))


def events_of(reply: Reply) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a stream, each with its name."""
    yield "message_start", {"message": _message(reply, content=[], stop_reason=None, output_tokens=1)}
    yield "content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}
    yield "ping", {}
    for piece in tokens.pieces(reply.text):
        yield "content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": piece}}
    yield "content_block_stop", {"index": 0}
    delta = {"stop_reason": _stop_reason(reply), "stop_sequence": None}
    yield "message_delta", {"delta": delta, "usage": _usage(reply, output_tokens=reply.output_tokens)}
    yield "message_stop", {}


MESSAGES = InferenceApi("messages", "anthropic-workspace-id", _read, whole, _stream)
