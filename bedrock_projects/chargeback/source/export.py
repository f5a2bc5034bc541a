"""Reads the costs of a month from an export, whose lines have value, project and charge type together.

The rows are one question. Bedrock, the rest and the whole are others: the bill by service and charge type, and the sum
of all lines.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from bedrock_projects.chargeback.costs import MonthCosts, MonthInvoice
from bedrock_projects.chargeback.details import BilledAccount, MonthDetails
from bedrock_projects.chargeback.month_file import Source
from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.chargeback.source.parts import ADDITIONS, bill_parts
from bedrock_projects.chargeback.source.reading import (
    EFFECTIVE_HAS_NO_INVOICES,
    MonthQuery,
    MonthReading,
    cost_rows,
    in_one_currency,
    line_usage,
    owner_details,
)
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.exports.fetch import open_month
from bedrock_projects.exports.lines import LineTable
from bedrock_projects.exports.stores import Store
from bedrock_projects.model import Inventory
from bedrock_projects.reports.charge_types import USAGE_RECORD_TYPES, charge_type, unknown_types
from bedrock_projects.reports.cost_data import ACCOUNT, CHARGE_TYPE, PROJECT, SERVICE, CostTable
from bedrock_projects.reports.project_names import ProjectIds, ProjectNames
from bedrock_projects.reports.query import ChargeFilter


def read_month_costs(
    inventory: Inventory,
    rules: Chargeback,
    month: date,
    store: Store,
    *,
    partial: Sequence[str] = (),
    ids: ProjectIds | None = None,
    renamed: Mapping[str, str] | None = None,
    currency: str = "",
) -> MonthReading:
    """The costs of a month, whose first day is given.

    `partial` are sentences on what the export leaves out of the bill: it is not compared with invoices then. `ids` are
    of a catalogue, `renamed` those of a closed month; `currency` is as in `MonthQuery`. Raises SettingsError with one
    sentence if the export cannot answer exactly.
    """
    query = MonthQuery(inventory, rules, month, renamed=renamed, currency=currency)
    with in_one_currency(month), open_month(query.request, store, tag_keys=inventory.tag_keys) as opened:
        lines, bill = opened.lines, opened.lines.bill()
        costs = _costs(query, lines, bill, currency=query.currency_of(bill, source=opened.name), partial=partial)
        details = _details(query, lines, bill, costs, names=ProjectNames(inventory, ids), partial=partial)
        source = Source(kind="export", name=opened.name, versions=opened.etags, delivered=opened.delivered)
        return MonthReading(costs, source, details, _unfinished(lines) if costs.estimated else "")


def _costs(
    query: MonthQuery, lines: LineTable, bill: CostTable, *, currency: str, partial: Sequence[str]
) -> MonthCosts:
    table = lines.bedrock((query.tag, PROJECT, SERVICE, CHARGE_TYPE), (), ChargeFilter())
    rows = cost_rows(
        (query.current(value), owner, kind, amount)
        for (value, owner, service, line_type), (amount,) in table.amounts.items()
        if (kind := charge_type(line_type, service=service)) not in ADDITIONS and amount is not None
    )
    parts = bill_parts(bill, services=lines.loaded.services, elsewhere=lines.elsewhere())
    without = _without_invoices(query, lines, partial)
    return MonthCosts(
        month=query.month,
        currency=currency,
        rows=rows,
        bedrock=parts.bedrock,
        rest=parts.rest,
        bill=lines.total(),
        tax=parts.bedrock_part("tax"),
        support=parts.bedrock_part("support"),
        invoices=None if without else _invoices(lines),
        without_invoices=without,
        estimated=any(bill.estimated),
    )


def _unfinished(lines: LineTable) -> str:
    """Why the amounts of lines without an invoice may still change; AWS itself marks no line as estimated."""
    if lines.invoices() is None:
        return (
            "the export has no invoice ids (FOCUS 1.0 has none): read the month from an export of CUR 2.0 or FOCUS "
            "1.2, or from Cost Explorer"
        )
    return "lines of it have no invoice yet: wait for a later delivery"


def _without_invoices(query: MonthQuery, lines: LineTable, partial: Sequence[str]) -> str:
    """Why the month is not compared with invoices; empty if it is."""
    if not query.is_billed:
        return EFFECTIVE_HAS_NO_INVOICES
    return next(iter([*partial, *lines.advice("invoice")]), "")


def _invoices(lines: LineTable) -> tuple[MonthInvoice, ...]:
    """The invoices of the lines; lines without one make the month estimated."""
    amounts: defaultdict[str, list[Decimal]] = defaultdict(list)
    for each in lines.invoices() or ():
        if each.id:
            amounts[each.id].append(each.total)
    return tuple(MonthInvoice(id=name, amount=exact_sum(amounts[name])) for name in sorted(amounts))


def _details(
    query: MonthQuery,
    lines: LineTable,
    bill: CostTable,
    costs: MonthCosts,
    *,
    names: ProjectNames,
    partial: Sequence[str],
) -> MonthDetails:
    used = lines.usage_by_model(
        (query.tag, PROJECT), (), ChargeFilter(only=USAGE_RECORD_TYPES), has_models=lines.names_models()
    )
    types = {line_type for (_, line_type) in lines.bedrock((PROJECT, CHARGE_TYPE), (), ChargeFilter()).amounts}
    return MonthDetails(
        owners=owner_details((row.owner for row in costs.rows), names, _accounts(lines)),
        usage=line_usage(used, line=query.current, has_models=lines.names_models()),
        renamed=dict(query.renamed),
        other_charge_types=unknown_types(types),
        notes=tuple(
            dict.fromkeys([*partial, *filter(None, [query.note_on(costs.rows, bill)]), *_notes(query, lines, types)])
        ),
    )


def _accounts(lines: LineTable) -> dict[str, tuple[BilledAccount, ...]]:
    """The accounts of each owner, sorted."""
    names, accounts = lines.account_names(), dict[str, list[BilledAccount]]()
    for account, owner in sorted(lines.bedrock((ACCOUNT, PROJECT), (), ChargeFilter()).amounts):
        accounts.setdefault(owner, []).append(BilledAccount(id=account, name=names.get(account, "")))
    return {owner: tuple(of_owner) for owner, of_owner in accounts.items()}


def _notes(query: MonthQuery, lines: LineTable, types: Collection[str]) -> Iterator[str]:
    """What the export lacks, in sentences."""
    loaded = lines.loaded
    yield from lines.advice("invoice")
    if not lines.names_models():
        yield loaded.table.without_models
    yield from (note for line_type, note in loaded.table.notes_on_types.items() if line_type in types)
    if loaded.foreign:
        yield f"charges of other providers than AWS, which are left out: {loaded.foreign}"
    key = query.inventory.ownership_tag_key
    if lines.loaded.services and not lines.carries(key):
        yield f"no line of Bedrock in the export has the tag {key} in this month, so no cost has a project"
