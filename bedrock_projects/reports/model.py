"""A finished cost report, as values: what every format writes and nothing has to be computed from again.

All money is Decimal, exact as Cost Explorer gave it, in the currency of the header; rounding is up to the format. All
shares are per cent with one decimal place. Days are inclusive on both ends.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Granularity = Literal["day", "month"]
GroupKind = Literal["tag", "project", "model", "service"]
ProjectState = Literal["active", "archived", "released", "unlisted"]
"""As the inventory says it; `unlisted` has the ownership tag of this inventory and no entry in it any more."""
CauseKind = Literal["default project", "bedrock-runtime", "marketplace", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account with Bedrock spend in the time of the report; `name` is empty where Cost Explorer has none."""

    id: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Span:
    """The days from `start` to `end`, both included."""

    start: date
    end: date


@dataclass(frozen=True, kw_only=True)
class Period:
    """One column of the report: a day, or a month or the part of one that the report covers.

    `estimated` is Cost Explorer's mark: the amounts may still change. `partial` is a month of which days are missing,
    because the report starts or ends within it or because they are yet to come.
    """

    start: date
    end: date
    estimated: bool = False
    partial: bool = False

    @property
    def span(self) -> Span:
        """Its days."""
        return Span(start=self.start, end=self.end)


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """What a line is. `tag_key` is the tag that values are of, also for projects (the ownership tag), else empty."""

    kind: GroupKind
    tag_key: str = ""


@dataclass(frozen=True, kw_only=True)
class TagFilter:
    """Only spend whose tag has one of these values; the empty value stands for spend without the tag."""

    tag_key: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Header:
    """What the report is about.

    `environment` None: all environments, that is all that the credentials see. `metric` is Cost Explorer's name
    (`UnblendedCost`). `currency` is empty where no amount came with one. `restriction` says in a sentence how spend was
    restricted to Bedrock; `services` are the names that Bedrock is billed under here. `price` is that of all
    `paid_requests` in US dollars. `previous` is the time that the report compares with; where `previous_estimated`, its
    amounts may still change too.
    """

    inventory: str
    environment: str | None
    accounts: tuple[Account, ...]
    span: Span
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
    previous: Span | None = None
    previous_estimated: bool = False


@dataclass(frozen=True, kw_only=True)
class ProjectName:
    """The project that an ownership tag's value names; `name` is empty for one that is `unlisted`."""

    key: str
    name: str
    environment: str
    state: ProjectState


@dataclass(frozen=True, kw_only=True)
class Driver:
    """A part of a line's spend, by service or model. `share` is of the line; None where the line is not above 0."""

    label: str
    total: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the report.

    `value` is the tag's value, the model or the service as Cost Explorer has it, `label` what to show. `project` is set
    where the report is by project and the value is one of this inventory's. `amounts` has one for each period of the
    report, in their order. `share` is of the total, None where that is not above 0; shares of all lines add up to 100.
    `previous`, `change` (now less then) and `change_percent` are None in a report that compares with nothing,
    `change_percent` also where there was nothing before. `drivers` are the largest first.
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
    drivers: tuple[Driver, ...] = ()

    @property
    def archived(self) -> bool:
        """Whether the project is archived, or no longer in the inventory: nobody should spend on it any more."""
        return self.project is not None and self.project.state in ("archived", "unlisted")


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why spend has no value of the tag. `share` is of the unattributed spend; None where that is not above 0."""

    kind: CauseKind
    label: str
    total: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class AccountAmount:
    """The unattributed spend of one account; `share` as that of a cause."""

    account: Account
    total: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Unattributed:
    """Bedrock spend without the tag: its line, the causes as far as the data show them, and the accounts it is in.

    Both splits add up to the line's total. Both are empty where nothing is unattributed, and where reports do not know
    the tag's key at all, which is the cause then.
    """

    line: Line
    causes: tuple[Cause, ...] = ()
    accounts: tuple[AccountAmount, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Jump:
    """A line that changed much from one time to the next; `drivers` are the changes by service, the largest first.

    `change_percent` is None where there was nothing before. A driver's `share` is of the change.
    """

    value: str
    label: str
    before: Span
    after: Span
    amount_before: Decimal
    amount_after: Decimal
    change: Decimal
    change_percent: Decimal | None
    drivers: tuple[Driver, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What the current month will cost: `actual` until now plus Cost Explorer's forecast of the `rest`.

    `low` and `high` bound the `total` with a probability of `level` per cent.
    """

    month: Span
    actual: Decimal
    rest: Decimal
    total: Decimal
    low: Decimal
    high: Decimal
    level: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """A finished report.

    `lines` are the largest first, without the unattributed spend; `unattributed` is None where the report is not by a
    tag (by model, by service). `total` is of everything, its share 100. `notes` are sentences for the reader: why there
    is nothing to see, what a mark means, what could not be found out.
    """

    header: Header
    periods: tuple[Period, ...]
    lines: tuple[Line, ...]
    unattributed: Unattributed | None
    total: Line
    jumps: tuple[Jump, ...] = ()
    forecast: Forecast | None = None
    notes: tuple[str, ...] = ()
