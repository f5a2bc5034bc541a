"""Writes the report as one HTML page without scripts, for a screen, a phone or paper, in light and dark mode.

It needs the extra `html` (jinja2, pygal), and imports it only when it writes a page. The page loads nothing: a content
security policy forbids everything but its own style sheet, so that even a value that got past the escaping could not
run.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import TYPE_CHECKING

from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.printing import visible_ends
from bedrock_projects.reports import labels
from bedrock_projects.reports.charge_types import PLURALS
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render import formatting, html_formatting, html_tables, line_grids
from bedrock_projects.reports.render.grids import Grid
from bedrock_projects.reports.render.html_tables import Table
from bedrock_projects.reports.render.pages import asset, page_environment, policy
from bedrock_projects.reports.request import describe_filters
from bedrock_projects.reports.unit_costs import name_uncounted

if TYPE_CHECKING:
    from bedrock_projects.reports.render.html_charts import Figure


_PACKAGE = "bedrock_projects.reports.render"
_LANDSCAPE = "@page { size: landscape; }\n"


def check_installed() -> None:
    """Raises BedrockProjectsError if the extra `html` is not installed."""
    try:
        import jinja2

        from bedrock_projects.reports.render import html_charts
    except ModuleNotFoundError as missing:
        raise BedrockProjectsError(
            f"the Python package {missing.name}, which an HTML report needs, is not installed; "
            "run `pip install 'bedrock-projects[html]'` or choose another format"
        ) from missing
    del jinja2, html_charts


def render(report: Report, *, shows_usage: bool = False) -> str:
    """Writes the page; with `shows_usage` also what was used and what it cost per million tokens.

    Raises BedrockProjectsError if the extra `html` is not installed.
    """
    check_installed()
    from bedrock_projects.reports.render import html_charts, html_drawing

    figures = html_charts.figures(report)
    tables = _tables(report, shows_usage=shows_usage)
    grids = _grids(report, shows_usage=shows_usage)
    style = asset(_PACKAGE, "report.css") + "".join(table.rule for table in tables.values())
    if any(table.is_wide for table in tables.values()):
        style += _LANDSCAPE
    environment = page_environment(_PACKAGE, _filters(report))
    page = environment.get_template("report.html").render(
        report=report,
        title=formatting.title(report.header),
        facts=formatting.facts(report.header),
        figures=figures,
        sections=_sections(report, figures, {*tables, *grids}),
        tables=tables,
        grids=grids,
        has_charges=bool(formatting.charge_columns(report)),
        style=style,
        policy=policy(style),
    )
    for mark in html_drawing.ISOLATES:
        page = page.replace(mark, f"&#x{ord(mark):x};")
    return page


def _tables(report: Report, *, shows_usage: bool) -> Mapping[str, Table]:
    """The tables with a row for each line, account or period, by their keys."""
    if not report.header.currency:
        return {}
    tables = [html_tables.chargeback(report)]
    if report.unallocated and report.unallocated.accounts:
        tables.append(html_tables.accounts(report.unallocated))
    if shows_usage and (usage := html_tables.usage(report)):
        tables.append(usage)
    if len(report.periods) > 1:
        tables += [html_tables.periods(report), *html_tables.blocks(report)]
    return {table.key: table for table in tables}


def _grids(report: Report, *, shows_usage: bool) -> Mapping[str, Grid]:
    """The tables of what only lines say, by their keys."""
    if not report.header.currency:
        return {}
    candidates = (
        ("unallocated-usage", line_grids.unallocated_usage_grid(report)),
        ("unit-prices", line_grids.unit_price_grid(report) if shows_usage else None),
        ("invoices", line_grids.invoice_grid(report)),
        ("line-facts", line_grids.line_facts_grid(report)),
    )
    return {key: grid for key, grid in candidates if grid}


def _sections(report: Report, figures: Sequence["Figure"], tables: Set[str]) -> Mapping[str, str]:
    """The headings of the sections that the page has, in their order, by the ids to which the contents link."""
    unallocated = report.unallocated
    candidates = (
        ("notes", "Notes", report.notes),
        *((f"chart-{number}", figure.heading, True) for number, figure in enumerate(figures, start=1)),
        ("section-chargeback", "Chargeback", report.header.currency),
        ("section-unallocated", "Unallocated spend", unallocated and (unallocated.causes or unallocated.accounts)),
        ("section-usage", "Usage and unit costs", not tables.isdisjoint(("usage", "unit-prices"))),
        ("section-changes", "Largest changes", report.largest_changes),
        ("section-periods", "By period", report.header.currency and len(report.periods) > 1),
        ("section-bill", "Bill of this period", report.reconciliation),
        ("section-line-facts", "What these lines show", "line-facts" in tables),
        ("section-about", "About this report", True),
    )
    return {key: heading for key, heading, applies in candidates if applies}


def _filters(report: Report) -> Mapping[str, Callable[..., object]]:
    header = report.header
    return {
        "account": labels.account_label,
        "basis": formatting.basis,
        "bill": html_tables.bill,
        "bill_total": formatting.bill_total,
        "change": html_formatting.change,
        "days": html_formatting.days,
        "filters": describe_filters,
        "excluded": lambda kinds: ", ".join(PLURALS[kind] for kind in kinds),
        "facts": html_formatting.project_facts,
        "figure": html_formatting.typeset,
        "heading": lambda period: html_formatting.heading(period, header),
        "money": html_formatting.money,
        "pieces": html_formatting.pieces,
        "place": lambda line: formatting.place(line, header),
        "scope": formatting.scope,
        "share": html_formatting.share,
        "signed": html_formatting.signed,
        "total": lambda line: html_formatting.total(line, report),
        "uncounted": name_uncounted,
        "visible": visible_ends,
    }
