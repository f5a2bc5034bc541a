"""Lays out the tables of the HTML report that have a row for each line, account or period.

The rows of a long table after the first ones are folded: they are a table of their own, behind a summary with their
sum. Both tables have the same widths of columns, which a rule of the style sheet sets.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bedrock_projects.reports.model import Header, Line, Report, UnallocatedSpend
from bedrock_projects.reports.percentages import percent, percent_change
from bedrock_projects.reports.render import formatting, html_formatting
from bedrock_projects.reports.render.html_formatting import money, share, signed

_SHOWN = 40
"""The most rows of a table that are always shown."""
_MATRIX_PERIODS = 12
"""The most periods for which the page has a table of each line in each period; use a spreadsheet for more."""
_BLOCK = 6
"""How many periods fit side by side on paper in portrait."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a row for each line.

    `first` are the lines that are always shown, `rest` those that are folded, and `rest_sum` is their sum, None if
    there are none. `figures` gives the cells of a line after its label, for which `heads` are the headings.
    """

    key: str
    caption: str
    heads: tuple[str, ...]
    figures: Callable[[Line], Sequence[str]]
    first: tuple[Line, ...]
    rest: tuple[Line, ...]
    rest_sum: Line | None
    unallocated: Line | None = None
    total: Line | None = None

    @property
    def rule(self) -> str:
        """The rule of the style sheet for both parts of a folded table; empty for one that is not folded."""
        if not self.rest:
            return ""
        lines = [line for line in (*self.first, *self.rest, self.rest_sum, self.unallocated, self.total) if line]
        columns = zip(self.heads[1:], zip(*map(self.figures, lines), strict=True), strict=True)
        # Only a word of a heading cannot be wrapped. One more character, because a sign is wider than a digit.
        widths = [max(map(len, (*head.split(" "), *figures))) + 1 for head, figures in columns]
        rules = [f".{self.key} {{ min-width: calc(10em + {sum(widths)}ch + {len(widths)} * var(--gap)); }}\n"]
        for number, width in enumerate(widths, start=2):
            rules.append(f".{self.key} col:nth-child({number}) {{ width: calc({width}ch + var(--gap)); }}\n")
        return "".join(rules)


def chargeback(report: Report) -> Table:
    """A row for each line, with its share and what it was in the prior period."""
    header = report.header
    heads = [_grouping_head(header), f"Total {header.currency}", "Share"]
    caption = "Largest first"
    if any(line.drivers for line in report.lines):
        caption += ", with the top cost drivers of each line"
    if header.previous:
        heads += [f"Prior period{' (estimated)' if header.previous_estimated else ''}", "Change", "Change %"]
        caption += f"; prior period {html_formatting.days(header.previous)}"
    return _table(
        "chargeback",
        caption,
        heads,
        report.lines,
        figures=lambda line: _compared(line, header),
        noun=_line_noun(header),
        unallocated=report.unattributed.line if report.unattributed else None,
        total=report.total,
        whole=report.total.total,
    )


def accounts(unallocated: UnallocatedSpend) -> Table:
    """A row for each account with unallocated spend."""
    lines = [
        Line(
            value=part.account.id,
            label=formatting.account(part.account),
            amounts=(),
            total=part.total,
            share=part.share,
        )
        for part in unallocated.accounts
    ]
    return _table(
        "accounts",
        "By account",
        ["Account", "Total", "Share"],
        lines,
        figures=lambda line: (money(line.total), share(line.share)),
        noun="account",
        whole=unallocated.line.total,
    )


def periods(report: Report) -> Table:
    """A row for each period, with what is allocated and what is not if the report is by a tag."""
    header = report.header
    lines = [_period_line(report, index) for index in range(len(report.periods))]
    heads = [header.granularity.capitalize(), *(["Allocated", "Unallocated"] if report.unattributed else []), "Total"]
    return _table(
        "periods",
        f"Spend by {header.granularity}",
        heads,
        lines,
        figures=lambda line: [money(amount) for amount in (*line.amounts, line.total)],
        noun=header.granularity,
        total=_sum(lines, "Total"),
    )


def blocks(report: Report) -> Iterator[Table]:
    """Tables of each line in each period, each as wide as paper; none for one period or too many."""
    header, count = report.header, len(report.periods)
    if not 2 <= count <= _MATRIX_PERIODS:
        return
    for number, first in enumerate(range(0, count, _BLOCK), start=1):
        columns = slice(first, first + _BLOCK)
        covered = report.periods[columns]
        names = [html_formatting.period(period, header.granularity) for period in (covered[0], covered[-1])]
        yield _table(
            f"block-{number}",
            f"Spend by {formatting.grouping_name(header)} and {header.granularity}, {' to '.join(names)}",
            [_grouping_head(header), *(html_formatting.heading(period, header) for period in covered)],
            [_within(line, columns) for line in report.lines],
            figures=lambda line: list(map(money, line.amounts)),
            noun=_line_noun(header),
            unallocated=_within(report.unattributed.line, columns) if report.unattributed else None,
            total=_within(report.total, columns),
        )


def _table(
    key: str,
    caption: str,
    heads: Sequence[str],
    lines: Sequence[Line],
    *,
    figures: Callable[[Line], Sequence[str]],
    noun: str,
    unallocated: Line | None = None,
    total: Line | None = None,
    whole: Decimal = Decimal(),
) -> Table:
    """The table; `whole` is what the shares of its lines are of, 0 if they have none."""
    rest = lines[_SHOWN:]
    label = f"{len(rest):,} more {noun}{'' if len(rest) == 1 else 's'}"
    return Table(
        key=key,
        caption=caption,
        heads=tuple(heads),
        figures=figures,
        first=tuple(lines[:_SHOWN]),
        rest=tuple(rest),
        rest_sum=_sum(rest, label, whole=whole) if rest else None,
        unallocated=unallocated,
        total=total,
    )


def _sum(lines: Sequence[Line], label: str, *, whole: Decimal = Decimal()) -> Line:
    """One line for several; a figure that each of them lacks is None in it too.

    Its share is that of their sum: the rounded shares of many small lines could all be 0.
    """
    total = sum((line.total for line in lines), Decimal())
    before = _known_sum([line.previous for line in lines])
    change = _known_sum([line.change for line in lines])
    return Line(
        value="",
        label=label,
        amounts=tuple(sum(column, Decimal()) for column in zip(*(line.amounts for line in lines), strict=True)),
        total=total,
        share=percent(total, whole) if whole > 0 else None,
        previous=before,
        change=change,
        change_percent=None if before is None or change is None else percent_change(change, before),
    )


def _known_sum(figures: Sequence[Decimal | None]) -> Decimal | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known, Decimal()) if known else None


def _compared(line: Line, header: Header) -> list[str]:
    figures = [money(line.total), share(line.share)]
    if header.previous:
        relative = html_formatting.change(line.change_percent, line.change, before=line.previous)
        figures += [money(line.previous), signed(line.change), relative]
    return figures


def _period_line(report: Report, index: int) -> Line:
    label, total = html_formatting.heading(report.periods[index], report.header), report.total.amounts[index]
    unallocated = report.unattributed.line.amounts[index] if report.unattributed else None
    parts = () if unallocated is None else (total - unallocated, unallocated)
    return Line(value=label, label=label, amounts=parts, total=total, share=None)


def _within(line: Line, columns: slice) -> Line:
    """The line in these periods only."""
    amounts = line.amounts[columns]
    return replace(line, amounts=amounts, total=sum(amounts, Decimal()))


def _grouping_head(header: Header) -> str:
    name = formatting.grouping_name(header)
    return name if header.grouping.kind == "tag" else name.capitalize()


def _line_noun(header: Header) -> str:
    return f"{header.grouping.tag_key} value" if header.grouping.kind == "tag" else header.grouping.kind
