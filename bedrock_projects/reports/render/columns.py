"""Lays the report out as grids of texts, for the formats that draw tables."""

from collections.abc import Iterator
from dataclasses import dataclass

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
    """A row for each line, then the unallocated spend, and the total as the footer; no rows if there are no amounts."""
    header = report.header
    has_amounts = bool(header.currency)
    has_period_columns = formatting.has_period_columns(report)
    is_estimated = any(period.estimated for period in report.periods)
    heads = [formatting.grouping_name(header)]
    if has_period_columns:
        heads += [formatting.period(period, header.granularity) for period in report.periods]
    heads += [f"{header.currency}{formatting.ESTIMATED if is_estimated else ''}", "share"]
    if header.previous:
        heads += [f"prior period{formatting.ESTIMATED if header.previous_estimated else ''}", "change"]
    heads += [DRIVERS]
    last = [report.unattributed.line] if report.unattributed else []
    rows = [_row(line, report) for line in (*report.lines, *last)] if has_amounts else []
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
        (f"in account {formatting.account(part.account)}", formatting.money(part.total), formatting.share(part.share))
        for part in unallocated.accounts
    ]
    return Grid(heads=(unallocated.line.label, report.header.currency, "share"), rows=tuple(rows))


def grids(report: Report) -> Iterator[Grid]:
    """All grids, in the order in which to show them."""
    yield line_grid(report)
    for grid in (period_grid(report), unallocated_grid(report)):
        if grid:
            yield grid


def _row(line: Line, report: Report) -> tuple[str, ...]:
    cells = [formatting.line_name(line, report.header)]
    if formatting.has_period_columns(report):
        cells += [formatting.money(amount) for amount in line.amounts]
    cells += [formatting.money(line.total), formatting.share(line.share)]
    if report.header.previous:
        cells += [formatting.money(line.previous), formatting.change(line)]
    return (*cells, formatting.drivers(line))
