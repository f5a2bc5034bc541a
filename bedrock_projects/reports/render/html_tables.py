"""Lays out the tables of the HTML report that have a row for each line, account or period.

The rows of a long table after the first ones are folded: they are a table of their own, behind a summary with their
sum. Both tables have the same widths of columns, which a rule of the style sheet sets.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from bedrock_projects.reports import labels
from bedrock_projects.reports.charge_types import CHARGE_TYPES, PLURALS
from bedrock_projects.reports.model import (
    Header,
    Line,
    Period,
    ProjectUse,
    Reconciliation,
    Report,
    UnallocatedSpend,
)
from bedrock_projects.reports.percentages import percent, percent_change
from bedrock_projects.reports.render import formatting, html_formatting
from bedrock_projects.reports.render.html_formatting import (
    count,
    millions,
    money,
    part,
    previous,
    share,
    signed,
    unit_cost,
)
from bedrock_projects.reports.unit_costs import sum_usage
from bedrock_projects.reports.usage_types import TOKEN_KINDS

_SHOWN = 40
"""The most rows that are always shown of the table of amounts, and of others that are as important."""
_SHOWN_OF_DETAILS = 12
"""The same of a table with more about the lines of that table; one by period is folded as a whole if it has more."""
_MATRIX_PERIODS = 12
"""The most periods for which the page has a table of each line in each period; use a spreadsheet for more."""
_PORTRAIT, _LANDSCAPE = 8, 10
"""How many columns fit on paper, at the size of text that paper has."""
_BLOCK = 6
"""How many periods fit side by side on paper in portrait."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a row for each line.

    `first` are the lines that are always shown, `rest` those that are folded, and `rest_sum` is their sum, None if
    there are none. `figures` gives the cells of a line after its label, for which `heads` are the headings.
    `is_folded` is set if the whole table is folded.
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
    is_folded: bool = False

    @property
    def is_wide(self) -> bool:
        """Whether paper in portrait is too narrow for it."""
        return len(self.heads) > _PORTRAIT

    @property
    def is_dense(self) -> bool:
        """Whether even paper in landscape is too narrow for it, unless the figures are small."""
        return len(self.heads) > _LANDSCAPE

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
    kinds = formatting.charge_columns(report)
    heads = [_grouping_head(header), f"Total {header.currency}", "Share of usage" if kinds else "Share"]
    heads += [PLURALS[kind].capitalize() for kind in kinds]
    caption = "Largest first"
    if contents := _contents(report):
        caption += f"; open a line for its {contents}"
    if header.previous:
        heads += [f"Prior period{' (estimated)' if header.previous_estimated else ''}", "Change", "Change %"]
        caption += f"; prior period {html_formatting.days(header.previous)}"
    return _table(
        "chargeback",
        caption,
        heads,
        report.lines,
        figures=lambda line: _compared(line, report),
        noun=partial(html_formatting.noun, header),
        unallocated=report.unallocated.line if report.unallocated else None,
        total=report.total,
        whole=report.total.charges.get("usage", Decimal()),
    )


def accounts(unallocated: UnallocatedSpend) -> Table:
    """A row for each account with unallocated spend."""
    lines = [
        Line(
            value=part.account.id,
            label=labels.account_label(part.account),
            amounts=(),
            total=part.total,
            share=part.share,
        )
        for part in unallocated.accounts
    ]
    has_shares = any(line.share is not None for line in lines)
    return _table(
        "accounts",
        "By account",
        ["Account", "Total", *(["Share of unallocated"] if has_shares else [])],
        lines,
        figures=lambda line: (money(line.total), *([share(line.share)] if has_shares else [])),
        noun=lambda number: f"{number:,} account{'' if number == 1 else 's'}",
        whole=unallocated.line.total,
        measure=lambda line: line.total,
    )


