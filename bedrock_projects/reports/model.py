"""Defines the finished report as values: every format writes them, and no format computes anything from them.

The fields of these classes are the keys of the JSON output, so a field keeps its name even if its class gets another.
All money is Decimal, exact as Cost Explorer gave it, in the currency of the header; each format rounds for itself.
All shares are per cent with one decimal place. Both ends of a range of dates are included.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from bedrock_projects.reports.charge_types import ChargeType
from bedrock_projects.reports.line_facts import Invoices, LineFacts, UnallocatedUsage, UnitPrice
from bedrock_projects.reports.unit_costs import LineUsage

Granularity = Literal["hour", "day", "month"]
GroupKind = Literal["tag", "project", "environment", "account", "model", "service"]
ProjectState = Literal["active", "archived", "released", "unlisted"]
"""The state in the inventory; `unlisted` has an ownership tag of this inventory, and the inventory has no entry."""
CauseKind = Literal[
    "key not active",
    "project without tag",
    "default project",
    "bedrock-runtime",
    "marketplace",
    "charge type",
    "tagged usage",
    "unknown",
]

UNTAGGED = ""
"""The tag value that means spend without the tag."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account with Bedrock spend in the dates of the report.

    `name` is that of Billing, empty if it has none; `environments` are those of the inventory, and `billing` for the
    account of its stack for Billing.
    """

    id: str
    name: str = ""
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DateRange:
    """The days from `start` to `end`, both included."""

    start: date
    end: date


@dataclass(frozen=True, kw_only=True)
class HourRange(DateRange):
    """One hour of a day, by UTC, from 0 to 23; `start` and `end` are the day."""

    hour: int


@dataclass(frozen=True, kw_only=True)
class Period:
    """One column of the report: an hour, a day, a month, or the part of a month that the report covers.

    `hour` is that of the day from 0 to 23 (UTC), None for a day or a month.
    `estimated` is Cost Explorer's mark: AWS may still change the amounts until the invoice is final. `partial` marks a
    month without all its days, because the report starts or ends within it or because the month is not over. If
    `has_data` is not set, the source has nothing of the period, not even of other services: its amounts are unknown.
    """

    start: date
    end: date
    estimated: bool = False
    partial: bool = False
    has_data: bool = True
    hour: int | None = None

    @property
    def dates(self) -> DateRange:
        """The period's days."""
        return DateRange(start=self.start, end=self.end)


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """The dimension by which the report groups: a tag, projects, environments, accounts, models or services.

    `tag_key` is the key of the tag; for projects and environments, that of the ownership tag. It is empty for others.
    """

    kind: GroupKind
    tag_key: str = ""


@dataclass(frozen=True, kw_only=True)
class TagFilter:
    """Keeps only spend whose tag has one of these values; the empty value means spend without the tag."""

    tag_key: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Header:
    """Says what the report is about.

    `tag_keys` are all that the inventory declares. Without `environments` the report has all of them, that is,
    everything that the credentials see. `source` is where the costs come from. `cost` is the name of the cost basis
    as the user gave it (`billed`), `metric` Cost Explorer's (`UnblendedCost`). `currency` is empty if no amount has
    one. `second` is the grouping within each line, None without one. `excluded` are the charge types that the
    report leaves out. `restricted_accounts` are those to which the user restricted it, empty for all. `restriction`
    says in a sentence how the spend was restricted to Bedrock; `services` are the names under which AWS bills
    Bedrock here. `price` is the price of all `paid_requests` in US dollars. `previous` is the prior period, if the
    report compares; if `previous_estimated` is set, AWS may still change its amounts.
    """

    inventory: str
    tag_keys: tuple[str, ...]
    environments: tuple[str, ...]
    accounts: tuple[Account, ...]
    span: DateRange
    granularity: Granularity
    source: str
    cost: str
    metric: str
    currency: str
    grouping: Grouping
    second: Grouping | None
    filters: tuple[TagFilter, ...]
    excluded: tuple[ChargeType, ...]
    restricted_accounts: tuple[str, ...]
    restriction: str
    services: tuple[str, ...]
    paid_requests: int
    price: Decimal
    created_at: datetime
    previous: DateRange | None = None
    previous_estimated: bool = False


@dataclass(frozen=True, kw_only=True)
class ProjectName:
    """The project that an ownership tag's value names; `name` is empty for one that is `unlisted`.

    `account` is the one that AWS billed, empty if it billed several; `id` is empty if neither the inventory nor a
    catalogue has it. `region` and `tags` are those of the inventory, and empty for one that is `unlisted`.
    """

    key: str
    name: str
    environment: str
    state: ProjectState
    account: str = ""
    account_name: str = ""
    region: str = ""
    id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CostDriver:
    """A part of a line's direct usage, by model or usage type. `share` is of that; None if it is not above 0."""

    label: str
    total: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class ProjectUse:
    """What CloudWatch counted for a project: completed requests, and the billable tokens that they took."""

    requests: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, kw_only=True)
