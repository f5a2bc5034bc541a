"""Computes the finished report from AWS's answers, without further requests."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from bedrock_projects.model import Inventory
from bedrock_projects.reports.answers import Answers, CostTable, ForecastAnswer, Group, one_currency
from bedrock_projects.reports.cost_changes import Comparison, find_cost_changes
from bedrock_projects.reports.forecast import forecast_month
from bedrock_projects.reports.missing_data import missing_data_notes
from bedrock_projects.reports.model import (
    UNTAGGED,
    CostChange,
    CostDriver,
    GroupKind,
    Header,
    Line,
    Period,
    Report,
)
from bedrock_projects.reports.percentages import percent, percent_change, shares
from bedrock_projects.reports.periods import is_partial
from bedrock_projects.reports.project_names import ProjectNames
from bedrock_projects.reports.query import SERVICE_SEARCH
from bedrock_projects.reports.request import ReportRequest
from bedrock_projects.reports.unallocated import unallocated_spend
from bedrock_projects.reports.usage_types import model_name

_Rows = Mapping[str, Mapping[str, tuple[Decimal, ...]]]
"""The amounts of each line by its parts, one for each period."""


def build_report(request: ReportRequest, answers: Answers, inventory: Inventory, *, now: datetime) -> Report:
    """Computes the report; `now` is the time of its creation."""
    today = now.date()
    periods = _periods(request, answers.costs, today=today)
    rows = _rows(answers.costs, request.grouping.kind)
    previous_rows = _rows(answers.previous, request.grouping.kind) if answers.previous else None
    if request.grouping.tag_key:
        # A report by tag always has a line of the untagged spend, so that it also says if there is none.
        rows = {UNTAGGED: {}, **rows}
    lines = _lines(request, rows, previous_rows, names=ProjectNames(inventory), columns=len(periods))
    untagged = [line for line in lines if request.grouping.tag_key and line.value == UNTAGGED]
    forecast = None
    if isinstance(answers.forecast, ForecastAnswer):
        forecast = forecast_month(answers.forecast, periods, answers.costs, today=today)
    return Report(
        header=_header(request, answers, inventory, now=now),
        periods=periods,
        lines=tuple(line for line in lines if line not in untagged),
        unattributed=unallocated_spend(request, untagged[0], answers) if untagged else None,
        total=_total(lines, columns=len(periods), compares=previous_rows is not None),
        jumps=_cost_changes(request, periods, rows=rows, previous_rows=previous_rows, lines=lines),
        forecast=forecast,
        notes=missing_data_notes(request, answers, inventory),
    )


def _rows(table: CostTable, kind: GroupKind) -> _Rows:
    """The table by lines and their parts: services of a tag's value, models of a service, usage types of a model."""
    rows: dict[str, dict[str, tuple[Decimal, ...]]] = defaultdict(dict)
    for group, amounts in table.amounts.items():
        line, part = _line_and_part(group, kind)
        # Several groups may belong to the same part: all usage types of a model are one part of its service.
        earlier = rows[line].get(part)
        rows[line][part] = _add_columns([earlier, amounts]) if earlier else amounts
    return rows


def _line_and_part(group: Group, kind: GroupKind) -> tuple[str, str]:
    if kind == "model":
        return model_name(group[0], group[1]), group[1]
    return group[0], model_name(group[0], group[1]) if kind == "service" else group[1]


def _periods(request: ReportRequest, table: CostTable, *, today: date) -> tuple[Period, ...]:
    return tuple(
        Period(
            start=dates.start,
            end=dates.end,
            estimated=estimated,
            partial=is_partial(dates, request.granularity, today=today),
        )
        for dates, estimated in zip(table.periods, table.estimated, strict=True)
    )


def _lines(
    request: ReportRequest, rows: _Rows, previous_rows: _Rows | None, *, names: ProjectNames, columns: int
) -> tuple[Line, ...]:
    """A line for each value of the report's dates or the prior period, the largest first."""
    values = {**rows, **(previous_rows or {})}
    amounts = {value: _add_columns(list(rows.get(value, {}).values()), columns=columns) for value in values}
    totals = {value: sum(row, Decimal()) for value, row in amounts.items()}
    lines = []
    for (value, total), share in zip(totals.items(), shares(list(totals.values())), strict=True):
        previous = _sum(previous_rows.get(value, {})) if previous_rows is not None else None
        line = Line(
            value=value,
            label=_label(value, request, names),
            amounts=amounts[value],
            total=total,
            share=share,
            project=names.find(value) if request.grouping.kind == "project" and value else None,
            previous=previous,
            change=None if previous is None else total - previous,
            change_percent=None if previous is None else percent_change(total - previous, previous),
            drivers=_drivers(rows.get(value, {}), total),
        )
        lines.append(line)
    return tuple(sorted(lines, key=lambda line: (-line.total, line.value)))


