"""What both sources have in common: the question that a month is, and the values of what was read."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from bedrock_projects.chargeback.costs import CostRow, MonthCosts
from bedrock_projects.chargeback.details import BilledAccount, LineUsage, ModelUsage, MonthDetails, OwnerDetails
from bedrock_projects.chargeback.month_file import Source
from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.chargeback.source.parts import ADDITIONS
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.errors import SettingsError
from bedrock_projects.model import Inventory
from bedrock_projects.reports.charge_types import ChargeType
from bedrock_projects.reports.cost_data import Column, CostTable, Group, SeveralCurrenciesError
from bedrock_projects.reports.model import DateRange, Grouping
from bedrock_projects.reports.periods import last_of_month
from bedrock_projects.reports.project_names import ProjectNames
from bedrock_projects.reports.request import COSTS, ReportRequest
from bedrock_projects.reports.unit_prices import unit_prices
from bedrock_projects.reports.usage_types import UsageKind

NO_PROJECT = ""
"""The owner of usage without a project."""
EFFECTIVE_HAS_NO_INVOICES = "invoices are of billed cost, so effective cost is not compared with them"


class MonthReading(NamedTuple):
    """What a source says of a month, where it was read, and what else statements show.

    `unfinished` says in a sentence why the costs are estimated; empty if they are not.
    """

    costs: MonthCosts
    source: Source
    details: MonthDetails
    unfinished: str = ""


class MonthQuery:
    """The question that a month is.

    A former value of the charged tag counts as its current name: by `renamed` of a closed month, else by the inventory.
    `currency` is that of the closed months, empty without one.
    """

    def __init__(
        self,
        inventory: Inventory,
        rules: Chargeback,
        month: date,
        *,
        renamed: Mapping[str, str] | None = None,
        currency: str = "",
    ) -> None:
        self.inventory = inventory
        self.month = month
        self._currency = currency
        self.tag = Column("tag", rules.by)
        self.renamed = _renamed(inventory, rules.by) if renamed is None else renamed
        self.request = ReportRequest(
            groupings=(Grouping(kind="tag", tag_key=rules.by),),
            dates=DateRange(start=month, end=last_of_month(month)),
            granularity="month",
            cost=rules.cost,
            metric=COSTS[rules.cost],
            ownership_tag_key=inventory.ownership_tag_key,
            excluded=ADDITIONS,
        )

    @property
    def by(self) -> str:
        """The charged tag's key."""
        return self.tag.tag_key

    @property
    def is_billed(self) -> bool:
        """Whether the costs are what invoices have."""
        return self.request.metric == COSTS["billed"]

    def current(self, value: str) -> str:
        """The value of the charged tag that a billed one counts as."""
        return self.renamed.get(value, value)

    def currency_of(self, bill: CostTable, *, source: str) -> str:
        """The currency of the bill; of one without any cost, that of the closed months.

        Raises SettingsError if there is none: the first month to be closed may be a later one.
        """
        if currency := bill.currency or self._currency:
            return currency
        raise SettingsError(
            f"{source} has no costs of {self.month:%Y-%m}, and no month was closed before; begin with a month that has "
            "some"
        )

    def note_on(self, rows: Sequence[CostRow], bill: CostTable) -> str:
        """What there is if no cost of the month has a value of the charged tag, in a sentence; else empty."""
        month = f"{self.month:%Y-%m}"
        if not bill.amounts:
            return f"the source has no costs of {month}, so there is nothing to allocate"
        if not rows:
            return f"no cost of {month} is of Bedrock"
        if any(row.value for row in rows):
            return ""
        return (
            f"no cost of Bedrock has the tag {self.by} in {month}, so all of it is unallocated; if projects have the "
            f"tag, activate {self.by} in Billing and backfill the month"
        )


