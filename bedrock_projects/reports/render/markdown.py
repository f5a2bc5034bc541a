"""Writes the report as Markdown, for a page or a comment."""

from collections.abc import Iterator

from bedrock_projects.printing import for_markdown, for_markdown_table
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render import columns, formatting
from bedrock_projects.reports.render.grids import INDENT, Grid

_INDENT = "&nbsp;&nbsp;"


def render(report: Report, *, shows_usage: bool = False) -> str:
    """Writes the text, and escapes everything that comes from AWS or the inventory."""
    parts = [f"## {for_markdown(formatting.title(report.header))}"]
    parts.append("\n".join(f"- **{label}:** {for_markdown(text)}" for label, text in formatting.facts(report.header)))
    for grid in columns.grids(report, shows_usage=shows_usage):
        if grid.rows:
            parts += [_table(grid), *map(for_markdown, grid.notes)]
    parts += _paragraphs(report)
    return "\n\n".join(parts) + "\n"


def _table(grid: Grid) -> str:
    rule = [":--" if grid.is_text(index) else "--:" for index in range(len(grid.heads))]
    rows = [grid.heads, *grid.rows]
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows]
    lines.insert(1, "| " + " | ".join(rule) + " |")
    if grid.footer:
        lines.append(
            "| " + " | ".join(f"**{for_markdown_table(cell)}**" if cell else "" for cell in grid.footer) + " |"
        )
    return "\n".join(lines)


def _cell(text: str) -> str:
    return (_INDENT if text.startswith(INDENT) else "") + for_markdown_table(text)


def _paragraphs(report: Report) -> Iterator[str]:
    if report.largest_changes:
        yield "### Largest changes\n\n" + "\n".join(
            f"- {for_markdown(formatting.cost_change(change))}" for change in report.largest_changes
        )
    for sentence in formatting.forecast(report):
        yield f"### Forecast\n\n{for_markdown(sentence)}"
    notes = formatting.notes(report)
    if notes:
        yield "### Notes\n\n" + "\n".join(f"- {for_markdown(note)}" for note in notes)
