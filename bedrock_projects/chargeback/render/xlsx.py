"""All statements of a month as one workbook: a sheet for each, and one for all. It needs the extra `xlsx`.

Amounts are numbers, rounded as they are booked; no text becomes a formula, and equal statements give equal bytes.
"""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from bedrock_projects.chargeback.documents import BudgetRow, Document, Overview, Row
from bedrock_projects.chargeback.render.grids import about_budgets, account_of, difference_of
from bedrock_projects.errors import BedrockProjectsError
from bedrock_projects.printing import for_html

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_CREATED: Final = datetime(2000, 1, 1)
"""A fixed time: that of today would make each file another one."""
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME: Final = 31
_RESERVED_NAME: Final = "history"
"""Of a sheet that Excel makes itself: it refuses another one of that name."""
_ALL: Final = "All statements"


def check_installed() -> None:
    """Raises BedrockProjectsError if the extra `xlsx` is not installed."""
    try:
        import xlsxwriter
    except ModuleNotFoundError as missing:
        raise BedrockProjectsError(
            f"the Python package {missing.name}, which a workbook needs, is not installed; run `pip install "
            "'bedrock-projects[xlsx]'` or choose another format"
        ) from missing
    del xlsxwriter


def of_month(overview: Overview, documents: Sequence[Document]) -> bytes:
    """The workbook: the statement of all, then one sheet for each statement.

    Raises BedrockProjectsError if the extra `xlsx` is not installed.
    """
    check_installed()
    import xlsxwriter

    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, {**options, "in_memory": True}) as book:
        book.set_properties({"created": _CREATED})
        places = overview.head.places
        amount = book.add_format({"num_format": "#,##0" + (f".{'0' * places}" if places else "")})
        names = _names([_ALL, *(document.title for document in documents)])
        _write_overview(book.add_worksheet(names[0]), overview, amount)
        for name, document in zip(names[1:], documents, strict=True):
            _write_statement(book.add_worksheet(name), document, amount)
    return out.getvalue()


def _write_overview(sheet: "Worksheet", overview: Overview, amount: Any) -> None:
    heads = ["statement", *overview.columns, "total", "month before"]
    rows = [[row.label, *_amounts(row, overview.columns)] for row in (*overview.rows, overview.total)]
    end = _write(sheet, [heads, *rows], amount)
    equations = [
        [
            f"{each.number}  {each.left}",
            f"{each.left_total:f}",
            each.right,
            f"{each.right_total:f}",
            f"{each.difference:f}",
            difference_of(each),
        ]
        for each in overview.equations
    ]
    end = _write(sheet, equations, amount, start=end + 1)
    if overview.budgets:
        _write(sheet, _budgets(overview.budgets), amount, start=end + 1)


def _write_statement(sheet: "Worksheet", document: Document, amount: Any) -> None:
    head = document.head
    facts = [
        ["statement", document.number],
        ["state", head.state],
        ["cost", f"{head.basis} in {head.currency}"],
        ["source", f"{head.source}, {head.data_of}"],
        ["invoices", ", ".join(head.invoices)],
    ]
    heads = ["project", "account", "id", *document.columns, "total", "month before"]
    rows = [
        [row.label, account_of(row), row.project.id if row.project else "", *_amounts(row, document.columns)]
        for row in (*document.rows, document.total)
    ]
    end = _write(sheet, [*facts, [], heads, *rows], amount)
    if document.budgets:
        end = _write(sheet, _budgets(document.budgets), amount, start=end + 1)
    models = [
        [row.label, use.model, use.kind, use.quantity, use.unit, use.unit_price, use.cost]
        for row in document.rows
        for use in row.usage
    ]
    if models:
        _write(
            sheet,
            [["project", "model", "usage", "quantity", "unit", "unit price", "cost"], *models],
            None,
            start=end + 1,
        )


def _budgets(budgets: Sequence[BudgetRow]) -> list[list[str | Decimal | None]]:
    """The table of budgets, and what its amounts are."""
    table: list[list[str | Decimal | None]] = [
        ["statement", "name", "environment", "budget", "actual", "used %", "forecast", "forecast %", "forecast by"]
    ]
    table += [
        [
            *(row.statement, row.key, row.environment, row.amount, row.actual, row.used_percent),
            *(row.forecast, row.forecast_percent, row.forecast_source),
        ]
        for row in budgets
    ]
    table += [[sentence] for sentence in about_budgets(budgets)]
    return table


def _amounts(row: Row, columns: Sequence[str]) -> list[Decimal | None]:
    amounts: Mapping[str, Decimal] = {str(kind): value for kind, value in row.amounts.items()}
    return [*(amounts.get(kind) for kind in columns), row.total, row.before]


def _write(sheet: "Worksheet", rows: Sequence[Sequence[str | Decimal | None]], amount: Any, *, start: int = 0) -> int:
    """Writes the rows from a row of the sheet on; gives the first row after them."""
    for number, row in enumerate(rows, start):
        for column, cell in enumerate(row):
            if isinstance(cell, Decimal):
                sheet.write_number(number, column, float(cell), amount)
            elif cell:
                sheet.write_string(number, column, for_html(cell))
    sheet.set_column(0, 1, 28)
    return start + len(rows)


def _names(titles: Sequence[str]) -> list[str]:
    """Names of sheets: at most 31 characters, without some signs, and each once without regard to case."""
    names: list[str] = []
    taken = {_RESERVED_NAME}
    for title in titles:
        plain = _NOT_IN_NAMES.sub("_", for_html(title)).strip() or "_"
        name, number = _shortened(plain, _LONGEST_NAME), 1
        while name.casefold() in taken:
            number += 1
            name = f"{_shortened(plain, _LONGEST_NAME - len(str(number)) - 1)} {number}"
        names.append(name)
        taken.add(name.casefold())
    return names


def _shortened(text: str, longest: int) -> str:
    """The beginning of a text, whose length Excel counts in units of UTF-16."""
    return text.encode("utf-16-le")[: 2 * longest].decode("utf-16-le", "ignore")
