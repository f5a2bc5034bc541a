"""Asks all that a report needs, as few paid questions as that takes, and builds it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bedrock_projects.aws.cost_explorer import PRICE, CostExplorerClient
from bedrock_projects.aws.models import TagStatus
from bedrock_projects.errors import NoDataError, ServiceError
from bedrock_projects.model import Inventory
from bedrock_projects.reports import query
from bedrock_projects.reports.answers import Table, merged
from bedrock_projects.reports.forecast import ForecastAnswer, answer_of, is_forecast_wanted
from bedrock_projects.reports.missing_data import (
    explanations,
    not_covered,
    nothing_at_all,
    to_explain,
    unexplained,
)
from bedrock_projects.reports.model import Account, Report
from bedrock_projects.reports.periods import rest_of_month
from bedrock_projects.reports.query import Wish
from bedrock_projects.reports.report import UNATTRIBUTED, Answers, Circumstances, build

Statuses = Callable[[], Mapping[str, TagStatus]]


def report_of(
    wish: Wish,
    inventory: Inventory,
    client: CostExplorerClient,
    *,
    statuses: Statuses,
    now: datetime,
    environment: str | None,
) -> Report:
    """The report; `statuses` asks Billing for its keys, which is done only where one has to be explained.

    Raises ServiceError, NoDataError among them.
    """
    services = tuple(value["Value"] for value in client.dimension_values(query.services_request(wish)))
    accounts = _accounts(wish, services, client)
    by_tag = bool(wish.grouping.tag_key)

    def table(request: query.Request, *, tagged: bool = False) -> Table:
        return merged(client.cost_and_usage(request), metric=wish.metric, by_tag=tagged)

    costs = table(query.costs_request(wish, services, wish.span), tagged=by_tag)
    previous = table(query.costs_request(wish, services, wish.previous), tagged=by_tag) if wish.previous else None
    notes, is_key_known = _explained(wish, costs, inventory, statuses)
    is_split = by_tag and is_key_known and _has_unattributed(costs)
    forecast, refusal = _forecast(wish, services, client, costs=costs, now=now)
    answers = Answers(
        services=services,
        accounts=accounts,
        costs=costs,
        previous=previous,
        causes=table(query.causes_request(wish, services)) if is_split else None,
        in_accounts=(
            table(query.unattributed_accounts_request(wish, services)) if is_split and len(accounts) > 1 else None
        ),
        forecast=forecast,
        notes=(*notes, *not_covered(wish, inventory, accounts, costs), *refusal),
    )
    circumstances = Circumstances(
        inventory=inventory,
        environment=environment,
        now=now,
        paid_requests=client.requests,
        price=client.requests * PRICE,
    )
    return build(wish, answers, circumstances)


def _accounts(wish: Wish, services: tuple[str, ...], client: CostExplorerClient) -> tuple[Account, ...]:
    """The accounts with Bedrock spend; the one that the report is restricted to needs no question."""
    if wish.account:
        return (Account(id=wish.account),)
    return tuple(_account(value) for value in client.dimension_values(query.accounts_request(wish, services)))


def _account(value: Mapping[str, Any]) -> Account:
    return Account(id=value["Value"], name=value.get("Attributes", {}).get("description", ""))


def _forecast(
    wish: Wish, services: tuple[str, ...], client: CostExplorerClient, *, costs: Table, now: datetime
) -> tuple[ForecastAnswer | None, tuple[str, ...]]:
    """The forecast, or a note why there is none: what was paid for until then is not lost for the want of it."""
    today = now.date()
    if not (is_forecast_wanted(wish.span, today=today) and costs.total > 0):
        return None, ()
    try:
        answer = client.forecast(query.forecast_request(wish, services, rest_of_month(today)))
    except NoDataError as error:
        return None, (f"no forecast: Cost Explorer has too little history of this spend ({error.code})",)
    except ServiceError as error:
        return None, (f"no forecast: {error}",)
    return answer_of(answer), ()


def _has_unattributed(costs: Table) -> bool:
    return any(cell[0] == UNATTRIBUTED for cell in costs.spent)


def _explained(wish: Wish, costs: Table, inventory: Inventory, statuses: Statuses) -> tuple[tuple[str, ...], bool]:
    """Notes, and whether reports know the key of the grouping: where they do not, that is the cause of everything.

    Where Billing does not answer, that is a note: the report is paid for by then.
    """
    keys = to_explain(wish, costs)
    nothing = nothing_at_all(wish, costs)
    if not keys:
        return nothing, True
    try:
        known = statuses()
    except ServiceError as error:
        names = {*inventory.tag_keys, inventory.ownership_tag_key}
        return (*nothing, *(unexplained(key, names, error) for key in keys)), True
    is_known = wish.grouping.tag_key not in keys or known.get(wish.grouping.tag_key) == "Active"
    return (*nothing, *explanations(keys, wish, costs, known)), is_known
