"""What the native Projects API refuses, with code, message and rule, and that it then changes nothing."""

import json
import urllib.request
from typing import Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_aws import Fault, LocalAws
from local_aws.bedrock.exceptions import ThrottlingException
from local_aws.bedrock.throttling import Throttle
from local_aws.bedrock_mantle.models import Place
from tests.local_aws.mantle import ACCOUNT, REGION
from tests.local_aws.native import Native, arn, pairs

FIFTY = {f"k{number}": "v" for number in range(50)}
MISSING = "proj_" + "a" * 20
VALIDATION = "ValidationException"

# Operation, parameters, rule, a part of the message.
BAD: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "no name": ("create_project", {}, "native-shape", "'name'"),
    "name number": ("create_project", {"name": 7}, "native-shape", "must be a string"),
    "name empty": ("create_project", {"name": ""}, "native-name", "between 1 and 127, this has 0"),
    "name of 128": ("create_project", {"name": "x" * 128}, "native-name", "this has 128"),
    "name blank": ("create_project", {"name": " \t\n"}, "native-name", "not white space"),
    "tag without value": ("create_project", {"name": "x", "tags": [{"key": "a"}]}, "native-shape", "'value'"),
    "tag key empty": ("create_project", {"name": "x", "tags": pairs({"": "v"})}, "native-tag", "1 to 128"),
    "tag key of 129": ("create_project", {"name": "x", "tags": pairs({"k" * 129: "v"})}, "native-tag", "1 to 128"),
    "tag key not ASCII": ("create_project", {"name": "x", "tags": pairs({"Größe": "v"})}, "native-tag", "1 to 128"),
    "tag value of 257": ("create_project", {"name": "x", "tags": pairs({"k": "v" * 257})}, "native-tag", "at most 256"),
    "tag value not ASCII": ("create_project", {"name": "x", "tags": pairs({"k": "é"})}, "native-tag", "at most 256"),
    "no-break space": ("create_project", {"name": "x", "tags": pairs({"k": "a\u00a0b"})}, "native-tag", "at most 256"),
    "aws: prefix": ("create_project", {"name": "x", "tags": pairs({"AWS:x": "v"})}, "native-tag-prefix", "aws:"),
    "key twice": (
        "create_project",
        {"name": "x", "tags": pairs({"a": "1"}) * 2},
        "native-tag-twice",
        "duplicate keys",
    ),
    "201 tags": (
        "create_project",
        {"name": "x", "tags": pairs({f"k{number}": "" for number in range(201)})},
        "native-tag-list",
        "less than or equal to 200",
    ),
    "retention mode": (
        "create_project",
        {"name": "x", "dataRetention": {"mode": "zero"}},
        "native-retention",
        "[default, none, aws_review, provider_data_share, inherit]",
    ),
    "page of 0": ("list_projects", {"maxResults": 0}, "native-page", "between 1 and 100"),
    "page of 101": ("list_projects", {"maxResults": 101}, "native-page", "between 1 and 100"),
    "status": ("list_projects", {"statusFilter": "deleted"}, "native-status", "[active, archived]"),
    "token": ("list_projects", {"nextToken": "abc"}, "native-token", "Invalid nextToken"),
    "update of default": ("update_project", {"projectIdentifier": "default", "name": "x"}, "native-default", "default"),
    "archive of default": ("archive_project", {"projectIdentifier": "default"}, "native-default", "default"),
    "identifier": ("get_project", {"projectIdentifier": "a b"}, "native-identifier", "an id or the ARN"),
    "id of 65": ("get_project", {"projectIdentifier": "x" * 65}, "native-identifier", "an id or the ARN"),
    "ARN of mantle": (
        "get_project",
        {"projectIdentifier": arn("default", service="bedrock-mantle")},
        "native-identifier",
        "an id or the ARN",
    ),
    "ARN of another region": (
        "get_project",
        {"projectIdentifier": arn("default", region="eu-west-1")},
        "native-own",
        "your account and to this region",
    ),
    "ARN of another account": (
        "archive_project",
        {"projectIdentifier": arn(MISSING, account="222222222222")},
        "native-own",
        "your account and to this region",
    ),
    "tags of another account": (
        "list_tags_for_resource",
        {"resourceARN": arn(MISSING, account="222222222222")},
        "native-own",
        "your account and to this region",
    ),
    "tags of an id of another form": (
        "list_tags_for_resource",
        {"resourceARN": arn("proj_0189")},
        "native-tag-arn",
        "the ARN of a project",
    ),
    "tags of a mantle ARN": (
        "tag_resource",
        {"resourceARN": arn(MISSING, service="bedrock-mantle"), "tags": []},
        "native-tag-arn",
        "the ARN of a project",
    ),
    "tag default": (
        "tag_resource",
        {"resourceARN": arn("default"), "tags": pairs({"a": "b"})},
        "native-default-tags",
        "cannot be tagged",
    ),
    "untag default": (
        "untag_resource",
        {"resourceARN": arn("default"), "tagKeys": ["a"]},
        "native-default-tags",
        "cannot be tagged",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_request_that_breaks_a_rule_is_refused_and_changes_nothing(native: Native, aws: LocalAws, case: str) -> None:
    operation, parameters, rule, message = BAD[case]
    status, code, text = native.refusal(operation, **parameters)
    assert (status, code) == (400, VALIDATION)
    assert message in text
    assert aws.requests()[-1].rule == rule
    assert native.listed() == ["default"]


# Parameters without the project, rule, a part of the message.
BAD_CHANGES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "nothing": ("update_project", {}, "native-one-field", "Exactly one"),
    "both": ("update_project", {"name": "New", "dataRetention": {"mode": "none"}}, "native-one-field", "Exactly one"),
    "name": ("update_project", {"name": ""}, "native-name", "between 1 and 127"),
    "retention": ("update_project", {"dataRetention": {}}, "native-retention", "enum value set"),
    "no tags": ("tag_resource", {}, "native-shape", "'tags'"),
    "tag": ("tag_resource", {"tags": pairs({"ok": "1", "a;b": ""})}, "native-tag", "1 to 128"),
    "no keys": ("untag_resource", {}, "native-shape", "'tagKeys'"),
    "keys of numbers": ("untag_resource", {"tagKeys": [1]}, "native-shape", "list of strings"),
    "reserved key": ("untag_resource", {"tagKeys": ["a", "aws:b"]}, "native-tag-prefix", "aws:"),
}


