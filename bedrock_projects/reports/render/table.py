"""Writes the report as text: a table with the width and styles of a terminal, or plain lines for a pipe."""

import io
from dataclasses import replace

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bedrock_projects.printing import for_terminal
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render import columns, formatting
from bedrock_projects.reports.render.grids import INDENT, Grid
from bedrock_projects.reports.render.html_labels import shortened

_UNBOUNDED = 10_000
"""A width that no line reaches, because rich always wraps lines at some width."""
_LONGEST = 80
"""The longest name in a table without a width: a tag value may have 256 characters."""


def render(report: Report, *, shows_usage: bool = False) -> str:
    """The text for a pipe: no line is wrapped, and only a very long name is shortened."""
    out = io.StringIO()
    console = Console(file=out, width=_UNBOUNDED, color_system=None)
    _print(report, console, shows_usage=shows_usage, longest=_LONGEST)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def grid_text(grid: Grid) -> str:
    """One table as lines for a pipe."""
    out = io.StringIO()
    Console(file=out, width=_UNBOUNDED, color_system=None).print(_table(_shortened(grid, _LONGEST)))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def print_report(report: Report, console: Console, *, shows_usage: bool = False) -> None:
    """Prints the text with the width and the styles of the console, which wraps what is too long."""
    _print(report, console, shows_usage=shows_usage, longest=None)


def _print(report: Report, console: Console, *, shows_usage: bool, longest: int | None) -> None:
    console.print(Text(for_terminal(formatting.title(report.header)), style="bold"))
    for label, text in formatting.facts(report.header):
        console.print(Text.assemble((f"{label}: ", "dim"), for_terminal(text)))
    for grid in columns.grids(report, shows_usage=shows_usage):
        if grid.rows:
            console.print()
            console.print(_table(_shortened(grid, longest) if longest and grid.has_names else grid))
            for note in grid.notes:
                console.print(Text(for_terminal(note)))
    for head, texts in _paragraphs(report):
        console.print()
        console.print(Text(head, style="bold"))
        for text in texts:
            _print_hanging(console, for_terminal(text))


def _print_hanging(console: Console, text: str) -> None:
    """Prints a sentence whose further lines are indented more than its first one."""
    lines = Text(text).wrap(console, max(console.width - 2 * len(INDENT), 1))
    for index, line in enumerate(lines):
        line.rstrip()
        console.print(Text.assemble(INDENT if index == 0 else 2 * INDENT, line))


def _shortened(grid: Grid, longest: int) -> Grid:
    """The grid with names of at most so many characters after their indentation; different ones stay different."""
    indents = [INDENT if row[0].startswith(INDENT) else "" for row in grid.rows]
    names = shortened([row[0].removeprefix(INDENT) for row in grid.rows], longest)
    rows = zip(indents, names, grid.rows, strict=True)
    return replace(grid, rows=tuple((indent + name, *row[1:]) for indent, name, row in rows))


def _table(grid: Grid) -> Table:
    table = Table(box=None, show_footer=bool(grid.footer), pad_edge=False, padding=(0, 2, 0, 0))
    for index, head in enumerate(grid.heads):
        is_text = grid.is_text(index)
        table.add_column(
            Text(for_terminal(head)),
            footer=Text(for_terminal(grid.footer[index])) if grid.footer else "",
            justify="left" if is_text else "right",
            overflow="fold",
            no_wrap=not is_text,
        )
    for row in grid.rows:
        table.add_row(*(Text(for_terminal(cell)) for cell in row))
    return table


def _paragraphs(report: Report) -> list[tuple[str, list[str]]]:
    paragraphs = [
        ("Largest changes", [formatting.cost_change(change) for change in report.largest_changes]),
        ("Forecast", formatting.forecast(report)),
        ("Notes", formatting.notes(report)),
    ]
    return [(head, texts) for head, texts in paragraphs if texts]
