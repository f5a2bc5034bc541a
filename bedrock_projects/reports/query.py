"""Turns a report request into queries to Cost Explorer.

A report must count only Bedrock, but other services carry tags such as Team or CostCenter too, and AWS bills Bedrock
under many names: `Amazon Bedrock`, `Amazon Bedrock Service`, and a name for each model that is sold through
Marketplace. A filter by the tag alone would hide untagged spend; a filter by one service name would lose most of the
Claude spend. So a query counts the services that have "Bedrock" in their names, as GetDimensionValues finds them, and
everything that carries the ownership tag, which only Bedrock projects have.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Expression.html
"""

from collections.abc import Sequence
from typing import Any

from bedrock_projects.reports.model import DateRange, Granularity, Grouping, TagFilter
from bedrock_projects.reports.periods import time_period
from bedrock_projects.reports.request import METRICS, ReportRequest

Expression = dict[str, Any]
Query = dict[str, Any]
"""The members of a request to Cost Explorer as boto3 takes them."""

SERVICE_SEARCH = "Bedrock"
"""The text that the name of every service billed for Bedrock contains."""
FORECAST_LEVEL = 80
"""The level of a forecast's prediction interval in per cent, as in Cost Explorer's console."""

_FORECAST_METRICS = {
    "UnblendedCost": "UNBLENDED_COST",
    "NetUnblendedCost": "NET_UNBLENDED_COST",
    "AmortizedCost": "AMORTIZED_COST",
    "NetAmortizedCost": "NET_AMORTIZED_COST",
    "BlendedCost": "BLENDED_COST",
}
_GRANULARITIES: dict[Granularity, str] = {"day": "DAILY", "month": "MONTHLY"}


def services_query(request: ReportRequest) -> Query:
    """Asks under which service names AWS billed Bedrock in all dates that the report covers."""
    return {"TimePeriod": _all_time(request), "Dimension": "SERVICE", "SearchString": SERVICE_SEARCH}


def accounts_query(request: ReportRequest, services: Sequence[str]) -> Query:
    """Asks for the accounts that the report covers, with their names."""
    filtered = bedrock_filter(request, services)
    return {"TimePeriod": _all_time(request), "Dimension": "LINKED_ACCOUNT", "Filter": filtered}


def costs_query(request: ReportRequest, services: Sequence[str], dates: DateRange) -> Query:
    """Asks for the costs of all lines; a report that compares sends it again with the prior period."""
    return _filtered_costs(request, dates, bedrock_filter(request, services), _group_by(request.grouping))


def owners_query(dates: DateRange, *, ownership_tag_key: str, account: str | None) -> Query:
    """Asks for all costs of the dates by ownership tag and service, of one account or of all; by months."""
    by_owner = Grouping(kind="project", tag_key=ownership_tag_key)
    query = _costs(dates, "month", METRICS["unblended"], _group_by(by_owner))
    return query | ({"Filter": _in_account(account)} if account else {})


def unallocated_usage_query(request: ReportRequest, services: Sequence[str]) -> Query:
    """Asks what the spend without the tag was for."""
    group_by = [_dimension("SERVICE"), _dimension("USAGE_TYPE")]
    return _filtered_costs(request, request.dates, _without_tag(request, services), group_by)


def unallocated_accounts_query(request: ReportRequest, services: Sequence[str]) -> Query:
    """Asks which accounts have the spend without the tag."""
    return _filtered_costs(request, request.dates, _without_tag(request, services), [_dimension("LINKED_ACCOUNT")])


def forecast_query(request: ReportRequest, services: Sequence[str], dates: DateRange) -> Query:
    """Asks for the cost of the coming days, as one amount with a prediction interval."""
    return {
        "TimePeriod": time_period(dates),
        "Metric": _FORECAST_METRICS[request.metric],
        "Granularity": "MONTHLY",
        "Filter": bedrock_filter(request, services),
        "PredictionIntervalLevel": FORECAST_LEVEL,
    }


def bedrock_filter(request: ReportRequest, services: Sequence[str]) -> Expression:
    """The filter of every query: Bedrock's spend, in the account and with the tags of the request."""
    owned = {"Not": _absent(request.ownership_tag_key)}
    named = [{"Dimensions": {"Key": "SERVICE", "Values": list(services)}}] if services else []
    parts = [_any([*named, owned]), *(_with_values(tag_filter) for tag_filter in request.filters)]
    if request.account:
        parts.append(_in_account(request.account))
    return _all(parts)


def _without_tag(request: ReportRequest, services: Sequence[str]) -> Expression:
    filtered = bedrock_filter(request, services)
    absent = _absent(request.grouping.tag_key)
    return _all([*filtered["And"], absent] if "And" in filtered else [filtered, absent])


def _filtered_costs(
    request: ReportRequest, dates: DateRange, expression: Expression, group_by: list[dict[str, str]]
) -> Query:
    return _costs(dates, request.granularity, request.metric, group_by) | {"Filter": expression}


def _costs(dates: DateRange, granularity: Granularity, metric: str, group_by: list[dict[str, str]]) -> Query:
    return {
        "TimePeriod": time_period(dates),
        "Granularity": _GRANULARITIES[granularity],
        "Metrics": [metric],
        "GroupBy": group_by,
    }


def _in_account(account: str) -> Expression:
    return {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [account]}}


def _group_by(grouping: Grouping) -> list[dict[str, str]]:
    # Cost Explorer groups by two things at most, so one query gives both: the first makes the lines, the second their
    # drivers. Usage types with a tag would name more models, but on several times the pages, and each page costs.
    if grouping.tag_key:
        return [{"Type": "TAG", "Key": grouping.tag_key}, _dimension("SERVICE")]
    return [_dimension("SERVICE"), _dimension("USAGE_TYPE")]


def _dimension(key: str) -> dict[str, str]:
    return {"Type": "DIMENSION", "Key": key}


def _all_time(request: ReportRequest) -> dict[str, str]:
    start = (request.previous or request.dates).start
    return time_period(DateRange(start=start, end=request.dates.end))


def _with_values(tag_filter: TagFilter) -> Expression:
    values = [value for value in tag_filter.values if value]
    parts = [{"Tags": {"Key": tag_filter.tag_key, "Values": values}}] if values else []
    return _any([*parts, _absent(tag_filter.tag_key)] if "" in tag_filter.values else parts)


def _absent(key: str) -> Expression:
    """Spend without the tag: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_TagValues.html."""
    return {"Tags": {"Key": key, "MatchOptions": ["ABSENT"]}}


def _any(parts: Sequence[Expression]) -> Expression:
    # Cost Explorer refuses Or and And with a single part.
    return parts[0] if len(parts) == 1 else {"Or": list(parts)}


def _all(parts: Sequence[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else {"And": list(parts)}