@pytest.mark.parametrize("case", BAD_CHANGES)
def test_a_change_that_breaks_a_rule_changes_nothing(native: Native, aws: LocalAws, case: str) -> None:
    operation, parameters, rule, message = BAD_CHANGES[case]
    project = native.create("Chat", {"a": "b"})
    which = {"projectIdentifier": project["id"]} if operation == "update_project" else {"resourceARN": project["arn"]}
    status, code, text = native.refusal(operation, **which, **parameters)
    assert (status, code) == (400, VALIDATION)
    assert message in text
    assert aws.requests()[-1].rule == rule
    assert (native.get(project["id"]), native.tags(project["id"])) == (project, {"a": "b"})


@pytest.mark.parametrize("name", ["x" * 127, "😀" * 127, "a\nb", " x ", "Größe 大"])
def test_a_name_has_up_to_127_code_points(native: Native, name: str) -> None:
    assert native.create(name)["name"] == name


def test_keys_and_values_may_have_all_allowed_characters(native: Native) -> None:
    tags = {"k" * 128: "v" * 256, "aZ09 \t._:/=+@-": ""}
    assert native.tags(native.create("Chat", tags)["id"]) == tags


def test_a_project_has_50_tags_existing_and_new_ones_together(native: Native, aws: LocalAws) -> None:
    project = native.create("Chat", FIFTY)
    native.tag(project["id"], {"k0": "other"})
    with pytest.raises(native.bedrock.exceptions.TooManyTagsException) as raised:
        native.tag(project["id"], {"k1": "other", "one more": ""})
    assert raised.value.response["resourceName"] == project["arn"]
    assert aws.requests()[-1].rule == "native-tags"
    assert native.tags(project["id"]) == FIFTY | {"k0": "other"}


def test_a_create_with_51_tags_creates_nothing(native: Native) -> None:
    refused = native.refusal("create_project", name="x", tags=pairs(FIFTY | {"one more": ""}))
    assert refused[:2] == (400, "TooManyTagsException")
    assert native.listed() == ["default"]


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_project", {"projectIdentifier": MISSING}),
        ("get_project", {"projectIdentifier": arn(MISSING)}),
        ("update_project", {"projectIdentifier": MISSING, "name": "x"}),
        ("archive_project", {"projectIdentifier": "Default"}),
        ("tag_resource", {"resourceARN": arn(MISSING), "tags": pairs({"a": "b"})}),
        ("untag_resource", {"resourceARN": arn(MISSING), "tagKeys": []}),
        ("list_tags_for_resource", {"resourceARN": arn(MISSING)}),
    ],
)
def test_a_project_that_is_not_there_is_named_by_its_arn(
    native: Native, aws: LocalAws, operation: str, parameters: dict[str, Any]
) -> None:
    status, code, message = native.refusal(operation, **parameters)
    assert (status, code) == (404, "ResourceNotFoundException")
    assert "arn:aws:bedrock:us-west-2:111111111111:project/" in message
    assert aws.requests()[-1].rule == "native-unknown"


