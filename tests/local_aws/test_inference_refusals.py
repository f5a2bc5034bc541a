"""Inference requests that cannot be answered: status and envelope of each router, and what is counted of them."""

from typing import Any

import pytest

from local_aws import LocalAws
from tests.local_aws.mantle import Mantle

PROMPT = {"messages": [{"role": "user", "content": "hello"}]}
GPT_OSS, GPT, CLAUDE, QWEN = "openai.gpt-oss-20b", "openai.gpt-5.5", "anthropic.claude-opus-4-7", "qwen.qwen3-32b"
NOT_OBJECT = "The request body must be a JSON object."


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/v1/responses", {"model": "m", "input": "hello"}, 404, "The model 'm' does not exist"),
        (
            "/v1/responses",
            {"model": QWEN, "input": "hello"},
            400,
            f"The model '{QWEN}' does not support the '/v1/responses' API",
        ),
        (
            "/v1/responses",
            {"model": GPT, "input": "hello"},
            400,
            f"The model '{GPT}' does not support the '/v1/responses' API",
        ),
        ("/openai/v1/responses", {"model": GPT, "input": "hello"}, 200, None),
        ("/openai/v1/responses", {"model": GPT_OSS, "input": "hello"}, 400, None),
        ("/v1/responses", {"model": GPT_OSS}, 400, "Missing required parameter: 'input'."),
        ("/v1/responses", {"input": "hello"}, 400, "Missing required parameter: 'model'."),
        ("/v1/responses", {"model": GPT_OSS, "input": 7}, 400, "input: must be a text or a list of items."),
        ("/v1/responses", {"model": 7, "input": "hello"}, 400, "model: must be a string."),
        ("/v1/responses", [], 400, NOT_OBJECT),
        (
            "/v1/chat/completions",
            {"model": CLAUDE, **PROMPT},
            400,
            f"The model '{CLAUDE}' does not support the '/v1/chat/completions' API",
        ),
        ("/v1/chat/completions", {"model": GPT_OSS}, 400, "Missing required parameter: 'messages'."),
        (
            "/v1/chat/completions",
            {"model": GPT_OSS, "messages": []},
            400,
            "messages: must be a list of at least one message.",
        ),
        (
            "/v1/chat/completions",
            {"model": GPT_OSS, "messages": [{}]},
            400,
            "messages.0: must be an object with a role.",
        ),
        (
            "/v1/chat/completions",
            {"model": GPT_OSS, **PROMPT, "max_tokens": 0},
            400,
            "max_tokens: must be a whole number of at least 1.",
        ),
        ("/v1/chat/completions", {"model": GPT_OSS, **PROMPT, "stream": "yes"}, 400, "stream: must be true or false."),
        ("/v1/chat/completions", {"model": GPT_OSS, **PROMPT, "stream_options": {"include_usage": True}}, 400, None),
        ("/anthropic/v1/messages", {"model": "m", "max_tokens": 1, **PROMPT}, 404, "The model 'm' does not exist"),
        ("/anthropic/v1/messages", {"model": GPT_OSS, "max_tokens": 1, **PROMPT}, 400, None),
        ("/anthropic/v1/messages", {"model": CLAUDE, **PROMPT}, 400, "max_tokens: Field required"),
        ("/anthropic/v1/messages", {"model": CLAUDE, "max_tokens": True, **PROMPT}, 400, None),
    ],
)
def test_what_cannot_be_answered_is_refused_and_counted(
    aws: LocalAws, mantle: Mantle, path: str, body: Any, status: int, message: str | None
) -> None:
    answer = mantle.post(path, body, headers={"anthropic-version": "2023-06-01"})
    assert answer.status == status, answer
    [meter] = aws.meters()
    assert (meter["requests"], meter["client_errors"]) == ((1, 0) if status == 200 else (0, 1))
    if status == 200:
        return
    error, kind = answer.json["error"], "not_found_error" if status == 404 else "invalid_request_error"
    assert message in (None, error["message"])
    if path.startswith("/anthropic"):
        request_id = answer.headers["request-id"]
        assert answer.json == {
            "type": "error",
            "request_id": request_id,
            "error": {"type": kind, "message": error["message"]},
        }
    else:
        code = "not_found_error" if status == 404 else "validation_error"
        assert error == {"message": error["message"], "type": kind, "code": code}


def test_messages_need_their_version(mantle: Mantle) -> None:
    answer = mantle.post("/anthropic/v1/messages", {"model": CLAUDE, "max_tokens": 1, **PROMPT})
    assert (answer.status, answer.json["error"]["message"]) == (400, "anthropic-version: header is required")


def test_other_paths_of_the_anthropic_router_are_404_in_its_envelope(mantle: Mantle) -> None:
    answer = mantle.post("/anthropic/v1/complete", {})
    assert (answer.status, answer.json["type"], answer.json["error"]["type"]) == (404, "error", "not_found_error")


def test_a_signature_for_bedrock_is_refused(aws: LocalAws, mantle: Mantle) -> None:
    for path in ("/v1/responses", "/anthropic/v1/messages"):
        answer = mantle.send(mantle.signed("POST", path, b"{}", service="bedrock"))
        assert (answer.status, answer.json["error"]["type"]) == (401, "authentication_error")
    assert aws.meters() == []


def test_the_key_in_x_api_key_counts_on_the_anthropic_router_only(mantle: Mantle, aws: LocalAws) -> None:
    for path, status in (("/anthropic/v1/messages", 400), ("/v1/responses", 401)):
        answer = mantle.pool.request(
            "POST", aws.url + path, body=b"{}", headers={"x-api-key": "local-key-111111111111"}
        )
        assert answer.status == status
