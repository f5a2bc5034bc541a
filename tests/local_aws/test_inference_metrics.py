"""CloudWatch's `AWS/BedrockMantle`, read with boto3's unchanged client."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle

NAMESPACE = "AWS/BedrockMantle"
SMALL, LARGE = "openai.gpt-oss-20b", "openai.gpt-oss-120b"
Reader = Callable[..., Any]


class CloudWatch:
    """boto3's `cloudwatch` client of one account and region; reads seven days to now by the local clock."""

    def __init__(self, aws: LocalAws, *, account: str = ACCOUNT, region: str = REGION) -> None:
        self.aws = aws
        self.client: Any = boto3.client(
            "cloudwatch",
            endpoint_url=aws.url,
            region_name=region,
            aws_access_key_id=f"local-{account}",
            aws_secret_access_key="local-secret",
        )

    def data(self, metric: str, *, period: int = 3600, **dimensions: str) -> list[float]:
        """The sums of GetMetricData, oldest first."""
        stat = {"Metric": _metric(metric, dimensions), "Period": period, "Stat": "Sum"}
        queries = [{"Id": "a", "MetricStat": stat}]
        answer = self.client.get_metric_data(MetricDataQueries=queries, ScanBy="TimestampAscending", **self._week())
        return cast("list[float]", answer["MetricDataResults"][0]["Values"])

    def statistics(self, metric: str, *, period: int = 3600, **dimensions: str) -> list[float]:
        """The sums of GetMetricStatistics, oldest first."""
        wish = {"Period": period, "Statistics": ["Sum"], **_metric(metric, dimensions), **self._week()}
        points = self.client.get_metric_statistics(**wish)["Datapoints"]
        return [point["Sum"] for point in sorted(points, key=lambda point: cast("float", point["Timestamp"]))]

    def series(self, **filters: Any) -> list[tuple[str, tuple[str, ...]]]:
        """Each series' metric and the names of its dimensions."""
        listed = self.client.list_metrics(Namespace=NAMESPACE, **filters)["Metrics"]
        return sorted((item["MetricName"], tuple(sorted(d["Name"] for d in item["Dimensions"]))) for item in listed)

    def _week(self) -> dict[str, Any]:
        now = self.aws.now()
        return {"StartTime": now - timedelta(days=7), "EndTime": now + timedelta(minutes=1)}


