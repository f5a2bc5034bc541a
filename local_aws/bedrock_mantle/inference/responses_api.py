"""Responses: `POST /v1/responses`. Shapes of OpenAI's specification; usage is in the last event of a stream.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html
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
    check_model,
    events,
    limit_of,
    stream_of,
)
from local_aws.messages import Request


def _read(request: Request) -> Prompt:
    body = body_of(request)
    for name in ("model", "input"):
        if body.get(name) is None:
            raise InferenceError(f"Missing required parameter: '{name}'.", rule=rules.INFERENCE_BODY)
    if not isinstance(body["input"], str | list) or not body["input"]:
        raise InferenceError("input: must be a text or a list of items.", rule=rules.INFERENCE_BODY)
    return Prompt(
        body,
        model=check_model(body),
        input_tokens=tokens.tokens(tokens.characters(body["input"]) + tokens.characters(body.get("instructions"))),
        limit=limit_of(body, "max_output_tokens"),
        stream=stream_of(body),
    )


def _usage(reply: Reply) -> dict[str, Any]:
    return {
        "input_tokens": reply.prompt.input_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": reply.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": reply.prompt.input_tokens + reply.output_tokens,
    }


def _content(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _item(reply: Reply, *, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": f"msg_{reply.id}", "type": "message", "status": status, "role": "assistant", "content": content}


def _status(reply: Reply) -> str:
    return "incomplete" if reply.cut else "completed"


def _response(reply: Reply, *, status: str, output: list[dict[str, Any]], usage: Any) -> dict[str, Any]:
    body = reply.prompt.body
    return {
        "id": f"resp_{reply.id}",
        "object": "response",
        "created_at": reply.created,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": reply.prompt.limit,
        "metadata": body.get("metadata") or {},
        "model": reply.prompt.model,
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": body.get("previous_response_id"),
        "temperature": body.get("temperature", 1.0),
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_p": body.get("top_p", 1.0),
        "truncation": "disabled",
        "usage": usage,
    }


def _whole(reply: Reply) -> dict[str, Any]:
    status = _status(reply)
    output = [_item(reply, status=status, content=[_content(reply.text)])]
    return _response(reply, status=status, output=output, usage=_usage(reply))


def _stream(reply: Reply) -> bytes:
    numbered = enumerate(_events(reply))
    return events((name, {"type": name, "sequence_number": number, **data}) for number, (name, data) in numbered)


def _events(reply: Reply) -> Iterator[tuple[str, dict[str, Any]]]:
    begun = _response(reply, status="in_progress", output=[], usage=None)
    ended = _whole(reply)
    at = {"output_index": 0}
    part = {"item_id": f"msg_{reply.id}", "output_index": 0, "content_index": 0}
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    yield "response.output_item.added", {**at, "item": _item(reply, status="in_progress", content=[])}
    yield "response.content_part.added", {**part, "part": _content("")}
    for piece in tokens.pieces(reply.text):
        yield "response.output_text.delta", {**part, "delta": piece, "logprobs": []}
    yield "response.output_text.done", {**part, "text": reply.text, "logprobs": []}
    yield "response.content_part.done", {**part, "part": _content(reply.text)}
    yield "response.output_item.done", {**at, "item": ended["output"][0]}
    yield f"response.{ended['status']}", {"response": ended}


RESPONSES = InferenceApi("responses", "OpenAI-Project", _read, _whole, _stream)
