"""Reads Cost Explorer's answers into tables of exact amounts.

The groups of one period may continue on the next pages, and the same group may be on several of them. Amounts are
texts of many decimal places; they are added as Decimal.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from bedrock_projects.reports.cost_data import (
    Column,
    CostTable,
    ForecastAnswer,
    Group,
    Quantity,
    Row,
    one_currency,
    unit_of,
)
from bedrock_projects.reports.model import DateRange

QUANTITY: Final = "UsageQuantity"
"""Cost Explorer's metric for what was used."""
_SEPARATOR: Final = "$"
"""Between a tag's key and its value, and between an attribute and its value; AWS does not allow it in a tag key."""
_KEYED: Final = ("project", "tag", "model")


class TableReader:
    """Adds up pages of GetCostAndUsage, one at a time.

    `columns` are those of the query. `account_names` are those that the pages name.
    """

    def __init__(self, columns: Sequence[Column], *, metric: str) -> None:
        self._columns = tuple(columns)
        self._metric = metric
        self._estimated: dict[DateRange, bool] = {}
        self._sums: defaultdict[Group, dict[DateRange, Decimal]] = defaultdict(dict)
        self._quantities: defaultdict[Group, dict[DateRange, Quantity]] = defaultdict(dict)
        self._units: set[str] = set()
        self.account_names: dict[str, str] = {}

    def add(self, page: Mapping[str, Any]) -> None:
        """Adds one page."""
        for value in page.get("DimensionValueAttributes", ()):
            self.account_names[value["Value"]] = value.get("Attributes", {}).get("description", "")
        for result in page["ResultsByTime"]:
            dates = _dates(result["TimePeriod"])
            # Each page of a period has a mark of its own; the whole period is estimated if any part of it is.
            self._estimated[dates] = self._estimated.get(dates, False) or bool(result.get("Estimated"))
            for group in result.get("Groups", ()):
                self._add_group(dates, group)

    def table(self) -> CostTable:
        """The whole table. Raises SettingsError if amounts are in more than one currency."""
        periods = tuple(sorted(self._estimated, key=lambda dates: dates.start))
        amounts: dict[Group, Row] = {
            group: tuple(row.get(dates) for dates in periods) for group, row in self._sums.items()
        }
        return CostTable(
            periods=periods,
            estimated=tuple(self._estimated[dates] for dates in periods),
            amounts=amounts,
            currency=one_currency(self._units),
            quantities={group: tuple(row.get(dates) for dates in periods) for group, row in self._quantities.items()},
        )

    def _add_group(self, dates: DateRange, answer: Mapping[str, Any]) -> None:
        group = tuple(map(_value, self._columns, answer["Keys"]))
        cost = answer["Metrics"][self._metric]
        row = self._sums[group]
        row[dates] = row.get(dates, Decimal()) + Decimal(cost["Amount"])
        self._units.add(cost["Unit"])
        if QUANTITY in answer["Metrics"]:
            used = answer["Metrics"][QUANTITY]
            quantity = Quantity(Decimal(used["Amount"]), unit_of(used["Unit"]))
            earlier = self._quantities[group].get(dates)
            self._quantities[group][dates] = _add(earlier, quantity) if earlier else quantity


def read_pages(pages: Iterable[Mapping[str, Any]], columns: Sequence[Column], *, metric: str) -> CostTable:
    """The table of all pages."""
    reader = TableReader(columns, metric=metric)
    for page in pages:
        reader.add(page)
    return reader.table()


def read_forecast(answer: Mapping[str, Any]) -> ForecastAnswer:
    """Reads the answer of GetCostForecast; only its periods have the bounds, and the query asks for one period.

    https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostForecast.html
    """
    return ForecastAnswer(
        mean=Decimal(answer["Total"]["Amount"]),
        low=_sum_of_bounds(answer, "PredictionIntervalLowerBound"),
        high=_sum_of_bounds(answer, "PredictionIntervalUpperBound"),
    )


def _add(one: Quantity, other: Quantity) -> Quantity:
    # A group that continues on another page has the same unit; if not, how much it was cannot be said.
    return Quantity(one.amount + other.amount, one.unit) if one.unit == other.unit else Quantity(Decimal(), "")


def _value(column: Column, key: str) -> str:
    """The value in a group's key: that of a tag or an attribute comes as `Key$Value`."""
    return key.partition(_SEPARATOR)[2] if column.kind in _KEYED else key


def _sum_of_bounds(answer: Mapping[str, Any], bound: str) -> Decimal:
    periods = answer["ForecastResultsByTime"]
    return sum((Decimal(period.get(bound, period["MeanValue"])) for period in periods), Decimal())


def _dates(period: Mapping[str, str]) -> DateRange:
    return DateRange(
        start=date.fromisoformat(period["Start"]), end=date.fromisoformat(period["End"]) - timedelta(days=1)
    )
