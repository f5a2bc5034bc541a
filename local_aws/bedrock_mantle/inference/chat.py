"""Chat Completions: `POST /v1/chat/completions`. Shapes of OpenAI's specification.

A stream says what was used only if the request asks with `stream_options.include_usage`, in a last chunk without
choices; the other chunks then carry a null. It is metered all the same.
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
    compact,
    limit_of,
    stream_of,
)
from local_aws.messages import Request


def _read(request: Request) -> Prompt:
    body = body_of(request)
    for name in ("model", "messages"):
        if body.get(name) is None:
            raise InferenceError(f"Missing required parameter: '{name}'.", rule=rules.INFERENCE_BODY)
    check_messages(body)
    stream = stream_of(body)
    options = body.get("stream_options") or {}
    if not isinstance(options, dict) or (options and not stream):
        message = "stream_options: must be an object, and needs stream to be true."
        raise InferenceError(message, rule=rules.INFERENCE_BODY)
    return Prompt(
        body,
        model=check_model(body),
        input_tokens=tokens.tokens(tokens.characters(body["messages"])),
        limit=limit_of(body, "max_completion_tokens", "max_tokens"),
        stream=stream,
        usage=bool(options.get("include_usage")),
    )


def _usage(reply: Reply) -> dict[str, Any]:
    return {
        "prompt_tokens": reply.prompt.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.prompt.input_tokens + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _head(reply: Reply, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{reply.id}", "object": kind, "created": reply.created, "model": reply.prompt.model}


def _finish(reply: Reply) -> str:
    return "length" if reply.cut else "stop"


def whole(reply: Reply) -> dict[str, Any]:
    """An answer that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply), "logprobs": None}
    return {**_head(reply, "chat.completion"), "choices": [choice], "usage": _usage(reply)}


def _stream(reply: Reply) -> bytes:
    lines = [f"data: {compact(chunk)}\n\n" for chunk in chunks(reply)]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()


def chunks(reply: Reply) -> Iterator[dict[str, Any]]:
    """The chunks of a stream."""
    head = _head(reply, "chat.completion.chunk") | ({"usage": None} if reply.prompt.usage else {})
    deltas: list[dict[str, str]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in tokens.pieces(reply.text)]
    for delta in deltas:
        yield {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": _finish(reply)}]}
    if reply.prompt.usage:
        yield {**head, "choices": [], "usage": _usage(reply)}


CHAT = InferenceApi("chat", "OpenAI-Project", _read, whole, _stream)
