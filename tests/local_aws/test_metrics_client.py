"""Our client of CloudWatch against moto behind the local AWS: every request counted, and counted once."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.endpoints import RUNTIME, RegionalEndpoint
from bedrock_projects.aws.metrics import MetricKey, MetricsClient, requests_of, series_to_query, sum_datapoints
from bedrock_projects.errors import AccessDeniedError, AmbiguousError, CredentialsError, ServiceError
from local_aws import Fault, LocalAws
from tests.local_aws.cloudwatch import CloudWatch
from tests.local_aws.mantle import ACCOUNT, REGION

NOW = datetime(2026, 3, 15, 12, tzinfo=timezone.utc)
WEEK = NOW - timedelta(days=7)


@pytest.fixture
def cloudwatch(aws: LocalAws) -> CloudWatch:
    return CloudWatch(aws)


@pytest.fixture
def client(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> MetricsClient:
    for name, value in aws.environment(ACCOUNT, region="eu-west-1").items():
        monkeypatch.setenv(name, value)
    return MetricsClient(Credentials(), RegionalEndpoint(REGION))


def last_week(client: MetricsClient, *project_ids: str) -> dict[str, int]:
    return client.inferences(since=WEEK, until=NOW + timedelta(minutes=1), project_ids=project_ids)


def test_requests_are_summed_by_project(client: MetricsClient, cloudwatch: CloudWatch) -> None:
    for at in (NOW, NOW - timedelta(minutes=1), NOW - timedelta(days=3)):
        cloudwatch.put(2, at, Project="proj_a")
    cloudwatch.put(5, NOW, Project="proj_b")
    assert last_week(client) == {"proj_a": 6, "proj_b": 5}


def test_what_the_service_publishes_at_four_levels_is_counted_once(
    client: MetricsClient, cloudwatch: CloudWatch
) -> None:
    cloudwatch.put(7, NOW)
    cloudwatch.put(7, NOW, Project="proj_a")
    for model, count in (("m1", 4), ("m2", 3)):
        cloudwatch.put(count, NOW, Model=model)
        cloudwatch.put(count, NOW, Project="proj_a", Model=model)
    assert last_week(client) == {"proj_a": 7}


def test_without_a_series_by_project_alone_those_of_its_models_are_added(
    client: MetricsClient, cloudwatch: CloudWatch
) -> None:
    cloudwatch.put(4, NOW, Project="proj_a", Model="m1")
    cloudwatch.put(3, NOW, Project="proj_a", Model="m2")
    cloudwatch.put(1, NOW, Project="proj_b")
    assert last_week(client) == {"proj_a": 7, "proj_b": 1}


def test_other_metrics_and_other_dimensions_are_no_requests(client: MetricsClient, cloudwatch: CloudWatch) -> None:
    cloudwatch.put(9, NOW, metric="InferenceClientErrors", Project="proj_a")
    cloudwatch.put(9, NOW, Project="proj_a", Tier="priority")
    cloudwatch.put(9, NOW, Model="m1")
    assert client.series() == set()
    assert last_week(client) == {}


def test_another_region_is_apart(client: MetricsClient, aws: LocalAws) -> None:
    CloudWatch(aws, "eu-west-1").put(3, NOW, Project="proj_a")
    assert last_week(client) == {}


def test_an_endpoint_whose_requests_are_not_counted_by_project_is_refused_without_a_request(aws: LocalAws) -> None:
    with pytest.raises(ServiceError, match="does not count the requests of bedrock-runtime by project"):
        MetricsClient(Credentials(), RegionalEndpoint(REGION, RUNTIME))
    assert aws.requests() == []


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        (datetime(2026, 3, 8, tzinfo=timezone.utc), True),
        (datetime(2026, 3, 7, 23, 59, tzinfo=timezone.utc), False),
        (NOW + timedelta(minutes=1), False),
    ],
    ids=str,
)
def test_days_count_whole_from_midnight_and_the_end_does_not(
    client: MetricsClient, cloudwatch: CloudWatch, at: datetime, counted: bool
) -> None:
    cloudwatch.put(3, at, Project="proj_a")
    assert last_week(client, "proj_a") == ({"proj_a": 3} if counted else {})


def test_at_midnight_a_day_of_no_length_is_none_that_is_refused(client: MetricsClient, aws: LocalAws) -> None:
    midnight = datetime(2026, 3, 15, tzinfo=timezone.utc)
    assert client.inferences(since=midnight, until=midnight, project_ids=["proj_a"]) == {}
    assert len(aws.requests("*:GetMetricData")) == 1


def test_a_moment_of_another_time_zone_is_the_same_moment(client: MetricsClient, cloudwatch: CloudWatch) -> None:
    cloudwatch.put(3, datetime(2026, 3, 7, 12, tzinfo=timezone.utc), Project="proj_a")
    east = datetime(2026, 3, 8, 3, tzinfo=timezone(timedelta(hours=5)))
    assert client.inferences(since=east, until=NOW) == {"proj_a": 3}


def test_a_named_project_is_asked_for_though_it_is_not_listed() -> None:
    listed = {MetricKey("proj_a"), MetricKey("proj_a", "m1")}
    assert series_to_query(listed, ["proj_a", "proj_old"]) == {*listed, MetricKey("proj_old")}


ARN = "arn:aws:bedrock-mantle:us-west-2:111111111111:project"
SUMS: dict[str, tuple[dict[MetricKey, int], dict[str, int]]] = {
    "by project alone": ({MetricKey("a"): 3}, {"a": 3}),
    "by model alone": ({MetricKey("a", "m"): 3, MetricKey("a", "n"): 2}, {"a": 5}),
    "both": ({MetricKey("a"): 5, MetricKey("a", "m"): 3, MetricKey("a", "n"): 2}, {"a": 5}),
    "the one by project younger": ({MetricKey("a"): 1, MetricKey("a", "m"): 3}, {"a": 3}),
    "`default` by its id": ({MetricKey("default"): 3}, {"default": 3}),
    "`default` by its ARN": (
        {MetricKey(f"{ARN}/default"): 3, MetricKey(f"{ARN}/default", "m"): 2, MetricKey("a"): 1},
        {"default": 3, "a": 1},
    ),
    "none": ({MetricKey("a"): 0, MetricKey("a", "m"): 0}, {"a": 0}),
    "two projects": ({MetricKey("a", "m"): 3, MetricKey("b"): 4, MetricKey("b", "m"): 4}, {"a": 3, "b": 4}),
}


@pytest.mark.parametrize(("sums", "expected"), SUMS.values(), ids=SUMS)
def test_both_levels_count_the_same_requests(sums: Mapping[MetricKey, int], expected: dict[str, int]) -> None:
    assert requests_of(sums) == expected


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (1, 1), (500, 1), (501, 2)])
def test_series_go_in_batches_of_five_hundred_and_each_gets_its_own_sum(
    client: MetricsClient, cloudwatch: CloudWatch, aws: LocalAws, count: int, requests: int
) -> None:
    ids = [f"proj_{number:03}" for number in range(count)]
    used = {number for number in (0, count - 1) if count}
    for number in used:
        cloudwatch.put(number + 1, NOW, Project=ids[number])
    assert last_week(client, *ids) == {ids[number]: number + 1 for number in used}
    assert len(aws.requests("*:GetMetricData")) == requests


def test_all_pages_of_series_are_listed(client: MetricsClient, cloudwatch: CloudWatch) -> None:
    data = [
        {"MetricName": "Inferences", "Value": 1, "Dimensions": [{"Name": "Project", "Value": f"proj_{number:03}"}]}
        for number in range(700)
    ]
    cloudwatch.client.put_metric_data(Namespace="AWS/BedrockMantle", MetricData=data)
    assert len(client.series()) == 700


def result(identifier: str, *values: float, status: str = "Complete") -> dict[str, Any]:
    return {"Id": identifier, "Values": list(values), "StatusCode": status}


def test_a_series_that_goes_on_over_pages_is_added_up() -> None:
    batch = [MetricKey("a"), MetricKey("b"), MetricKey("c")]
    pages = [result("m0", 1.0, 2.0, status="PartialData"), result("m1", 5.0), result("m0", 4.0)]
    assert sum_datapoints(pages, batch, action="reading") == {MetricKey("a"): 7, MetricKey("b"): 5, MetricKey("c"): 0}


@pytest.mark.parametrize("status", ["InternalError", "Forbidden"])
def test_a_series_without_its_values_is_not_zero(status: str) -> None:
    with pytest.raises(AmbiguousError, match=f"came back as {status}"):
        sum_datapoints([result("m0", status=status)], [MetricKey("a")], action="reading metrics")


@pytest.mark.parametrize("action", ["ListMetrics", "GetMetricData"])
def test_a_missing_permission_is_named(
    client: MetricsClient, cloudwatch: CloudWatch, aws: LocalAws, action: str
) -> None:
    cloudwatch.put(1, NOW, Project="proj_a")
    aws.faults([Fault(kind="denied", action=f"*:{action}")])
    with pytest.raises(AccessDeniedError, match=f"cloudwatch:{action}"):
        last_week(client)


def test_expired_credentials_are_no_missing_permission(client: MetricsClient, aws: LocalAws) -> None:
    aws.faults([Fault(kind="expired_credentials")])
    with pytest.raises(CredentialsError, match="expired: renew them"):
        client.series()