def _label(value: str, request: ReportRequest, names: ProjectNames) -> str:
    if request.grouping.kind == "project":
        return names.label(value) if value else "unallocated (no project)"
    return value or f"unallocated (no {request.grouping.tag_key})"


def _drivers(parts: Mapping[str, tuple[Decimal, ...]], total: Decimal) -> tuple[CostDriver, ...]:
    """The parts of a line, the largest first; if credits make the line negative, the most negative first."""
    sign = 1 if total < 0 else -1
    sums = sorted(
        ((part, sum(row, Decimal())) for part, row in parts.items()), key=lambda item: (sign * item[1], item[0])
    )
    return tuple(
        CostDriver(label=part, total=amount, share=percent(amount, total) if total > 0 else None)
        for part, amount in sums
        if amount
    )


def _total(lines: Sequence[Line], *, columns: int, compares: bool) -> Line:
    total = sum((line.total for line in lines), Decimal())
    previous = sum((line.previous or Decimal() for line in lines), Decimal()) if compares else None
    return Line(
        value="",
        label="Total",
        amounts=_add_columns([line.amounts for line in lines], columns=columns),
        total=total,
        share=Decimal("100.0") if total > 0 else None,
        previous=previous,
        change=None if previous is None else total - previous,
        change_percent=None if previous is None else percent_change(total - previous, previous),
    )


def _cost_changes(
    request: ReportRequest,
    periods: Sequence[Period],
    *,
    rows: _Rows,
    previous_rows: _Rows | None,
    lines: Sequence[Line],
) -> tuple[CostChange, ...]:
    """Changes from the prior period, if the report compares; otherwise from each whole period to the next."""
    if request.previous and previous_rows is not None:
        comparison = Comparison(
            before=request.previous, after=request.dates, spent_before=_spent(previous_rows), spent_after=_spent(rows)
        )
        comparisons = [comparison]
    else:
        # Only whole periods, because one that is not over always looks like a drop.
        whole = [index for index, period in enumerate(periods) if not period.partial]
        comparisons = [
            Comparison(
                before=periods[one].dates,
                after=periods[two].dates,
                spent_before=_spent(rows, one),
                spent_after=_spent(rows, two),
            )
            for one, two in pairwise(whole)
        ]
    return find_cost_changes(comparisons, {line.value: line.label for line in lines})


def _spent(rows: _Rows, period: int | None = None) -> dict[str, dict[str, Decimal]]:
    """The spend of each line by part, in one period or in all."""
    return {
        value: {part: sum(row, Decimal()) if period is None else row[period] for part, row in parts.items()}
        for value, parts in rows.items()
    }


def _header(request: ReportRequest, answers: Answers, inventory: Inventory, *, now: datetime) -> Header:
    restriction = (
        f'services with "{SERVICE_SEARCH}" in their name, and all spend with the tag {request.ownership_tag_key}'
    )
    return Header(
        inventory=inventory.name,
        environment=request.environment,
        accounts=answers.accounts,
        span=request.dates,
        granularity=request.granularity,
        metric=request.metric,
        currency=one_currency(table.currency for table in (answers.costs, answers.previous) if table),
        grouping=request.grouping,
        filters=request.filters,
        restriction=restriction,
        services=answers.services,
        paid_requests=answers.paid_requests,
        price=answers.price,
        created_at=now,
        previous=request.previous,
        previous_estimated=answers.previous is not None and any(answers.previous.estimated),
    )


def _add_columns(rows: Sequence[tuple[Decimal, ...]], *, columns: int = 0) -> tuple[Decimal, ...]:
    if not rows:
        return (Decimal(),) * columns
    return tuple(sum(column, Decimal()) for column in zip(*rows, strict=True))


def _sum(parts: Mapping[str, tuple[Decimal, ...]]) -> Decimal:
    return sum((amount for row in parts.values() for amount in row), Decimal())
