"""A report as one HTML page: no script, nothing loaded from anywhere, readable on a phone, on paper, in light and dark.

Needs the extra `html` (jinja2, pygal), imported only when a page is asked for. A content security policy forbids the
page everything but its own style sheet, so that even a value that got past the escaping could not run.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from importlib.resources import files

from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.reports.model import Granularity, Report
from bedrock_projects.reports.render import formatting, html_formatting

_MATRIX_PERIODS = 12
"""With more periods than these, the amounts of each line in each of them are for a spreadsheet, not for a page."""
_BLOCK = 6
"""Periods side by side that fit on paper in portrait."""


def render(report: Report) -> str:
    """Writes the page.

    :raises BedrockProjectsError: the extra `html` is not installed.
    """
    try:
        import jinja2

        from bedrock_projects.reports.render import html_charts
    except ModuleNotFoundError as missing:
        raise BedrockProjectsError(
            f"an HTML report needs the Python package {missing.name}, which is not installed: "
            "run `pip install 'bedrock-projects[html]'`, or ask for another format"
        ) from missing
    style = _asset("report.css")
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_asset),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_filters(report.header.granularity))
    return environment.get_template("report.html").render(
        report=report,
        title=formatting.title(report.header),
        facts=formatting.facts(report.header),
        figures=html_charts.figures(report),
        blocks=_blocks(len(report.periods)),
        style=style,
        policy=_policy(style),
    )


def _asset(name: str) -> str:
    return files("bedrock_projects.reports.render").joinpath("templates").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str) -> str:
    """Allows this style sheet by its hash and nothing else; source: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _filters(granularity: Granularity) -> Mapping[str, Callable[..., str]]:
    return {
        "account": formatting.account,
        "change": html_formatting.change,
        "days": formatting.days,
        "filters": formatting.filters,
        "money": html_formatting.money,
        "period": lambda period: html_formatting.period(period, granularity),
        "share": html_formatting.share,
        "signed": html_formatting.signed,
    }


def _blocks(periods: int) -> list[range]:
    """The periods of the table of lines by period, cut where paper ends; none where a page is no place for them."""
    if not 2 <= periods <= _MATRIX_PERIODS:
        return []
    return [range(first, min(first + _BLOCK, periods)) for first in range(0, periods, _BLOCK)]
