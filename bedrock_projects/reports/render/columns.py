"""The report as a grid of texts, for the formats that draw tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from bedrock_projects.reports.model import Line, Report
from bedrock_projects.reports.render import formatting


@dataclass(frozen=True, kw_only=True)
class Grid:
    """`heads` are the columns, of which all after the first `texts` hold numbers; `footer` is the total, if any."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    footer: tuple[str, ...] = ()
    texts: int = 1


def lines(report: Report) -> Grid:
    """A row for each line, the unattributed spend last and the total below; without amounts there are no rows."""
    head = report.header
    has_amounts = bool(head.currency)
    narrow = formatting.is_narrow(report)
    marked = any(period.estimated for period in report.periods)
    heads = [head.grouping.tag_key if head.grouping.kind == "tag" else head.grouping.kind]
    heads += [formatting.period(each, head.granularity) for each in report.periods] if narrow else []
    heads += [f"{head.currency}{formatting.ESTIMATED if marked else ''}", "share"]
    heads += [f"before{formatting.ESTIMATED if head.previous_estimated else ''}", "change"] if head.previous else []
    heads += ["mostly"]
    last = [report.unattributed.line] if report.unattributed else []
    rows = [_row(line, report, narrow=narrow) for line in (*report.lines, *last)] if has_amounts else []
    footer = _row(report.total, report, narrow=narrow) if has_amounts else ()
    return Grid(heads=tuple(heads), rows=tuple(rows), footer=footer)


def periods(report: Report) -> Grid | None:
    """A row for each period where these are too many to stand beside the lines."""
    if formatting.is_narrow(report) or len(report.periods) < 2 or not report.header.currency:
        return None
    head = report.header
    rows = [
        (formatting.period(each, head.granularity), formatting.money(amount))
        for each, amount in zip(report.periods, report.total.amounts, strict=True)
    ]
    return Grid(heads=(head.granularity, head.currency), rows=tuple(rows))


def unattributed(report: Report) -> Grid | None:
    """A row for each cause of the unattributed spend and for each account with some."""
    found = report.unattributed
    if found is None or not (found.causes or found.accounts):
        return None
    rows = [(cause.label, formatting.money(cause.total), formatting.share(cause.share)) for cause in found.causes]
    rows += [
        (f"in account {formatting.account(part.account)}", formatting.money(part.total), formatting.share(part.share))
        for part in found.accounts
    ]
    return Grid(heads=(found.line.label, report.header.currency, "share"), rows=tuple(rows))


def grids(report: Report) -> Iterator[Grid]:
    """All of them, in the order to show them in."""
    yield lines(report)
    for each in (periods(report), unattributed(report)):
        if each:
            yield each


def _row(line: Line, report: Report, *, narrow: bool) -> tuple[str, ...]:
    cells = [formatting.name(line)]
    cells += [formatting.money(amount) for amount in line.amounts] if narrow else []
    cells += [formatting.money(line.total), formatting.share(line.share)]
    cells += [formatting.money(line.previous), formatting.change(line)] if report.header.previous else []
    return (*cells, formatting.drivers(line))