def periods(report: Report) -> Table:
    """A row for each period, with what is allocated and what is not if the report is by a tag."""
    header = report.header
    lines = [_period_line(report, index) for index in range(len(report.periods))]
    heads = [header.granularity.capitalize(), *(["Allocated", "Unallocated"] if report.unallocated else []), "Total"]
    unknown = {f"{period.start}" for period in report.periods if not period.has_data}
    if all(line.value in unknown for line in lines[_SHOWN:]):
        unknown.add("")  # the sum of the folded ones

    def figures(line: Line) -> list[str]:
        amounts = (*line.amounts, line.total)
        return [formatting.NO_DATA] * len(amounts) if line.value in unknown else [money(each) for each in amounts]

    return _table(
        "periods",
        f"Spend by {header.granularity}",
        heads,
        lines,
        figures=figures,
        noun=lambda number: f"{number:,} {header.granularity}{'' if number == 1 else 's'}",
        total=replace(_sum(lines, "Total"), value="total"),
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
        table = _table(
            f"block-{number}",
            f"Spend by {formatting.grouping_name(header)} and {header.granularity}, {' to '.join(names)}",
            [_grouping_head(header), *(html_formatting.heading(period, header) for period in covered)],
            [_within(line, columns) for line in report.lines],
            figures=partial(_by_period, covered),
            noun=partial(html_formatting.noun, header),
            shown=len(report.lines),
            unallocated=_within(report.unallocated.line, columns) if report.unallocated else None,
            total=_within(report.total, columns),
        )
        yield replace(table, is_folded=len(report.lines) > _SHOWN_OF_DETAILS)


def usage(report: Report) -> Table | None:
    """A row for each line with its tokens, their unit costs and its requests; None if nothing of it is known.

    A kind of tokens that no line has is left out.
    """
    every = formatting.all_lines(report)
    known = [line for line in every if line.usage or line.use]
    if not known:
        return None
    header = report.header
    whole = _sum(known, formatting.known_total(known, every))
    kinds = [kind for kind in TOKEN_KINDS if whole.usage and whole.usage.tokens[kind]]
    currency, has_cache, has_requests = header.currency, "cache read" in kinds, whole.use is not None

    def figures(line: Line) -> list[str]:
        used = line.usage
        cells = [millions(used.tokens[kind] if used else None) for kind in kinds]
        cells += [unit_cost(used.per_million[kind] if used else None) for kind in kinds]
        cells += [unit_cost(used.blended_per_million if used else None)] if kinds else []
        cells += [part(used.cache_hit_share if used else None)] if has_cache else []
        return [*cells, *([count(line.use.requests if line.use else None)] if has_requests else [])]

    heads = [f"{kind.capitalize()} (M)" for kind in kinds] + [f"{currency}/M {kind}" for kind in kinds]
    heads += [f"{currency}/M blended"] if kinds else []
    heads += ["Cache hits"] if has_cache else []
    heads += ["Requests"] if has_requests else []
    without = (report.unallocated.line,) if report.unallocated else ()
    return _table(
        "usage",
        f"Tokens in millions (M), and the cost of a million; blended: of all kinds together{_hits(has_cache)}",
        [_grouping_head(header), *heads],
        [line for line in known if line not in without],
        figures=figures,
        noun=partial(html_formatting.noun, header),
        shown=_SHOWN_OF_DETAILS,
        unallocated=next((line for line in known if line in without), None),
        total=whole,
    )


def bill(bill: Reconciliation) -> tuple[tuple[str, Decimal, bool], ...]:
    """The rows of the bill but for its total: a label, an amount, and whether it is the sum of the rows above it."""
    rows = [
        ("this report", bill.reported, False),
        ("excluded from this report", bill.excluded, False),
        ("difference", -bill.difference, False),
        ("Bedrock", bill.bedrock, True),
        *((part.label, part.total, False) for part in bill.rest),
    ]
    return tuple(row for row in rows if row[1] or row[0] in ("this report", "Bedrock"))


def _hits(has_cache: bool) -> str:
    return "; cache hits: share of the tokens sent to models that came from the cache" if has_cache else ""


def _contents(report: Report) -> str:
    """What the lines of the report can be opened for."""
    header = report.header
    kinds = (
        (
            f"{formatting.name_of(header.second)} amounts" if header.second else "",
            any(line.parts for line in report.lines),
        ),
        ("top cost drivers", any(line.drivers and not line.parts for line in report.lines)),
        ("account, id and tags", any(html_formatting.project_facts(line) for line in report.lines)),
    )
    return " and ".join(text for text, applies in kinds if applies)


def _usage_of(line: Line) -> Decimal:
    return line.charges.get("usage", Decimal())


def _table(
    key: str,
    caption: str,
    heads: Sequence[str],
    lines: Sequence[Line],
    *,
    figures: Callable[[Line], Sequence[str]],
    noun: Callable[[int], str],
    shown: int = _SHOWN,
    unallocated: Line | None = None,
    total: Line | None = None,
    whole: Decimal = Decimal(),
    measure: Callable[[Line], Decimal] = _usage_of,
) -> Table:
    """The table; `whole` is what the shares of its lines are of, 0 if they have none; `measure` is a line's part."""
    rest = lines[shown:]
    number, _, name = noun(len(rest)).partition(" ")
    label = f"{number} more {name}"
    return Table(
        key=key,
        caption=caption,
        heads=tuple(heads),
        figures=figures,
        first=tuple(lines[:shown]),
        rest=tuple(rest),
        rest_sum=replace(_sum(rest, label), share=_share(rest, whole, measure)) if rest else None,
        unallocated=unallocated,
        total=total,
    )


def _sum(lines: Sequence[Line], label: str) -> Line:
    """One line for several, without a share; a figure that each of them lacks is None in it too."""
    total = sum((line.total for line in lines), Decimal())
    before = _known_sum([line.previous for line in lines])
    change = _known_sum([line.change for line in lines])
    used = [line.usage for line in lines if line.usage]
    counted = [line.use for line in lines if line.use]
    return Line(
        value="",
        label=label,
        amounts=tuple(sum(column, Decimal()) for column in zip(*(line.amounts for line in lines), strict=True)),
        total=total,
        share=None,
        charges={
            kind: sum((line.charges.get(kind, Decimal()) for line in lines), Decimal())
            for kind in CHARGE_TYPES
            if any(kind in line.charges for line in lines)
        },
        usage=sum_usage(used) if used else None,
        use=_sum_use(counted) if counted else None,
        previous=before,
        change=change,
        change_percent=None if before is None or change is None else percent_change(change, before),
    )


def _share(lines: Sequence[Line], whole: Decimal, measure: Callable[[Line], Decimal]) -> Decimal | None:
    """The share of several lines; None if none of them has one.

    It is that of their sum: the rounded shares of many small lines could all be 0.
    """
    if whole <= 0 or all(line.share is None for line in lines):
        return None
    return percent(sum(map(measure, lines), Decimal()), whole)


def _known_sum(figures: Sequence[Decimal | None]) -> Decimal | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known, Decimal()) if known else None


