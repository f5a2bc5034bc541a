"""Each kind of fault does what it says, and the work is done or not as it says."""

import time

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws import Fault, LocalAws
from tests.local_aws.mantle import Mantle

CREATE = "bedrock-mantle:CreateProject"
EXPIRED = "The security token included in the request is expired"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault(kind="throttled"), 429, "rate_limit_exceeded"),
        (Fault(kind="server_error"), 500, "server_error"),
        (Fault(kind="server_error", status=502), 502, "server_error"),
        (Fault(kind="unavailable"), 503, "service_unavailable"),
        (Fault(kind="expired_credentials"), 401, "invalid_api_key"),
        (Fault(kind="expired_credentials", status=403), 403, "invalid_api_key"),
        (Fault(kind="denied", action=CREATE), 403, "access_denied"),
        (Fault(kind="denied", action=CREATE, status=401), 401, "access_denied"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else str(value),
)
def test_a_refusal_does_no_work(mantle: Mantle, aws: LocalAws, fault: Fault, status: int, code: str) -> None:
    aws.faults([fault])
    assert mantle.try_create()[:2] == (status, code)
    assert aws.projects() == []
    request = aws.requests()[0]
    assert (request.faults, request.status, request.code, request.worked) == ([fault.kind], status, code, False)


def test_a_reset_before_the_work_does_none(mantle: Mantle, aws: LocalAws) -> None:
    aws.faults([Fault(kind="reset_before")])
    with pytest.raises(urllib3.exceptions.ProtocolError, match="reset by peer"):
        mantle.try_create()
    assert aws.projects() == []
    assert (aws.requests()[0].status, aws.requests()[0].worked) == (None, False)


@pytest.mark.parametrize(
    ("kind", "error"), [("reset_after", "reset by peer"), ("cut_off", "Connection broken: IncompleteRead")]
)
def test_an_answer_lost_after_the_work_leaves_the_work_done(
    mantle: Mantle, aws: LocalAws, kind: str, error: str
) -> None:
    aws.faults([Fault(kind=kind)])
    with pytest.raises(urllib3.exceptions.HTTPError, match=error):
        mantle.try_create()
    assert [project.name for project in aws.projects()] == ["default", "Chat"]
    assert (aws.requests()[0].status, aws.requests()[0].worked) == (None, True)


@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_that_is_not_json_leaves_the_work_done(mantle: Mantle, aws: LocalAws, status: int) -> None:
    aws.faults([Fault(kind="not_json", status=status)])
    answer = mantle.call("POST", "", {"name": "Chat"})
    assert (answer.status, answer.json, answer.headers["Content-Type"]) == (status, None, "text/html")
    assert [project.name for project in aws.projects()] == ["default", "Chat"]


@pytest.mark.parametrize(
    ("after", "seconds", "milliseconds"),
    [(None, None, None), (2.0, "2", "2000"), (0.2, "1", "200")],
)
def test_throttling_says_when_to_come_back_if_it_is_set(
    mantle: Mantle, aws: LocalAws, after: float | None, seconds: str | None, milliseconds: str | None
) -> None:
    aws.faults([Fault(kind="throttled", retry_after=after)])
    headers = mantle.call("GET").headers
    assert (headers.get("Retry-After"), headers.get("x-amz-retry-after")) == (seconds, milliseconds)


def test_latency_delays_and_does_not_refuse(mantle: Mantle, aws: LocalAws) -> None:
    aws.faults([Fault(kind="latency", seconds=0.05)])
    start = time.monotonic()
    assert mantle.try_create()[0] == 200
    assert time.monotonic() - start >= 0.05


def test_a_list_can_ignore_paging(mantle: Mantle, aws: LocalAws) -> None:
    aws.faults([Fault(kind="ignore_paging", nth=1)])
    mantle.create("A")
    page = mantle.call("GET", query={"limit": 1}).json
    assert (len(page["data"]), page["has_more"]) == (1, True)
    aws.faults([Fault(kind="ignore_paging", operation="*:ListProjects", nth=1)])
    page = mantle.call("GET", query={"limit": 1}).json
    assert (len(page["data"]), page["has_more"]) == (2, False)


def test_a_list_can_lag_behind_creates_by_the_local_clock(mantle: Mantle, aws: LocalAws) -> None:
    mantle.call("GET")
    aws.advance(hours=1)
    aws.faults([Fault(kind="list_lag", seconds=30)])
    project = mantle.create("Chat")
    assert mantle.listed() == ["default"]
    assert mantle.call("GET", f"/{project['id']}").status == 200
    aws.advance(seconds=30)
    assert mantle.listed() == ["default", "Chat"]


def client(aws: LocalAws, service: str) -> object:
    return boto3.client(  # type: ignore[call-overload]  # any service
        service,
        endpoint_url=aws.url,
        region_name="us-west-2",
        aws_access_key_id="local-111111111111",
        aws_secret_access_key="local-secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.mark.parametrize(
    ("fault", "sts", "ssm", "s3"),
    [
        (Fault(kind="denied", action="*"), "AccessDenied", "AccessDeniedException", "AccessDenied"),
        (Fault(kind="throttled"), "Throttling", "ThrottlingException", "Throttling"),
        (Fault(kind="expired_credentials"), "ExpiredToken", "ExpiredTokenException", "ExpiredToken"),
        (Fault(kind="server_error"), "InternalFailure", "InternalFailure", "InternalFailure"),
        (Fault(kind="unavailable"), "ServiceUnavailable", "ServiceUnavailableException", "ServiceUnavailable"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_other_services_fail_in_their_own_words(aws: LocalAws, fault: Fault, sts: str, ssm: str, s3: str) -> None:
    aws.faults([fault])
    calls = {"sts": ("get_caller_identity", sts), "ssm": ("describe_parameters", ssm), "s3": ("list_buckets", s3)}
    for service, (method, code) in calls.items():
        with pytest.raises(ClientError) as error:
            getattr(client(aws, service), method)()
        assert error.value.response["Error"]["Code"] == code
