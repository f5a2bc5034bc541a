"""Inference through the real clients: the project that a request names is the one that it is metered for."""

from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from local_aws import Fault, LocalAws
from tests.local_aws.billing import Billing
from tests.local_aws.inference import (
    WAYS,
    Auth,
    Clients,
    Used,
    chat_chunks,
    clients,
    messages,
    model_of,
    responses,
)
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle

ARN = f"arn:aws:bedrock-mantle:{REGION}:{ACCOUNT}:project"
every_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def on(aws: LocalAws) -> Iterator[Clients]:
    with clients(aws.url, "bearer") as both:
        yield both


def metered(aws: LocalAws) -> dict[str, Used]:
    """Project to the tokens that were metered for it."""
    meters = aws.meters()
    assert len({meter["project"] for meter in meters}) == len(meters)
    return {meter["project"]: Used(meter["input_tokens"], meter["output_tokens"]) for meter in meters}


@pytest.mark.parametrize("auth", ["bearer", "sigv4"])
@every_way
def test_what_the_client_saw_is_metered_for_the_project_that_it_named(
    aws: LocalAws, mantle: Mantle, way: str, auth: Auth
) -> None:
    project = mantle.create("Chat", tags={"Team": "Search", "App": "Shop"})["id"]
    with clients(aws.url, auth) as both:
        used = WAYS[way](both.of(project), "x" * 41)
    assert used == (11, 21)  # four characters each, rounded up
    [meter] = aws.meters()
    assert meter.pop("minute") == pytest.approx(aws.now().timestamp() / 60, abs=2)
    assert meter == {
        "account": ACCOUNT,
        "region": REGION,
        "project": project,
        "model": model_of(way),
        "endpoint": "bedrock-mantle",
        "tags": {"App": "Shop", "Team": "Search"},
        "requests": 1,
        "client_errors": 0,
        "input_tokens": 11,
        "output_tokens": 21,
        "cache_read_tokens": 0,
        "cache_write_tokens": 0,
    }
    [request] = aws.requests("bedrock-mantle:CreateInference")
    bearer = [["bedrock-mantle:CallWithBearerToken", "*"]] if auth == "bearer" else []
    assert request.permissions == [*bearer, ["bedrock-mantle:CreateInference", f"{ARN}/{project}"]]


@every_way
def test_without_a_project_the_spend_goes_to_default(aws: LocalAws, on: Clients, way: str) -> None:
    used = WAYS[way](on, "hello")
    assert metered(aws) == {"default": used}


@pytest.mark.parametrize(
    ("way", "header"),
    [("messages", "anthropic-workspace"), ("messages", "OpenAI-Project"), ("responses", "anthropic-workspace-id")],
)
def test_another_header_is_ignored_without_a_word(aws: LocalAws, on: Clients, way: str, header: str) -> None:
    used = WAYS[way](on, "hello", extra_headers={header: "proj_invented"})
    assert metered(aws) == {"default": used}


@every_way
def test_an_unknown_project_is_404_in_the_routers_envelope(aws: LocalAws, on: Clients, way: str) -> None:
    with pytest.raises((openai.NotFoundError, anthropic.NotFoundError)) as refused:
        WAYS[way](on.of("proj_none"), "hello")
    message = f"Project {ARN}/proj_none was not found."
    request_id = aws.requests()[-1].request_id
    envelope: Any = {"message": message, "type": "not_found_error", "code": "not_found_error"}
    if way.startswith("messages"):
        inner = {"type": "not_found_error", "message": message}
        envelope = {"type": "error", "request_id": request_id, "error": inner}
    error: Any = refused.value
    assert error.body == envelope
    assert error.request_id == request_id
    assert aws.meters() == []


def test_a_project_of_another_region_is_unknown(aws: LocalAws, on: Clients) -> None:
    elsewhere = Mantle(aws.url, region="eu-west-1").create("Chat")["id"]
    with pytest.raises(openai.NotFoundError):
        responses(on.of(elsewhere), "hello")


@every_way
def test_an_archived_project_is_refused_or_answered(aws: LocalAws, mantle: Mantle, on: Clients, way: str) -> None:
    project = mantle.create("Chat")["id"]
    mantle.call("POST", f"/{project}/archive")
    with pytest.raises((openai.BadRequestError, anthropic.BadRequestError), match="is archived"):
        WAYS[way](on.of(project), "hello")
    [meter] = aws.meters()
    assert (meter["project"], meter["requests"], meter["client_errors"]) == (project, 0, 1)
    aws.settings(archived_inference="answered")
    used = WAYS[way](on.of(project), "hello")
    assert metered(aws) == {project: used}


