"""The tables of statements as texts, for a terminal and for a page."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from bedrock_projects.chargeback.budgets import label_of
from bedrock_projects.chargeback.documents import BudgetRow, Document, Head, Overview, Row
from bedrock_projects.chargeback.equations import Equation
from bedrock_projects.chargeback.months import month_before
from bedrock_projects.reports.render.formatting import share, unit_cost
from bedrock_projects.reports.render.grids import Grid

_COUNTED: Final = (
    "actual: what the budget counts, which is direct cost of its projects with discounts, without credits and refunds"
)
_RUN_RATE: Final = "run rate: the actual cost of a day until now, for all days of the month"


def of_statement(document: Document) -> Grid:
    """A row for each project, and for what is none; columns without any amount are left out."""
    has_before = document.total.before is not None
    heads = ("project", "account", *document.columns, "total", *_before_head(document.head, has_before=has_before))
    rows = tuple(
        (row.label, account_of(row), *_amounts(row, document.columns, document.head, has_before=has_before))
        for row in document.rows
    )
    footer = ("Total", "", *_amounts(document.total, document.columns, document.head, has_before=has_before))
    return Grid(heads=heads, rows=rows, footer=footer, text_columns=2)


def of_overview(overview: Overview) -> Grid:
    """A row for each value of the charged tag, and the central one."""
    has_before = overview.total.before is not None
    heads = ("statement", *overview.columns, "total", *_before_head(overview.head, has_before=has_before))
    rows = tuple(
        (row.label, *_amounts(row, overview.columns, overview.head, has_before=has_before)) for row in overview.rows
    )
    footer = ("Total", *_amounts(overview.total, overview.columns, overview.head, has_before=has_before))
    return Grid(heads=heads, rows=rows, footer=footer)


def of_equations(made: Sequence[Equation]) -> Grid:
    """A row for each equation with both sides and the difference, all exact."""
    rows = tuple(
        (
            f"{each.number}  {each.left}",
            exact(each.left_total),
            each.right,
            exact(each.right_total),
            exact(each.difference),
            difference_of(each),
        )
        for each in made
    )
    return Grid(heads=("equation", "", "", "", "difference", ""), rows=rows, text_columns=1)


def difference_of(equation: Equation) -> str:
    """Whether the difference is allowed, in words."""
    if not equation.difference:
        return "equal"
    allowed = f"allowed: {equation.allowed:,f}"
    return allowed if equation.holds else f"unreconciled; {allowed}"


def of_models(document: Document) -> Grid:
    """What each project used of each model, with its unit price."""
    rows = tuple(
        (
            row.label,
            use.model,
            use.kind,
            f"{use.quantity:,f}",
            use.unit,
            unit_cost(use.unit_price),
            money(use.cost, document.head),
        )
        for row in document.rows
        for use in row.usage
    )
    heads = ("project", "model", "usage", "quantity", "unit", "unit price", "cost")
    return Grid(heads=heads, rows=rows, text_columns=3)


def of_budgets(budgets: Sequence[BudgetRow], head: Head, *, with_statement: bool) -> Grid:
    """A row for each budget; without a forecast of any, its columns are left out."""
    has_forecast = any(row.forecast is not None for row in budgets)
    heads = (
        *(("statement",) if with_statement else ()),
        *("name", "budget", "actual", "used"),
        *(("forecast", "forecast used", "forecast by") if has_forecast else ()),
    )
    rows = tuple(
        (
            *((row.statement,) if with_statement else ()),
            label_of(row.key, row.environment),
            *(f"{amount:,.{head.places}f}" for amount in (row.amount, row.actual)),
            share(row.used_percent),
            *(_forecast(row, head) if has_forecast else ()),
        )
        for row in budgets
    )
    return Grid(heads=heads, rows=rows, text_columns=2 if with_statement else 1)


def about_budgets(budgets: Sequence[BudgetRow]) -> tuple[str, ...]:
    """What the amounts in a table of budgets are, in sentences; none without a budget."""
    has_rate = any(row.forecast_source == "run rate" for row in budgets)
    return (*((_COUNTED,) if budgets else ()), *((_RUN_RATE,) if has_rate else ()))


def _forecast(row: BudgetRow, head: Head) -> tuple[str, str, str]:
    amount = "-" if row.forecast is None else f"{row.forecast:,.{head.places}f}"
    return amount, share(row.forecast_percent) or "-", row.forecast_source or "-"


def money(amount: Decimal | None, head: Head) -> str:
    """An amount in the minor unit of the currency; a dash if there is none."""
    return "-" if not amount else f"{amount:,.{head.places}f}"


def exact(amount: Decimal) -> str:
    """An amount with all digits, without zeros at its end."""
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def account_of(row: Row) -> str:
    """The account of a row with its name."""
    accounts = row.project.accounts if row.project else ()
    return ", ".join(" ".join(filter(None, (account.id, account.name))) for account in accounts)


def _before_head(head: Head, *, has_before: bool) -> tuple[str, ...]:
    return (month_before(head.month),) if has_before else ()


def _amounts(row: Row, columns: Sequence[str], head: Head, *, has_before: bool) -> tuple[str, ...]:
    amounts = {str(kind): amount for kind, amount in row.amounts.items()}
    before = (money(row.before, head),) if has_before else ()
    return (*(money(amounts.get(kind), head) for kind in columns), f"{row.total:,.{head.places}f}", *before)
