"""The files of a month's statements in a folder: for all, for each value, lines, journal and budgets."""

import enum
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bedrock_projects.chargeback.documents import Document, Overview
from bedrock_projects.chargeback.journal import JournalLine, journal_lines, reversal
from bedrock_projects.chargeback.render import csv, html, json, text, xlsx
from bedrock_projects.chargeback.render.sheets import overview_sheet, statement_sheet
from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.errors import SettingsError
from bedrock_projects.files import scratch_file, write
from bedrock_projects.reports.render.html import check_installed

_LONGEST: Final = 60
_ALL: Final = "all"
_CENTRAL: Final = "central"
_LINES: Final = "lines.csv"
_MOST_NAMED: Final = 3


class Written(NamedTuple):
    """The paths of the files of a run, and the names of what else is in their folder, sorted."""

    paths: list[Path]
    others: list[str]

    @property
    def advice(self) -> str:
        """A sentence on files of earlier runs, such as of a team that is gone; empty without one."""
        if not self.others:
            return ""
        more = len(self.others) - _MOST_NAMED
        names = ", ".join(self.others[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        return f"{self.paths[0].parent} has files that this run did not write, so they may be outdated: {names}"


class Format(str, enum.Enum):
    """The formats of statements; a workbook has all of them."""

    TEXT = "text"
    HTML = "html"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


def check_output(formats: Sequence[Format], output: Path, *, month: str, inventory: str) -> None:
    """Raises BedrockProjectsError if the statements could not be written: before anything is paid for.

    That is so if the package of a format is not installed, or if the folder cannot be written or has the month of
    another inventory.
    """
    if Format.HTML in formats:
        check_installed()
    if Format.XLSX in formats:
        xlsx.check_installed()
    folder = output / month
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"--output {folder}: {error.strerror}; give a folder that can be written") from None
    _check_files(folder, [_LINES])
    with scratch_file("", folder / _LINES):
        _check_inventory(folder / _LINES, inventory)


def write_statements(
    overview: Overview,
    documents: Sequence[Document],
    rules: Chargeback,
    formats: Sequence[Format],
    output: Path,
    *,
    accrued: Sequence[JournalLine] = (),
) -> Written:
    """Writes all files of the month into a folder of its own.

    `accrued` is the journal of the accrual, which that of the closed month takes back. `check_output` has made the
    folder. Raises SettingsError before the first file if one cannot be written.
    """
    folder = output / overview.head.month
    contents = dict(_contents(overview, documents, rules, formats, accrued=accrued))
    _check_files(folder, contents)
    others = sorted({path.name for path in folder.iterdir()} - contents.keys())
    for name, content in contents.items():
        write(content, folder / name)
    return Written([folder / name for name in contents], others)


def _check_files(folder: Path, names: Iterable[str]) -> None:
    """Raises SettingsError if the name of a file is that of a folder."""
    for name in names:
        if (folder / name).is_dir():
            raise SettingsError(f"{folder / name} is a folder, so the file cannot be written; give another --output")


def _check_inventory(lines: Path, inventory: str) -> None:
    """Raises SettingsError if the lines in a folder are of another inventory."""
    try:
        found = csv.inventory_of(lines.read_text("utf-8")) if lines.exists() else None
    except (OSError, UnicodeDecodeError):
        found = None  # not written by this package
    if found not in (None, inventory):
        raise SettingsError(f"{lines} has statements of the inventory {found}; give another --output")


def _contents(
    overview: Overview,
    documents: Sequence[Document],
    rules: Chargeback,
    formats: Sequence[Format],
    *,
    accrued: Sequence[JournalLine],
) -> Iterator[tuple[str, str | bytes]]:
    yield _LINES, csv.of_statements(documents)
    if (rules.journal or accrued) and overview.head.state != "preview":
        own = journal_lines(documents, rules) if rules.journal else ()
        yield "journal.csv", csv.of_journal((*reversal(accrued), *own))
    if overview.budgets:
        yield "budgets.csv", csv.of_budgets(overview)
    slugs = _slugs(documents)
    for form in formats:
        if form is Format.XLSX:
            yield "statement-all.xlsx", xlsx.of_month(overview, documents)
            continue
        yield f"statement-all.{_suffix(form)}", _of_overview(overview, form)
        for document in documents:
            yield f"statement-{slugs[document.value]}.{_suffix(form)}", _of_statement(document, form)


def _suffix(form: Format) -> str:
    return "txt" if form is Format.TEXT else form.value


def _of_overview(overview: Overview, form: Format) -> str:
    if form is Format.JSON:
        return json.of_overview(overview)
    if form is Format.CSV:
        return csv.of_overview(overview)
    sheet = overview_sheet(overview)
    return html.of_sheet(sheet) if form is Format.HTML else text.of_sheet(sheet)


def _of_statement(document: Document, form: Format) -> str:
    if form is Format.JSON:
        return json.of_statement(document)
    if form is Format.CSV:
        return csv.of_statements([document])
    sheet = statement_sheet(document)
    return html.of_sheet(sheet) if form is Format.HTML else text.of_sheet(sheet)


def _slugs(documents: Sequence[Document]) -> dict[str, str]:
    """The part of a file name of each statement, by value: its title, with a digest if that alone is not enough.

    The statement of what is central has a name of its own. Some file systems do not tell capitals from small letters.
    """
    folded = Counter(document.title.casefold() for document in documents if document.value)
    slugs = {"": _CENTRAL}
    for document in documents:
        if not document.value:
            continue
        title = document.title
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", title)[:_LONGEST].strip("-.")
        is_digest = re.search(r"-[0-9a-f]{8}$", title)
        if plain != title or is_digest or folded[title.casefold()] > 1 or title.casefold() in (_ALL, _CENTRAL):
            digest = hashlib.sha256(document.value.encode()).hexdigest()[:8]
            plain = f"{plain}-{digest}".lstrip("-")
        slugs[document.value] = plain
    return slugs
