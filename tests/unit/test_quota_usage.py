"""Which quotas are those of projects, and which projects a usage counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.aws.observing import Answer
from bedrock_projects.conformance.checks import Answers, Level, Reason, Seen
from bedrock_projects.conformance.live.guest import Guest
from bedrock_projects.conformance.live.quotas import archived_count
from bedrock_projects.conformance.quota_usage import (
    ACTIVE_ONLY,
    ARCHIVED_TOO,
    Counted,
    count,
    counted_by,
    quotas_of_projects,
)
from bedrock_projects.conformance.table import most_requests
from bedrock_projects.errors import ServiceError

NOW = datetime(2026, 11, 29, 12, 30, 59, tzinfo=timezone.utc)
METRIC = {"MetricNamespace": "AWS/Usage", "MetricName": "ResourceCount", "MetricDimensions": {"Resource": "Project"}}
QUOTA = {"QuotaName": "Projects per account", "UsageMetric": METRIC}
PROJECTS = (
    {"id": "default", "status": "active"},
    {"id": "a", "status": "active"},
    *({"id": f"old-{number}", "status": "archived"} for number in range(4)),
)
counts = st.builds(Counted, st.integers(0, 1000), st.integers(0, 1000))


@given(listed=counts, default=st.sampled_from([0, 1]))
def test_a_usage_says_which_are_counted_if_two_are_archived_and_never_if_none_is(listed: Counted, default: int) -> None:
    answers = [counted_by(listed.active + more + default, [listed]) for more in (0, listed.archived)]
    if listed.archived > 1:
        assert answers == [ACTIVE_ONLY, ARCHIVED_TOO]
    if not listed.archived:
        assert answers == [None, None]


@given(lists=st.lists(counts, min_size=1, max_size=3), usage=st.integers(0, 3000))
def test_an_answer_fits_a_list_and_the_other_answer_fits_none(lists: list[Counted], usage: int) -> None:
    active = any(usage - one.active in (0, 1) for one in lists)
    every = any(usage - one.active - one.archived in (0, 1) for one in lists)
    answers = {(True, False): ACTIVE_ONLY, (False, True): ARCHIVED_TOO}
    assert counted_by(usage, lists) == answers.get((active, every))


def test_each_project_is_counted_once_and_default_is_not() -> None:
    assert count([*PROJECTS, *PROJECTS, {"name": "no id"}, {"id": "b"}]) == Counted(active=2, archived=4)


@pytest.mark.parametrize(
    ("name", "is_of_projects"),
    [
        ("Bedrock Mantle projects per account", True),
        ("Number of Projects", True),
        ("(Data Automation) Number of projects", False),
        ("Number of blueprints per project", False),
        ("Bedrock Mantle input tokens per minute for OpenAI gpt-oss-20b", False),
    ],
)
def test_a_quota_of_projects_is_known_by_its_name(name: str, is_of_projects: bool) -> None:
    assert bool(quotas_of_projects([{"QuotaName": name}, {"QuotaCode": "no name"}])) is is_of_projects


class FakeAws:
    """Answers with these quotas, values and projects; remembers what it was asked."""

    def __init__(
        self, quotas: Sequence[Mapping[str, Any]], values: Sequence[float] | ServiceError, projects: Any
    ) -> None:
        self.quotas, self.values, self.projects = quotas, values, projects
        self.asked: dict[str, Mapping[str, Any]] = {}

    def send(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        self.asked[operation] = parameters
        name = operation.partition(":")[2]
        if name == "ListServiceQuotas":
            return Answer({"Quotas": self.quotas})
        if name == "GetMetricData":
            if isinstance(self.values, ServiceError):
                return Answer(refusal=self.values)
            return Answer({"MetricDataResults": [{"Values": self.values}]})
        shown = [item for item in self.projects if item["status"] == "active" or "include_archived" in parameters]
        return Answer({"data": shown, "projectSummaries": self.projects[:1]})


def looked_at(
    *, quotas: Sequence[Mapping[str, Any]] = (QUOTA,), values: Any = (1.0,), projects: Any = PROJECTS
) -> tuple[Answers, FakeAws]:
    aws = FakeAws(quotas, values, projects)
    guest = Guest(aws, most_requests(Level.FOLLOW_UP), clock=lambda: 0.0, sleep=lambda _: None)
    return archived_count(guest, now=NOW), aws


SHOWN = Seen("shown")
CASES: Mapping[str, tuple[Mapping[str, Any], Answers]] = {
    "active": ({}, {"usage": SHOWN, "counted": Seen("active only")}),
    "the newest value counts": ({"values": (5.0, 1.0)}, {"usage": SHOWN, "counted": Seen("archived too")}),
    "with default": ({"values": (6.0,)}, {"usage": SHOWN, "counted": Seen("archived too")}),
    "neither": ({"values": (3.0,)}, {"usage": SHOWN, "counted": Reason.OTHER_USAGE}),
    "one archived, both": (
        {"values": (2.0,), "projects": PROJECTS[:3]},
        {"usage": SHOWN, "counted": Reason.OTHER_USAGE},
    ),
    "none archived": ({"projects": PROJECTS[:2]}, {"usage": SHOWN, "counted": Reason.NOTHING_TO_LOOK_AT}),
    "no value": ({"values": ()}, {"usage": SHOWN, "counted": Reason.NOTHING_TO_LOOK_AT}),
    "refused": ({"values": ServiceError("no", action="x", status=400)}, {"usage": SHOWN, "counted": Reason.REFUSED}),
    "two usages": ({"quotas": (QUOTA, QUOTA)}, {"usage": SHOWN, "counted": Reason.OTHER_USAGE}),
    "one of two quotas": (
        {"quotas": ({"QuotaName": "projects"}, QUOTA)},
        {"usage": SHOWN, "counted": Seen("active only")},
    ),
    "no usage": ({"quotas": ({"QuotaName": "projects"},)}, {"usage": Seen("not shown")}),
    "no quota": ({"quotas": ()}, {"usage": Seen("quota not listed")}),
}


@pytest.mark.parametrize(("given_", "expected"), CASES.values(), ids=CASES)
def test_a_usage_that_fits_the_lists_decides_and_no_other(given_: Mapping[str, Any], expected: Answers) -> None:
    assert looked_at(**given_)[0] == expected


@pytest.mark.parametrize(
    ("recommended", "statistic"), [(None, "Maximum"), ("Maximum", "Maximum"), ("Sum", "Sum"), ("canary", "Maximum")]
)
def test_the_metric_is_asked_for_as_service_quotas_names_it(recommended: str | None, statistic: str) -> None:
    metric = METRIC | ({"MetricStatisticRecommendation": recommended} if recommended else {})
    _, aws = looked_at(quotas=({**QUOTA, "UsageMetric": metric},))
    asked = aws.asked["cloudwatch:GetMetricData"]
    assert [query["MetricStat"] for query in asked["MetricDataQueries"]] == [
        {
            "Metric": {
                "Namespace": "AWS/Usage",
                "MetricName": "ResourceCount",
                "Dimensions": [{"Name": "Resource", "Value": "Project"}],
            },
            "Period": 60,
            "Stat": statistic,
        }
    ]
    assert asked["StartTime"] < NOW < asked["EndTime"]