def test_no_answer_header_names_the_project(mantle: Mantle, on: Clients) -> None:
    project = mantle.create("Chat")["id"]
    both = on.of(project)
    asked: Any = {"max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
    answers = [
        both.openai.chat.completions.with_raw_response.create(model=model_of("chat"), **asked).headers,
        both.anthropic.messages.with_raw_response.create(model=model_of("messages"), **asked).headers,
    ]
    assert not [value for headers in answers for value in headers.values() if project in value]
    assert all("x-request-id" in headers for headers in answers)


def test_a_streamed_chat_says_what_it_used_only_if_asked_and_is_metered_all_the_same(
    aws: LocalAws, on: Clients
) -> None:
    chunks = chat_chunks(on, "hello")
    assert {chunk.usage for chunk in chunks} == {None}
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks).startswith("The local AWS")
    assert metered(aws) == {"default": Used(2, 21)}
    asked = chat_chunks(on, "hello", stream_options={"include_usage": True})
    assert [chunk.usage for chunk in asked[:-1]] == [None] * len(chunks)
    assert (asked[-1].choices, asked[-1].usage.total_tokens) == ([], 23)


def test_the_clients_own_assembly_of_a_streamed_response_is_whole(on: Clients) -> None:
    with on.openai.responses.stream(model=model_of("responses"), input="hello") as stream:
        spoken = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        answer = stream.get_final_response()
    assert answer.output_text == spoken
    assert answer.usage.total_tokens == 23


@pytest.mark.parametrize(
    ("way", "option"),
    [(way, "max_output_tokens" if way.startswith("responses") else "max_tokens") for way in WAYS],
)
def test_an_answer_ends_at_the_limit_that_the_request_sets(aws: LocalAws, on: Clients, way: str, option: str) -> None:
    used = WAYS[way](on, "hello", **{option: 5})
    assert used.output_tokens == 5
    assert metered(aws) == {"default": used}


def test_the_reason_of_the_end_is_reported(on: Clients) -> None:
    asked: Any = {"messages": [{"role": "user", "content": "hello"}]}
    for limit, chat_end, message_end, status in (
        (5, "length", "max_tokens", "incomplete"),
        (99, "stop", "end_turn", "completed"),
    ):
        completion = on.openai.chat.completions.create(model=model_of("chat"), max_completion_tokens=limit, **asked)
        message = on.anthropic.messages.create(model=model_of("messages"), max_tokens=limit, **asked)
        response = on.openai.responses.create(model=model_of("responses"), input="hello", max_output_tokens=limit)
        assert completion.choices[0].finish_reason == chat_end
        assert message.stop_reason == message_end
        assert response.status == status


@pytest.mark.parametrize(
    ("way", "options", "characters"),
    [
        ("responses", {"instructions": "i" * 8}, 8),
        ("messages", {"system": "s" * 8}, 8),
        ("messages", {"system": [{"type": "text", "text": "s" * 8}, {"type": "text", "text": "t" * 8}]}, 16),
    ],
)
def test_system_prompts_count_as_input(on: Clients, way: str, options: dict[str, Any], characters: int) -> None:
    assert WAYS[way](on, "x" * 4, **options).input_tokens == 1 + characters // 4


def test_all_turns_and_parts_count_as_input(on: Clients) -> None:
    turns: Any = [
        {"role": "system", "content": "x" * 8},
        {
            "role": "user",
            "content": [{"type": "text", "text": "y" * 8}, {"type": "image_url", "image_url": {"url": "z"}}],
        },
    ]
    completion = on.openai.chat.completions.create(model=model_of("chat"), messages=turns)
    response = on.openai.responses.create(model=model_of("responses"), input=turns)
    assert (completion.usage.prompt_tokens, response.usage.input_tokens) == (4, 4)


