"""The check of the quota of projects, read-only: what Service Quotas lists of it, and its usage in CloudWatch."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bedrock_projects.conformance.checks import Answers, NotCheckedError, Reason, Seen
from bedrock_projects.conformance.live import listing
from bedrock_projects.conformance.live.guest import Guest, decided
from bedrock_projects.conformance.quota_usage import SERVICE_CODE, count, counted_by, quotas_of_projects

_PAGE: Final = 100
_MINUTE: Final = 60
_STATISTICS: Final = ("Maximum", "Sum")
_METRIC: Final = "UsageMetric"


def archived_count(guest: Guest, *, now: datetime) -> Answers:
    """Whether the quota has a usage, and whether that counts archived projects."""
    listed = listing.pages_of(
        guest,
        "service-quotas:ListServiceQuotas",
        "Quotas",
        cursor="NextToken",
        ServiceCode=SERVICE_CODE,
        MaxResults=_PAGE,
    )
    quotas = quotas_of_projects(listed)
    if not quotas:
        return {"usage": Seen("quota not listed")}
    metrics = [quota[_METRIC] for quota in quotas if quota.get(_METRIC)]
    if not metrics:
        return {"usage": Seen("not shown")}
    return {"usage": Seen("shown"), "counted": decided(lambda: _counted(guest, metrics, now))}


def _counted(guest: Guest, metrics: list[Mapping[str, Any]], now: datetime) -> Seen:
    """NotCheckedError unless one usage fits the lists."""
    if len(metrics) > 1:
        raise NotCheckedError(Reason.OTHER_USAGE)
    usage = _usage(guest, metrics[0], now)
    own = [*listing.projects_of(guest), *listing.projects_of(guest, include_archived=True)]
    lists = [count(own), count([*own, *listing.native_projects_of(guest)])]
    if not lists[0].archived:
        raise NotCheckedError(Reason.NOTHING_TO_LOOK_AT)
    answer = counted_by(usage, lists)
    if answer is None:
        raise NotCheckedError(Reason.OTHER_USAGE)
    return Seen(answer)


def _usage(guest: Guest, metric: Mapping[str, Any], now: datetime) -> float:
    """The last value of an hour; NotCheckedError without one."""
    dimensions = [{"Name": name, "Value": value} for name, value in metric.get("MetricDimensions", {}).items()]
    named = {
        "Namespace": metric.get("MetricNamespace"),
        "MetricName": metric.get("MetricName"),
        "Dimensions": dimensions,
    }
    recommended = metric.get("MetricStatisticRecommendation")
    statistic = recommended if recommended in _STATISTICS else _STATISTICS[0]
    minute = now.replace(second=0, microsecond=0)
    answer = guest.ask(
        "cloudwatch:GetMetricData",
        MetricDataQueries=[
            {"Id": "usage", "MetricStat": {"Metric": named, "Period": _MINUTE, "Stat": statistic}},
        ],
        StartTime=minute - timedelta(hours=1),
        EndTime=minute + timedelta(minutes=2),
        ScanBy="TimestampDescending",
    )
    if answer.refusal:
        raise NotCheckedError(Reason.REFUSED)
    values = [value for result in answer.body["MetricDataResults"] for value in result.get("Values", ())]
    if not values:
        raise NotCheckedError(Reason.NOTHING_TO_LOOK_AT)
    return float(values[0])
