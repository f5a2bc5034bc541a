"""Writes the report as comma-separated values for a ledger: a row for each line and period.

With a second grouping it has a row for each part of a line instead, for all periods together: a source has no parts by
period. No row is a total, and what belongs to a whole line is in the first of its rows. So the sum of a column of
amounts, tokens or requests is right; that of unit costs says nothing. The columns depend on the options and on the tag
keys of the inventory. If nothing was spent, only periods without data have a row.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from bedrock_projects.printing import for_csv
from bedrock_projects.reports.charge_types import CHARGE_TYPES, PLURALS, ChargeType
from bedrock_projects.reports.model import Line, LinePart, Period, ProjectName, ProjectUse, Report
from bedrock_projects.reports.render import formatting
from bedrock_projects.reports.unit_costs import LineUsage
from bedrock_projects.reports.usage_types import TOKEN_KINDS, TokenKind

_OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class _Row:
    """What one row is about: a line in a period, or a part of it in all periods.

    `amount` is None if the source has nothing of the period. `allocated` is None if there is no line. `is_first` marks
    the first row of a line.
    """

    line: Line
    period: Period
    amount: Decimal | None
    allocated: bool | None
    is_first: bool
    charges: Mapping[ChargeType, Decimal]
    part: LinePart | None = None

    @property
    def project(self) -> ProjectName | None:
        """The project of the part or of the line, if either is one."""
        return (self.part and self.part.project) or self.line.project


_Column = tuple[str, Callable[[_Row], str]]


def render(report: Report, *, shows_usage: bool = False) -> str:
    """Writes the text, with a head; amounts are exact."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = list(_columns(report, shows_usage=shows_usage))
    writer.writerow([for_csv(name) for name, _ in columns])
    for row in _rows(report):
        writer.writerow([cell(row) for _, cell in columns])
    return out.getvalue()


