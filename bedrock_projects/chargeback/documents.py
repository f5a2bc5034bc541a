"""What the statements of a month show, as values: each format writes them, and none computes anything."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from bedrock_projects.chargeback.allocation import AMOUNT_KINDS, Allocation, AmountKind, PoolSplit
from bedrock_projects.chargeback.budgets import ForecastSource, MonthBudget
from bedrock_projects.chargeback.details import ModelUsage, OwnerDetails
from bedrock_projects.chargeback.equations import Equation, equations
from bedrock_projects.chargeback.month_file import Booking, MonthFile
from bedrock_projects.chargeback.months import allocation_of
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.chargeback.statements import Statement, StatementLine, places_of
from bedrock_projects.reports.percentages import percent

DocumentState = Literal["preview", "provisional", "closed"]
_NOT_A_PROJECT: Final = "tagged usage, not a project"
_UNTAGGED: Final = "central"
_CENTRAL: Final = "(central)"
"""What no tag value can be: AWS allows no parentheses in one."""
_NUMBERS: Final[Mapping[DocumentState, str]] = {"preview": "preview", "provisional": "accrual", "closed": "1"}
"""The ends of the numbers of statements, so that a preview does not have the number of what is booked later."""
_NO_INVOICE: Final = "no invoice of the month was found, so the third equation is missing"
_ESTIMATED: Final[Mapping[DocumentState, str]] = {
    "preview": "estimated: AWS may still change these amounts",
    "provisional": "",  # its state says so
    "closed": "closed with lines that have no invoice, so AWS may still change them",
}
_TIME: Final = "%Y-%m-%d %H:%M UTC"
_SHARED_ONLY: Final = "shared amounts, no usage"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a statement: `label` names it, `project` is its project, if any. Amounts are rounded.

    `usage` is what it used of each model, the largest cost first. `exact` is the total before
    rounding. `before` is the total of the same row in the month before, None if that month is not closed.
    """

    label: str
    project: OwnerDetails | None = None
    usage: tuple[ModelUsage, ...] = ()
    amounts: Mapping[AmountKind, Decimal]
    total: Decimal
    exact: Decimal
    before: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Share:
    """How a shared amount was made: this statement's `part` of a `pool`, and its `percent` with three places."""

    pool: str
    method: str
    total: Decimal
    part: Decimal
    percent: Decimal


@dataclass(frozen=True, kw_only=True)
class BudgetRow:
    """A monthly budget; `statement` is the title of the statement that has it. The percentages are of `amount`.

    The forecast is that of the whole month; a month that is over has none.
    """

    statement: str
    key: str
    environment: str
    amount: Decimal
    actual: Decimal
    used_percent: Decimal | None
    forecast: Decimal | None = None
    forecast_percent: Decimal | None = None
    forecast_source: ForecastSource | None = None


