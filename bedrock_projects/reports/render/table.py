"""The report as text: a table for a terminal, plain in a pipe."""

import io

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bedrock_projects.printing import printable
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render import columns, formatting
from bedrock_projects.reports.render.columns import Grid

_UNBOUNDED = 10_000


def render(report: Report, *, width: int | None = None) -> str:
    """The text; `width` is that of a terminal, which gets bold heads, None for a pipe, whose lines are never cut."""
    out = io.StringIO()
    console = Console(
        file=out, width=width or _UNBOUNDED, force_terminal=width is not None, color_system=None, soft_wrap=False
    )
    console.print(Text(printable(formatting.title(report.header)), style="bold"))
    for word, text in formatting.facts(report.header):
        console.print(Text(f"{word}: {printable(text)}"))
    for grid in columns.grids(report):
        if grid.rows:
            console.print()
            console.print(_drawn(grid))
    for head, texts in _paragraphs(report):
        console.print()
        console.print(Text(head, style="bold"))
        for text in texts:
            console.print(Text(f"  {printable(text)}"))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _drawn(grid: Grid) -> Table:
    table = Table(box=None, show_footer=bool(grid.footer), pad_edge=False, padding=(0, 2, 0, 0))
    for place, head in enumerate(grid.heads):
        is_text = place == 0 or head == "mostly"
        table.add_column(
            Text(printable(head)),
            footer=Text(printable(grid.footer[place])) if grid.footer else "",
            justify="left" if is_text else "right",
            overflow="fold",
            no_wrap=not is_text,
        )
    for row in grid.rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table


def _paragraphs(report: Report) -> list[tuple[str, list[str]]]:
    found = [
        ("Jumps", [formatting.jump(each) for each in report.jumps]),
        ("Forecast", formatting.forecast(report)),
        ("Notes", formatting.remarks(report)),
    ]
    return [(head, texts) for head, texts in found if texts]