def _renamed(inventory: Inventory, key: str) -> dict[str, str]:
    """The current name of each former value."""
    tag_key = inventory.tag_keys.get(key)
    return {value: tag_key.current_value(value) for value in sorted(tag_key.former_values)} if tag_key else {}


@contextmanager
def in_one_currency(month: date) -> Iterator[None]:
    """Raises SettingsError for a month in several currencies in the words of a chargeback."""
    try:
        yield
    except SeveralCurrenciesError as error:
        raise SettingsError(
            f"the costs of {month:%Y-%m} are in several currencies ({error.names}), and a chargeback is in one; give "
            "an export of one payer account"
        ) from None


def cost_rows(amounts: Iterable[tuple[str, str, ChargeType, Decimal]]) -> tuple[CostRow, ...]:
    """The rows of values, owners and charge types, sorted; what adds up to 0 has none."""
    sums: defaultdict[tuple[str, str, ChargeType], list[Decimal]] = defaultdict(list)
    for value, owner, kind, amount in amounts:
        sums[value, owner, kind].append(amount)
    rows = (
        CostRow(value=value, owner=owner, charge_type=kind, amount=exact_sum(parts))
        for (value, owner, kind), parts in sorted(sums.items())
    )
    return tuple(row for row in rows if row.amount)


def owner_details(
    owners: Iterable[str], names: ProjectNames, accounts: Mapping[str, tuple[BilledAccount, ...]]
) -> tuple[OwnerDetails, ...]:
    """The projects of ownership tags, sorted; `accounts` are those that were billed, by owner."""
    return tuple(_owner(owner, names, accounts.get(owner, ())) for owner in sorted({*owners} - {NO_PROJECT}))


def _owner(owner: str, names: ProjectNames, accounts: tuple[BilledAccount, ...]) -> OwnerDetails:
    project = names.find(owner)
    if project is None:
        return OwnerDetails(owner=owner, accounts=accounts)
    return OwnerDetails(
        owner=owner,
        key=project.key,
        name=project.name,
        environment=project.environment,
        state=project.state,
        region=project.region,
        id=project.id,
        tags=dict(project.tags),
        accounts=accounts,
    )


def line_usage(table: CostTable, *, line: Callable[[str], str], has_models: bool) -> tuple[LineUsage, ...]:
    """What each line used, sorted. The table is by value, owner, model and usage type; without models, by service.

    `line` gives what a value counts as: of several that count as one, the usage is added.
    """
    of_values: defaultdict[str, list[Group]] = defaultdict(list)
    for group in table.amounts:
        of_values[group[0]].append(group)
    prices = [
        (line(value), price)
        for value, groups in of_values.items()
        for price in unit_prices(_without_value(table, groups), line=str, label=str, has_models=has_models)
    ]
    sums: defaultdict[tuple[str, str], dict[tuple[str, UsageKind, str], tuple[Decimal, Decimal]]] = defaultdict(dict)
    for value, price in prices:
        of_line, key = sums[value, price.value], (price.model, price.kind, price.unit)
        quantity, cost = of_line.get(key, (Decimal(), Decimal()))
        of_line[key] = quantity + price.quantity, cost + price.cost
    return tuple(
        LineUsage(value=value, owner=owner, usage=_model_usage(of_line))
        for (value, owner), of_line in sorted(sums.items())
    )


def _without_value(table: CostTable, groups: Sequence[Group]) -> CostTable:
    return replace(
        table,
        amounts={group[1:]: table.amounts[group] for group in groups},
        quantities={group[1:]: table.quantities[group] for group in groups},
    )


def _model_usage(sums: Mapping[tuple[str, UsageKind, str], tuple[Decimal, Decimal]]) -> tuple[ModelUsage, ...]:
    usage = (
        ModelUsage(model=model, kind=kind, quantity=quantity, unit=unit, cost=cost)
        for (model, kind, unit), (quantity, cost) in sums.items()
    )
    return tuple(sorted(usage, key=lambda each: (-each.cost, each.model, each.kind, each.unit)))