def test_an_archived_project_rejects_changes(native: Native, aws: LocalAws) -> None:
    project_id = native.archived()
    for operation, parameters in (
        ("update_project", {"projectIdentifier": project_id, "name": "New"}),
        ("tag_resource", {"resourceARN": arn(project_id), "tags": pairs({"a": "b"})}),
        ("untag_resource", {"resourceARN": arn(project_id), "tagKeys": ["a"]}),
    ):
        assert native.refusal(operation, **parameters)[:2] == (400, VALIDATION)
        assert aws.requests()[-1].rule == "native-archived"
    assert native.get(project_id)["name"] == "Chat"


def test_an_archived_project_may_have_been_purged(native: Native, aws: LocalAws) -> None:
    aws.settings(native_archived_get="not_found")
    refused = native.refusal("get_project", projectIdentifier=native.archived())
    assert refused[:2] == (404, "ResourceNotFoundException")
    assert aws.requests()[-1].rule == "native-archived-get"


@pytest.mark.parametrize(
    ("operation", "switch", "parameters", "expected"),
    [
        ("update_project", "native_archived_update", {"name": "New"}, ("New", {"x": "y"})),
        ("tag_resource", "native_archived_tag", {"tags": pairs({"a": "b"})}, ("Chat", {"x": "y", "a": "b"})),
        ("untag_resource", "native_archived_tag", {"tagKeys": ["x"]}, ("Chat", {})),
    ],
)
def test_a_change_of_an_archived_project_may_be_carried_out_or_find_nothing(
    native: Native,
    aws: LocalAws,
    operation: str,
    switch: str,
    parameters: dict[str, Any],
    expected: tuple[str, dict[str, str]],
) -> None:
    project_id = native.archived({"x": "y"})
    which = {"projectIdentifier": project_id} if operation == "update_project" else {"resourceARN": arn(project_id)}
    aws.settings(**{switch: "not_found"})
    assert native.refusal(operation, **which, **parameters)[:2] == (404, "ResourceNotFoundException")
    aws.settings(**{switch: "carried_out"})
    getattr(native.bedrock, operation)(**which, **parameters)
    project = native.get(project_id)
    assert (project["name"], native.tags(project_id), project["status"]) == (*expected, "archived")


def test_a_rejection_may_be_a_conflict(native: Native, aws: LocalAws) -> None:
    aws.settings(native_refusal="ConflictException")
    for refused in (
        native.refusal("update_project", projectIdentifier=native.archived(), name="New"),
        native.refusal("archive_project", projectIdentifier="default"),
    ):
        assert refused[:2] == (400, "ConflictException")


@pytest.mark.parametrize(("kind", "names"), [("conflict", ["default"]), ("conflict_after", ["default", "Chat"])])
def test_a_conflict_may_come_before_or_after_the_work(
    native: Native, aws: LocalAws, kind: Any, names: list[str]
) -> None:
    aws.faults([Fault(kind=kind, count=1)])
    assert native.refusal("create_project", name="Chat")[:2] == (400, "ConflictException")
    assert aws.requests()[-1].rule == "native-conflict"
    assert native.listed() == names


@pytest.mark.parametrize("kind", ["conflict", "conflict_after"])
def test_updates_and_archives_may_conflict_too(native: Native, aws: LocalAws, kind: Any) -> None:
    project_id = native.create("Chat")["id"]
    aws.faults([Fault(kind=kind)])
    assert native.refusal("update_project", projectIdentifier=project_id, name="New")[1] == "ConflictException"
    assert native.refusal("archive_project", projectIdentifier=project_id)[1] == "ConflictException"
    project, done = native.get(project_id), kind == "conflict_after"
    assert (project["name"], project["status"]) == (("New", "archived") if done else ("Chat", "active"))


def test_an_account_may_have_a_quota(native: Native, aws: LocalAws) -> None:
    aws.settings(native_projects_per_account=1)
    native.archived()
    native.create("A")
    elsewhere = Native(aws.url, region="eu-west-1")
    for refused in (native.refusal("create_project", name="B"), elsewhere.refusal("create_project", name="B")):
        assert refused == (400, "ServiceQuotaExceededException", "The account has reached its limit of 1 projects.")
    assert aws.requests()[-1].rule == "native-quota"
    Native(aws.url, account="222222222222").create("B")


