"""Writes the report as one HTML page without scripts, for a screen, a phone or paper, in light and dark mode.

It needs the extra `html` (jinja2, pygal), and imports it only when it writes a page. The page loads nothing: a content
security policy forbids everything but its own style sheet, so that even a value that got past the escaping could not
run.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from importlib.resources import files

from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.printing import for_html
from bedrock_projects.reports.model import Granularity, Report
from bedrock_projects.reports.render import formatting, html_formatting
from bedrock_projects.reports.request import describe_filters

_MATRIX_PERIODS = 12
"""The most periods for which the page has a table of each line in each period; use a spreadsheet for more."""
_BLOCK = 6
"""How many periods fit side by side on paper in portrait."""


def render(report: Report) -> str:
    """Writes the page.

    Raises BedrockProjectsError if the extra `html` is not installed.
    """
    try:
        import jinja2

        from bedrock_projects.reports.render import html_charts, html_drawing
    except ModuleNotFoundError as missing:
        raise BedrockProjectsError(
            f"the Python package {missing.name}, which an HTML report needs, is not installed; "
            "run `pip install 'bedrock-projects[html]'` or choose another format"
        ) from missing
    style = _asset("report.css")
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=True,
        finalize=_finished,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_filters(report.header.granularity))
    page = environment.get_template("report.html").render(
        report=report,
        title=formatting.title(report.header),
        facts=formatting.facts(report.header),
        grouping=formatting.grouping_name(report.header),
        figures=html_charts.figures(report),
        blocks=_blocks(len(report.periods)),
        style=style,
        policy=_policy(style),
    )
    for mark in html_drawing.ISOLATES:
        page = page.replace(mark, f"&#x{ord(mark):x};")
    return page


def _finished(value: object) -> object:
    """The output of a template expression; markup comes from the template, or from a chart that made it safe."""
    return for_html(value) if type(value) is str else value


def _asset(name: str) -> str:
    return files("bedrock_projects.reports.render").joinpath("templates").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str) -> str:
    """Allows only this style sheet, by its hash: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _filters(granularity: Granularity) -> Mapping[str, Callable[..., str]]:
    return {
        "account": formatting.account,
        "change": html_formatting.change,
        "days": formatting.dates,
        "filters": describe_filters,
        "money": html_formatting.money,
        "period": lambda period: html_formatting.period(period, granularity),
        "share": html_formatting.share,
        "signed": html_formatting.signed,
    }


def _blocks(periods: int) -> list[range]:
    """The periods of each table of lines by period, which is as wide as paper; none for one period or too many."""
    if not 2 <= periods <= _MATRIX_PERIODS:
        return []
    return [range(first, min(first + _BLOCK, periods)) for first in range(0, periods, _BLOCK)]