class LinePart:
    """A part of a line by the second grouping; `value`, `label`, `mark` and `project` as for a line.

    `is_rest` marks what the second grouping does not split, such as charges without a model.
    """

    value: str
    label: str
    total: Decimal
    mark: str = ""
    is_rest: bool = False
    project: ProjectName | None = None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the report.

    `value` is the tag's value, the model or the service as AWS has it; `label` is what to show, and `mark` says what
    the inventory does not know of it. `project` is set if the report is by project and the value names a project of
    this inventory. `amounts` has one amount for each period of the report, in their order, and `charges_by_period` the
    same by charge type; `charges` is the total by charge type. `share` is of all direct usage (`charges["usage"]`), so
    that a credit moves no share; None if there is none. `previous` is the amount of the prior period, `change` the
    difference from it; they and `change_percent` are None if the report has no comparison, or no data of the prior
    period. `change_percent` is also None if the prior amount is not above 0. `drivers` start with the largest; `parts`
    are the line by the second grouping, and add up to its total. `usage` has what AWS billed, None if the tables do not
    say it of every line; `use` what CloudWatch counted, None if it was not asked.
    """

    value: str
    label: str
    amounts: tuple[Decimal, ...]
    total: Decimal
    share: Decimal | None
    mark: str = ""
    charges: Mapping[ChargeType, Decimal] = field(default_factory=dict)
    charges_by_period: tuple[Mapping[ChargeType, Decimal], ...] = ()
    project: ProjectName | None = None
    previous: Decimal | None = None
    change: Decimal | None = None
    change_percent: Decimal | None = None
    drivers: tuple[CostDriver, ...] = ()
    parts: tuple[LinePart, ...] = ()
    usage: LineUsage | None = None
    use: ProjectUse | None = None

    @property
    def archived(self) -> bool:
        """Whether the project is archived or missing from the inventory: it should have no spend."""
        return self.project is not None and self.project.state in ("archived", "unlisted")


@dataclass(frozen=True, kw_only=True)
class UnallocatedCause:
    """Why spend has no value of the tag.

    `share` is of unallocated usage; None for other charges. If usage without a project carries the tag, all are
    None: it is in one of the causes, and the source does not say in which.
    """

    kind: CauseKind
    label: str
    total: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class AccountAmount:
    """The unallocated spend of one account; `share` is of that spend, None if it is more than usage."""

    account: Account
    total: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class UnallocatedSpend:
    """Bedrock spend without the tag: its line, the causes that the data show, and the accounts that have it.

    Causes and accounts each add up to the line's total. Both are empty if all spend has the tag, and causes also if
    Billing does not know the tag's key, because then the key is the cause of everything. Accounts are empty too if
    usage without a project carries the tag: the source does not say in which account. `usage` says who spends the
    direct usage of the line; None if the source does not say it.
    """

    line: Line
    causes: tuple[UnallocatedCause, ...] = ()
    accounts: tuple[AccountAmount, ...] = ()
    usage: UnallocatedUsage | None = None


@dataclass(frozen=True, kw_only=True)
class CostChange:
    """A large change of a line between two periods; `drivers` are the changes by service, the largest first.

    `change_percent` is None if the prior amount is not above 0. A driver's `share` is of the change.
    """

    value: str
    label: str
    before: DateRange
    after: DateRange
    amount_before: Decimal
    amount_after: Decimal
    change: Decimal
    change_percent: Decimal | None
    drivers: tuple[CostDriver, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The month-end forecast: `actual` is month-to-date, `rest` is Cost Explorer's forecast of the remaining days.

    The `total` is between `low` and `high` with a probability of `level` per cent.
    """

    month: DateRange
    actual: Decimal
    rest: Decimal
    total: Decimal
    low: Decimal
    high: Decimal
    level: int


@dataclass(frozen=True, kw_only=True)
class BillPart:
    """A part of the bill that is not Bedrock: tax, support, or all other services together."""

    label: str
    total: Decimal


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """How the report ties to the bill of its dates, in the report's cost basis and the currency of the bill.

    `reported` is the report's total, `excluded` what `--exclude` left out of it; together they are `bedrock`, which the
    source summed for itself, but for a `difference` that a report without mistakes does not have. `bedrock` and `rest`
    add up to `total`, all that the source has of these dates and accounts.
    """

    reported: Decimal
    excluded: Decimal
    bedrock: Decimal
    difference: Decimal
    rest: tuple[BillPart, ...]
    total: Decimal
    currency: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """A finished report.

    `lines` start with the largest and leave out the unallocated spend; `unallocated` is None if the report is by
    account, model or service. `total` covers everything, its share is 100. `other_charge_types` are AWS's names of the
    charges that are `other`. `reconciliation` is None if a filter leaves out spend. `notes` are sentences for the
    reader: why the report shows nothing, what it lacks, what is unknown. `invoices`, `unit_prices` and `line_facts` are
    None if the source does not say them; `invoices` also if a filter leaves out spend.
    """

    header: Header
    periods: tuple[Period, ...]
    lines: tuple[Line, ...]
    unallocated: UnallocatedSpend | None
    total: Line
    largest_changes: tuple[CostChange, ...] = ()
    forecast: Forecast | None = None
    other_charge_types: tuple[str, ...] = ()
    reconciliation: Reconciliation | None = None
    notes: tuple[str, ...] = ()
    invoices: Invoices | None = None
    unit_prices: tuple[UnitPrice, ...] | None = None
    line_facts: LineFacts | None = None
