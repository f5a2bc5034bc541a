"""What is asked of Cost Explorer.

Only Bedrock is to be counted, though Team or CostCenter also sit on other services, and Bedrock is billed under many
names: `Amazon Bedrock`, `Amazon Bedrock Service`, a name for each model that is sold through Marketplace. A filter by
the tag alone would hide what nobody is charged for; a filter by one service name would lose most of the Claude spend.
So the services are those whose name has "Bedrock" in it, as GetDimensionValues finds them, or whatever else carries the
ownership tag, which only Bedrock projects do.

The second dimension of the one grouped query says what drives a line: the service beside a tag, the usage type beside a
service. Usage types beside a tag would name more models, at several times the pages, each of which costs.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Expression.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bedrock_projects.reports.model import Granularity, Grouping, Span, TagFilter
from bedrock_projects.reports.periods import time_period

Expression = dict[str, Any]
Request = dict[str, Any]

SEARCH = "Bedrock"
METRICS = {
    "unblended": "UnblendedCost",
    "net-unblended": "NetUnblendedCost",
    "amortized": "AmortizedCost",
    "net-amortized": "NetAmortizedCost",
    "blended": "BlendedCost",
}
_FORECAST_METRICS = {
    "UnblendedCost": "UNBLENDED_COST",
    "NetUnblendedCost": "NET_UNBLENDED_COST",
    "AmortizedCost": "AMORTIZED_COST",
    "NetAmortizedCost": "NET_AMORTIZED_COST",
    "BlendedCost": "BLENDED_COST",
}
_GRANULARITIES: dict[Granularity, str] = {"day": "DAILY", "month": "MONTHLY"}
LEVEL = 80
"""Per cent of certainty of a forecast's interval, as in Cost Explorer's console."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a report is asked for, checked. `account` restricts it to one, None takes all that the credentials see."""

    grouping: Grouping
    filters: tuple[TagFilter, ...]
    span: Span
    previous: Span | None
    granularity: Granularity
    metric: str
    ownership_tag_key: str
    account: str | None = None


def services_request(wish: Wish) -> Request:
    """Asks for the services that Bedrock is billed under, in all the time that the report looks at."""
    return {"TimePeriod": _all_time(wish), "Dimension": "SERVICE", "SearchString": SEARCH}


def accounts_request(wish: Wish, services: Sequence[str]) -> Request:
    """Asks for the accounts that the report covers, with their names."""
    filtered = bedrock(wish, services)
    return {"TimePeriod": _all_time(wish), "Dimension": "LINKED_ACCOUNT", "Filter": filtered}


def costs_request(wish: Wish, services: Sequence[str], span: Span) -> Request:
    """The one grouped query of a report; another one of these is for the time that it compares with."""
    return _filtered(wish, span, bedrock(wish, services), _group_by(wish.grouping))


def owners_request(span: Span, *, ownership_tag_key: str, account: str | None) -> Request:
    """Asks for all costs of the days by ownership tag and service, of one account or of all; by months."""
    by_owner = Grouping(kind="project", tag_key=ownership_tag_key)
    request = _costs(span, "month", METRICS["unblended"], _group_by(by_owner))
    return request | ({"Filter": _in_account(account)} if account else {})


def causes_request(wish: Wish, services: Sequence[str]) -> Request:
    """Asks what the spend without the tag was for."""
    return _filtered(wish, wish.span, _without_tag(wish, services), [_dimension("SERVICE"), _dimension("USAGE_TYPE")])


def unattributed_accounts_request(wish: Wish, services: Sequence[str]) -> Request:
    """Asks in which accounts the spend without the tag was."""
    return _filtered(wish, wish.span, _without_tag(wish, services), [_dimension("LINKED_ACCOUNT")])


def forecast_request(wish: Wish, services: Sequence[str], span: Span) -> Request:
    """Asks what the days to come will cost, as one amount with an interval."""
    return {
        "TimePeriod": time_period(span),
        "Metric": _FORECAST_METRICS[wish.metric],
        "Granularity": "MONTHLY",
        "Filter": bedrock(wish, services),
        "PredictionIntervalLevel": LEVEL,
    }


def bedrock(wish: Wish, services: Sequence[str]) -> Expression:
    """The filter of every query: Bedrock's spend, in the account and with the tags that were wished for."""
    owned = {"Not": _absent(wish.ownership_tag_key)}
    named = [{"Dimensions": {"Key": "SERVICE", "Values": list(services)}}] if services else []
    parts = [_any([*named, owned]), *(_with_values(each) for each in wish.filters)]
    if wish.account:
        parts.append(_in_account(wish.account))
    return _all(parts)


def _without_tag(wish: Wish, services: Sequence[str]) -> Expression:
    filtered = bedrock(wish, services)
    absent = _absent(wish.grouping.tag_key)
    return _all([*filtered["And"], absent] if "And" in filtered else [filtered, absent])


def _filtered(wish: Wish, span: Span, expression: Expression, group_by: list[dict[str, str]]) -> Request:
    return _costs(span, wish.granularity, wish.metric, group_by) | {"Filter": expression}


def _costs(span: Span, granularity: Granularity, metric: str, group_by: list[dict[str, str]]) -> Request:
    return {
        "TimePeriod": time_period(span),
        "Granularity": _GRANULARITIES[granularity],
        "Metrics": [metric],
        "GroupBy": group_by,
    }


def _in_account(account: str) -> Expression:
    return {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [account]}}


def _group_by(grouping: Grouping) -> list[dict[str, str]]:
    if grouping.tag_key:
        return [{"Type": "TAG", "Key": grouping.tag_key}, _dimension("SERVICE")]
    return [_dimension("SERVICE"), _dimension("USAGE_TYPE")]


def _dimension(key: str) -> dict[str, str]:
    return {"Type": "DIMENSION", "Key": key}


def _all_time(wish: Wish) -> dict[str, str]:
    return time_period(Span(start=(wish.previous or wish.span).start, end=wish.span.end))


def _with_values(tag: TagFilter) -> Expression:
    values = [value for value in tag.values if value]
    parts = [{"Tags": {"Key": tag.tag_key, "Values": values}}] if values else []
    return _any([*parts, _absent(tag.tag_key)] if "" in tag.values else parts)


def _absent(key: str) -> Expression:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_TagValues.html."""
    return {"Tags": {"Key": key, "MatchOptions": ["ABSENT"]}}


def _any(parts: Sequence[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else {"Or": list(parts)}


def _all(parts: Sequence[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else {"And": list(parts)}
