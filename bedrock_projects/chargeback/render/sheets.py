"""A statement as titled tables of texts, for a terminal and for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bedrock_projects.chargeback.documents import BudgetRow, Document, Head, Overview
from bedrock_projects.chargeback.render.grids import (
    about_budgets,
    money,
    of_budgets,
    of_equations,
    of_models,
    of_overview,
    of_statement,
)
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.reports.render.grids import Grid

_STATES: Final = {
    "preview": "preview: the month is open, and nothing of this is booked",
    "provisional": "provisional: an accrual of {0.made_at}, from amounts that AWS may still change",
    "closed": "closed on {0.made_at}",
}


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a sheet: sentences, and a table or none."""

    heading: str
    grid: Grid | None = None
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What is printed: `facts` are labels with texts."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def statement_sheet(document: Document) -> Sheet:
    """The statement of one value, without a figure of any other."""
    head = document.head
    models = of_models(document)
    shares = tuple(
        f"{share.pool}: {share.part:,.4f} of {money(share.total, head)}, {share.method}, {share.percent}%"
        for share in document.shares
    )
    sections = (
        Section(heading="Projects", grid=of_statement(document)),
        _budgets(document.budgets, head, with_statement=False),
        Section(heading="Shared amounts", sentences=shares),
        Section(heading="Models", grid=models if models.rows else None),
        Section(heading="Notes", sentences=document.notes),
    )
    return Sheet(
        title=f"Amazon Bedrock {head.month}: {document.title}",
        facts=(("Statement", document.number), *_facts(head), *_cost_center(document)),
        sections=_used(sections),
    )


def overview_sheet(overview: Overview) -> Sheet:
    """The statement of all."""
    head = overview.head
    pools = tuple(
        f"{pool.name}: {money(pool.total, head)}, {pool.method}" + (f" among {len(pool.parts)}" if pool.parts else "")
        for pool in overview.pools
    )
    booked = tuple(
        f"{entry.month}, true-up {entry.number}: {money(exact_sum(entry.amounts.values()), head)}"
        for entry in overview.booked
    )
    sections = (
        Section(heading="Statements", grid=of_overview(overview)),
        _budgets(overview.budgets, head, with_statement=True),
        Section(heading="Equations", grid=of_equations(overview.equations)),
        Section(heading="Shared amounts", sentences=pools),
        Section(heading="Prior-period adjustments", sentences=booked),
        Section(heading="Notes", sentences=overview.notes),
    )
    return Sheet(
        title=f"Amazon Bedrock {head.month}: all statements",
        facts=(("Inventory", head.inventory), *_facts(head)),
        sections=_used(sections),
    )


def _facts(head: Head) -> tuple[tuple[str, str], ...]:
    invoices = (("Invoices", ", ".join(head.invoices)),) if head.invoices else ()
    return (
        ("State", _STATES[head.state].format(head)),
        ("Cost", f"{head.basis} in {head.currency}"),
        ("Source", head.source),
        *invoices,
    )


def _budgets(budgets: Sequence[BudgetRow], head: Head, *, with_statement: bool) -> Section:
    grid = of_budgets(budgets, head, with_statement=with_statement) if budgets else None
    return Section(heading="Budgets", grid=grid, sentences=about_budgets(budgets))


def _cost_center(document: Document) -> tuple[tuple[str, str], ...]:
    return (("Cost center", document.cost_center),) if document.cost_center else ()


def _used(sections: Sequence[Section]) -> tuple[Section, ...]:
    return tuple(section for section in sections if section.grid or section.sentences)
