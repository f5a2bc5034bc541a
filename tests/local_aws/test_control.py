"""The control API and its client."""

import json
from importlib.metadata import version

import pytest
import urllib3

from local_aws import ControlError, Fault, LocalAws
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle


def test_requests_are_recorded_as_they_came(mantle: Mantle, aws: LocalAws) -> None:
    aws.set_clock("2026-03-01T12:00:00Z")
    mantle.call("POST", "", {"name": "Chat", "tags": {"a": "b"}}, query={"x": "1"})
    request = aws.requests()[0]
    assert 1772366400 <= request.time < 1772366460
    assert request.scope.endswith(f"/{REGION}/bedrock-mantle/aws4_request")
    del request.time, request.scope, request.request_id, request.permissions
    assert vars(request) == {
        "number": 1,
        "service": "bedrock-mantle",
        "operation": "bedrock-mantle:CreateProject",
        "method": "POST",
        "path": "/v1/organization/projects",
        "query": {"x": "1"},
        "body": {"name": "Chat", "tags": {"a": "b"}},
        "account": ACCOUNT,
        "region": REGION,
        "access_key": f"local-{ACCOUNT}",
        "headers": {"user-agent": f"python-urllib3/{version('urllib3')}"},
        "faults": [],
        "status": 200,
        "code": None,
        "rule": None,
        "worked": True,
    }


def test_requests_are_picked_by_operation_account_and_region(mantle: Mantle, aws: LocalAws) -> None:
    mantle.create("A")
    mantle.listed()
    Mantle(aws.url, account="222222222222").create("B")
    Mantle(aws.url, region="eu-west-1").listed()
    assert [request.number for request in aws.requests()] == [1, 2, 3, 4]
    assert [request.number for request in aws.requests("bedrock-mantle:Create*")] == [1, 3]
    assert [request.number for request in aws.requests(account="222222222222")] == [3]
    assert [request.number for request in aws.requests("*:ListProjects", region="eu-west-1")] == [4]
    assert aws.requests("ce:*") == []


def test_cleared_requests_are_gone_and_numbers_go_on(mantle: Mantle, aws: LocalAws) -> None:
    mantle.create("A")
    aws.clear_requests()
    assert aws.requests() == []
    mantle.listed()
    assert [request.number for request in aws.requests()] == [2]


def test_the_control_api_is_not_recorded(aws: LocalAws) -> None:
    aws.now()
    assert aws.requests() == []


def test_projects_are_shown_by_account_and_region_archived_ones_too(mantle: Mantle, aws: LocalAws) -> None:
    project_id = mantle.create("A", tags={"a": "b"}, data_retention={"mode": "none"})["id"]
    Mantle(aws.url, account="222222222222", region="eu-west-1").create("B")
    mantle.call("POST", f"/{project_id}/archive")
    assert [(project.account, project.region, project.name) for project in aws.projects()] == [
        (ACCOUNT, REGION, "default"),
        (ACCOUNT, REGION, "A"),
        ("222222222222", "eu-west-1", "default"),
        ("222222222222", "eu-west-1", "B"),
    ]
    project = aws.projects(ACCOUNT, REGION)[1]
    assert (project.id, project.tags, project.retention, project.active) == (project_id, {"a": "b"}, "none", False)
    assert aws.projects("333333333333") == []


def test_the_clock_moves_forward_and_can_be_set(aws: LocalAws) -> None:
    aws.set_clock("2026-03-01T12:00:00Z")
    aws.advance(days=1, hours=2, seconds=3)
    assert aws.now().isoformat().startswith("2026-03-02T14:00:0")


def test_a_reset_forgets_everything(mantle: Mantle, aws: LocalAws) -> None:
    mantle.create("A")
    aws.advance(days=400)
    aws.faults([Fault(kind="throttled")])
    aws.add_bearer_key("k", account=ACCOUNT)
    aws.reset(now="2026-01-01T00:00:00Z")
    assert (aws.projects(), aws.requests(), aws.fault_counts()) == ([], [], [])
    assert aws.now().year == 2026
    assert mantle.listed() == ["default"]


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("GET", "nothing", None, "no GET /_local/nothing in the control API"),
        ("POST", "requests", None, "no POST /_local/requests in the control API"),
        ("POST", "reset", {"sed": 1}, "sed"),
        ("POST", "clock", {}, "give advance or now"),
        ("POST", "clock", {"advance": -1}, "advance"),
        ("POST", "clock", {"now": "yesterday"}, "yesterday"),
        ("PUT", "organization", {"management": "1", "members": []}, "management"),
        ("POST", "keys", {"access_key": "x"}, "secret_key"),
        ("POST", "bearer-keys", {"key": "x", "account": "y"}, "account"),
        ("PUT", "faults", {"kind": "latency"}, "list"),
        ("GET", "projects?service=s3", None, "service is bedrock-mantle or bedrock"),
        ("POST", "archive", {"project_id": "proj_x"}, "no project proj_x in any account and region"),
        ("POST", "tags", {"project_id": "default", "add": {"a": "b"}}, "does not say in which account"),
        ("POST", "tags", {"project": "default"}, "project_id"),
    ],
)
def test_what_the_control_api_does_not_understand_it_says(
    aws: LocalAws, method: str, path: str, body: object, message: str
) -> None:
    response = urllib3.request(method, f"{aws.url}/_local/{path}", body=json.dumps(body))
    assert response.status in (400, 404)
    assert message in response.json()["error"]


def test_a_refusal_is_an_exception_of_the_client(aws: LocalAws) -> None:
    with pytest.raises(ControlError, match=r"POST /_local/clock: .*yesterday"):
        aws.set_clock("yesterday")


def test_the_environment_is_what_aws_clients_read(aws: LocalAws) -> None:
    assert aws.environment("222222222222", region="eu-west-1") == {
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_ACCESS_KEY_ID": "local-222222222222",
        "AWS_SECRET_ACCESS_KEY": "local-secret",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
