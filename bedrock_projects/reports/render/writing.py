"""The report in each format, as a text or as files."""

import enum
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bedrock_projects.errors import SettingsError
from bedrock_projects.files import scratch_file, write
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render import (
    columns,
    csv,
    focus,
    focus_parquet,
    formatting,
    html,
    json,
    line_grids,
    markdown,
    table,
)
from bedrock_projects.terminal import show


class Format(str, enum.Enum):
    """The output formats of the report; `_SUFFIXES` has the endings of their files."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    FOCUS = "focus"


_PARQUET: Final = ".focus.parquet"
_UNIT_PRICES: Final = "-unit-prices.csv"
_SUFFIXES: Final[Mapping[Format, tuple[str, ...]]] = {
    Format.TABLE: (".txt",),
    Format.CSV: (".csv", _UNIT_PRICES),
    Format.JSON: (".json",),
    Format.MARKDOWN: (".md",),
    Format.HTML: (".html",),
    Format.FOCUS: (_PARQUET, ".focus.csv"),
}
"""The ends of the files that a format may have."""


def check_output(formats: Sequence[Format], folder: Path | None, *, name: str) -> None:
    """Raises an error if one of the files could not be written, before the report is paid for."""
    if Format.HTML in formats:
        html.check_installed()
    if Format.FOCUS in formats:
        focus_parquet.check_installed()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--output {folder}: {error.strerror}; give a folder that can be written") from None
    for _, path in _paths(formats, folder, name):
        with scratch_file("", path):
            if path.is_dir():
                raise SettingsError(f"{path} is a folder, so the report cannot be written; give another --output")


def _paths(formats: Sequence[Format], folder: Path, name: str) -> list[tuple[Format, Path]]:
    """All files, each with its format; a format may have several."""
    return [
        (output_format, folder / f"{name}{suffix}") for output_format in formats for suffix in _SUFFIXES[output_format]
    ]


def write_files(report: Report, formats: Sequence[Format], folder: Path, *, name: str, shows_usage: bool) -> None:
    """Writes a file for each format, and says which files were there: the name is that of the options.

    The report is paid for by now. So each format is written on its own: one that fails keeps no other one from it.
    Raises SettingsError, which names each file that was not written.
    """
    failures: list[str] = []

    def write_one(output_format: Format, path: Path) -> None:
        content = _content(report, output_format, path.name, shows_usage=shows_usage)
        if content is None:
            # Next to the new file it would pass for a part of this report.
            if path.exists():
                path.unlink()
                show(f"removed {path}, which was of an earlier report with --usage", err=True)
            return
        verb = "replaced" if path.exists() else "wrote"
        try:
            write(content, path)
        except SettingsError as error:
            failures.extend(error.lines)
            return
        show(f"{verb} {path}", err=True)

    with ExitStack() as every_format:
        for output_format, path in reversed(_paths(formats, folder, name)):
            every_format.callback(write_one, output_format, path)
    if failures:
        raise SettingsError(*failures)
    if set(formats) == {Format.CSV}:
        print_csv_notes(report, shows_usage=shows_usage)


def _content(report: Report, output_format: Format, name: str, *, shows_usage: bool) -> str | bytes | None:
    """What a file has; None if the report has nothing for it."""
    if name.endswith(_UNIT_PRICES):
        return csv.render_unit_prices(report) if shows_usage and report.unit_prices else None
    if output_format is not Format.FOCUS:
        return render(report, output_format, shows_usage=shows_usage)
    return focus_parquet.render(report) if name.endswith(_PARQUET) else focus.render(report)


def render(report: Report, output_format: Format, *, shows_usage: bool) -> str:
    """The text of a format that is one."""
    if output_format is Format.CSV:
        return csv.render(report, shows_usage=shows_usage)
    if output_format is Format.JSON:
        return json.render(report)
    if output_format is Format.MARKDOWN:
        return markdown.render(report, shows_usage=shows_usage)
    if output_format is Format.HTML:
        return html.render(report, shows_usage=shows_usage)
    return table.render(report, shows_usage=shows_usage)


def print_csv_notes(report: Report, *, shows_usage: bool) -> None:
    """Prints to standard error what the CSV rows have no column for."""
    charges = columns.charge_grid(report) if report.header.second else None
    unallocated, bill = columns.unallocated_grid(report), columns.reconciliation_grid(report)
    details = [
        *(f"{label}: {text}" for label, text in formatting.facts(report.header)),
        *(f"Charges: {text}" for text in (columns.sentences(charges) if charges else ())),
        *(f"Unallocated: {' '.join(filter(None, cells))}" for cells in (unallocated.rows if unallocated else ())),
        *(f"Bill: {' '.join(cells)}" for cells in ((*bill.rows, bill.footer) if bill else ())),
        *line_grids.detail_sentences(report),
        *(note for grid in (columns.usage_grids(report) if shows_usage else ()) for note in grid.notes),
        *(f"Largest change: {formatting.cost_change(change)}" for change in report.largest_changes),
        *formatting.forecast(report),
        *(f"Note: {note}" for note in report.notes),
    ]
    show(*details, err=True)