def test_an_account_may_send_so_many_requests_a_second_in_a_region(native: Native, aws: LocalAws) -> None:
    aws.settings(native_requests_a_second=0.001)
    native.listed()
    for refused in (
        native.refusal("list_projects"),
        native.refusal("list_tags_for_resource", resourceARN=arn(MISSING)),
    ):
        assert refused[:2] == (429, "ThrottlingException")
    assert aws.requests()[-1].rule == "native-rate"
    Native(aws.url, region="eu-west-1").listed()


def taken(moments: list[float], *, rate: float) -> list[bool]:
    """Whether a request at each of these moments, in seconds, is let through."""
    throttle, place = Throttle(), Place(ACCOUNT, REGION)

    def passes(now: float) -> bool:
        try:
            throttle.take(place, rate, now=now)
        except ThrottlingException:
            return False
        return True

    return [passes(moment) for moment in moments]


def test_a_second_brings_its_requests_back_but_no_more() -> None:
    assert taken([0.0, 0.0, 0.0, 0.5, 0.5], rate=2.0) == [True, True, False, True, False]
    assert taken([0.0, 100.0, 100.0, 100.0], rate=2.0) == [True, True, True, False]
    assert taken([0.0, 1.0, 2.0], rate=0.5) == [True, False, True]


def test_readers_may_see_old_tags_for_some_reads(native: Native, aws: LocalAws) -> None:
    aws.settings(native_tag_lag=2)
    project_id = native.create("Chat", {"a": "1"})["id"]
    assert [native.tags(project_id) for _ in range(3)] == [{}, {}, {"a": "1"}]
    native.tag(project_id, {"b": "2"})
    assert native.tags(project_id) == {"a": "1"}
    native.untag(project_id, "a")
    assert [native.tags(project_id) for _ in range(3)] == [{"a": "1"}, {"a": "1"}, {"b": "2"}]


def send(
    aws: LocalAws,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    service: str = "bedrock",
    credentials: Credentials | None = None,
    headers: dict[str, str] | None = None,
) -> urllib3.BaseHTTPResponse:
    """A plain signed request."""
    request = AWSRequest(method, aws.url + path, data=body, headers=headers or {})
    SigV4Auth(credentials or Credentials(f"local-{ACCOUNT}", "local-secret"), service, REGION).add_auth(request)
    return urllib3.request(method, aws.url + path, body=body or None, headers=dict(request.headers.items()))


@pytest.mark.parametrize("body", [b"", b"{name: x}", b"[]", b'"x"'])
def test_a_body_that_is_not_a_json_object_is_refused(aws: LocalAws, body: bytes) -> None:
    response = send(aws, "POST", "/projects", body)
    assert (response.status, response.headers["x-amzn-errortype"]) == (400, "SerializationException")
    assert aws.requests()[-1].rule == "native-body"


@pytest.mark.parametrize(
    ("members", "rule"),
    [
        ({"tags": {"a": "b"}}, "native-shape"),
        ({"tags": ["a"]}, "native-shape"),
        ({"tags": [{"key": "a", "value": None}]}, "native-shape"),
        ({"dataRetention": "none"}, "native-retention"),
        ({"dataRetention": None}, "native-retention"),
    ],
)
def test_members_of_another_type_are_refused(aws: LocalAws, members: dict[str, Any], rule: str) -> None:
    response = send(aws, "POST", "/projects", json.dumps({"name": "x", **members}).encode())
    assert (response.status, response.headers["x-amzn-errortype"]) == (400, VALIDATION)
    assert aws.requests()[-1].rule == rule


def test_an_error_has_its_code_in_a_header_and_its_message_in_the_body(aws: LocalAws) -> None:
    response = send(aws, "GET", f"/projects/{MISSING}")
    assert (response.status, response.headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
    assert response.headers["x-amzn-requestid"] == aws.requests()[-1].request_id
    assert response.json() == {"message": f"Project {arn(MISSING)} was not found."}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/projects/{arn('default')}"),
        ("DELETE", "/projects/default"),
        ("POST", "/projects/default/restore"),
        ("GET", "/projects/default/archive"),
    ],
)
def test_any_other_path_leads_nowhere(aws: LocalAws, method: str, path: str) -> None:
    response = send(aws, method, path)
    assert (response.status, response.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    assert aws.requests()[-1].rule == "native-path"


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        (Credentials("AKIAUNKNOWNUNKNOWN12", "local-secret"), "UnrecognizedClientException"),
        (Credentials("local-111111111111", "other"), "InvalidSignatureException"),
        (Credentials("local-111111111111", "local-secret", "expired"), "ExpiredTokenException"),
    ],
)
def test_credentials_that_are_not_ours_are_refused(aws: LocalAws, credentials: Credentials, code: str) -> None:
    response = send(aws, "GET", "/projects", credentials=credentials)
    assert (response.status, response.headers["x-amzn-errortype"]) == (403, code)
    assert aws.requests()[-1].rule == "native-authenticated"


