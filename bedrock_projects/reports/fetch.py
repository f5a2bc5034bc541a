"""Asks AWS for everything that a report needs, with as few billed requests as possible."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from bedrock_projects.aws.cost_explorer import PRICE, CostExplorerClient
from bedrock_projects.aws.models import TagStatus
from bedrock_projects.errors import ServiceError
from bedrock_projects.reports import query
from bedrock_projects.reports.answers import (
    Answers,
    CostTable,
    ForecastAnswer,
    TagKeyAnswer,
    read_forecast,
    read_pages,
)
from bedrock_projects.reports.model import UNTAGGED, Account
from bedrock_projects.reports.periods import covers_month_to_date, rest_of_month
from bedrock_projects.reports.request import ReportRequest

ReadStatuses = Callable[[], Mapping[str, TagStatus]]
"""Asks Billing for the status of all its tag keys."""


def fetch_answers(
    request: ReportRequest,
    client: CostExplorerClient,
    *,
    read_statuses: ReadStatuses,
    today: date,
) -> Answers:
    """Sends the queries of a report; it calls `read_statuses` only if a tag key may explain missing data.

    Raises ServiceError; it is a NoDataError if Cost Explorer has no data of this account yet.
    """
    services = tuple(value["Value"] for value in client.dimension_values(query.services_query(request)))
    accounts = _fetch_accounts(request, services, client)
    by_tag = bool(request.grouping.tag_key)

    def fetch_table(costs_query: query.Query, *, tagged: bool = False) -> CostTable:
        return read_pages(client.cost_and_usage(costs_query), metric=request.metric, by_tag=tagged)

    costs = fetch_table(query.costs_query(request, services, request.dates), tagged=by_tag)
    previous = None
    if request.previous:
        previous = fetch_table(query.costs_query(request, services, request.previous), tagged=by_tag)
    tag_keys = _fetch_tag_keys(keys_to_look_up(request, costs), read_statuses)
    forecast = _fetch_forecast(request, services, client, costs=costs, today=today)
    usage = in_accounts = None
    if by_tag and _is_known(request.grouping.tag_key, tag_keys) and _has_untagged(costs):
        usage = fetch_table(query.unallocated_usage_query(request, services))
        if len(accounts) > 1:
            in_accounts = fetch_table(query.unallocated_accounts_query(request, services))
    return Answers(
        services=services,
        accounts=accounts,
        costs=costs,
        previous=previous,
        unallocated_usage=usage,
        unallocated_accounts=in_accounts,
        forecast=forecast,
        tag_keys=tag_keys,
        paid_requests=client.requests,
        price=client.requests * PRICE,
    )


def keys_to_look_up(request: ReportRequest, costs: CostTable) -> tuple[str, ...]:
    """The tag keys whose status in Billing may explain missing data.

    Without any spend, these are the keys of the filters. Otherwise they are the key of the grouping, if no spend has a
    value of it, and the keys whose absence a filter asks for: all spend lacks a key that Billing does not know.
    """
    if not costs.groups_with_spend:
        return tuple(tag_filter.tag_key for tag_filter in request.filters)
    has_value = any(group[0] for group in costs.groups_with_spend)
    grouping = [request.grouping.tag_key] if request.grouping.tag_key and not has_value else []
    absent = [tag_filter.tag_key for tag_filter in request.filters if "" in tag_filter.values]
    return tuple(dict.fromkeys([*grouping, *absent]))


def _fetch_accounts(
    request: ReportRequest, services: tuple[str, ...], client: CostExplorerClient
) -> tuple[Account, ...]:
    """The accounts with Bedrock spend; a report of a single account needs no request for it."""
    if request.account:
        return (Account(id=request.account),)
    return tuple(_account(value) for value in client.dimension_values(query.accounts_query(request, services)))


def _account(value: Mapping[str, Any]) -> Account:
    return Account(id=value["Value"], name=value.get("Attributes", {}).get("description", ""))


def _fetch_tag_keys(keys: tuple[str, ...], read_statuses: ReadStatuses) -> TagKeyAnswer:
    if not keys:
        return TagKeyAnswer()
    try:
        return TagKeyAnswer(keys=keys, statuses=read_statuses())
    except ServiceError as error:
        # The requests are already billed, so the report is written without the explanation.
        return TagKeyAnswer(keys=keys, error=error)


def _fetch_forecast(
    request: ReportRequest, services: tuple[str, ...], client: CostExplorerClient, *, costs: CostTable, today: date
) -> ForecastAnswer | ServiceError | None:
    if not (covers_month_to_date(request.dates, today=today) and costs.total > 0):
        return None
    try:
        return read_forecast(client.forecast(query.forecast_query(request, services, rest_of_month(today))))
    except ServiceError as error:
        # The requests are already billed, so the report is written without a forecast.
        return error


def _is_known(tag_key: str, answer: TagKeyAnswer) -> bool:
    """Whether reports know the tag key. If not, that explains all untagged spend without a further query."""
    return tag_key not in answer.keys or answer.error is not None or answer.statuses.get(tag_key) == "Active"


def _has_untagged(costs: CostTable) -> bool:
    return any(group[0] == UNTAGGED for group in costs.groups_with_spend)
