"""ListServiceQuotas of Amazon Bedrock and the usage in CloudWatch, read with boto3's unchanged clients."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle
from tests.local_aws.sessions import new_session


@pytest.fixture
def aws(_server: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    for name, value in _server.environment(ACCOUNT).items():
        monkeypatch.setenv(name, value)
    _server.reset()
    return _server


def quotas(size: int | None = None) -> list[dict[str, Any]]:
    paginator = new_session().client("service-quotas", region_name=REGION).get_paginator("list_service_quotas")
    pages = paginator.paginate(ServiceCode="bedrock", PaginationConfig={"PageSize": size} if size else {})
    return [quota for page in pages for quota in page["Quotas"]]


def usage(aws: LocalAws, quota: dict[str, Any]) -> list[float]:
    """The values of the usage metric that the quota names, the last minute first."""
    metric = quota["UsageMetric"]
    answer = (
        new_session()
        .client("cloudwatch", region_name=REGION)
        .get_metric_data(
            MetricDataQueries=[
                {
                    "Id": "a",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": metric["MetricNamespace"],
                            "MetricName": metric["MetricName"],
                            "Dimensions": [{"Name": k, "Value": v} for k, v in metric["MetricDimensions"].items()],
                        },
                        "Period": 60,
                        "Stat": metric["MetricStatisticRecommendation"],
                    },
                }
            ],
            StartTime=aws.now() - timedelta(minutes=30),
            EndTime=aws.now() + timedelta(minutes=1),
            ScanBy="TimestampDescending",
        )
    )
    (result,) = answer["MetricDataResults"]
    return list(result["Values"])


def test_pages_hold_each_quota_once(aws: LocalAws) -> None:
    codes = [quota["QuotaCode"] for quota in quotas()]
    assert len({*codes}) == len(codes) == 3
    assert [quota["QuotaCode"] for quota in quotas(1)] == codes
    assert len(aws.requests("servicequotas:ListServiceQuotas")) == 1 + 3


def test_a_token_that_no_answer_gave_is_refused(aws: LocalAws) -> None:
    client = new_session().client("service-quotas", region_name=REGION)
    with pytest.raises(ClientError, match="InvalidPaginationTokenException"):
        client.list_service_quotas(ServiceCode="bedrock", NextToken="canary")


def test_quotas_of_other_services_are_moto_s_which_has_few(aws: LocalAws) -> None:
    client = new_session().client("service-quotas", region_name=REGION)
    with pytest.raises(ClientError, match="moto does not implement servicequotas:ListServiceQuotas"):
        client.list_service_quotas(ServiceCode="s3")


@pytest.mark.parametrize(("archived_too", "values"), [(False, [1.0, 2.0]), (True, [2.0, 2.0])])
def test_the_usage_is_what_the_limit_counts(aws: LocalAws, archived_too: bool, values: list[float]) -> None:
    aws.settings(projects_per_account=2, projects_limit_counts_archived=archived_too)
    mantle = Mantle(aws.url)
    ids = [mantle.create(name)["id"] for name in ("A", "B")]
    quota = quotas()[-1]
    assert (quota["Value"], usage(aws, quota)) == (2.0, [2.0])
    aws.advance(seconds=120)
    aws.archive(ids[0])
    assert usage(aws, quota) == values


def test_who_has_no_projects_has_no_usage(aws: LocalAws) -> None:
    assert usage(aws, quotas()[-1]) == []


@pytest.mark.parametrize(("setting", "has_usage"), [("without_usage", [False] * 3), ("unlisted", [False] * 2)])
def test_a_switch_leaves_out_the_usage_or_the_quota(aws: LocalAws, setting: str, has_usage: list[bool]) -> None:
    Mantle(aws.url).create("A")
    usual = quotas()[-1]
    aws.settings(projects_quota=setting)
    assert usage(aws, usual) == []
    assert ["UsageMetric" in quota for quota in quotas()] == has_usage