def render_unit_prices(report: Report) -> str:
    """Writes the unit prices: a row for each line, model, kind of usage and unit; the sum of `cost` is all usage."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ("grouping", "value", "label", "model", "usage", "quantity", "unit", "cost", "unit_price", "currency")
    )
    for price in report.unit_prices or ():
        texts = (formatting.grouping_name(report.header), price.value, price.label, price.model, price.kind)
        amounts = (f"{price.quantity:f}", for_csv(price.unit), f"{price.cost:f}", formatting.quotient(price.unit_price))
        writer.writerow((*map(for_csv, texts), *amounts, for_csv(report.header.currency)))
    return out.getvalue()


def _columns(report: Report, *, shows_usage: bool) -> Iterator[_Column]:
    """The name of each column, and the function that gives its cell."""
    header = report.header
    yield "start", lambda row: row.period.start.isoformat()
    yield "end", lambda row: row.period.end.isoformat()
    if header.granularity == "hour":
        yield "hour", lambda row: "" if row.period.hour is None else str(row.period.hour)
    yield "estimated", lambda row: _flag(row.period.estimated)
    yield "partial", lambda row: _flag(row.period.partial)
    yield "has_data", lambda row: _flag(row.period.has_data)
    yield "allocated", lambda row: _flag(row.allocated)
    yield "grouping", lambda _: for_csv(formatting.grouping_name(header))
    yield "value", lambda row: for_csv(row.line.value)
    yield "label", lambda row: for_csv(row.line.label)
    yield "mark", lambda row: for_csv(row.line.mark)
    if header.second:
        yield from _part_columns(formatting.name_of(header.second))
    if "project" in (header.grouping.kind, header.second.kind if header.second else ""):
        yield from _project_columns(report)
    yield "amount", lambda row: _exact(row.amount)
    if not header.second:
        yield from map(_charge_column, CHARGE_TYPES)
    if header.previous:
        yield "previous_amount", lambda row: _exact(row.line.previous if row.is_first else None)
        yield "change", lambda row: _exact(row.line.change if row.is_first else None)
    yield "currency", lambda _: for_csv(header.currency)
    yield "cost", lambda _: header.cost
    yield "metric", lambda _: header.metric
    yield "drivers", lambda row: for_csv(_drivers(row.line)) if row.is_first else ""
    if shows_usage:
        yield from _usage_columns()


def _part_columns(name: str) -> Iterator[_Column]:
    yield "second_grouping", lambda _: for_csv(name)
    yield "second_value", lambda row: for_csv(row.part.value) if row.part and not row.part.is_rest else ""
    yield "second_label", lambda row: for_csv(row.part.label) if row.part else ""
    yield "second_mark", lambda row: for_csv(row.part.mark) if row.part else ""


def _project_columns(report: Report) -> Iterator[_Column]:
    yield from map(_project_column, ("key", "name", "environment", "state", "id", "account", "account_name", "region"))
    yield from map(_tag_column, report.header.tag_keys)


def _project_column(name: str) -> _Column:
    return f"project_{name}", lambda row: for_csv(getattr(row.project, name)) if row.project else ""


def _tag_column(key: str) -> _Column:
    """What the inventory says today; the tag with which AWS billed the cost may be another one."""
    return f"inventory:{key}", lambda row: for_csv(row.project.tags.get(key, "")) if row.project else ""


def _charge_column(kind: ChargeType) -> _Column:
    name = _OTHER if kind == "other" else PLURALS[kind]
    return name, lambda row: "" if row.amount is None else _exact(row.charges.get(kind, Decimal()))


def _usage_columns() -> Iterator[_Column]:
    yield from map(_tokens_column, TOKEN_KINDS)
    yield "uncounted_cost", _of_usage(lambda usage: _exact(usage.unknown_cost))
    yield from map(_per_million_column, TOKEN_KINDS)
    yield "blended_per_million", _of_usage(lambda usage: formatting.quotient(usage.blended_per_million))
    yield "requests", _of_use(lambda use: use.requests)
    yield "cloudwatch_input_tokens", _of_use(lambda use: use.input_tokens)
    yield "cloudwatch_output_tokens", _of_use(lambda use: use.output_tokens)


def _tokens_column(kind: TokenKind) -> _Column:
    return f"{kind.replace(' ', '_')}_tokens", _of_usage(lambda usage: _exact(usage.tokens[kind]))


def _per_million_column(kind: TokenKind) -> _Column:
    name = f"{kind.replace(' ', '_')}_per_million"
    return name, _of_usage(lambda usage: formatting.quotient(usage.per_million[kind]))


def _of_usage(write: Callable[[LineUsage], str]) -> Callable[[_Row], str]:
    """The cell of what AWS billed for a line, in its first row."""
    return lambda row: write(row.line.usage) if row.is_first and row.line.usage else ""


def _of_use(count: Callable[[ProjectUse], int]) -> Callable[[_Row], str]:
    """The cell of what CloudWatch counted for a line, in its first row."""
    return lambda row: str(count(row.line.use)) if row.is_first and row.line.use else ""


def _rows(report: Report) -> Iterator[_Row]:
    if not report.header.currency or not formatting.all_lines(report):
        yield from _unknown_rows(report)
        return
    for line in report.lines:
        yield from _rows_of(line, report, allocated=True)
    if report.unallocated:
        yield from _rows_of(report.unallocated.line, report, allocated=False)


def _unknown_rows(report: Report) -> Iterator[_Row]:
    """A row for each period without data, because no row would mean that nothing was spent."""
    line = Line(value="", label="", amounts=(), total=Decimal(), share=None)
    for period in [_span(report)] if report.header.second else report.periods:
        if not period.has_data:
            yield _Row(line=line, period=period, amount=None, allocated=None, is_first=True, charges={})


def _rows_of(line: Line, report: Report, *, allocated: bool) -> Iterator[_Row]:
    if report.header.second:
        span = _span(report)
        amount = line.total if span.has_data else None
        whole = _Row(line=line, period=span, amount=amount, allocated=allocated, is_first=True, charges=line.charges)
        parts = [
            replace(whole, part=part, amount=part.total if span.has_data else None, is_first=index == 0)
            for index, part in enumerate(line.parts)
        ]
        yield from parts or [whole]
        return
    for index, period in enumerate(report.periods):
        yield _Row(
            line=line,
            period=period,
            amount=line.amounts[index] if period.has_data else None,
            allocated=allocated,
            is_first=index == 0,
            charges=line.charges_by_period[index],
        )


def _span(report: Report) -> Period:
    """All periods as one. It has data if any of them has, and it is partial if one of them has none."""
    return Period(
        start=report.header.span.start,
        end=report.header.span.end,
        estimated=any(period.estimated for period in report.periods),
        partial=any(period.partial or not period.has_data for period in report.periods),
        has_data=any(period.has_data for period in report.periods),
    )


def _drivers(line: Line) -> str:
    return "; ".join(f"{driver.label}={driver.total:f}" for driver in line.drivers)


def _exact(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"


def _flag(value: bool | None) -> str:
    if value is None:
        return ""
    return "true" if value else "false"
