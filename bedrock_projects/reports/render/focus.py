"""Writes the report as charges of FOCUS 1.2, the FinOps Foundation's format of cost data: https://focus.finops.org.

A charge is what the report says of a line together: a period, a charge type and an amount. If the report has one period
and says what a line used, usage is a charge for each kind of tokens, with its quantity. Nothing else is split, so the
sum of BilledCost is the report's total. A column of which the report does not know the value is null, also if FOCUS
wants one; docs/cost-files.md lists them. Allocation is in columns of our own, named after those of FOCUS 1.3.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Final, Literal

from bedrock_projects.errors import SettingsError
from bedrock_projects.printing import for_csv
from bedrock_projects.reports.charge_types import ChargeType
from bedrock_projects.reports.model import GroupKind, Header, Line, Period, ProjectName, Report
from bedrock_projects.reports.periods import first_of_month, last_of_month
from bedrock_projects.reports.render import formatting
from bedrock_projects.reports.request import ReportRequest
from bedrock_projects.reports.unit_costs import LineUsage
from bedrock_projects.reports.usage_types import OWN_SERVICE, TOKEN_KINDS, TokenKind

ColumnType = Literal["text", "decimal", "time", "boolean"]
CATEGORIES: Final[Mapping[ChargeType, str]] = {
    "usage": "Usage",
    "purchase": "Purchase",
    "discount": "Adjustment",
    "credit": "Credit",
    "refund": "Adjustment",
    "tax": "Tax",
    "support": "Purchase",
    "other": "Adjustment",
}
"""ChargeCategory of each charge type, by FOCUS's definitions.

What is bought apart from usage is a purchase, and what fits no other category is an adjustment.
"""
TOKEN_UNIT: Final = "1000 Tokens"  # noqa: S105  no password
"""The unit of quantities, in FOCUS's form."""
_TOKENS_IN_UNIT: Final = 1000
_BILLED: Final = ("UnblendedCost", "BilledCost")
_PROVIDER: Final = "AWS"
_BY_TAG: Final = "cost-allocation-tag"
"""The method by which cost belongs to a line: the value of a cost allocation tag, as AWS billed it."""
_NULL: Final = ""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One charge: the `amount` of a line in a period, of one charge type.

    `header` is that of the report. `tokens` are those of the `kind` that the amount is for; both are None if the report
    does not say them.
    """

    header: Header
    line: Line
    period: Period
    charge_type: ChargeType
    amount: Decimal
    is_allocated: bool
    kind: TokenKind | None = None
    tokens: Decimal | None = None

    def is_by(self, kind: GroupKind) -> bool:
        """Whether the report groups by this."""
        return self.header.grouping.kind == kind

    @property
    def quantity(self) -> Decimal | None:
        """The tokens in `TOKEN_UNIT`."""
        return None if self.tokens is None else self.tokens / _TOKENS_IN_UNIT

    @property
    def is_by_tag(self) -> bool:
        """Whether the charge belongs to its line because of a tag."""
        return self.is_allocated and bool(self.header.grouping.tag_key)


def check_request(request: ReportRequest) -> None:
    """Raises SettingsError if a report has no charges that can be written, before it is paid for."""
    if request.metric not in _BILLED:
        raise SettingsError(f"--format focus writes billed cost; leave out --cost {request.cost}")
    if request.second is not None:
        raise SettingsError(
            "--format focus: parts of a line have no charge type and no period; give one word in --by, or leave out "
            "--format focus"
        )


def render(report: Report) -> str:
    """Writes the CSV for people and programs: amounts are exact, and no cell is a formula of a spreadsheet."""
    return _text(report, for_csv, csv.QUOTE_MINIMAL)


def render_exact(report: Report) -> str:
    """Writes the CSV with every text as it is, in quotes: only then a reader keeps each end of a line in it."""
    return _text(report, str, csv.QUOTE_ALL)


def charges(report: Report) -> Iterator[Charge]:
    """All charges, in the order of the report's lines; an amount of 0 is none, so a period without data has none."""
    for line in report.lines:
        yield from _charges_of(line, report, is_allocated=True)
    if report.unallocated:
        yield from _charges_of(report.unallocated.line, report, is_allocated=False)


def _charges_of(line: Line, report: Report, *, is_allocated: bool) -> Iterator[Charge]:
    # The quantities of a line are those of all periods together.
    usage = line.usage if len(report.periods) == 1 else None
    for period, by_type in zip(report.periods, line.charges_by_period, strict=True):
        for charge_type, amount in by_type.items():
            charge = Charge(
                header=report.header,
                line=line,
                period=period,
                charge_type=charge_type,
                amount=amount,
                is_allocated=is_allocated,
            )
            parts = _by_kind(charge, usage) if charge_type == "usage" and usage else [charge]
            yield from (part for part in parts if part.amount or part.tokens)


def _by_kind(usage: Charge, used: LineUsage) -> list[Charge]:
    """The usage of a line by kinds of tokens; what is in no token, or cannot be counted, is one more charge."""
    parts = [replace(usage, kind=kind, amount=used.cost[kind], tokens=used.tokens[kind]) for kind in TOKEN_KINDS]
    return [*parts, replace(usage, amount=usage.amount - sum((part.amount for part in parts), Decimal()))]


def _text(report: Report, write: Callable[[str], str], quoting: Literal[0, 1]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=quoting)
    writer.writerow(TYPES)
    for charge in charges(report):
        # Only texts are of others; a negative amount is not a formula.
        cells = ((kind, cell(charge)) for _, kind, cell in _COLUMNS)
        writer.writerow([write(text) if kind == "text" else text for kind, text in cells])
    return out.getvalue()


