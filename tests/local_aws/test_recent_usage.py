"""What is said of projects that are in use when a run would archive them; no answer of CloudWatch stops a run."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RUNTIME, RegionalEndpoint
from bedrock_projects.aws.metrics import MetricKey
from bedrock_projects.preflight.usage import ArchiveCandidate, ProjectUsage, in_use, recent_usage
from local_aws import Fault, LocalAws
from tests.local_aws.cloudwatch import CloudWatch

NOW = datetime(2026, 3, 15, 12, tzinfo=timezone.utc)
SEARCH = ArchiveCandidate(key="search", name="Search-Dev", id="proj_a", where=RegionalEndpoint("us-west-2"))
CHAT = ArchiveCandidate(key="chat", name="Chat-Dev", id="proj_b", where=RegionalEndpoint("us-west-2"))
ABROAD = ArchiveCandidate(key="far", name="Far-Dev", id="proj_c", where=RegionalEndpoint("eu-west-1"))


@pytest.fixture(autouse=True)
def _environment(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment("111111111111").items():
        monkeypatch.setenv(name, value)


def warning(*projects: ArchiveCandidate, auth: str = "sigv4") -> str:
    return recent_usage(projects, Credentials(auth=auth), now=NOW).warning


def test_one_message_names_each_project_in_use_with_its_requests_and_models(aws: LocalAws) -> None:
    cloudwatch = CloudWatch(aws)
    cloudwatch.put(1200, NOW - timedelta(days=2), Project="proj_a")
    cloudwatch.put(1000, NOW - timedelta(days=2), Project="proj_a", Model="openai.gpt-oss-120b")
    cloudwatch.put(200, NOW - timedelta(days=2), Project="proj_a", Model="anthropic.claude-haiku-4-5")
    CloudWatch(aws, "eu-west-1").put(1, NOW - timedelta(days=1), Project="proj_c")
    models = "openai.gpt-oss-120b 1,000, anthropic.claude-haiku-4-5 200"
    assert warning(SEARCH, CHAT, ABROAD).splitlines() == [
        "in use in the last 7 days, and archiving cannot be undone:",
        "  far (Far-Dev, proj_c, eu-west-1): 1 request since 2026-03-08",
        f"  search (Search-Dev, proj_a, us-west-2): 1,200 requests since 2026-03-08 ({models})",
    ]


def test_projects_without_use_or_with_an_older_one_are_no_warning(aws: LocalAws) -> None:
    cloudwatch = CloudWatch(aws)
    cloudwatch.put(5, NOW - timedelta(days=9), Project="proj_a")
    cloudwatch.put(5, NOW, Project="proj_of_others")
    assert warning(SEARCH, CHAT) == ""
    [asked] = aws.requests("*:GetMetricData")
    assert "proj_a" in str(asked.body)
    assert "proj_of_others" not in str(asked.body)


def test_nobody_is_asked_where_nothing_would_be_archived(aws: LocalAws) -> None:
    assert warning() == ""
    assert aws.requests() == []


FAULTS: dict[str, dict[str, Any]] = {
    "cloudwatch:ListMetrics": {"kind": "denied", "action": "*:ListMetrics"},
    "cloudwatch:GetMetricData": {"kind": "denied", "action": "*:GetMetricData"},
    "the credentials have expired": {"kind": "expired_credentials"},
}


@pytest.mark.parametrize(("words", "fault"), FAULTS.items(), ids=FAULTS)
def test_what_cloudwatch_refuses_is_one_line_with_the_reason(aws: LocalAws, words: str, fault: dict[str, Any]) -> None:
    aws.faults([Fault(**fault)])
    said = warning(SEARCH, CHAT)
    assert said.startswith(
        "cannot check whether the projects to archive in us-west-2 received requests in the last 7 days: "
    )
    assert words in said
    assert len(said.splitlines()) == 1


def test_a_region_that_answers_is_reported_although_another_one_does_not(
    aws: LocalAws,
) -> None:
    CloudWatch(aws, "eu-west-1").put(3, NOW, Project="proj_c")
    aws.faults([Fault(kind="denied", action="*:ListMetrics", nth=2)])
    said = recent_usage([SEARCH, ABROAD], Credentials(), now=NOW + timedelta(minutes=1))
    assert [candidate.project for candidate in said.used] == [ABROAD]
    assert list(said.unknown) == ["us-west-2"]


def test_a_key_of_bedrock_cannot_ask(aws: LocalAws) -> None:
    assert warning(SEARCH, auth="bearer").endswith("a Bedrock API key cannot ask CloudWatch")
    assert aws.requests() == []


@pytest.mark.parametrize("auth", ["sigv4", "bearer"])
def test_where_requests_are_not_counted_by_project_use_is_not_known_and_nobody_is_asked(
    aws: LocalAws, auth: str
) -> None:
    native = ArchiveCandidate(key="a", name="A", id="proj_n", where=RegionalEndpoint("us-west-2", RUNTIME))
    said = recent_usage([native], Credentials(auth=auth), now=NOW)
    assert said.used == ()
    assert said.warning == (
        "cannot check whether the projects to archive in us-west-2 (bedrock-runtime) received requests in the last "
        "7 days: CloudWatch does not count requests of bedrock-runtime by project"
    )
    assert aws.requests() == []


def test_one_region_with_both_endpoints_is_two_answers(aws: LocalAws) -> None:
    CloudWatch(aws).put(3, NOW, Project="proj_a")
    native = ArchiveCandidate(key="a", name="A", id="proj_n", where=RegionalEndpoint("us-west-2", RUNTIME))
    said = recent_usage([native, SEARCH], Credentials(), now=NOW + timedelta(minutes=1))
    assert [usage.project for usage in said.used] == [SEARCH]
    assert list(said.unknown) == ["us-west-2 (bedrock-runtime)"]


def test_the_most_used_comes_first() -> None:
    sums = {MetricKey("proj_a"): 2, MetricKey("proj_b", "m"): 3, MetricKey("proj_c"): 0}
    assert in_use([SEARCH, CHAT, ABROAD], sums) == [
        ProjectUsage(project=CHAT, requests=3, by_model={"m": 3}),
        ProjectUsage(project=SEARCH, requests=2),
    ]
