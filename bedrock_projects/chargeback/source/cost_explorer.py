"""Reads the costs of a month from Cost Explorer, which gives tables of two columns (`rows`).

A month takes six requests and their pages: the bill by service and charge type; projects by charge type, by value of
the charged tag, and by usage type; models by usage type; accounts by project. More are asked only if a project, or
usage without one, has several values and several charge types, or if other services than Bedrock's carry the ownership
tag. What is free is asked first: whether the tag keys are active, and the invoices.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.cost_explorer import CostExplorerClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.identity import billing_account
from bedrock_projects.aws.invoicing import InvoicingClient
from bedrock_projects.aws.models import InvoiceSummary
from bedrock_projects.aws.prices import COST_EXPLORER_REQUEST
from bedrock_projects.chargeback.costs import MonthCosts, MonthInvoice
from bedrock_projects.chargeback.details import BilledAccount, MonthDetails
from bedrock_projects.chargeback.month_file import Source
from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.chargeback.source.parts import bill_parts
from bedrock_projects.chargeback.source.reading import (
    EFFECTIVE_HAS_NO_INVOICES,
    MonthQuery,
    MonthReading,
    cost_rows,
    in_one_currency,
    line_usage,
    owner_details,
)
from bedrock_projects.chargeback.source.rows import ProjectTables
from bedrock_projects.chargeback.splitting import exact_sum
from bedrock_projects.errors import AccessDeniedError, SettingsError
from bedrock_projects.model import Inventory
from bedrock_projects.reports.charge_types import unknown_types
from bedrock_projects.reports.cost_data import (
    ACCOUNT,
    CHARGE_TYPE,
    MODEL,
    PROJECT,
    USAGE_TYPE,
    CostTable,
    Group,
    row_total,
)
from bedrock_projects.reports.fetch import ModelsRefusedError, Tables
from bedrock_projects.reports.labels import NO_MODEL
from bedrock_projects.reports.lines import model_of_usage_type
from bedrock_projects.reports.model import TagFilter
from bedrock_projects.reports.periods import check_history, elapsed_dates
from bedrock_projects.reports.project_names import ProjectIds, ProjectNames
from bedrock_projects.reports.query import MODELS_SINCE

PLANNED_REQUESTS: Final = 6
"""The least number of requests of a month; further pages and questions come on top."""
NAME: Final = "Cost Explorer"
"""Of the source."""
_ESTIMATED: Final = "AWS marks amounts of it as estimated"


@dataclass(frozen=True, kw_only=True)
class Clients:
    """The clients that a month needs, and the account whose bill they read."""

    costs: CostExplorerClient
    billing: BillingClient
    invoicing: InvoicingClient
    account: str


def open_clients(credentials: Credentials, *, before_request: Callable[[int], None] = lambda _: None) -> Clients:
    """The clients of the account of these credentials; `before_request` as for `CostExplorerClient`.

    Raises ServiceError if STS does not answer.
    """
    return Clients(
        costs=CostExplorerClient(credentials, before_request=before_request),
        billing=BillingClient(credentials),
        invoicing=InvoicingClient(credentials),
        account=billing_account(credentials),
    )


def fetch_month_costs(
    inventory: Inventory,
    rules: Chargeback,
    month: date,
    clients: Clients,
    *,
    today: date,
    ids: ProjectIds | None = None,
    renamed: Mapping[str, str] | None = None,
    currency: str = "",
) -> MonthReading:
    """The costs of a month, whose first day is given; of one that is not over, until yesterday. `today` is by UTC.

    `ids` are of a catalogue, `renamed` those of a closed month; `currency` is as in `MonthQuery`. Raises ServiceError,
    and SettingsError with one sentence if an exact answer cannot be had.
    """
    query = MonthQuery(inventory, rules, month, renamed=renamed, currency=currency)
    _check(query, clients, today=today)
    notes = _check_tag_keys(query, clients.billing)
    invoices = clients.invoicing.summaries(clients.account, month) if query.is_billed else []
    dates = elapsed_dates(query.request.dates, today=today)
    with in_one_currency(month):
        tables = _read_tables(query, Tables(query.request, clients.costs, dates, today))
    costs = _costs(query, tables, invoices, account=clients.account)
    details = _details(query, tables, costs, ProjectNames(inventory, ids), notes=notes)
    source = Source(kind="cost-explorer", name=NAME, versions=tuple(tables.source.request_ids))
    return MonthReading(costs, source, details, _ESTIMATED if costs.estimated else "")


def _check(query: MonthQuery, clients: Clients, *, today: date) -> None:
    """Raises SettingsError if Cost Explorer cannot have the month, or not all of it."""
    if query.month > today:
        raise SettingsError(f"{query.month:%Y-%m} has not begun; give an earlier month")
    check_history(query.request.dates, "month", today=today, option="--month")
    billing = query.inventory.billing
    if billing and billing.account != clients.account:
        raise SettingsError(
            f"the credentials are of account {clients.account}, and the bill is that of {billing.account} "
            "(`billing.account`); use credentials of that account"
        )


def _check_tag_keys(query: MonthQuery, billing: BillingClient) -> tuple[str, ...]:
    """Sentences about missing projects. Raises SettingsError if no cost can have a value of the charged tag."""
    try:
        statuses = billing.statuses()
    except AccessDeniedError as error:
        if "linked account" in error.message.lower():
            raise error.with_hint("use credentials of the management account, which has the bill") from None
        raise
    if statuses.get(query.by) != "Active":
        status = "not active" if query.by in statuses else "not known"
        raise SettingsError(
            f"the tag key {query.by} is {status} in Billing, so no cost has a value of it; activate it by the stack of "
            f"Billing, then run `bedrock-projects backfill --from {query.month}`"
        )
    key = query.inventory.ownership_tag_key
    if statuses.get(key) != "Active":
        return (f"the tag key {key} is not active in Billing, so no cost has a project",)
    return ()


@dataclass(frozen=True, kw_only=True)
class _MonthTables:
    """What was read of a month: the bill is in `source`. `models` None: Cost Explorer has none, for this reason."""

    source: Tables
    projects: ProjectTables
    by_charge: CostTable
    asked_by_owner: Mapping[str, CostTable]
    asked_by_value: Mapping[str, CostTable]
    usage: CostTable
    models: CostTable | None
    models_missing: str
    accounts: CostTable
    elsewhere: CostTable | None


def _read_tables(query: MonthQuery, source: Tables) -> _MonthTables:
    source.read_bill()
    by_charge, by_value = source.table((PROJECT, CHARGE_TYPE)), source.table((PROJECT, query.tag))
    projects = ProjectTables(by_charge, by_value, line=query.current)
    usage = source.table((PROJECT, USAGE_TYPE))
    models, models_missing = _read_models(source)
    accounts = source.table((ACCOUNT, PROJECT))
    questions, owner_key = projects.questions(), query.inventory.ownership_tag_key
    return _MonthTables(
        source=source,
        projects=projects,
        by_charge=by_charge,
        asked_by_owner={
            owner: source.table((query.tag, CHARGE_TYPE), filters=[TagFilter(tag_key=owner_key, values=(owner,))])
            for owner in questions.owners
        },
        asked_by_value={
            value: source.table(
                (PROJECT, CHARGE_TYPE), filters=[TagFilter(tag_key=query.by, values=projects.billed_values(value))]
            )
            for value in questions.values
        },
        usage=usage,
        models=models,
        models_missing=models_missing,
        accounts=accounts,
        elsewhere=_read_elsewhere(source, accounts),
    )


def _read_models(source: Tables) -> tuple[CostTable | None, str]:
    """Models by usage type; None with the reason if AWS has none for the month."""
    if source.dates.start < MODELS_SINCE:
        return None, f"AWS names models from {MODELS_SINCE} on"
    try:
        return source.table((MODEL, USAGE_TYPE)), ""
    except ModelsRefusedError as refused:
        return None, f"Cost Explorer refused to group by model ({refused.reason})"


def _read_elsewhere(source: Tables, accounts: CostTable) -> CostTable | None:
    """What carries the ownership tag under other services, if the tables have more than Bedrock in the bill."""
    parts = bill_parts(source.bill, services=source.services, elsewhere=None)
    return None if parts.bedrock == _total(accounts) else source.elsewhere()


def _costs(query: MonthQuery, tables: _MonthTables, invoices: Iterable[InvoiceSummary], *, account: str) -> MonthCosts:
    bill = tables.source.bill
    parts = bill_parts(bill, services=tables.source.services, elsewhere=tables.elsewhere)
    currency = query.currency_of(bill, source=NAME)
    amounts = [*tables.projects.implied(), *tables.projects.asked(tables.asked_by_owner, tables.asked_by_value)]
    return MonthCosts(
        month=query.month,
        currency=currency,
        rows=cost_rows(amounts),
        # A question of its own: neither the bill nor the rows are made of this table.
        bedrock=_total(tables.accounts),
        rest=parts.rest,
        bill=_total(bill),
        tax=parts.bedrock_part("tax"),
        support=parts.bedrock_part("support"),
        invoices=_invoices(query, invoices, account, currency),
        without_invoices="" if query.is_billed else EFFECTIVE_HAS_NO_INVOICES,
        estimated=any(bill.estimated),
    )


def _invoices(
    query: MonthQuery, summaries: Iterable[InvoiceSummary], account: str, currency: str
) -> tuple[MonthInvoice, ...] | None:
    """The invoices and credit memos of the account in the currency of its bill; None for a basis without any."""
    if not query.is_billed:
        return None
    own = [summary for summary in summaries if summary.account == account]
    others = sorted({code for summary in own if currency not in summary.amounts for code in summary.amounts})
    if others:
        raise SettingsError(
            f"the bill is in {currency}, and {query.month:%Y-%m} has invoices in {', '.join(others)} alone; a "
            "chargeback is in one currency, so read the month from a data export"
        )
    return tuple(MonthInvoice(id=summary.id, amount=summary.amounts[currency]) for summary in own)


def _total(table: CostTable) -> Decimal:
    return exact_sum(row_total(row) for row in table.amounts.values())


def _details(
    query: MonthQuery, tables: _MonthTables, costs: MonthCosts, names: ProjectNames, *, notes: tuple[str, ...]
) -> MonthDetails:
    requests = tables.source.client.requests
    return MonthDetails(
        owners=owner_details((row.owner for row in costs.rows), names, _accounts(tables)),
        usage=line_usage(_usage_with_models(tables), line=str, has_models=True),
        renamed=dict(query.renamed),
        other_charge_types=unknown_types(name for _, name in tables.by_charge.amounts),
        notes=(
            *notes,
            *filter(None, [query.note_on(costs.rows, tables.source.bill), tables.models_missing]),
            *_notes_on_usage(tables),
        ),
        requests=requests,
        price=requests * COST_EXPLORER_REQUEST,
    )


def _accounts(tables: _MonthTables) -> dict[str, tuple[BilledAccount, ...]]:
    """The accounts of each owner, sorted."""
    accounts: defaultdict[str, list[BilledAccount]] = defaultdict(list)
    for account, owner in sorted(tables.accounts.amounts):
        accounts[owner].append(BilledAccount(id=account, name=tables.source.account_names.get(account, "")))
    return {owner: tuple(of_owner) for owner, of_owner in accounts.items()}


def _usage_with_models(tables: _MonthTables) -> CostTable:
    """Usage by value, owner, model and usage type, of all owners with one value.

    A usage type that only one model of the bill has is of that model wherever it is used; else it is of one of several.
    """
    models: defaultdict[str, set[str]] = defaultdict(set)
    for model, usage_type in tables.models.amounts if tables.models else ():
        models[usage_type].add(model or NO_MODEL)
    groups: dict[Group, Group] = {}
    for owner, usage_type in tables.usage.amounts:
        value = tables.projects.only_value(owner)
        if value is not None:
            named = " or ".join(sorted(models[usage_type])) if tables.models else model_of_usage_type(usage_type)
            groups[value, owner, named, usage_type] = owner, usage_type
    return CostTable(
        periods=tables.usage.periods,
        estimated=tables.usage.estimated,
        amounts={group: tables.usage.amounts[former] for group, former in groups.items()},
        currency=tables.usage.currency,
        quantities={group: tables.usage.quantities[former] for group, former in groups.items()},
    )


def _notes_on_usage(tables: _MonthTables) -> Iterator[str]:
    """Whose usage by model Cost Explorer does not say."""
    several = sorted({owner for owner, _ in tables.usage.amounts if tables.projects.only_value(owner) is None})
    named = [owner or "usage without a project" for owner in several]
    if named:
        yield (
            "Cost Explorer does not say what each value used of projects with several values, and a data export does: "
            f"{', '.join(named)}"
        )
