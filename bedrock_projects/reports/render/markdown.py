"""Writes the report as Markdown, for a page or a comment."""

import re
from collections.abc import Iterator

from bedrock_projects.printing import printable
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render import columns, formatting
from bedrock_projects.reports.render.columns import Grid

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~]|^[#+=-])")


def render(report: Report) -> str:
    """Writes the text, and escapes everything that comes from AWS or the inventory."""
    parts = [f"## {_escaped(formatting.title(report.header))}"]
    parts.append("\n".join(f"- **{word}:** {_escaped(text)}" for word, text in formatting.facts(report.header)))
    parts += [_table(grid) for grid in columns.grids(report) if grid.rows]
    parts += _paragraphs(report)
    return "\n\n".join(parts) + "\n"


def _table(grid: Grid) -> str:
    rule = [":--" if index == 0 or head == "mostly" else "--:" for index, head in enumerate(grid.heads)]
    rows = [grid.heads, *grid.rows]
    lines = ["| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in rows]
    lines.insert(1, "| " + " | ".join(rule) + " |")
    if grid.footer:
        lines.append("| " + " | ".join(f"**{_escaped(cell)}**" if cell else "" for cell in grid.footer) + " |")
    return "\n".join(lines)


def _paragraphs(report: Report) -> Iterator[str]:
    if report.jumps:
        yield "### Jumps\n\n" + "\n".join(f"- {_escaped(formatting.cost_change(change))}" for change in report.jumps)
    for sentence in formatting.forecast(report):
        yield f"### Forecast\n\n{_escaped(sentence)}"
    notes = formatting.notes(report)
    if notes:
        yield "### Notes\n\n" + "\n".join(f"- {_escaped(note)}" for note in notes)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(printable(text).split()))
