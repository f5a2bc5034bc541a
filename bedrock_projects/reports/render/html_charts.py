"""Decides which charts the HTML report has and what they show; `html_drawing` draws them.

Each chart is drawn twice, wide and narrow, because a label that fits a page does not fit a phone. The style sheet shows
the one that fits, and gives the charts their colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from bedrock_projects.printing import visible_ends
from bedrock_projects.reports.model import Forecast, Line, Report
from bedrock_projects.reports.render import formatting, html_drawing, html_formatting
from bedrock_projects.reports.render.html_drawing import Series
from bedrock_projects.reports.render.html_formatting import money

_NAMED = 5
"""How many lines have a colour of their own."""
_RANKED = 12
"""How many lines have a bar of their own."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with its heading, its legend, and the lines that it does not show.

    `wide` and `narrow` have the text alternative; `left_out` is the sum of the lines without a bar; `unknown` are the
    periods without data.
    """

    heading: str
    wide: Markup
    narrow: Markup
    legend: tuple[Series, ...] = ()
    estimated: bool = False
    forecast: Forecast | None = None
    left_out: Series | None = None
    unknown: tuple[str, ...] = ()


def figures(report: Report) -> tuple[Figure, ...]:
    """The charts worth showing: none for a single period, a single line, or if every amount is 0."""
    return tuple(figure for figure in (_over_time(report), _ranking(report)) if figure)


def _over_time(report: Report) -> Figure | None:
    stacks = _stacks(report)
    if len(report.periods) < 2 or not stacks:
        return None
    labels = tuple(html_formatting.period(period, report.header.granularity) for period in report.periods)
    forecast = _drawn_forecast(report)
    peak = max(range(len(labels)), key=lambda index: report.total.amounts[index])
    alternative = (
        f"Stacked bar chart of the spend from {labels[0]} to {labels[-1]}: total {money(report.total.total)}, "
        f"highest in {labels[peak]} with {money(report.total.amounts[peak])}. The table By period has the amounts."
    )
    unknown = tuple(label for label, period in zip(labels, report.periods, strict=True) if not period.has_data)
    if unknown:
        alternative += f" No data of {', '.join(unknown)}."
    estimated = tuple(period.estimated for period in report.periods)
    wide, narrow = (
        html_drawing.stacked(
            labels,
            stacks,
            width=width,
            forecast=forecast,
            estimated=estimated,
            unknown=unknown,
            alternative=alternative,
        )
        for width in html_drawing.WIDTHS
    )
    return Figure(
        heading=f"Spend by {report.header.granularity}",
        wide=wide,
        narrow=narrow,
        legend=stacks,
        estimated=any(estimated),
        forecast=forecast,
        unknown=unknown,
    )


def _stacks(report: Report) -> tuple[Series, ...]:
    """The largest lines, the others as one, and the unallocated spend; without those that are 0 in every period.

    All lines are one if the largest are less than half of them: a chart of others would say nothing.
    """
    named = report.lines if len(report.lines) <= _NAMED else report.lines[: _NAMED - 1]
    rest = report.lines[len(named) :]
    if _size(rest) > _size(named):
        stacks = [_together(report.lines, html_formatting.noun(report.header, len(report.lines)), style="line-1")]
    else:
        stacks = [_series(line, f"line-{number}") for number, line in enumerate(named, start=1)] + _others(rest)
    if report.unallocated:
        stacks.append(_series(report.unallocated.line, "unallocated"))
    return tuple(stack for stack in stacks if any(stack.amounts))


def _series(line: Line, style: str) -> Series:
    return Series(style=style, label=visible_ends(line.label), amounts=line.amounts, total=line.total)


def _size(lines: Sequence[Line]) -> Decimal:
    """How much of a chart the lines take; a credit takes as much as spend."""
    return sum((abs(amount) for line in lines for amount in line.amounts), Decimal())


def _others(lines: Sequence[Line]) -> list[Series]:
    if not lines:
        return []
    label = f"{len(lines)} others" if len(lines) > 1 else visible_ends(lines[0].label)
    return [_together(lines, label, style="others")]


def _together(lines: Sequence[Line], label: str, *, style: str) -> Series:
    amounts = tuple(sum(column, Decimal()) for column in zip(*(line.amounts for line in lines), strict=True))
    return Series(style=style, label=label, amounts=amounts, total=sum(amounts, Decimal()))


def _drawn_forecast(report: Report) -> Forecast | None:
    """The forecast, if the last bar is its month and more spend is to come."""
    forecast = report.forecast
    if forecast is None or report.header.granularity != "month" or forecast.rest <= 0:
        return None
    return forecast if report.periods[-1].start >= forecast.month.start else None


def _ranking(report: Report) -> Figure | None:
    bars = [_series(line, "line-1") for line in report.lines[:_RANKED] if line.total]
    if report.unallocated and report.unallocated.line.total:
        bars.append(_series(report.unallocated.line, "unallocated"))
    if len(bars) < 2:
        return None
    alternative = (
        f"Bar chart with {len(bars)} bars; the first is {html_drawing.isolated(bars[0].label)} with "
        f"{money(bars[0].total)}. The table Chargeback has the amounts."
    )
    wide, narrow = (html_drawing.ranked(bars, width=width, alternative=alternative) for width in html_drawing.WIDTHS)
    others = _others(report.lines[_RANKED:])
    heading = f"Spend by {formatting.grouping_name(report.header)}{f' (top {_RANKED})' if others else ''}"
    return Figure(heading=heading, wide=wide, narrow=narrow, left_out=others[0] if others else None)
