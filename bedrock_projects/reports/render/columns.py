"""Lays the report out as grids of texts, for the formats that draw tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from bedrock_projects.reports.charge_types import PLURALS
from bedrock_projects.reports.labels import account_label
from bedrock_projects.reports.model import Line, Report
from bedrock_projects.reports.render import formatting

DRIVERS = "top cost drivers"
"""The heading of the column of drivers, the only one after the first that holds text."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table: `heads` are its column headings, `footer` is the total, if any."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    footer: tuple[str, ...] = ()


def line_grid(report: Report) -> Grid:
    """A row for each line and its parts, then the unallocated spend, and the total as the footer.

    It has no rows if there are no amounts, and a column for each charge type if there are others than usage.
    """
    header = report.header
    has_amounts = bool(header.currency)
    is_estimated = any(period.estimated for period in report.periods)
    heads = [
        " / ".join([formatting.grouping_name(header), *([formatting.name_of(header.second)] if header.second else [])])
    ]
    if formatting.has_period_columns(report):
        heads += [formatting.period(period, header.granularity) for period in report.periods]
    heads += [PLURALS[kind] for kind in formatting.charge_columns(report)]
    heads += [f"{header.currency}{formatting.ESTIMATED if is_estimated else ''}", "share"]
    if header.previous:
        heads += [f"prior period{formatting.ESTIMATED if header.previous_estimated else ''}", "change"]
    if not header.second:
        heads += [DRIVERS]
    last = [report.unattributed.line] if report.unattributed else []
    rows = [row for line in (*report.lines, *last) for row in _rows(line, report)] if has_amounts else []
    footer = _row(report.total, report) if has_amounts else ()
    return Grid(heads=tuple(heads), rows=tuple(rows), footer=footer)


def period_grid(report: Report) -> Grid | None:
    """A row for each period; None if the periods are columns of the lines, or if there is only one."""
    if formatting.has_period_columns(report) or len(report.periods) < 2 or not report.header.currency:
        return None
    header = report.header
    rows = [
        (formatting.period(period, header.granularity), formatting.money(amount))
        for period, amount in zip(report.periods, report.total.amounts, strict=True)
    ]
    return Grid(heads=(header.granularity, header.currency), rows=tuple(rows))


def unallocated_grid(report: Report) -> Grid | None:
    """A row for each cause of the unallocated spend and for each account that has some."""
    unallocated = report.unattributed
    if unallocated is None or not (unallocated.causes or unallocated.accounts):
        return None
    rows = [(cause.label, formatting.money(cause.total), formatting.share(cause.share)) for cause in unallocated.causes]
    rows += [
        (f"in account {account_label(part.account)}", formatting.money(part.total), formatting.share(part.share))
        for part in unallocated.accounts
    ]
    return Grid(heads=(unallocated.line.label, report.header.currency, "share"), rows=tuple(rows))


def usage_grid(report: Report) -> Grid | None:
    """A row for each line with tokens: millions by kind, and what a million cost; None if there are none."""
    lines = [line for line in report.lines if line.usage or line.use]
    if not lines:
        return None
    heads = (formatting.grouping_name(report.header),)
    return Grid(heads=heads, rows=tuple((line.label,) for line in lines))


def reconciliation_grid(report: Report) -> Grid | None:
    """The bill of these dates: what the report has of it, and the rest; None if a filter leaves out spend."""
    bill = report.reconciliation
    if bill is None:
        return None
    excluded = [("excluded from this report", bill.excluded)] if bill.excluded else []
    difference = [("difference", bill.difference)] if bill.difference else []
    rows = [
        ("this report", bill.reported),
        *excluded,
        *difference,
        ("Bedrock", bill.bedrock),
        *((part.label, part.total) for part in bill.rest),
    ]
    return Grid(
        heads=("bill of this period", bill.currency),
        rows=tuple((label, formatting.money(amount)) for label, amount in rows),
        footer=("Total of the bill", formatting.money(bill.total)),
    )


def grids(report: Report, *, shows_usage: bool) -> Iterator[Grid]:
    """All grids, in the order in which to show them."""
    yield line_grid(report)
    others = (period_grid(report), unallocated_grid(report), usage_grid(report) if shows_usage else None)
    for grid in (*others, reconciliation_grid(report)):
        if grid:
            yield grid


def _rows(line: Line, report: Report) -> Iterator[tuple[str, ...]]:
    """The row of a line, and one for each of its parts with its total alone."""
    row = _row(line, report)
    yield row
    total = _total_column(report)
    for part in line.parts:
        name = f"  {part.label}{f' ({part.mark})' if part.mark else ''}"
        yield tuple(
            name if column == 0 else formatting.money(part.total) if column == total else ""
            for column in range(len(row))
        )


def _total_column(report: Report) -> int:
    periods = len(report.periods) if formatting.has_period_columns(report) else 0
    return 1 + periods + len(formatting.charge_columns(report))


def _row(line: Line, report: Report) -> tuple[str, ...]:
    cells = [formatting.line_name(line, report.header)]
    if formatting.has_period_columns(report):
        cells += [
            formatting.money(amount) if period.has_data else formatting.NO_DATA
            for period, amount in zip(report.periods, line.amounts, strict=True)
        ]
    cells += [formatting.money(line.charges.get(kind)) for kind in formatting.charge_columns(report)]
    cells += [formatting.money(line.total), formatting.share(line.share)]
    if report.header.previous:
        cells += [formatting.money(line.previous), formatting.change(line)]
    return (*cells, *([] if report.header.second else [formatting.drivers(line)]))
