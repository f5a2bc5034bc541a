"""Reads AWS's answers into values: tables of exact amounts, the forecast, the status of tag keys.

The groups of one period may continue on the next pages, and the same group may be on several of them. Amounts are
texts of many decimal places; they are added as Decimal.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from bedrock_projects.aws.models import TagStatus
from bedrock_projects.errors import ServiceError, SettingsError
from bedrock_projects.reports.model import Account, DateRange
from bedrock_projects.reports.request import TAG_SEPARATOR

Group = tuple[str, ...]
"""The values of the dimensions by which a query groups; a tag's value is without its key."""

_NO_UNIT = "N/A"
"""The unit of an amount of 0 for which AWS has no bill."""


@dataclass(frozen=True, kw_only=True)
class CostTable:
    """All amounts of a query; `amounts` has one for each of the `periods`, which are in order."""

    periods: tuple[DateRange, ...]
    estimated: tuple[bool, ...]
    amounts: Mapping[Group, tuple[Decimal, ...]]
    currency: str

    @property
    def groups_with_spend(self) -> tuple[Group, ...]:
        """The groups that have an amount in any period."""
        return tuple(group for group, row in self.amounts.items() if any(row))

    @property
    def total(self) -> Decimal:
        """The sum of everything."""
        return sum((sum(row, Decimal()) for row in self.amounts.values()), Decimal())


@dataclass(frozen=True, kw_only=True)
class ForecastAnswer:
    """The mean of the days to come, and the bounds of its interval."""

    mean: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, kw_only=True)
class TagKeyAnswer:
    """Billing's status of the tag keys that may explain missing data; `error` if Billing did not answer."""

    keys: tuple[str, ...] = ()
    statuses: Mapping[str, TagStatus] = field(default_factory=dict)
    error: ServiceError | None = None


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Everything that AWS answered for one report; None if the report did not need it.

    `unallocated_usage` and `unallocated_accounts` are of the spend without the tag: the first by SERVICE and
    USAGE_TYPE, the second by LINKED_ACCOUNT. `forecast` is an error if Cost Explorer refused it.
    """

    services: tuple[str, ...]
    accounts: tuple[Account, ...]
    costs: CostTable
    previous: CostTable | None = None
    unallocated_usage: CostTable | None = None
    unallocated_accounts: CostTable | None = None
    forecast: ForecastAnswer | ServiceError | None = None
    tag_keys: TagKeyAnswer = TagKeyAnswer()
    paid_requests: int
    price: Decimal


def read_pages(pages: Iterable[Mapping[str, Any]], *, metric: str, by_tag: bool = False) -> CostTable:
    """Adds up the pages, one at a time; `by_tag` says that the first dimension of the groups is a tag.

    Raises SettingsError if amounts come in more than one currency.
    """
    estimated: dict[DateRange, bool] = {}
    sums: dict[Group, dict[DateRange, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    units: set[str] = set()
    for page in pages:
        for result in page["ResultsByTime"]:
            dates = _dates(result["TimePeriod"])
            # Each page of a period has a mark of its own; the whole period is estimated if any part of it is.
            estimated[dates] = estimated.get(dates, False) or bool(result.get("Estimated"))
            for group in result.get("Groups", ()):
                amount = group["Metrics"][metric]
                sums[_group(group["Keys"], by_tag=by_tag)][dates] += Decimal(amount["Amount"])
                units.add(amount["Unit"])
    periods = tuple(sorted(estimated, key=lambda dates: dates.start))
    return CostTable(
        periods=periods,
        estimated=tuple(estimated[dates] for dates in periods),
        amounts={group: tuple(row.get(dates, Decimal()) for dates in periods) for group, row in sums.items()},
        currency=one_currency(units),
    )


def read_forecast(answer: Mapping[str, Any]) -> ForecastAnswer:
    """Reads the answer of GetCostForecast; only its periods have the bounds, and the query asks for one period.

    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostForecast.html
    """
    return ForecastAnswer(
        mean=Decimal(answer["Total"]["Amount"]),
        low=_sum_of_bounds(answer, "PredictionIntervalLowerBound"),
        high=_sum_of_bounds(answer, "PredictionIntervalUpperBound"),
    )


def tag_value(key: str) -> str:
    """The value in a group's `Key$Value`; empty for spend without the tag."""
    return key.partition(TAG_SEPARATOR)[2]


def one_currency(units: Iterable[str]) -> str:
    """The currency of amounts in these units; empty if no amount has a bill.

    Raises SettingsError if there is more than one.
    """
    currencies = sorted(set(units) - {_NO_UNIT, ""})
    if len(currencies) > 1:
        names = ", ".join(currencies)
        raise SettingsError(f"costs are in several currencies ({names}) and can't be totalled; use --environment")
    return currencies[0] if currencies else ""


def _sum_of_bounds(answer: Mapping[str, Any], bound: str) -> Decimal:
    periods = answer["ForecastResultsByTime"]
    return sum((Decimal(period.get(bound, period["MeanValue"])) for period in periods), Decimal())


def _group(keys: list[str], *, by_tag: bool) -> Group:
    return (tag_value(keys[0]), *keys[1:]) if by_tag else tuple(keys)


def _dates(period: Mapping[str, str]) -> DateRange:
    return DateRange(
        start=date.fromisoformat(period["Start"]), end=date.fromisoformat(period["End"]) - timedelta(days=1)
    )
