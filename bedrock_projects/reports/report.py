"""From Cost Explorer's answers to a finished report."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from bedrock_projects.model import Inventory
from bedrock_projects.reports import unallocated
from bedrock_projects.reports.answers import Cell, Table, one_currency
from bedrock_projects.reports.cost_changes import Comparison, jumps
from bedrock_projects.reports.forecast import ForecastAnswer, forecast_of
from bedrock_projects.reports.model import (
    Account,
    AccountAmount,
    Driver,
    GroupKind,
    Header,
    Jump,
    Line,
    Period,
    Report,
    Unattributed,
)
from bedrock_projects.reports.percentages import growth, percent, shares
from bedrock_projects.reports.periods import is_partial
from bedrock_projects.reports.query import SEARCH, Wish
from bedrock_projects.reports.usage_types import model_of

UNATTRIBUTED = ""
_Rows = Mapping[str, Mapping[str, tuple[Decimal, ...]]]
"""The amounts of each line by its parts, one for each period."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """All that was asked for one report; what was not needed is None.

    `causes` and `in_accounts` are of the spend without the tag, by SERVICE and USAGE_TYPE and by LINKED_ACCOUNT.
    """

    services: tuple[str, ...]
    accounts: tuple[Account, ...]
    costs: Table
    previous: Table | None = None
    causes: Table | None = None
    in_accounts: Table | None = None
    forecast: ForecastAnswer | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """When and of which inventory a report is made, and how many paid requests it took."""

    inventory: Inventory
    environment: str | None
    now: datetime
    paid_requests: int
    price: Decimal

    @property
    def today(self) -> date:
        """The day that the report is made on."""
        return self.now.date()


def build(wish: Wish, answers: Answers, circumstances: Circumstances) -> Report:
    """The report; it asks nothing."""
    today = circumstances.today
    periods = _periods(wish, answers.costs, today=today)
    rows = rows_of(answers.costs, wish.grouping.kind)
    earlier = rows_of(answers.previous, wish.grouping.kind) if answers.previous else None
    if wish.grouping.tag_key:
        rows = {UNATTRIBUTED: {}, **rows}
    lines = _lines(wish, rows, earlier, owners=unallocated.Owners(circumstances.inventory), columns=len(periods))
    without = [line for line in lines if wish.grouping.tag_key and line.value == UNATTRIBUTED]
    return Report(
        header=_header(wish, answers, circumstances),
        periods=periods,
        lines=tuple(line for line in lines if line not in without),
        unattributed=_unattributed(wish, without[0], answers) if without else None,
        total=_total(lines, columns=len(periods), compares=earlier is not None),
        jumps=_jumps(wish, periods, rows=rows, earlier=earlier, lines=lines),
        forecast=forecast_of(answers.forecast, periods, answers.costs, today=today) if answers.forecast else None,
        notes=answers.notes,
    )


def rows_of(table: Table, kind: GroupKind) -> _Rows:
    """The table by lines and their parts: services beside a tag, models beside a service, usage types of a model."""
    rows: dict[str, dict[str, tuple[Decimal, ...]]] = defaultdict(dict)
    for cell, amounts in table.amounts.items():
        line, part = _place(cell, kind)
        before = rows[line].get(part)
        rows[line][part] = _added([before, amounts]) if before else amounts
    return rows


def _place(cell: Cell, kind: GroupKind) -> tuple[str, str]:
    if kind == "model":
        return model_of(cell[0], cell[1]), cell[1]
    return cell[0], model_of(cell[0], cell[1]) if kind == "service" else cell[1]


def _periods(wish: Wish, table: Table, *, today: date) -> tuple[Period, ...]:
    return tuple(
        Period(
            start=span.start,
            end=span.end,
            estimated=estimated,
            partial=is_partial(span, wish.granularity, today=today),
        )
        for span, estimated in zip(table.periods, table.estimated, strict=True)
    )


def _lines(
    wish: Wish, rows: _Rows, earlier: _Rows | None, *, owners: unallocated.Owners, columns: int
) -> tuple[Line, ...]:
    """A line for each value of either time, the largest first."""
    values = {**rows, **(earlier or {})}
    amounts = {value: _added(list(rows.get(value, {}).values()), columns=columns) for value in values}
    totals = {value: sum(row, Decimal()) for value, row in amounts.items()}
    found = []
    for (value, total), share in zip(totals.items(), shares(list(totals.values())), strict=True):
        previous = _sum(earlier.get(value, {})) if earlier is not None else None
        project = owners.project(value) if wish.grouping.kind == "project" and value else None
        line = Line(
            value=value,
            label=_label(value, wish, owners),
            amounts=amounts[value],
            total=total,
            share=share,
            project=project,
            previous=previous,
            change=None if previous is None else total - previous,
            change_percent=None if previous is None else growth(total - previous, previous),
            drivers=_drivers(rows.get(value, {}), total),
        )
        found.append(line)
    return tuple(sorted(found, key=lambda line: (-line.total, line.value)))


def _label(value: str, wish: Wish, owners: unallocated.Owners) -> str:
    if wish.grouping.kind == "project":
        return owners.label(value) if value else "unattributed (no project)"
    return value or f"unattributed (no {wish.grouping.tag_key})"


def _drivers(parts: Mapping[str, tuple[Decimal, ...]], total: Decimal) -> tuple[Driver, ...]:
    """The parts of a line, the largest first; where credits make it negative, the most negative."""
    sign = 1 if total < 0 else -1
    sums = sorted(
        ((part, sum(row, Decimal())) for part, row in parts.items()), key=lambda item: (sign * item[1], item[0])
    )
    return tuple(
        Driver(label=part, total=amount, share=percent(amount, total) if total > 0 else None)
        for part, amount in sums
        if amount
    )


def _total(lines: Sequence[Line], *, columns: int, compares: bool) -> Line:
    total = sum((line.total for line in lines), Decimal())
    previous = sum((line.previous or Decimal() for line in lines), Decimal()) if compares else None
    return Line(
        value="",
        label="Total",
        amounts=_added([line.amounts for line in lines], columns=columns),
        total=total,
        share=Decimal("100.0") if total > 0 else None,
        previous=previous,
        change=None if previous is None else total - previous,
        change_percent=None if previous is None else growth(total - previous, previous),
    )


def _unattributed(wish: Wish, line: Line, answers: Answers) -> Unattributed:
    """The line with its two splits, each as far as it was asked for."""
    if not line.total:
        return Unattributed(line=line)
    key = wish.grouping.tag_key
    split = answers.causes
    causes = unallocated.causes(line.total, split, tag_key=key, owned=key == wish.ownership_tag_key) if split else ()
    accounts: tuple[AccountAmount, ...] = ()
    if answers.in_accounts:
        accounts = unallocated.by_account(line.total, answers.in_accounts, answers.accounts)
    elif len(answers.accounts) == 1:
        accounts = unallocated.of_one_account(line.total, answers.accounts[0])
    return Unattributed(line=line, causes=causes, accounts=accounts)


def _jumps(
    wish: Wish, periods: Sequence[Period], *, rows: _Rows, earlier: _Rows | None, lines: Sequence[Line]
) -> tuple[Jump, ...]:
    """Against the time compared with, else from each whole period to the next: one that is not over always drops."""
    if wish.previous and earlier is not None:
        whole = Comparison(
            before=wish.previous, after=wish.span, spent_before=_spent(earlier), spent_after=_spent(rows)
        )
        comparisons = [whole]
    else:
        places = [place for place, period in enumerate(periods) if not period.partial]
        comparisons = [
            Comparison(
                before=periods[one].span,
                after=periods[two].span,
                spent_before=_spent(rows, one),
                spent_after=_spent(rows, two),
            )
            for one, two in pairwise(places)
        ]
    return jumps(comparisons, {line.value: line.label for line in lines})


def _spent(rows: _Rows, period: int | None = None) -> dict[str, dict[str, Decimal]]:
    return {
        value: {part: sum(row, Decimal()) if period is None else row[period] for part, row in parts.items()}
        for value, parts in rows.items()
    }


def _header(wish: Wish, answers: Answers, circumstances: Circumstances) -> Header:
    return Header(
        inventory=circumstances.inventory.name,
        environment=circumstances.environment,
        accounts=answers.accounts,
        span=wish.span,
        granularity=wish.granularity,
        metric=wish.metric,
        currency=one_currency(table.currency for table in (answers.costs, answers.previous) if table),
        grouping=wish.grouping,
        filters=wish.filters,
        restriction=f'services with "{SEARCH}" in their name, and whatever carries the tag {wish.ownership_tag_key}',
        services=answers.services,
        paid_requests=circumstances.paid_requests,
        price=circumstances.price,
        created_at=circumstances.now,
        previous=wish.previous,
        previous_estimated=answers.previous is not None and any(answers.previous.estimated),
    )


def _added(rows: Sequence[tuple[Decimal, ...]], *, columns: int = 0) -> tuple[Decimal, ...]:
    if not rows:
        return (Decimal(),) * columns
    return tuple(sum(column, Decimal()) for column in zip(*rows, strict=True))


def _sum(parts: Mapping[str, tuple[Decimal, ...]]) -> Decimal:
    return sum((amount for row in parts.values() for amount in row), Decimal())
