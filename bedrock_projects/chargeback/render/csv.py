"""Statements as comma-separated values: rounded amounts, with a point and without separators of thousands."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from bedrock_projects.chargeback.allocation import AMOUNT_KINDS
from bedrock_projects.chargeback.details import OwnerDetails
from bedrock_projects.chargeback.documents import BudgetRow, Document, Overview, Row
from bedrock_projects.chargeback.journal import JournalLine
from bedrock_projects.chargeback.render.grids import account_of
from bedrock_projects.printing import for_csv

_AMOUNTS: Final = tuple(kind.replace(" ", "_") for kind in AMOUNT_KINDS)
_HEADS: Final = (
    "period",
    "state",
    "statement",
    "value",
    "row",
    "entry",
    "name",
    "environment",
    "account",
    "region",
    "id",
    *_AMOUNTS,
    "total",
    "exact_total",
    "month_before",
    "currency",
    "cost",
)


def of_statements(documents: Sequence[Document]) -> str:
    """A row for each row of the statements; no row is a total, so the sum of a column is right."""
    return _written(_HEADS, (_cells(document, row) for document in documents for row in document.rows))


def inventory_of(statements: str) -> str | None:
    """The inventory of what `of_statements` wrote; None if it has no row."""
    row = next(csv.DictReader(io.StringIO(statements)), None)
    return row["statement"].partition("/")[0] if row and row.get("statement") else None


def of_overview(overview: Overview) -> str:
    """A row for each statement, the central one included; no row is a total."""
    heads = ("period", "state", "statement", *_AMOUNTS, "total", "exact_total", "month_before", "currency", "cost")
    head = overview.head
    return _written(
        heads,
        ((head.month, head.state, row.label, *_amounts(row), head.currency, head.basis) for row in overview.rows),
    )


def of_budgets(overview: Overview) -> str:
    """A row for each budget; no row is a total, since a budget may be a part of another one."""
    heads = (
        *("period", "state", "value", "budget", "environment", "amount", "actual", "used_percent"),
        *("forecast", "forecast_percent", "forecast_source", "currency"),
    )
    head = overview.head
    return _written(heads, ((head.month, head.state, *_of_budget(row), head.currency) for row in overview.budgets))


def of_journal(lines: Iterable[JournalLine]) -> str:
    """The journal; the column `amount` adds up to zero."""
    heads = ("period", "cost_center", "gl_account", "amount", "currency", "text", "reference")
    return _written(
        heads,
        (
            (line.period, line.cost_center, line.gl_account, line.amount, line.currency, line.text, line.reference)
            for line in lines
        ),
    )


def _cells(document: Document, row: Row) -> tuple[str | Decimal, ...]:
    head, project = document.head, row.project or OwnerDetails(owner="")
    return (
        head.month,
        head.state,
        document.number,
        document.title,
        row.label,
        project.key,
        project.name,
        project.environment,
        account_of(row),
        project.region,
        project.id,
        *_amounts(row),
        head.currency,
        head.basis,
    )


def _of_budget(row: BudgetRow) -> tuple[str | Decimal, ...]:
    known = (row.used_percent, row.forecast, row.forecast_percent, row.forecast_source)
    return (
        *(row.statement, row.key, row.environment, row.amount, row.actual),
        *("" if each is None else each for each in known),
    )


def _amounts(row: Row) -> tuple[str | Decimal, ...]:
    amounts: Mapping[str, Decimal] = {str(kind): amount for kind, amount in row.amounts.items()}
    before = "" if row.before is None else row.before
    return (*(amounts.get(kind, "") for kind in AMOUNT_KINDS), row.total, row.exact, before)


def _written(heads: Sequence[str], rows: Iterable[Iterable[str | Decimal]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    for row in rows:
        writer.writerow(f"{cell:f}" if isinstance(cell, Decimal) else for_csv(cell) for cell in row)
    return out.getvalue()