@dataclass(frozen=True, kw_only=True)
class Head:
    """What all statements of a month say of it.

    `basis` is the cost basis as the rules name it, `data_of` says of when the data of the `source` is. `invoices` are
    ids.
    """

    inventory: str
    month: str
    state: DocumentState
    made_at: str
    basis: str
    currency: str
    places: int
    source: str
    data_of: str
    invoices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Document:
    """The statement of one value of the charged tag; `value` is empty for what is central.

    `number` is inventory, month and value with `1`, `accrual` or `preview`, so that a ledger of several inventories has
    each once. `columns` are those with any amount, in their order. The amounts of `rows` add up to those of `total`.
    """

    head: Head
    number: str
    value: str
    title: str
    cost_center: str
    columns: tuple[AmountKind, ...]
    rows: tuple[Row, ...]
    total: Row
    shares: tuple[Share, ...] = ()
    budgets: tuple[BudgetRow, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The statement of all: a row for each value, the central one, and the equations.

    `budgets` are those of all values, of such without a statement too.
    """

    head: Head
    columns: tuple[AmountKind, ...]
    rows: tuple[Row, ...]
    total: Row
    equations: tuple[Equation, ...]
    pools: tuple[PoolSplit, ...]
    booked: tuple[Booking, ...]
    budgets: tuple[BudgetRow, ...] = ()
    notes: tuple[str, ...] = ()


def documents_of(
    file: MonthFile, *, state: DocumentState, before: MonthFile | None, allocation: Allocation | None = None
) -> tuple[Overview, tuple[Document, ...]]:
    """The statement of all, and those of a month by value, the central one at the end.

    `before` is the closed month before it. The `allocation` is made again if the file was read. Raises SettingsError if
    the month does not add up.
    """
    head, allocation = _head(file, state), allocation or allocation_of(file)
    documents = tuple(
        _document(file, statement, head=head, pools=allocation.pools, before=before) for statement in file.statements
    )
    return _overview(file, documents, head=head, allocation=allocation, before=before), documents


def _overview(
    file: MonthFile, documents: Sequence[Document], *, head: Head, allocation: Allocation, before: MonthFile | None
) -> Overview:
    rows = tuple(replace(document.total, label=document.title) for document in documents)
    if before:
        shown = {document.value for document in documents}
        rows += tuple(
            replace(_sum(title_of(before, value), earlier), amounts={})
            for value in sorted({value for value, _ in _before(file, before)} - shown)
            if (earlier := _only_before(file, before, value, shown=()))
        )
    return Overview(
        head=head,
        columns=_columns(rows),
        rows=rows,
        total=_sum("Total", rows),
        equations=equations(file.costs, allocation, file.statements, places=head.places),
        pools=allocation.pools,
        booked=file.books,
        budgets=tuple(_budget(file, budget) for budget in file.budgets),
        notes=_notes(file, allocation.pools, head.state),
    )


def _document(
    file: MonthFile,
    statement: Statement,
    *,
    head: Head,
    pools: Sequence[PoolSplit],
    before: MonthFile | None,
) -> Document:
    earlier = _before(file, before) if before else None
    projects_first = sorted(statement.lines, key=lambda line: not line.owner)
    rows = tuple(row for line in projects_first for row in _rows(file, statement, line, earlier=earlier))
    if before:
        shown = {line.owner for line in statement.lines if _own(line)}
        rows += _only_before(file, before, statement.value, shown=shown)
    return Document(
        head=head,
        number="/".join(number_parts(head, statement.value)),
        value=statement.value,
        title=title_of(file, statement.value),
        cost_center=_cost_center(file, statement.value, rows),
        columns=_columns(rows),
        rows=rows,
        total=_sum("Total", rows),
        shares=tuple(_share(pool, statement.value) for pool in pools if statement.value in pool.parts),
        budgets=tuple(_budget(file, budget) for budget in file.budgets if budget.value == statement.value),
        notes=_on_estimates(file, head.state),
    )


def title_of(file: MonthFile, value: str) -> str:
    """The name of a statement: the value, or that of the central column."""
    return value or (f"{file.rules.central.name} (central)" if file.rules.central else _UNTAGGED)


def number_parts(head: Head, value: str) -> tuple[str, str, str, str]:
    """The parts of the number of a statement: inventory, month, value, and an end for its state."""
    return head.inventory, head.month, value or _CENTRAL, _NUMBERS[head.state]


def _rows(
    file: MonthFile, statement: Statement, line: StatementLine, *, earlier: Mapping[tuple[str, str], Decimal] | None
) -> Iterable[Row]:
    """The row of a line, and one for each entry of an earlier month that it books."""
    own = _own(line)
    project = file.details.project(line.owner)
    if own:
        of_projects = [amount for kind, amount in line.exact.items() if kind != "prior period"]
        yield Row(
            label=_SHARED_ONLY
            if _is_shared_only(line, statement)
            else _label(line.owner, project, statement.value, file),
            project=project,
            usage=file.details.usage_of(statement.value, line.owner),
            amounts=own,
            total=exact_sum(own.values()),
            exact=exact_sum(of_projects),
            before=earlier.get((statement.value, line.owner), Decimal()) if earlier is not None else None,
        )
    for entry in file.books if not line.owner else ():
        if amount := entry.amounts.get(statement.value):
            yield Row(
                label=f"prior period {entry.month}, true-up {entry.number}",
                amounts={"prior period": amount},
                total=amount,
                exact=amount,
            )


def _own(line: StatementLine) -> dict[AmountKind, Decimal]:
    """The amounts of the line without what it books of earlier months."""
    return {kind: amount for kind, amount in line.amounts.items() if kind != "prior period"}


def _label(owner: str, project: OwnerDetails | None, value: str, file: MonthFile) -> str:
    if not owner:
        return _NOT_A_PROJECT if value else title_of(file, value)
    return f"{project.name} ({project.environment})" if project and project.name else owner


def _is_shared_only(line: StatementLine, statement: Statement) -> bool:
    """Whether a value has no usage of its own: its line has nothing but what was split."""
    return bool(statement.value) and not line.owner and not {"direct", "discounts", "refunds"} & line.amounts.keys()


def _only_before(file: MonthFile, before: MonthFile, value: str, *, shown: Collection[str]) -> tuple[Row, ...]:
    """The rows of a value that the month before has, and this one does not."""
    return tuple(
        Row(
            label=_label(owner, before.details.project(owner), value, before),
            project=before.details.project(owner),
            amounts={},
            total=Decimal(),
            exact=Decimal(),
            before=amount,
        )
        for (of, owner), amount in sorted(_before(file, before).items())
        if of == value and owner not in shown and amount
    )


def _notes(file: MonthFile, pools: Iterable[PoolSplit], state: DocumentState) -> tuple[str, ...]:
    """What the reader of all statements must know: what stays central, and what the source lacks."""
    other = file.details.other_charge_types
    notes = (
        *(_kept_central(pool) for pool in pools if not pool.parts),
        *([f"charges that are counted as other: {', '.join(other)}"] if other else []),
        *_on_estimates(file, state),
        *filter(None, [file.costs.without_invoices]),
        *([_NO_INVOICE] if file.costs.invoices == () else []),
        *file.details.notes,
    )
    return tuple(dict.fromkeys(notes))


def _on_estimates(file: MonthFile, state: DocumentState) -> tuple[str, ...]:
    """What each reader must know of estimated amounts, in a sentence."""
    return (_ESTIMATED[state],) if file.costs.estimated and _ESTIMATED[state] else ()


def _share(pool: PoolSplit, value: str) -> Share:
    weights = exact_sum(pool.weights.values())
    percent = (pool.weights[value] * 100 / weights).quantize(Decimal("0.001"))
    return Share(pool=pool.name, method=pool.method, total=pool.total, part=pool.parts[value], percent=percent)


def _budget(file: MonthFile, budget: MonthBudget) -> BudgetRow:
    row = BudgetRow(
        statement=title_of(file, budget.value),
        key=budget.key,
        environment=budget.environment,
        amount=budget.amount,
        actual=budget.actual,
        used_percent=percent(budget.actual, budget.amount),
    )
    if budget.forecast is None:
        return row
    return replace(
        row,
        forecast=budget.forecast.amount,
        forecast_percent=percent(budget.forecast.amount, budget.amount),
        forecast_source=budget.forecast.source,
    )


def _kept_central(pool: PoolSplit) -> str:
    return f"{pool.name} stays central: no value has usage by which {pool.method} could split it"


def center_of(project: OwnerDetails | None, *, value: str, by: str, key: str) -> str:
    """The cost center of a project by the tag `key`, if the inventory has the project under the value; else empty."""
    return project.tags.get(key, "") if project and project.tags.get(by) == value else ""


def centers_of(rows: Iterable[Row], *, value: str, by: str, key: str) -> dict[str, Decimal]:
    """The cost centers of a statement's projects with their amounts."""
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for row in rows:
        if center := center_of(row.project, value=value, by=by, key=key):
            amounts[center].append(row.total)
    return {center: exact_sum(each) for center, each in amounts.items()}


def _cost_center(file: MonthFile, value: str, rows: Iterable[Row]) -> str:
    """The only cost center of the statement's projects, without any that of the value; empty if there are several."""
    if not value:
        return (file.rules.central.cost_center if file.rules.central else None) or ""
    key = file.rules.journal.cost_center if file.rules.journal else ""
    centers = centers_of(rows, value=value, by=file.rules.by, key=key)
    if not centers:
        return file.centers.get(value, "")
    return next(iter(centers)) if len(centers) == 1 else ""


def _before(file: MonthFile, before: MonthFile) -> dict[tuple[str, str], Decimal]:
    """What each value and owner has in the month before, without what that books of earlier ones.

    A value that has a new name in the month of `file` is under that.
    """
    totals: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for statement in before.statements:
        value = file.details.renamed.get(statement.value, statement.value)
        for line in statement.lines:
            totals[value, line.owner] += _own(line).values()
    return {row: exact_sum(amounts) for row, amounts in totals.items()}


def _head(file: MonthFile, state: DocumentState) -> Head:
    return Head(
        inventory=file.inventory,
        month=file.month,
        state=state,
        made_at=f"{file.made_at:{_TIME}}",
        basis=file.rules.cost,
        currency=file.costs.currency,
        places=places_of(file.costs.currency),
        source=file.source.name,
        data_of=_data_of(file),
        invoices=tuple(invoice.id for invoice in file.costs.invoices or ()),
    )


def _data_of(file: MonthFile) -> str:
    """Of when the data is: an export has that of its delivery, Cost Explorer that of its answers."""
    delivered = file.source.delivered
    return f"delivered {delivered:{_TIME}}" if delivered else f"read {file.made_at:{_TIME}}"


def _columns(rows: Iterable[Row]) -> tuple[AmountKind, ...]:
    used = {kind for row in rows for kind, amount in row.amounts.items() if amount}
    return tuple(kind for kind in AMOUNT_KINDS if kind in used)


def _sum(label: str, rows: Sequence[Row]) -> Row:
    befores = [row.before for row in rows if row.before is not None]
    return Row(
        label=label,
        amounts={
            kind: exact_sum(row.amounts[kind] for row in rows if kind in row.amounts)
            for kind in AMOUNT_KINDS
            if any(kind in row.amounts for row in rows)
        },
        total=exact_sum(row.total for row in rows),
        exact=exact_sum(row.exact for row in rows),
        before=exact_sum(befores) if befores else None,
    )