def test_the_tags_that_count_are_those_at_the_time_of_use(aws: LocalAws, mantle: Mantle, on: Clients) -> None:
    aws.set_clock("2026-03-15T12:00:00Z")
    project = mantle.create("Chat", tags={"Team": "Search"})["id"]
    responses(on.of(project), "hello")
    mantle.call("POST", f"/{project}", {"add_tags": {"Team": "Ads"}})
    responses(on.of(project), "hello")
    aws.advance(seconds=60)
    responses(on.of(project), "hello")
    assert [(meter["tags"], meter["requests"]) for meter in aws.meters()] == [
        ({"Team": "Search"}, 1),
        ({"Team": "Ads"}, 1),
        ({"Team": "Ads"}, 1),
    ]
    first, second, third = (meter["minute"] for meter in aws.meters())
    assert (second - first, third - second) == (0, 1)


def test_a_use_makes_billing_discover_the_keys_of_its_project(
    aws: LocalAws, mantle: Mantle, billing: Billing, on: Clients
) -> None:
    project = mantle.create("Chat", tags={"Team": "Search"})["id"]
    mantle.create("Idle", tags={"CostCenter": "CC-1"})
    messages(on.of(project), "hello")
    assert billing.tags() == {}
    aws.advance(hours=25)
    assert billing.tags() == {"Team": "Inactive"}


@pytest.mark.parametrize(
    ("way", "limited"), [("responses", openai.RateLimitError), ("messages", anthropic.RateLimitError)]
)
def test_a_throttled_request_is_refused_uncounted_until_it_is_let_through(
    aws: LocalAws, mantle: Mantle, on: Clients, way: str, limited: type[Exception]
) -> None:
    project = mantle.create("Chat")["id"]
    aws.faults([Fault(kind="throttled", operation="bedrock-mantle:CreateInference", count=1)])
    with pytest.raises(limited) as refused:
        WAYS[way](on.of(project), "hello")
    body: Any = refused.value.body  # type: ignore[attr-defined]
    assert (body["error"] if way == "messages" else body)["type"] == "rate_limit_error"
    assert aws.meters() == []
    used = WAYS[way](on.of(project), "hello")
    assert metered(aws) == {project: used}


@pytest.mark.parametrize(
    ("way", "denied"), [("chat", openai.PermissionDeniedError), ("messages", anthropic.PermissionDeniedError)]
)
def test_a_missing_permission_is_refused_with_the_projects_arn(
    aws: LocalAws, mantle: Mantle, on: Clients, way: str, denied: type[Exception]
) -> None:
    project = mantle.create("Chat")["id"]
    aws.faults([Fault(kind="denied", action="bedrock-mantle:CreateInference")])
    with pytest.raises(denied, match=f"bedrock-mantle:CreateInference on resource: {ARN}/{project}"):
        WAYS[way](on.of(project), "hello")
    assert aws.meters() == []


def test_an_answer_that_is_cut_off_was_used_and_is_metered(aws: LocalAws, on: Clients) -> None:
    aws.faults([Fault(kind="cut_off", operation="bedrock-mantle:CreateInference")])
    with pytest.raises(openai.APIConnectionError):
        chat_chunks(on, "hello")
    assert metered(aws) == {"default": Used(2, 21)}


@pytest.mark.parametrize(
    ("way", "wrong"), [("chat", openai.AuthenticationError), ("messages", anthropic.AuthenticationError)]
)
def test_a_stranger_is_401(aws: LocalAws, on: Clients, way: str, wrong: type[Exception]) -> None:
    strange = Clients(on.openai.with_options(api_key="nobody"), on.anthropic.with_options(api_key="nobody"))
    with pytest.raises(wrong):
        WAYS[way](strange, "hello")
    assert aws.meters() == []


def test_a_thousand_requests_add_up(aws: LocalAws, mantle: Mantle) -> None:
    aws.set_clock("2026-03-15T12:00:00Z")
    projects = [mantle.create(f"P{number}")["id"] for number in range(20)]
    seen = dict.fromkeys(projects, Used(0, 0))
    for number in range(1000):
        project = projects[number % 20]
        body = {"model": model_of("responses"), "input": "x" * number + "y", "max_output_tokens": number % 30 + 1}
        usage = mantle.post("/v1/responses", body, headers={"OpenAI-Project": project}).json["usage"]
        before = seen[project]
        seen[project] = Used(before.input_tokens + usage["input_tokens"], before.output_tokens + usage["output_tokens"])
    totals = dict.fromkeys(projects, Used(0, 0))
    for meter in aws.meters():
        before = totals[meter["project"]]
        totals[meter["project"]] = Used(
            before.input_tokens + meter["input_tokens"], before.output_tokens + meter["output_tokens"]
        )
    assert totals == seen
    assert sum(meter["requests"] for meter in aws.meters()) == 1000