def _metric(metric: str, dimensions: dict[str, str]) -> dict[str, Any]:
    pairs = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    return {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": pairs}


def ask(mantle: Mantle, model: str = SMALL, *, project: str = "default", characters: int = 8) -> None:
    body = {"model": model, "input": "x" * characters, "max_output_tokens": 5}
    mantle.post("/v1/responses", body, headers={"OpenAI-Project": project})


@pytest.fixture
def cloudwatch(aws: LocalAws) -> CloudWatch:
    aws.set_clock("2027-03-15T12:00:30Z")
    return CloudWatch(aws)


@pytest.mark.parametrize("read", [CloudWatch.data, CloudWatch.statistics])
def test_each_level_has_its_own_series(cloudwatch: CloudWatch, mantle: Mantle, read: Reader) -> None:
    project = mantle.create("Chat")["id"]
    ask(mantle)
    ask(mantle, project=project)
    ask(mantle, LARGE, project=project, characters=40)
    both = {"Project": project, "Model": LARGE}
    assert read(cloudwatch, "Inferences") == [3]
    assert read(cloudwatch, "Inferences", Project=project) == [2]
    assert read(cloudwatch, "Inferences", Model=SMALL) == [2]
    assert read(cloudwatch, "Inferences", **both) == [1]
    assert read(cloudwatch, "TotalInputTokens") == [2 + 2 + 10]
    assert read(cloudwatch, "TotalInputTokens", Project=project) == [12]
    assert read(cloudwatch, "TotalOutputTokens", Model=SMALL) == [10]
    assert (read(cloudwatch, "InputTokens", **both), read(cloudwatch, "OutputTokens", **both)) == ([10], [5])
    for nothing in ({}, {"Project": project}, {"Model": SMALL}):
        assert read(cloudwatch, "InputTokens", **nothing) == []
    assert read(cloudwatch, "TotalInputTokens", **both) == []


def test_each_series_is_listed_once(cloudwatch: CloudWatch, mantle: Mantle) -> None:
    ask(mantle)
    cloudwatch.aws.advance(seconds=60)
    ask(mantle)
    counts = ["Inferences", "TotalInputTokens", "TotalOutputTokens"]
    levels: list[tuple[str, ...]] = [(), ("Model",), ("Project",)]
    both = ("Model", "Project")
    expected = [(metric, level) for metric in counts for level in levels]
    expected += [(metric, both) for metric in ("Inferences", "InputTokens", "OutputTokens")]
    assert cloudwatch.series() == sorted(expected)
    by_project = cloudwatch.series(MetricName="Inferences", Dimensions=[{"Name": "Project", "Value": "default"}])
    assert by_project == [("Inferences", both), ("Inferences", ("Project",))]
    assert cloudwatch.series(Dimensions=[{"Name": "Project", "Value": "proj_none"}]) == []


def test_one_report_found_series_of_both_dimensions_only(cloudwatch: CloudWatch, mantle: Mantle) -> None:
    cloudwatch.aws.settings(metric_series="project_and_model")
    ask(mantle)
    assert {dimensions for _, dimensions in cloudwatch.series()} == {("Model", "Project")}
    assert cloudwatch.data("Inferences", Project="default") == []
    assert cloudwatch.data("Inferences", Project="default", Model=SMALL) == [1]


@pytest.mark.parametrize("read", [CloudWatch.data, CloudWatch.statistics])
def test_use_has_its_minute_of_the_local_clock(cloudwatch: CloudWatch, mantle: Mantle, read: Reader) -> None:
    ask(mantle)
    assert read(cloudwatch, "Inferences") == [1]
    ask(mantle)
    cloudwatch.aws.advance(hours=2)
    ask(mantle)
    assert read(cloudwatch, "Inferences") == [2, 1]
    assert read(cloudwatch, "Inferences", period=8 * 86_400) == [3]
    cloudwatch.aws.advance(days=7, seconds=60)
    ask(mantle)
    assert read(cloudwatch, "Inferences") == [1]


def test_client_errors_count_where_the_request_named_a_model_or_not(cloudwatch: CloudWatch, mantle: Mantle) -> None:
    project = mantle.create("Chat")["id"]
    ask(mantle, "no-such-model", project=project)
    mantle.post("/v1/responses", {"input": "hello"}, headers={"OpenAI-Project": project})
    assert cloudwatch.data("InferenceClientErrors", Project=project) == [2]
    assert cloudwatch.data("InferenceClientErrors", Model="no-such-model") == [1]
    assert cloudwatch.data("Inferences") == []


def test_accounts_and_regions_see_their_own(cloudwatch: CloudWatch, mantle: Mantle, aws: LocalAws) -> None:
    ask(mantle)
    ask(Mantle(aws.url, account="222222222222"))
    ask(Mantle(aws.url, region="eu-west-1"))
    others = [CloudWatch(aws, account="222222222222"), CloudWatch(aws, region="eu-west-1")]
    assert [one.data("Inferences") for one in (cloudwatch, *others)] == [[1], [1], [1]]


def test_a_reset_forgets_metrics(cloudwatch: CloudWatch, mantle: Mantle) -> None:
    ask(mantle)
    assert cloudwatch.data("Inferences") == [1]
    cloudwatch.aws.reset()
    assert cloudwatch.series() == []
    ask(mantle)
    assert cloudwatch.data("Inferences") == [1]


def test_metrics_of_others_are_moto_s(cloudwatch: CloudWatch) -> None:
    moment = cloudwatch.aws.now()
    for value, dimensions in ((2, []), (3, [{"Name": "Host", "Value": "a"}])):
        datum = {"MetricName": "Inferences", "Value": value, "Timestamp": moment, "Dimensions": dimensions}
        cloudwatch.client.put_metric_data(Namespace="Mine", MetricData=[datum])
    assert [item["Namespace"] for item in cloudwatch.client.list_metrics()["Metrics"]] == ["Mine", "Mine"]
    assert cloudwatch.series() == []
    assert cloudwatch.data("Inferences") == []


def test_metric_math_is_said_to_be_missing(cloudwatch: CloudWatch) -> None:
    now = cloudwatch.aws.now()
    wish: Any = {"StartTime": now - timedelta(hours=1), "EndTime": now}
    with pytest.raises(ClientError, match="does not implement monitoring:GetMetricData"):
        cloudwatch.client.get_metric_data(MetricDataQueries=[{"Id": "a", "Expression": "SUM(METRICS())"}], **wish)
