"""Defines the finished report as values: every format writes them, and no format computes anything from them.

The fields of these classes are the keys of the JSON output, so a field keeps its name even if its class gets another.
All money is Decimal, exact as Cost Explorer gave it, in the currency of the header; each format rounds for itself.
All shares are per cent with one decimal place. Both ends of a range of dates are included.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Granularity = Literal["day", "month"]
GroupKind = Literal["tag", "project", "model", "service"]
ProjectState = Literal["active", "archived", "released", "unlisted"]
"""The state in the inventory; `unlisted` has an ownership tag of this inventory, and the inventory has no entry."""
CauseKind = Literal["default project", "bedrock-runtime", "marketplace", "unknown"]

UNTAGGED = ""
"""The tag value that means spend without the tag."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account with Bedrock spend in the dates of the report; `name` is empty if Cost Explorer has none."""

    id: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class DateRange:
    """The days from `start` to `end`, both included."""

    start: date
    end: date


@dataclass(frozen=True, kw_only=True)
class Period:
    """One column of the report: a day, a month, or the part of a month that the report covers.

    `estimated` is Cost Explorer's mark: AWS may still change the amounts until the invoice is final. `partial` marks a
    month without all its days, because the report starts or ends within it or because the month is not over.
    """

    start: date
    end: date
    estimated: bool = False
    partial: bool = False

    @property
    def dates(self) -> DateRange:
        """The period's days."""
        return DateRange(start=self.start, end=self.end)


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """The dimension by which the report groups: a tag, projects, models or services.

    `tag_key` is the key of the tag; for projects, that of the ownership tag. It is empty for other kinds.
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

    `environment` None means all environments, that is, everything that the credentials see. `metric` is Cost Explorer's
    name (`UnblendedCost`). `currency` is empty if no amount has one. `restriction` says in a sentence how the spend was
    restricted to Bedrock; `services` are the names under which AWS bills Bedrock here. `price` is the price of all
    `paid_requests` in US dollars. `previous` is the prior period, if the report compares; if `previous_estimated` is
    set, AWS may still change its amounts.
    """

    inventory: str
    environment: str | None
    accounts: tuple[Account, ...]
    span: DateRange
    granularity: Granularity
    metric: str
    currency: str
    grouping: Grouping
    filters: tuple[TagFilter, ...]
    restriction: str
    services: tuple[str, ...]
    paid_requests: int
    price: Decimal
    created_at: datetime
    previous: DateRange | None = None
    previous_estimated: bool = False


@dataclass(frozen=True, kw_only=True)
class ProjectName:
    """The project that an ownership tag's value names; `name` is empty for one that is `unlisted`."""

    key: str
    name: str
    environment: str
    state: ProjectState


@dataclass(frozen=True, kw_only=True)
class CostDriver:
    """A part of a line's spend, by service or model. `share` is of the line; None if the line is not above 0."""

    label: str
    total: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the report.

    `value` is the tag's value, the model or the service as Cost Explorer has it; `label` is what to show. `project` is
    set if the report is by project and the value names a project of this inventory. `amounts` has one amount for each
    period of the report, in their order. `share` is of the total, None if the total is not above 0. `previous` is
    the amount of the prior period, `change` the difference from it; they and `change_percent` are None if the report
    has no comparison. `change_percent` is also None if the prior amount is not above 0. `drivers` start with the
    largest.
    """

    value: str
    label: str
    amounts: tuple[Decimal, ...]
    total: Decimal
    share: Decimal | None
    project: ProjectName | None = None
    previous: Decimal | None = None
    change: Decimal | None = None
    change_percent: Decimal | None = None
    drivers: tuple[CostDriver, ...] = ()

    @property
    def archived(self) -> bool:
        """Whether the project is archived or missing from the inventory: it should have no spend."""
        return self.project is not None and self.project.state in ("archived", "unlisted")


@dataclass(frozen=True, kw_only=True)
class UnallocatedCause:
    """Why spend has no value of the tag. `share` is of the unallocated spend; None if that is not above 0."""

    kind: CauseKind
    label: str
    total: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class AccountAmount:
    """The unallocated spend of one account; `share` as for a cause."""

    account: Account
    total: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class UnallocatedSpend:
    """Bedrock spend without the tag: its line, the causes that the data show, and the accounts that have it.

    Causes and accounts each add up to the line's total. Both are empty if all spend has the tag, and also if Billing
    does not know the tag's key, because then the key is the cause of everything.
    """

    line: Line
    causes: tuple[UnallocatedCause, ...] = ()
    accounts: tuple[AccountAmount, ...] = ()


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
class Report:
    """A finished report.

    `lines` start with the largest and leave out the unallocated spend; `unattributed` is None if the report is not by a
    tag, but by model or by service. `total` covers everything, its share is 100. `notes` are sentences for the reader:
    why the report shows nothing, what it lacks, what is unknown.
    """

    header: Header
    periods: tuple[Period, ...]
    lines: tuple[Line, ...]
    unattributed: UnallocatedSpend | None
    total: Line
    jumps: tuple[CostChange, ...] = ()
    forecast: Forecast | None = None
    notes: tuple[str, ...] = ()
