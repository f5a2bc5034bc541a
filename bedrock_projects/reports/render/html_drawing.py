"""Draws bar charts with pygal, and removes from its SVG what needs a script, a style or an id."""

import math
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pygal  # type: ignore[import-untyped]
from markupsafe import Markup
from pygal.style import Style  # type: ignore[import-untyped]

from bedrock_projects.printing import for_html
from bedrock_projects.reports.model import Forecast
from bedrock_projects.reports.render.html_formatting import MINUS, money
from bedrock_projects.reports.render.html_labels import shortened

# pygal's import hook for maps, which are not used here, has no `find_spec`: with it, every later import that fails
# causes a warning.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

WIDTHS = (720, 328)
"""In CSS pixels: the column of a page, and of a phone."""
ISOLATES = ("\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}")
_FONT = 12
_CHARACTER = 7
"""The approximate width of a character of that size."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """Amounts, one for each period, in the same colour; `style` is the class to which the style sheet gives it."""

    style: str
    label: str
    amounts: tuple[Decimal, ...]
    total: Decimal


def isolated(text: str) -> str:
    """The text, isolated so that its writing direction does not change the text around."""
    return for_html(text).join(ISOLATES)


def stacked(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    width: int,
    forecast: Forecast | None,
    estimated: Sequence[bool],
    unknown: Collection[str] = (),
    alternative: str,
) -> Markup:
    """Draws a column for each label, with the series on top of each other, and the forecast on top of the last.

    The columns of the labels in `unknown` are frames without amounts, as high as the chart.
    """
    reach = _reach(series, forecast)
    fitting = max(1, (width - 60) // (_CHARACTER * max(map(len, labels)) + 4))
    chart = _chart(
        pygal.StackedBar,
        width=width,
        height=260 if width == WIDTHS[0] else 220,
        range=reach,
        x_labels_major_every=math.ceil(len(labels) / fitting),
        show_minor_x_labels=False,
        max_scale=6,
        value_formatter=_tick,
    )
    chart.x_labels = labels
    for bars in series:
        name = isolated(bars.label)
        values = zip(labels, bars.amounts, strict=True)
        chart.add(name, [_value(amount, f"{name}, {label}: {money(amount)}") for label, amount in values])
    more = []
    if forecast:
        chart.add("forecast", [None] * (len(labels) - 1) + [_expected(forecast)])
        more.append("forecast")
    if unknown:
        frame = {"value": reach[1]}
        chart.add(
            "no data", [frame | {"tooltip": f"{label}: no data"} if label in unknown else None for label in labels]
        )
        more.append("unknown")

    def style(number: int, index: int) -> str:
        if number >= len(series):
            return more[number - len(series)]
        return f"{series[number].style} estimated" if estimated[index] else series[number].style

    return _finished(chart, alternative, style)


def ranked(bars: Sequence[Series], *, width: int, alternative: str) -> Markup:
    """Draws a bar for each total, from top to bottom, with the amount at its end."""
    totals = [float(bar.total) for bar in bars]
    text = _CHARACTER * (max(len(money(bar.total)) for bar in bars) + 3) / (width * 0.6)
    low, high = min(0.0, *totals), max(0.0, *totals)
    space = (high - low) * text / (1 - text)
    chart = _chart(
        pygal.HorizontalBar,
        width=width,
        height=26 * len(bars) + 8,
        range=(low - space if low else 0, high + space if high else 0),
        show_x_labels=False,
        print_values=True,
        print_values_position="top",
        value_formatter=lambda total: money(Decimal(str(total))),
    )
    upwards = bars[::-1]  # pygal draws the first bar at the bottom
    labels = [for_html(bar.label) for bar in upwards]
    chart.x_labels = shortened(labels, width // (_CHARACTER * 3))
    chart.margin_left = 2 + max(map(len, chart.x_labels))  # pygal takes a character for a pixel too narrow
    chart.add("", [_value(bar.total, f"{isolated(bar.label)}: {money(bar.total)}") for bar in upwards])
    return _finished(chart, alternative, lambda _, index: upwards[index].style, full_labels=labels)


def _chart(kind: Any, **options: Any) -> Any:
    style = Style(font_family="inherit", label_font_size=_FONT, major_label_font_size=_FONT, value_font_size=_FONT)
    plain = {"js": (), "css": (), "no_prefix": True, "disable_xml_declaration": True}
    return kind(margin=2, show_legend=False, truncate_label=-1, style=style, **plain, **options)


def _value(amount: Decimal, tooltip: str) -> dict[str, Any]:
    return {"value": float(amount), "tooltip": tooltip}  # it becomes a length in pixels, which need not be exact


def _expected(forecast: Forecast) -> dict[str, Any]:
    low, high = (float(bound - forecast.actual) for bound in (forecast.low, forecast.high))
    tooltip = f"Forecast: {money(forecast.total)} ({money(forecast.low)} to {money(forecast.high)})"
    return {"value": float(forecast.rest), "ci": {"low": low, "high": high}, "tooltip": tooltip}


def _reach(series: Sequence[Series], forecast: Forecast | None) -> tuple[float, float]:
    """The lowest and the highest amount to draw."""
    columns = list(zip(*(bars.amounts for bars in series), strict=True))
    low = min(sum(amount for amount in column if amount < 0) for column in columns)
    tops = [sum((amount for amount in column if amount > 0), Decimal()) for column in columns]
    # The forecast starts at the top of the last column, even if credits reach below the axis.
    expected = [tops[-1] + forecast.high - forecast.actual] if forecast else []
    return float(low), float(max([*tops, *expected]))


def _tick(value: float) -> str:
    return f"{value:,.0f}".replace("-", MINUS) if value == int(value) else money(Decimal(f"{value:.6g}"))


def _finished(
    chart: Any, alternative: str, style: Callable[[int, int], str], *, full_labels: Sequence[str] = ()
) -> Markup:
    """Returns the SVG; `style` gives the classes of a bar by the number of its series and its own.

    `full_labels` are what the labels of the vertical axis are short for.
    """

    def cleaned(root: Any) -> Any:
        root.attrib.pop("id")
        root.attrib.update({"class": "chart", "role": "img", "aria-label": alternative})
        _prune(root)
        for number, plot in enumerate([node for node in root.iter() if node.get("class") == "bars"]):
            for index, bar in enumerate(list(plot)):
                _dress(plot, bar, f"bar {style(number, index)}")
        for text in root.iter("text"):
            if text.get("class") == "value":
                text.set("text-anchor", "end" if (text.text or "").startswith(MINUS) else "start")
        _explain(root, full_labels)
        return root

    chart.add_xml_filter(cleaned)
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - ElementTree escapes every text and attribute


def _prune(parent: Any) -> None:
    """Removes comments, script, styles, titles that only repeat a label, and tooltips that need the script."""
    for child in list(parent):
        useless = not isinstance(child.tag, str) or child.tag in ("defs", "desc")
        title = child.tag == "title" and parent.get("class") != "bar"
        if useless or title or "tooltip-overlay" in child.get("class", ""):
            parent.remove(child)
        else:
            _prune(child)


def _explain(root: Any, full_labels: Sequence[str]) -> None:
    """Gives each shortened label its full text as a tooltip."""
    if not full_labels:
        return
    (axis,) = (node for node in root.iter("g") if node.get("class") == "axis y")
    for text, full in zip(axis.iter("text"), full_labels, strict=True):
        if text.text != full:
            title = text.makeelement("title", {})
            title.text = full
            text.append(title)


def _dress(plot: Any, bar: Any, classes: str) -> None:
    """Gives a bar its classes and short coordinates; removes one of no length, which would still have an outline."""
    (box,) = bar.iter("rect")
    # pygal leaves out a coordinate of exactly 0, which means the same in SVG.
    size = {name: f"{float(box.get(name, 0)):.1f}" for name in ("x", "y", "width", "height")}
    if "0.0" in (size["width"], size["height"]):
        plot.remove(bar)
        return
    box.attrib.clear()
    box.attrib.update(size)
    bar.set("class", classes)
