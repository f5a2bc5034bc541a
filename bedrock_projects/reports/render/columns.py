"""Lays the report out as grids of texts, for the formats that draw tables.

Each grid fits into 160 columns. So charge types, tokens and unit costs have grids of their own, and so have the periods
if they are many.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from bedrock_projects.reports.charge_types import PLURALS
from bedrock_projects.reports.labels import account_label
from bedrock_projects.reports.model import Line, Report
from bedrock_projects.reports.render import formatting, line_grids
from bedrock_projects.reports.render.grids import DRIVERS, INDENT, Grid
from bedrock_projects.reports.unit_costs import LineUsage, name_uncounted, sum_usage
from bedrock_projects.reports.units import MILLION
from bedrock_projects.reports.usage_types import TOKEN_KINDS, TokenKind

_THOUSAND = Decimal(1000)
_UsageColumn = tuple[str, Callable[[LineUsage], str]]
"""The heading of a column, and the function that writes its cell."""


def line_grid(report: Report) -> Grid:
    """A row for each line and its parts, then the unallocated spend, and the total as the footer.

    It has no rows if there are no amounts.
    """
    header = report.header
    has_amounts = bool(header.currency)
    heads = [
        " / ".join([formatting.grouping_name(header), *([formatting.name_of(header.second)] if header.second else [])])
    ]
    if formatting.has_period_columns(report):
        heads += [formatting.period(period, header.granularity) for period in report.periods]
    heads += [_total_head(report), "usage %"]
    if header.previous:
        heads += [f"prior period{formatting.ESTIMATED if header.previous_estimated else ''}", "change"]
    if not header.second:
        heads += [DRIVERS]
    rows = [row for line in formatting.all_lines(report) for row in _rows(line, report)] if has_amounts else []
    footer = _row(report.total, report) if has_amounts else ()
    return Grid(heads=tuple(heads), rows=tuple(rows), footer=footer)


def charge_grid(report: Report) -> Grid | None:
    """A row for each line with other charges than usage, and one for the usage of all others; None if all is usage."""
    kinds = formatting.charge_columns(report)
    if not kinds:
        return None

    def row(name: str, line: Line) -> tuple[str, ...]:
        return (
            name,
            *(formatting.money(line.charges.get(kind, Decimal())) for kind in kinds),
            formatting.money(line.total),
        )

    lines = formatting.all_lines(report)
    mixed = [line for line in lines if any(line.charges.get(kind) for kind in kinds if kind != "usage")]
    rows = [row(formatting.line_name(line, report.header), line) for line in mixed]
    rest = sum((line.total for line in lines if line not in mixed), Decimal())
    if rest:
        rows.append(
            (
                "all others",
                *(formatting.money(rest if kind == "usage" else Decimal()) for kind in kinds),
                formatting.money(rest),
            )
        )
    heads = (
        f"{formatting.grouping_name(report.header)} by charge type",
        *(PLURALS[kind] for kind in kinds),
        _total_head(report),
    )
    return Grid(heads=heads, rows=tuple(rows), footer=row(report.total.label, report.total))


def period_grid(report: Report) -> Grid | None:
    """A row for each period; None if the periods are columns of the lines, or if there is only one."""
    if formatting.has_period_columns(report) or len(report.periods) < 2 or not report.header.currency:
        return None
    header = report.header
    rows = [
        (formatting.period(period, header.granularity), amount)
        for period, amount in zip(report.periods, _amounts(report.total, report), strict=True)
    ]
    return Grid(heads=(header.granularity, header.currency), rows=tuple(rows))


def unallocated_grid(report: Report) -> Grid | None:
    """A row for each cause of the unallocated spend and for each account that has some."""
    unallocated = report.unallocated
    if unallocated is None or not (unallocated.causes or unallocated.accounts):
        return None
    rows = [(cause.label, formatting.money(cause.total), formatting.share(cause.share)) for cause in unallocated.causes]
    rows += [
        (f"in account {account_label(part.account)}", formatting.money(part.total), formatting.share(part.share))
        for part in unallocated.accounts
    ]
    columns = 3 if any(share for _, _, share in rows) else 2
    heads = (unallocated.line.label, report.header.currency, "share")
    return Grid(heads=heads[:columns], rows=tuple(row[:columns] for row in rows), has_names=False)


def usage_grids(report: Report) -> Iterator[Grid]:
    """Tokens, unit costs, what CloudWatch counted, and prices by model; each only if the report has some."""
    lines = formatting.all_lines(report)
    used = [(line, line.usage) for line in lines if line.usage]
    kinds = [kind for kind in TOKEN_KINDS if any(usage.tokens[kind] for _, usage in used)]
    for grid in (_token_grid(report, used, kinds), _unit_cost_grid(report, used, kinds), _cloudwatch_grid(report)):
        if grid.rows:
            yield grid
    if prices := line_grids.unit_price_grid(report):
        yield prices


def _token_grid(report: Report, used: Sequence[tuple[Line, LineUsage]], kinds: Sequence[TokenKind]) -> Grid:
    """Tokens in millions, or in thousands if no line has a million of a kind; and what cannot be counted."""
    most = max((usage.tokens[kind] for _, usage in used for kind in kinds), default=Decimal())
    size, unit = (MILLION, "millions") if most >= MILLION else (_THOUSAND, "thousands")
    whole = sum_usage(usage for _, usage in used)
    columns = [_tokens_column(kind, size) for kind in kinds]
    if "cache read" in kinds:
        columns.append(("cache hits", _cache_hits))
    if whole.is_partial:
        columns.append((f"{report.header.currency} not counted", lambda usage: formatting.money(usage.unknown_cost)))
    notes = [f"not counted, because AWS does not say how many tokens they are: {name_uncounted(whole)}"]
    return _usage_grid(
        report,
        f"tokens in {unit}" if kinds else "tokens",
        columns,
        [(line, usage) for line, usage in used if usage.total_tokens or usage.is_partial],
        total=(formatting.known_total(used, formatting.all_lines(report)), whole),
        notes=notes if whole.is_partial else [],
    )


def _unit_cost_grid(report: Report, used: Sequence[tuple[Line, LineUsage]], kinds: Sequence[TokenKind]) -> Grid:
    columns = [_unit_cost_column(kind) for kind in kinds]
    columns.append(("blended", lambda usage: formatting.unit_cost(usage.blended_per_million)))
    counted = [(line, usage) for line, usage in used if usage.total_tokens]
    whole = sum_usage(usage for _, usage in used)
    return _usage_grid(
        report,
        f"{report.header.currency} per 1M tokens",
        columns,
        counted,
        total=(formatting.known_total(used, formatting.all_lines(report)), whole),
    )


def _tokens_column(kind: TokenKind, size: Decimal) -> _UsageColumn:
    return kind, lambda usage: formatting.money(usage.tokens[kind] / size)


def _unit_cost_column(kind: TokenKind) -> _UsageColumn:
    return kind, lambda usage: formatting.unit_cost(usage.per_million[kind])


def _usage_grid(
    report: Report,
    what: str,
    columns: Sequence[_UsageColumn],
    used: Sequence[tuple[Line, LineUsage]],
    *,
    total: tuple[str, LineUsage],
    notes: Sequence[str] = (),
) -> Grid:
    """A row for each line, and the total with its label; no rows without columns."""
    rows = [
        (formatting.line_name(line, report.header), *(cell(usage) for _, cell in columns))
        for line, usage in used
        if columns
    ]
    heads = (f"{formatting.grouping_name(report.header)}, {what}", *(head for head, _ in columns))
    label, whole = total
    footer = (label, *(cell(whole) for _, cell in columns))
    return Grid(heads=heads, rows=tuple(rows), footer=footer, notes=tuple(notes))


def _cloudwatch_grid(report: Report) -> Grid:
    lines = formatting.all_lines(report)
    counted = [
        (formatting.line_name(line, report.header), line.use.requests, line.use.input_tokens, line.use.output_tokens)
        for line in lines
        if line.use
    ]
    rows = [(name, *(f"{count:,}" for count in counts)) for name, *counts in counted]
    sums = [f"{sum(column):,}" for column in zip(*(counts for _, *counts in counted), strict=True)]
    name = formatting.grouping_name(report.header)
    return Grid(
        heads=(f"{name}, from CloudWatch", "requests", "input tokens", "output tokens"),
        rows=tuple(rows),
        footer=(formatting.known_total(counted, lines), *sums),
    )


def _cache_hits(usage: LineUsage) -> str:
    hits = usage.cache_hit_share
    return formatting.share(None if hits is None else hits * 100)


def reconciliation_grid(report: Report) -> Grid | None:
    """The bill of these dates: what the report has of it, and the rest; None if a filter leaves out spend."""
    bill = report.reconciliation
    if bill is None:
        return None
    excluded = [("excluded from this report", bill.excluded)] if bill.excluded else []
    difference = [("difference", -bill.difference)] if bill.difference else []
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
        footer=(formatting.bill_total(report.header), formatting.money(bill.total)),
        has_names=False,
    )


def grids(report: Report, *, shows_usage: bool) -> Iterator[Grid]:
    """All grids, in the order in which to show them."""
    yield line_grid(report)
    for grid in (
        period_grid(report),
        charge_grid(report),
        unallocated_grid(report),
        line_grids.unallocated_usage_grid(report),
    ):
        if grid:
            yield grid
    if shows_usage:
        yield from usage_grids(report)
    for grid in (reconciliation_grid(report), line_grids.invoice_grid(report), line_grids.line_facts_grid(report)):
        if grid:
            yield grid


def sentences(grid: Grid) -> Iterator[str]:
    """Each row of a grid in words, such as `Search: usage 10.00, credits -2.00, USD 8.00`; the footer is the last."""
    for name, *cells in (*grid.rows, *([grid.footer] if grid.footer else [])):
        yield f"{name}: {', '.join(f'{head} {cell}' for head, cell in zip(grid.heads[1:], cells, strict=True))}"


def _rows(line: Line, report: Report) -> Iterator[tuple[str, ...]]:
    """The row of a line, and one for each of its parts with its total alone."""
    row = _row(line, report)
    yield row
    total = _total_column(report)
    for part in line.parts:
        name = f"{INDENT}{formatting.part_name(part)}"
        yield tuple(
            name if column == 0 else formatting.money(part.total) if column == total else ""
            for column in range(len(row))
        )


def _total_column(report: Report) -> int:
    return 1 + (len(report.periods) if formatting.has_period_columns(report) else 0)


def _total_head(report: Report) -> str:
    """The currency, marked if an amount of it may still change."""
    is_estimated = any(period.estimated for period in report.periods)
    return f"{report.header.currency}{formatting.ESTIMATED if is_estimated else ''}"


def _row(line: Line, report: Report) -> tuple[str, ...]:
    cells = [formatting.line_name(line, report.header)]
    if formatting.has_period_columns(report):
        cells += _amounts(line, report)
    cells += [formatting.money(line.total), formatting.share(line.share)]
    if report.header.previous:
        cells += [formatting.previous(line), formatting.change(line)]
    return (*cells, *([] if report.header.second else [formatting.drivers(line)]))


def _amounts(line: Line, report: Report) -> list[str]:
    """The amount of each period; what the source does not have is not 0."""
    return [
        formatting.money(amount) if period.has_data else formatting.NO_DATA
        for period, amount in zip(report.periods, line.amounts, strict=True)
    ]