def _unknown(_: Charge) -> str:
    """The cell of what no report knows: payer, invoice, corrections, and costs of another basis than billed."""
    return _NULL


def _always(text: str) -> Callable[[Charge], str]:
    return lambda _: text


def _description(charge: Charge) -> str:
    what = f"{charge.kind} tokens" if charge.kind else charge.charge_type
    return f"{charge.line.label}: {what}"


def _quantity(charge: Charge) -> str:
    return _NULL if charge.quantity is None else _exact(charge.quantity)


def _unit(charge: Charge) -> str:
    return _NULL if charge.tokens is None else TOKEN_UNIT


def _account_id(charge: Charge) -> str:
    """The account that AWS billed; null if the line has cost of several."""
    if charge.is_by("account"):
        return charge.line.value
    return charge.line.project.account if charge.line.project else _NULL


def _account_name(charge: Charge) -> str:
    if charge.is_by("account"):
        return next((account.name for account in charge.header.accounts if account.id == charge.line.value), _NULL)
    return charge.line.project.account_name if charge.line.project else _NULL


def _tags(charge: Charge) -> str:
    """The ownership tag, as AWS billed it; another tag may have been billed under a former value."""
    is_known = charge.is_by("project") and charge.is_allocated
    return _json({charge.header.grouping.tag_key: charge.line.value}) if is_known else _NULL


def _method_details(charge: Charge) -> str:
    return _json({"TagKey": charge.header.grouping.tag_key}) if charge.is_by_tag else _NULL


def _allocated_tags(charge: Charge) -> str:
    """The tag by which the report groups, or the tags that the inventory has for a project."""
    if charge.is_by("tag") and charge.is_allocated:
        return _json({charge.header.grouping.tag_key: charge.line.value})
    tags = charge.line.project.tags if charge.line.project else {}
    return _json(tags) if tags else _NULL


def _of_project(value: Callable[[ProjectName], str]) -> Callable[[Charge], str]:
    return lambda charge: value(charge.line.project) if charge.line.project else _NULL


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _first_moment(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.utc)


def _after(day: date) -> datetime:
    """The end of days, which FOCUS excludes: the first moment after the last one."""
    return _first_moment(day + timedelta(days=1))


def _start(period: Period) -> datetime:
    return _first_moment(period.start) + timedelta(hours=period.hour or 0)


def _end(period: Period) -> datetime:
    """The end of a period, which FOCUS excludes too."""
    return _after(period.end) if period.hour is None else _start(period) + timedelta(hours=1)


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True)


def _exact(amount: Decimal) -> str:
    return f"{amount:f}"


_COLUMNS: Final[tuple[tuple[str, ColumnType, Callable[[Charge], str]], ...]] = (
    ("BilledCost", "decimal", lambda charge: _exact(charge.amount)),
    ("BillingAccountId", "text", _unknown),
    ("BillingAccountName", "text", _unknown),
    ("BillingCurrency", "text", lambda charge: charge.header.currency),
    ("BillingPeriodEnd", "time", lambda charge: _time(_after(last_of_month(charge.period.start)))),
    ("BillingPeriodStart", "time", lambda charge: _time(_first_moment(first_of_month(charge.period.start)))),
    ("ChargeCategory", "text", lambda charge: CATEGORIES[charge.charge_type]),
    ("ChargeClass", "text", _unknown),
    ("ChargeDescription", "text", _description),
    ("ChargePeriodEnd", "time", lambda charge: _time(_end(charge.period))),
    ("ChargePeriodStart", "time", lambda charge: _time(_start(charge.period))),
    ("ConsumedQuantity", "decimal", _quantity),
    ("ConsumedUnit", "text", _unit),
    ("ContractedCost", "decimal", _unknown),
    ("EffectiveCost", "decimal", _unknown),
    ("InvoiceId", "text", _unknown),
    ("InvoiceIssuerName", "text", _always(_PROVIDER)),
    ("ListCost", "decimal", _unknown),
    ("PricingQuantity", "decimal", _quantity),
    ("PricingUnit", "text", _unit),
    ("ProviderName", "text", _always(_PROVIDER)),
    ("PublisherName", "text", _always(_PROVIDER)),
    ("ServiceCategory", "text", _always("AI and Machine Learning")),
    ("ServiceName", "text", lambda charge: charge.line.value if charge.is_by("service") else OWN_SERVICE),
    ("ServiceSubcategory", "text", _always("Generative AI")),
    ("SubAccountId", "text", _account_id),
    ("SubAccountName", "text", _account_name),
    ("Tags", "text", _tags),
    ("x_AllocatedMethodDetails", "text", _method_details),
    ("x_AllocatedMethodId", "text", lambda charge: _BY_TAG if charge.is_by_tag else _NULL),
    ("x_AllocatedResourceId", "text", _of_project(lambda project: project.id)),
    ("x_AllocatedResourceName", "text", _of_project(lambda project: project.name)),
    ("x_AllocatedTags", "text", _allocated_tags),
    ("x_ChargeType", "text", lambda charge: charge.charge_type),
    ("x_Grouping", "text", lambda charge: formatting.grouping_name(charge.header)),
    ("x_GroupingLabel", "text", lambda charge: charge.line.label),
    ("x_GroupingValue", "text", lambda charge: charge.line.value),
    ("x_IsEstimated", "boolean", lambda charge: "true" if charge.period.estimated else "false"),
    ("x_TokenKind", "text", lambda charge: charge.kind or _NULL),
)
TYPES: Final[Mapping[str, ColumnType]] = {name: kind for name, kind, _ in _COLUMNS}
"""The columns in their order, those of FOCUS first and each part by name, with the type of their values."""