def _sum_use(counted: Sequence[ProjectUse]) -> ProjectUse:
    return ProjectUse(
        requests=sum(use.requests for use in counted),
        input_tokens=sum(use.input_tokens for use in counted),
        output_tokens=sum(use.output_tokens for use in counted),
    )


def _compared(line: Line, report: Report) -> list[str]:
    figures = [html_formatting.total(line, report), share(line.share)]
    figures += [money(line.charges.get(kind)) for kind in formatting.charge_columns(report)]
    if report.header.previous:
        relative = html_formatting.change(line.change_percent, line.change, before=line.previous)
        figures += [previous(line), signed(line.change), relative]
    return figures


def _period_line(report: Report, index: int) -> Line:
    label, total = html_formatting.heading(report.periods[index], report.header), report.total.amounts[index]
    unallocated = report.unallocated.line.amounts[index] if report.unallocated else None
    parts = () if unallocated is None else (total - unallocated, unallocated)
    return Line(value=f"{report.periods[index].start}", label=label, amounts=parts, total=total, share=None)


def _by_period(covered: Sequence[Period], line: Line) -> list[str]:
    return [
        money(amount) if period.has_data else formatting.NO_DATA
        for period, amount in zip(covered, line.amounts, strict=True)
    ]


def _within(line: Line, columns: slice) -> Line:
    """The line in these periods only."""
    amounts = line.amounts[columns]
    return replace(line, amounts=amounts, total=sum(amounts, Decimal()))


def _grouping_head(header: Header) -> str:
    name = formatting.grouping_name(header)
    return name if header.grouping.kind == "tag" else name.capitalize()