def test_a_request_without_credentials_is_refused(aws: LocalAws) -> None:
    response = urllib3.request("GET", f"{aws.url}/projects")
    assert (response.status, response.headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")


@pytest.mark.parametrize("service", ["bedrock-mantle", "bedrock-runtime"])
def test_a_signature_for_another_service_is_refused(aws: LocalAws, service: str) -> None:
    response = send(aws, "GET", "/projects", service=service)
    assert (response.status, response.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")
    assert aws.requests()[-1].rule == "native-signing-name"


def test_a_signature_for_another_region_than_the_hosts_is_refused(aws: LocalAws) -> None:
    response = send(aws, "GET", "/projects", headers={"Host": "bedrock.eu-west-1.amazonaws.com"})
    assert (response.status, response.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")
    assert aws.requests()[-1].rule == "native-host-region"


@pytest.mark.parametrize(
    ("key", "host", "region"),
    [
        ("local-key-111111111111", None, "us-west-2"),
        ("local-key-111111111111-eu-west-1", None, "eu-west-1"),
        ("local-key-111111111111-eu-west-1", "bedrock.ap-northeast-3.amazonaws.com", "ap-northeast-3"),
    ],
)
def test_an_api_key_is_for_an_account_and_a_region(aws: LocalAws, key: str, host: str | None, region: str) -> None:
    headers = {"Authorization": f"Bearer {key}"} | ({"Host": host} if host else {})
    request = urllib.request.Request(f"{aws.url}/projects/default", headers=headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        assert json.load(answer)["arn"] == arn("default", region=region)
    assert ["bedrock:CallWithBearerToken", "*"] in aws.requests()[-1].permissions


def test_an_unknown_api_key_is_refused(aws: LocalAws) -> None:
    response = urllib3.request("GET", f"{aws.url}/projects", headers={"Authorization": "Bearer x"})
    assert (response.status, response.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")


PERMISSIONS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "create_project": ({"name": "x"}, [("CreateProject", "*")]),
    "list_projects": ({}, [("ListProjects", "*")]),
    "get_project": ({"projectIdentifier": "{id}"}, [("GetProject", "{arn}")]),
    "update_project": ({"projectIdentifier": "{arn}", "name": "y"}, [("UpdateProject", "{arn}")]),
    "archive_project": ({"projectIdentifier": "{id}"}, [("ArchiveProject", "{arn}")]),
    "tag_resource": ({"resourceARN": "{arn}", "tags": pairs({"a": "b"})}, [("TagResource", "{arn}")]),
    "untag_resource": ({"resourceARN": "{arn}", "tagKeys": ["a"]}, [("UntagResource", "{arn}")]),
    "list_tags_for_resource": ({"resourceARN": "{arn}"}, [("ListTagsForResource", "{arn}")]),
}


@pytest.mark.parametrize("operation", PERMISSIONS)
def test_a_call_takes_its_permission_on_the_project(native: Native, aws: LocalAws, operation: str) -> None:
    project = native.create("Chat")
    parameters, needed = PERMISSIONS[operation]
    given = {name: value.format(**project) if isinstance(value, str) else value for name, value in parameters.items()}
    getattr(native.bedrock, operation)(**given)
    expected = [[f"bedrock:{action}", resource.format(**project)] for action, resource in needed]
    assert aws.requests()[-1].permissions == expected
    for action, _ in needed:
        aws.faults([Fault(kind="denied", action=f"bedrock:{action}")])
        status, code, message = native.refusal(operation, **given)
        assert (status, code) == (403, "AccessDeniedException")
        assert f"is not authorized to perform: bedrock:{action} on resource" in message


def test_a_create_with_tags_takes_tag_resource_too(native: Native, aws: LocalAws) -> None:
    aws.faults([Fault(kind="denied", action="bedrock:TagResource")])
    native.create("Chat")
    assert native.refusal("create_project", name="x", tags=pairs({"a": "b"}))[:2] == (403, "AccessDeniedException")
    assert native.listed() == ["default", "Chat"]
