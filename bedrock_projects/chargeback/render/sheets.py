"""A statement as titled tables of texts, for a terminal and for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bedrock_projects.chargeback.documents import BudgetRow, Document, Head, Overview, number_parts
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


@dataclass(frozen=True)
class Name:
    """What others wrote within a text: a page keeps it from changing the direction of the text around it."""

    text: str


Text = tuple[str | Name, ...]


def plain(text: Text) -> str:
    """The text without its borders."""
    return "".join(part.text if isinstance(part, Name) else part for part in text)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a sheet: sentences, and a table or none."""

    heading: str
    grid: Grid | None = None
    sentences: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What is printed: `facts` are labels with texts."""

    title: Text
    facts: tuple[tuple[str, Text], ...]
    sections: tuple[Section, ...]


def statement_sheet(document: Document) -> Sheet:
    """The statement of one value, without a figure of any other."""
    head = document.head
    models = of_models(document)
    shares = tuple(
        (
            Name(share.pool),
            f": {share.part:,.4f} of {money(share.total, head)}, {share.method}, {share.percent}%",
        )
        for share in document.shares
    )
    sections = (
        Section(heading="Projects", grid=of_statement(document)),
        _budgets(document.budgets, head, with_statement=False),
        Section(heading="Shared amounts", sentences=shares),
        Section(heading="Models", grid=models if models.rows else None),
        Section(heading="Notes", sentences=_sentences(document.notes)),
    )
    return Sheet(
        title=(f"Amazon Bedrock {head.month}: ", Name(document.title)),
        facts=(("Statement", _number(document)), *_facts(head), *_cost_center(document)),
        sections=_used(sections),
    )


def overview_sheet(overview: Overview) -> Sheet:
    """The statement of all."""
    head = overview.head
    pools = tuple(
        (
            Name(pool.name),
            f": {money(pool.total, head)}, {pool.method}" + (f" among {len(pool.parts)}" if pool.parts else ""),
        )
        for pool in overview.pools
    )
    booked = tuple(
        f"{entry.month}, true-up {entry.number}: "
        + (money(exact_sum(entry.amounts.values()), head) if entry.amounts else "booked outside")
        for entry in overview.booked
    )
    sections = (
        Section(heading="Statements", grid=of_overview(overview)),
        _budgets(overview.budgets, head, with_statement=True),
        Section(heading="Equations", grid=of_equations(overview.equations)),
        Section(heading="Shared amounts", sentences=pools),
        Section(heading="Prior-period adjustments", sentences=_sentences(booked)),
        Section(heading="Notes", sentences=_sentences(overview.notes)),
    )
    return Sheet(
        title=(f"Amazon Bedrock {head.month}: all statements",),
        facts=(("Inventory", (Name(head.inventory),)), *_facts(head)),
        sections=_used(sections),
    )


def _facts(head: Head) -> tuple[tuple[str, Text], ...]:
    invoices: tuple[tuple[str, Text], ...] = (("Invoices", (", ".join(head.invoices),)),) if head.invoices else ()
    return (
        ("State", (_STATES[head.state].format(head),)),
        ("Cost", (f"{head.basis} in {head.currency}",)),
        ("Source", (Name(head.source), f", {head.data_of}")),
        *invoices,
    )


def _number(document: Document) -> Text:
    inventory, month, value, end = number_parts(document.head, document.value)
    return Name(inventory), f"/{month}/", Name(value), f"/{end}"


def _sentences(texts: Sequence[str]) -> tuple[Text, ...]:
    return tuple((text,) for text in texts)


def _budgets(budgets: Sequence[BudgetRow], head: Head, *, with_statement: bool) -> Section:
    grid = of_budgets(budgets, head, with_statement=with_statement) if budgets else None
    return Section(heading="Budgets", grid=grid, sentences=_sentences(about_budgets(budgets)))


def _cost_center(document: Document) -> tuple[tuple[str, Text], ...]:
    return (("Cost center", (Name(document.cost_center),)),) if document.cost_center else ()


def _used(sections: Sequence[Section]) -> tuple[Section, ...]:
    return tuple(section for section in sections if section.grid or section.sentences)
