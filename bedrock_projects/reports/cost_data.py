"""The costs that a report is made from: tables of exact amounts, as a source gives them.

A source says which columns it has together. Cost Explorer groups by two things in a request, so it gives tables of two
columns (project and charge type, project and model), never lines with all of them. Nothing here or later multiplies two
tables to invent a third.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from bedrock_projects.aws.models import TagStatus
from bedrock_projects.errors import ServiceError, SettingsError
from bedrock_projects.reports.line_facts import InvoiceAmount, LineFacts, UnallocatedUsage
from bedrock_projects.reports.model import DateRange, HourRange
from bedrock_projects.reports.usage_types import SERVICE_SEARCH

ColumnKind = Literal["project", "tag", "service", "model", "account", "charge type", "usage type"]
Group = tuple[str, ...]
"""The values of a table's columns; a tag's value is without its key, empty for cost without the tag."""
Row = tuple[Decimal | None, ...]
"""An amount for each period; None if the source has nothing of the group in the period."""

_NO_UNIT = "N/A"
"""The unit of an amount of 0 for which AWS has no bill, and of quantities in several units."""


@dataclass(frozen=True, order=True)
class Column:
    """A column of a table. `tag_key` is that of a tag; a project is the value of the ownership tag."""

    kind: ColumnKind
    tag_key: str = ""


PROJECT: Final = Column("project")
SERVICE: Final = Column("service")
MODEL: Final = Column("model")
ACCOUNT: Final = Column("account")
CHARGE_TYPE: Final = Column("charge type")
USAGE_TYPE: Final = Column("usage type")

Columns = tuple[Column, Column]


class Quantity(NamedTuple):
    """How much was used, in the unit that AWS wrote; empty if it wrote none."""

    amount: Decimal
    unit: str


@dataclass(frozen=True, kw_only=True)
class CostTable:
    """The amounts of one question; each row has one for each of the `periods`, which are in order.

    `quantities` has what was used, if the question asked for it.
    """

    periods: tuple[DateRange, ...]
    estimated: tuple[bool, ...]
    amounts: Mapping[Group, Row]
    currency: str
    quantities: Mapping[Group, tuple[Quantity | None, ...]] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        """The sum of everything."""
        return sum(map(row_total, self.amounts.values()), Decimal())

    @property
    def is_empty(self) -> bool:
        """Whether no group has an amount other than 0."""
        return not any(any(row) for row in self.amounts.values())


@dataclass(frozen=True, kw_only=True)
class ForecastAnswer:
    """The mean of the days to come, and the bounds of its interval."""

    mean: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, kw_only=True)
class TagKeyAnswer:
    """Billing's status of the tag keys that may explain missing data; `error` if Billing did not answer.

    `active_since` has the day on which Billing says that an active key was activated; a later backfill may reach
    further back. `since_error` says why that day is not known.
    """

    keys: tuple[str, ...] = ()
    statuses: Mapping[str, TagStatus] = field(default_factory=dict)
    active_since: Mapping[str, date] = field(default_factory=dict)
    error: ServiceError | None = None
    since_error: ServiceError | None = None


@dataclass(frozen=True, kw_only=True)
class CostData:
    """Everything that a source said about the dates of one report.

    `bill` is the whole bill by service and charge type, unfiltered but for the accounts of the request; `services` are
    those that count as Bedrock. `tables` are of Bedrock alone, filtered as the request says; `query.charges_of` says
    which of them are of direct usage. All have the periods of the bill. `models_missing` says in a sentence why models
    are read from services and usage types; empty if the source names them. `tagged_elsewhere` is cost with the
    ownership tag under other service names. `usage_by_value` is direct usage by project and tag value, if a project has
    several values and other charges. `before_activation` is unallocated usage by project and usage type before the tag
    key was active; its periods are others. `forecast` is an error if the source refused it. `previous` is the same of
    the prior period. `failures` are sentences about what the report lacks because a request for it failed. `price` is
    that of all `requests` in US dollars. `source` names where all this comes from, `selection` says what counts as
    Bedrock there, and `notes` are sentences on what the source lacks.

    The rest is what only lines say, and None for a source without them. `invoices` add up to the bill.
    `unallocated_usage` has no shares yet. `usage_by_model` is direct usage with quantities by the value of the first
    grouping, model and usage type; without models, by value, service and usage type.
    """

    bill: CostTable
    services: tuple[str, ...]
    tables: Mapping[Columns, CostTable]
    models_missing: str = ""
    account_names: Mapping[str, str] = field(default_factory=dict)
    tagged_elsewhere: CostTable | None = None
    usage_by_value: CostTable | None = None
    before_activation: CostTable | None = None
    forecast: ForecastAnswer | ServiceError | None = None
    tag_keys: TagKeyAnswer = TagKeyAnswer()
    previous: "CostData | None" = None
    failures: tuple[str, ...] = ()
    requests: int = 0
    price: Decimal = Decimal()
    source: str = "Cost Explorer"
    selection: str = f'services with "{SERVICE_SEARCH}" in their name'
    notes: tuple[str, ...] = ()
    invoices: tuple[InvoiceAmount, ...] | None = None
    unallocated_usage: UnallocatedUsage | None = None
    usage_by_model: CostTable | None = None
    line_facts: LineFacts | None = None

    def find(self, columns: Columns) -> CostTable | None:
        """The table with these columns in this order, also if the source gave it the other way; None without it."""
        return find_table(self.tables, columns)

    def table(self, columns: Columns) -> CostTable:
        """The same for a table that the report cannot do without; KeyError is a mistake of this package."""
        found = self.find(columns)
        if found is None:
            raise KeyError(columns)
        return found


def find_table(tables: Mapping[Columns, CostTable], columns: Columns) -> CostTable | None:
    """The table with these columns in this order, also if it is there the other way; None without it."""
    if columns in tables:
        return tables[columns]
    reverse = columns[::-1]
    return transposed(tables[reverse]) if reverse in tables else None


def transposed(table: CostTable) -> CostTable:
    """The table with its two columns exchanged."""
    return replace(
        table,
        amounts={group[::-1]: row for group, row in table.amounts.items()},
        quantities={group[::-1]: row for group, row in table.quantities.items()},
    )


def periods_with_data(bill: CostTable) -> list[bool]:
    """For each period, whether the bill has anything of it.

    An hour between others with data has some too: it is one in which nothing was used.
    """
    known = [any(row[index] is not None for row in bill.amounts.values()) for index in range(len(bill.periods))]
    if any(known) and isinstance(bill.periods[0], HourRange):
        first, last = known.index(True), len(known) - 1 - known[::-1].index(True)
        return [first <= index <= last for index in range(len(known))]
    return known


def has_all_periods(bill: CostTable) -> bool:
    """Whether the bill has something of every period, and periods at all."""
    known = periods_with_data(bill)
    return bool(known) and all(known)


def with_periods(table: CostTable, bill: CostTable) -> CostTable:
    """The table with the periods of the bill: the same question may leave out a period that has nothing."""
    if table.periods == bill.periods:
        return table
    places = {dates: index for index, dates in enumerate(table.periods)}
    order = [places.get(dates) for dates in bill.periods]
    return replace(
        table,
        periods=bill.periods,
        estimated=bill.estimated,
        amounts={
            group: tuple(None if index is None else row[index] for index in order)
            for group, row in table.amounts.items()
        },
        quantities={
            group: tuple(None if index is None else row[index] for index in order)
            for group, row in table.quantities.items()
        },
    )


def row_total(row: Row) -> Decimal:
    """The sum of all periods."""
    return sum((amount for amount in row if amount is not None), Decimal())


def add_rows(rows: Iterable[Row], *, periods: int) -> tuple[Decimal, ...]:
    """The sum of the rows in each period."""
    sums = [Decimal()] * periods
    for row in rows:
        for index, amount in enumerate(row):
            if amount is not None:
                sums[index] += amount
    return tuple(sums)


class SeveralCurrenciesError(SettingsError):
    """Costs are in several currencies, `names`."""

    def __init__(self, names: str) -> None:
        super().__init__(f"costs are in several currencies ({names}) and can't be totalled; use --account")
        self.names = names


def one_currency(units: Iterable[str]) -> str:
    """The currency of amounts in these units; empty if no amount has a bill.

    Raises SeveralCurrenciesError if there is more than one.
    """
    currencies = sorted(set(units) - {_NO_UNIT, ""})
    if len(currencies) > 1:
        raise SeveralCurrenciesError(", ".join(currencies))
    return currencies[0] if currencies else ""


def unit_of(text: str) -> str:
    """The unit of a quantity as AWS wrote it; empty if it wrote that there is none."""
    return "" if text == _NO_UNIT else text
