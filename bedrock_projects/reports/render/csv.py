"""Writes the report as comma-separated values: a row for each line and period, for a spreadsheet or a script.

It writes no row for a total, so that the sum of a column is right, and no rows at all if nothing was spent.
"""

import csv
import io
from collections.abc import Iterator

from bedrock_projects.printing import for_csv
from bedrock_projects.reports.model import Line, Period, Report

COLUMNS = (
    "start",
    "end",
    "estimated",
    "partial",
    "attributed",
    "value",
    "label",
    "project_key",
    "project_name",
    "project_environment",
    "project_state",
    "amount",
    "currency",
    "metric",
)


def render(report: Report) -> str:
    """Writes the text, with a head; amounts are exact."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    if not report.header.currency:
        return out.getvalue()
    for line in report.lines:
        writer.writerows(_rows(line, report, attributed=True))
    if report.unattributed:
        writer.writerows(_rows(report.unattributed.line, report, attributed=False))
    return out.getvalue()


def _rows(line: Line, report: Report, *, attributed: bool) -> Iterator[list[str]]:
    project = line.project
    names = (project.key, project.name, project.environment, project.state) if project else ("",) * 4
    texts = [for_csv(text) for text in (line.value, line.label, *names)]
    for period, amount in zip(report.periods, line.amounts, strict=True):
        end = (f"{amount:f}", report.header.currency, report.header.metric)
        yield [*_period_cells(period), _flag(attributed), *texts, *end]


def _period_cells(period: Period) -> tuple[str, str, str, str]:
    return period.start.isoformat(), period.end.isoformat(), _flag(period.estimated), _flag(period.partial)


def _flag(value: bool) -> str:
    return "true" if value else "false"
