"""Inference on bedrock-runtime, as boto3's client sees it: both APIs, both streams, by project."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError

from local_aws import Fault, LocalAws, Use
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.local_aws.native import Native, arn, client
from tests.local_aws.test_native_rules import send

CLAUDE, OPEN_WEIGHT = "anthropic.claude-haiku-4-5-20251001-v1:0", "openai.gpt-oss-20b-1:0"
TEXT = "The local AWS answers every prompt with these words, and counts the tokens of both."
WORDS = "Twelve chars"
APPLICATION = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/a1b2c3d4e5f6"
Said = tuple[str, int, int]  # text, input tokens, output tokens


@pytest.fixture
def runtime(aws: LocalAws) -> Any:
    """A client of bedrock-runtime."""
    return client(aws.url, "bedrock-runtime")


def converse(runtime: Any, model: str = OPEN_WEIGHT, **parameters: Any) -> Said:
    parameters.setdefault("messages", [{"role": "user", "content": [{"text": WORDS}]}])
    answer = runtime.converse(modelId=model, **parameters)
    text = answer["output"]["message"]["content"][0]["text"]
    return text, answer["usage"]["inputTokens"], answer["usage"]["outputTokens"]


def converse_stream(runtime: Any, model: str = OPEN_WEIGHT, **parameters: Any) -> Said:
    parameters.setdefault("messages", [{"role": "user", "content": [{"text": WORDS}]}])
    events = list(runtime.converse_stream(modelId=model, **parameters)["stream"])
    names = [next(iter(event)) for event in events]
    assert (names[0], names[-3:]) == ("messageStart", ["contentBlockStop", "messageStop", "metadata"])
    text = "".join(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event)
    usage = events[-1]["metadata"]["usage"]
    return text, usage["inputTokens"], usage["outputTokens"]


def body(model: str, /, **fields: Any) -> str:
    claude = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1000} if "claude" in model else {}
    return json.dumps({**claude, "messages": [{"role": "user", "content": WORDS}], **fields})


def invoke(runtime: Any, model: str = OPEN_WEIGHT, *, fields: dict[str, Any] | None = None, **parameters: Any) -> Said:
    answer = runtime.invoke_model(modelId=model, body=body(model, **(fields or {})), **parameters)
    headers, said = answer["ResponseMetadata"]["HTTPHeaders"], json.loads(answer["body"].read())
    used = tuple(int(headers[f"x-amzn-bedrock-{side}-token-count"]) for side in ("input", "output"))
    if "claude" in model:
        assert used == (said["usage"]["input_tokens"], said["usage"]["output_tokens"])
        return said["content"][0]["text"], *used
    assert used == (said["usage"]["prompt_tokens"], said["usage"]["completion_tokens"])
    return said["choices"][0]["message"]["content"], *used


def invoke_stream(
    runtime: Any, model: str = OPEN_WEIGHT, *, fields: dict[str, Any] | None = None, **parameters: Any
) -> Said:
    text = body(model, **(fields or {}))
    answer = runtime.invoke_model_with_response_stream(modelId=model, body=text, **parameters)
    assert answer["contentType"] == "application/json"
    chunks = [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]
    metrics = chunks[-1]["amazon-bedrock-invocationMetrics"]
    if "claude" in model:
        assert [chunks[0]["type"], chunks[-1]["type"]] == ["message_start", "message_stop"]
        pieces = [chunk["delta"]["text"] for chunk in chunks if chunk["type"] == "content_block_delta"]
    else:
        choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
        pieces = [choice["delta"].get("content", "") for choice in choices]
    return "".join(pieces), metrics["inputTokenCount"], metrics["outputTokenCount"]


WAYS: dict[str, Callable[..., Said]] = {way.__name__: way for way in (converse, converse_stream, invoke, invoke_stream)}


def meters(aws: LocalAws) -> list[tuple[str, str, str, int, int]]:
    return [
        (one["endpoint"], one["project"], one["model"], one["input_tokens"], one["output_tokens"])
        for one in aws.meters()
    ]


@pytest.mark.parametrize(
    ("model", "name"), [(CLAUDE, "anthropic.claude-haiku-4-5"), (OPEN_WEIGHT, "openai.gpt-oss-20b")]
)
@pytest.mark.parametrize("way", WAYS)
def test_each_way_answers_and_is_metered_for_its_project(
    runtime: Any, native: Native, aws: LocalAws, way: str, model: str, name: str
) -> None:
    project = native.create("Chat", {"Team": "Search"})
    assert WAYS[way](runtime, model, projectIdentifier=project["id"]) == (TEXT, 3, 21)
    assert meters(aws) == [("bedrock-runtime", project["id"], name, 3, 21)]
    assert aws.meters()[0]["tags"] == {"Team": "Search"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("named", ["default", arn("default"), None])
def test_without_a_named_project_use_is_the_default_ones(
    runtime: Any, aws: LocalAws, way: str, named: str | None
) -> None:
    WAYS[way](runtime, **({} if named is None else {"projectIdentifier": named}))
    assert [meter[1] for meter in meters(aws)] == ["default"]


@pytest.mark.parametrize("way", WAYS)
def test_a_project_may_be_named_by_its_arn(runtime: Any, native: Native, aws: LocalAws, way: str) -> None:
    project = native.create("Chat")
    WAYS[way](runtime, projectIdentifier=project["arn"])
    assert [meter[1] for meter in meters(aws)] == [project["id"]]


@pytest.mark.parametrize(
    "model",
    [
        f"us.{CLAUDE}",
        f"global.{CLAUDE}",
        f"arn:aws:bedrock:{REGION}::foundation-model/{CLAUDE}",
        f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/us.{CLAUDE}",
    ],
)
@pytest.mark.parametrize("way", WAYS)
def test_models_and_system_defined_profiles_go_with_a_project(
    runtime: Any, native: Native, aws: LocalAws, way: str, model: str
) -> None:
    project = native.create("Chat")
    WAYS[way](runtime, model, projectIdentifier=project["id"])
    assert [meter[1:3] for meter in meters(aws)] == [(project["id"], "anthropic.claude-haiku-4-5")]


@pytest.mark.parametrize("way", WAYS)
def test_a_limit_cuts_the_answer(runtime: Any, way: str) -> None:
    if way.startswith("invoke"):
        said = WAYS[way](runtime, fields={"max_completion_tokens": 2})
    else:
        said = WAYS[way](runtime, inferenceConfig={"maxTokens": 2})
    assert said == (TEXT[:8], 3, 2)


def test_a_stop_reason_says_why_it_ended(runtime: Any) -> None:
    messages = [{"role": "user", "content": [{"text": WORDS}]}]
    answers = [
        runtime.converse(modelId=CLAUDE, messages=messages, inferenceConfig={"maxTokens": limit}) for limit in (2, 500)
    ]
    assert [answer["stopReason"] for answer in answers] == ["max_tokens", "end_turn"]


def test_a_system_prompt_counts(runtime: Any) -> None:
    assert converse(runtime, system=[{"text": WORDS}])[1] == 6


def test_with_one_store_a_project_of_mantle_is_metered_here(runtime: Any, mantle: Mantle, aws: LocalAws) -> None:
    aws.settings(project_stores="one")
    project = mantle.create("Chat")
    converse(runtime, projectIdentifier=arn(project["id"]))
    assert [meter[:2] for meter in meters(aws)] == [("bedrock-runtime", project["id"])]


def refusal(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as raised:
        call(*arguments, **parameters)
    response = raised.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


UNUSABLE = {
    "unknown": "proj_" + "a" * 20,
    "of mantle": arn("default", service="bedrock-mantle"),
    "of another region": arn("default", region="eu-west-1"),
    "of another account": arn("default", account="222222222222"),
}


@pytest.mark.parametrize("case", UNUSABLE)
@pytest.mark.parametrize("way", WAYS)
def test_a_project_that_cannot_be_used_is_refused(runtime: Any, aws: LocalAws, way: str, case: str) -> None:
    assert refusal(WAYS[way], runtime, projectIdentifier=UNUSABLE[case])[:2] == (400, "ValidationException")
    assert (aws.requests()[-1].rule, aws.meters()) == ("runtime-project", [])


def test_an_archived_project_is_refused(runtime: Any, native: Native, aws: LocalAws) -> None:
    status, code, message = refusal(converse, runtime, projectIdentifier=native.archived())
    assert (status, code) == (400, "ValidationException")
    assert "is archived" in message
    assert aws.meters() == []


@pytest.mark.parametrize(
    ("code", "status"),
    [("ValidationException", 400), ("ResourceNotFoundException", 404), ("AccessDeniedException", 403)],
)
def test_the_code_of_an_unusable_project_is_a_switch(runtime: Any, aws: LocalAws, code: str, status: int) -> None:
    aws.settings(runtime_project_error=code)
    assert refusal(converse, runtime, projectIdentifier="proj_x")[:2] == (status, code)


@pytest.mark.parametrize("way", WAYS)
def test_an_application_profile_and_a_named_project_exclude_each_other(
    runtime: Any, native: Native, aws: LocalAws, way: str
) -> None:
    project = native.create("Chat")
    refused = refusal(WAYS[way], runtime, APPLICATION, projectIdentifier=project["id"])
    assert refused[:2] == (400, "ValidationException")
    assert (aws.requests()[-1].rule, aws.meters()) == ("runtime-application-profile", [])


def test_an_application_profile_goes_with_the_default_project(runtime: Any, aws: LocalAws) -> None:
    converse(runtime, APPLICATION)
    assert [meter[1:3] for meter in meters(aws)] == [("default", "anthropic.claude-haiku-4-5")]


@pytest.mark.parametrize(
    "target",
    [
        f"arn:aws:bedrock:{REGION}:{ACCOUNT}:provisioned-model/a1b2c3d4e5f6",
        f"arn:aws:bedrock:{REGION}:{ACCOUNT}:imported-model/a1b2c3d4e5f6",
        f"arn:aws:bedrock:eu-west-1::foundation-model/{CLAUDE}",
        f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/{CLAUDE}",
    ],
)
def test_other_targets_do_not_go_with_a_named_project(runtime: Any, native: Native, aws: LocalAws, target: str) -> None:
    project = native.create("Chat")
    assert refusal(converse, runtime, target, projectIdentifier=project["id"])[1] == "ValidationException"
    assert aws.requests()[-1].rule == "runtime-target"


@pytest.mark.parametrize("model", ["openai.gpt-oss-20b", "us.nothing", "openai.gpt-5.5", APPLICATION[:-20]])
def test_a_model_that_is_not_served_is_refused(runtime: Any, aws: LocalAws, model: str) -> None:
    expected = (400, "ValidationException", "The provided model identifier is invalid.")
    assert refusal(converse, runtime, model) == expected
    assert aws.requests()[-1].rule == "runtime-model"


# Path, body, rule, a part of the message.
BAD: dict[str, tuple[str, Any, str, str]] = {
    "no JSON": (f"{CLAUDE}/invoke", b"x", "runtime-json", "Malformed input"),
    "a list": (f"{CLAUDE}/converse", [], "runtime-json", "Malformed input"),
    "no messages": (f"{CLAUDE}/converse", {}, "runtime-converse", "messages"),
    "text as content": (
        f"{CLAUDE}/converse-stream",
        {"messages": [{"role": "user", "content": "x"}]},
        "runtime-converse",
        "content blocks",
    ),
    "unknown role": (
        f"{CLAUDE}/converse",
        {"messages": [{"role": "tool", "content": []}]},
        "runtime-converse",
        "messages",
    ),
    "config": (
        f"{CLAUDE}/converse",
        {"messages": [{"role": "user", "content": []}], "inferenceConfig": 7},
        "runtime-converse",
        "inferenceConfig",
    ),
    "limit": (
        f"{CLAUDE}/converse",
        {"messages": [{"role": "user", "content": []}], "inferenceConfig": {"maxTokens": 0}},
        "runtime-limit",
        "maxTokens",
    ),
    "no version": (f"{CLAUDE}/invoke", {"max_tokens": 1, "messages": []}, "runtime-claude", "anthropic_version"),
    "no limit": (
        f"{CLAUDE}/invoke",
        {"anthropic_version": "bedrock-2023-05-31", "messages": []},
        "runtime-claude",
        "max_tokens: Field required",
    ),
    "Claude without messages": (
        f"{CLAUDE}/invoke",
        {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1, "messages": []},
        "runtime-claude",
        "at least one",
    ),
    "Claude with model": (
        f"{CLAUDE}/invoke",
        json.loads(body(CLAUDE, model=CLAUDE)),
        "runtime-claude-extra",
        "model: Extra inputs",
    ),
    "chat without messages": (f"{OPEN_WEIGHT}/invoke", {"messages": ["x"]}, "runtime-openai", "at least one"),
    "another model": (
        f"{OPEN_WEIGHT}/invoke",
        json.loads(body(OPEN_WEIGHT, model="openai.gpt-oss-120b-1:0")),
        "runtime-openai",
        "model: must match",
    ),
    "stream without streaming": (
        f"{OPEN_WEIGHT}/invoke",
        json.loads(body(OPEN_WEIGHT, stream=True)),
        "runtime-openai",
        "stream: must match",
    ),
    "chat limit": (f"{OPEN_WEIGHT}/invoke", json.loads(body(OPEN_WEIGHT, max_tokens=0)), "runtime-limit", "max_tokens"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_body_that_breaks_a_rule_is_refused_and_not_metered(aws: LocalAws, case: str) -> None:
    path, payload, rule, message = BAD[case]
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    response = send(aws, "POST", f"/model/{path}", data)
    assert (response.status, response.headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert message in response.json()["message"]
    assert (aws.requests()[-1].rule, aws.meters()) == (rule, [])


@pytest.mark.parametrize(
    "fields", [{"model": OPEN_WEIGHT, "stream": True}, {"stream_options": {"include_usage": True}}]
)
def test_a_chat_may_say_again_what_the_request_says(runtime: Any, fields: dict[str, Any]) -> None:
    assert invoke_stream(runtime, fields=fields) == (TEXT, 3, 21)


@pytest.mark.parametrize("flipped", [4, 9, 40, -1])
def test_a_frame_that_was_changed_on_its_way_is_noticed(aws: LocalAws, flipped: int) -> None:
    payload = json.dumps({"messages": [{"role": "user", "content": [{"text": WORDS}]}]}).encode()
    response = send(aws, "POST", f"/model/{OPEN_WEIGHT}/converse-stream", payload)
    assert response.headers["content-type"] == "application/vnd.amazon.eventstream"
    frames = EventStreamBuffer()
    frames.add_data(response.data)
    assert vars(next(frames))["headers"] == {
        ":event-type": "messageStart",
        ":content-type": "application/json",
        ":message-type": "event",
    }
    first = bytearray(response.data[: int.from_bytes(response.data[:4], "big")])
    first[flipped] ^= 1
    broken = EventStreamBuffer()
    broken.add_data(bytes(first))
    with pytest.raises(Exception, match="Checksum mismatch"):
        next(broken)


@pytest.mark.parametrize(
    ("way", "action"),
    [
        ("converse", "InvokeModel"),
        ("invoke", "InvokeModel"),
        ("converse_stream", "InvokeModelWithResponseStream"),
        ("invoke_stream", "InvokeModelWithResponseStream"),
    ],
)
def test_a_request_takes_its_permission_on_target_and_project(
    runtime: Any, native: Native, aws: LocalAws, way: str, action: str
) -> None:
    project = native.create("Chat")
    model = f"arn:aws:bedrock:{REGION}::foundation-model/{CLAUDE}"
    profile = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/us.{CLAUDE}"
    WAYS[way](runtime, CLAUDE, projectIdentifier=project["id"])
    WAYS[way](runtime, f"us.{CLAUDE}")
    named, default = (request.permissions for request in aws.requests("bedrock-runtime:*"))
    assert named == [[f"bedrock:{action}", model], [f"bedrock:{action}", project["arn"]]]
    assert default == [[f"bedrock:{action}", resource] for resource in (profile, model, arn("default"))]
    aws.faults([Fault(kind="denied", action=f"bedrock:{action}")])
    assert refusal(WAYS[way], runtime)[:2] == (403, "AccessDeniedException")


def test_requests_are_recorded_with_their_project(runtime: Any, native: Native, aws: LocalAws) -> None:
    project = native.create("Chat")
    converse(runtime, projectIdentifier=project["id"])
    invoke(runtime, projectIdentifier=project["id"])
    said, invoked = aws.requests("bedrock-runtime:*")
    assert (said.operation, invoked.operation) == ("bedrock-runtime:Converse", "bedrock-runtime:InvokeModel")
    assert said.body["projectIdentifier"] == invoked.headers["x-amzn-bedrock-projectidentifier"] == project["id"]


def test_an_api_key_is_enough(native: Native, aws: LocalAws) -> None:
    project = native.create("Chat")
    payload = {"messages": [{"role": "user", "content": [{"text": WORDS}]}], "projectIdentifier": project["id"]}
    response = urllib3.request(
        "POST",
        f"{aws.url}/model/{OPEN_WEIGHT}/converse",
        json=payload,
        headers={"Authorization": f"Bearer local-key-{ACCOUNT}-{REGION}"},
    )
    assert response.status == 200
    assert [meter[1] for meter in meters(aws)] == [project["id"]]


def test_use_here_is_in_no_series_of_mantle(runtime: Any, native: Native, aws: LocalAws) -> None:
    converse(runtime, projectIdentifier=native.create("Chat")["id"])
    cloudwatch = client(aws.url, "cloudwatch")
    assert cloudwatch.list_metrics(Namespace="AWS/BedrockMantle")["Metrics"] == []


def costs(aws: LocalAws, *groups: tuple[str, str]) -> dict[tuple[str, ...], str]:
    """What March cost, by groups."""
    answer = client(aws.url, "ce", region="us-east-1").get_cost_and_usage(
        TimePeriod={"Start": "2026-03-01", "End": "2026-04-01"},
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
        GroupBy=[{"Type": kind, "Key": key} for kind, key in groups],
    )
    groups_shown = answer["ResultsByTime"][0]["Groups"]
    return {tuple(group["Keys"]): group["Metrics"]["UnblendedCost"]["Amount"] for group in groups_shown}


def test_usage_types_are_not_those_of_mantle(runtime: Any, aws: LocalAws) -> None:
    aws.set_clock("2026-03-15T12:00:00Z")
    converse(runtime)
    converse(runtime, CLAUDE)
    assert set(costs(aws, ("DIMENSION", "SERVICE"), ("DIMENSION", "USAGE_TYPE"))) == {
        ("Amazon Bedrock", "USW2-gpt-oss-20b-input-tokens"),
        ("Amazon Bedrock", "USW2-gpt-oss-20b-output-tokens"),
        ("Claude Haiku 4.5 (Amazon Bedrock Edition)", "USW2-MP:USW2_InputTokenCount-Units"),
        ("Claude Haiku 4.5 (Amazon Bedrock Edition)", "USW2-MP:USW2_OutputTokenCount-Units"),
    }


@pytest.mark.parametrize(("switch", "keys"), [("untagged", {("Team$",)}), ("tagged", {("Team$Search",)})])
def test_whether_the_bill_has_the_projects_tags_is_a_switch(
    runtime: Any, native: Native, aws: LocalAws, switch: str, keys: set[tuple[str]]
) -> None:
    aws.set_clock("2026-03-15T12:00:00Z")
    aws.settings(runtime_usage_tags=switch)
    aws.tag_keys(ACCOUNT, ["Team"], status="Active")
    converse(runtime, projectIdentifier=native.create("Chat", {"Team": "Search"})["id"])
    assert set(costs(aws, ("TAG", "Team"))) == keys


@pytest.mark.parametrize(("switch", "known"), [("untagged", []), ("tagged", ["Team"])])
def test_billing_discovers_keys_only_if_lines_carry_them(
    runtime: Any, native: Native, aws: LocalAws, switch: str, known: list[str]
) -> None:
    aws.settings(runtime_usage_tags=switch)
    converse(runtime, projectIdentifier=native.create("Chat", {"Team": "Search"})["id"])
    aws.advance(hours=25)
    tags = client(aws.url, "ce").list_cost_allocation_tags(Type="UserDefined")["CostAllocationTags"]
    assert [tag["TagKey"] for tag in tags] == known


@pytest.mark.parametrize(("endpoint", "expected"), [(None, "bedrock-runtime"), ("bedrock-mantle", "bedrock-mantle")])
def test_the_control_api_meters_use_on_either_endpoint(
    native: Native, aws: LocalAws, endpoint: Any, expected: str
) -> None:
    project_id = native.create("Chat")["id"]
    aws.use_many(
        [Use(project_id=project_id, model="openai.gpt-oss-20b", input_tokens=5, output_tokens=7, endpoint=endpoint)]
    )
    assert meters(aws) == [(expected, project_id, "openai.gpt-oss-20b", 5, 7)]


def test_other_paths_of_the_runtime_are_motos(runtime: Any, aws: LocalAws) -> None:
    with pytest.raises(ClientError):
        runtime.count_tokens(modelId=CLAUDE, input={"converse": {"messages": []}})
    assert aws.requests()[-1].service == "bedrock"
