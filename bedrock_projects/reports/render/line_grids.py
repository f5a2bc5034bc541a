"""Lays out as grids what only the lines of a bill say: invoices, unallocated usage, unit prices, facts about lines."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from bedrock_projects.printing import visible_ends
from bedrock_projects.reports.labels import account_label
from bedrock_projects.reports.line_facts import InvoiceAmount, LineFacts, UnitPrice, UsageOrigin
from bedrock_projects.reports.model import Report
from bedrock_projects.reports.render import formatting
from bedrock_projects.reports.render.grids import Grid

MOST_ROWS = 20
"""How many rows a table of details has for people; JSON has all."""
NO_INVOICE = "no invoice yet"
_PARTS_OF_ARN = 6


def unallocated_usage_grid(report: Report) -> Grid | None:
    """Who spends the unallocated usage, the largest first; resources and principals only if the lines name any."""
    usage = report.unallocated.usage if report.unallocated else None
    if usage is None or not usage.largest:
        return None
    shown, folded = usage.largest[:MOST_ROWS], usage.largest[MOST_ROWS:]
    arns: Mapping[str, Callable[[UsageOrigin], str | None]] = {
        "resource": lambda origin: origin.resource_id,
        "IAM principal": lambda origin: origin.iam_principal,
    }
    named = {noun: arn for noun, arn in arns.items() if any(map(arn, shown))}
    unnamed = [noun for noun, arn in arns.items() if {*map(arn, shown)} == {""}]
    has_shares = any(origin.share is not None for origin in shown)
    names = {account.id: account_label(account) for account in report.header.accounts}

    def figures(amount: Decimal, share: str = "") -> tuple[str, ...]:
        return (formatting.money(amount), *([share] if has_shares else []))

    def row(origin: UsageOrigin) -> tuple[str, ...]:
        spenders = (_short(arn(origin), origin.account) for arn in named.values())
        cells = (names.get(origin.account, origin.account), origin.usage_type, *spenders)
        return (*cells, *figures(origin.total, formatting.share(origin.share)))

    blank = ("",) * (1 + len(named))
    rows = [row(origin) for origin in shown]
    if count := len(folded) + usage.other_origins:
        others = sum((origin.total for origin in folded), usage.others)
        rows.append((f"{count:,} others", *blank, *figures(others)))
    return Grid(
        heads=(
            *("unallocated usage by account", "usage type", *named),
            *(report.header.currency, *(["share"] if has_shares else [])),
        ),
        rows=tuple(rows),
        footer=("Total", *blank, *figures(usage.total)),
        notes=(*usage.notes, *(f"these lines name no {noun}" for noun in unnamed)),
        text_columns=2 + len(named),
    )


def unit_price_grid(report: Report) -> Grid | None:
    """The unit prices of each line by model and kind of usage, the largest cost first."""
    prices = report.unit_prices
    if not prices:
        return None
    lines = [*report.lines, *([report.unallocated.line] if report.unallocated else [])]
    names = {line.value: formatting.line_name(line, report.header) for line in lines}
    rows = [_price_row(price, names) for price in prices[:MOST_ROWS]]
    if rest := prices[MOST_ROWS:]:
        cost = sum((price.cost for price in rest), Decimal())
        rows.append((f"{len(rest):,} others", "", "", "", "", formatting.money(cost), ""))
    total = sum((price.cost for price in prices), Decimal())
    currency = report.header.currency
    return Grid(
        heads=(formatting.grouping_name(report.header), "model", "usage", "unit", "quantity", currency, "unit price"),
        rows=tuple(rows),
        footer=("Total", "", "", "", "", formatting.money(total), ""),
        text_columns=4,
    )


def invoice_grid(report: Report) -> Grid | None:
    """A row for each invoice of the bill, and one for the lines of each month that have none."""
    invoices = report.invoices
    if invoices is None or not invoices.amounts:
        return None
    has_entity = any(invoice.billing_entity is not None for invoice in invoices.amounts)

    def row(invoice: InvoiceAmount) -> tuple[str, ...]:
        entity = [invoice.billing_entity or ""] if has_entity else []
        return (invoice.id or NO_INVOICE, *entity, f"{invoice.month:%b %Y}", formatting.money(invoice.total))

    bill = report.reconciliation
    return Grid(
        heads=("invoice", *(["billed by"] if has_entity else []), "month", bill.currency if bill else ""),
        rows=tuple(row(invoice) for invoice in invoices.amounts),
        footer=(
            formatting.bill_total(report.header),
            *([""] if has_entity else []),
            "",
            formatting.money(invoices.total),
        ),
        notes=invoices.notes,
        text_columns=2 + has_entity,
    )


def line_facts_grid(report: Report) -> Grid | None:
    """What the lines show of what AWS does not document, as counts."""
    facts = report.line_facts
    if facts is None:
        return None
    return Grid(
        heads=("what these lines show", "lines"),
        rows=tuple((name, f"{count:,}") for name, count in _facts(facts) if count is not None),
        notes=facts.notes,
        has_names=False,
    )


def detail_sentences(report: Report) -> Iterator[str]:
    """The details in words, for a format whose rows have no place for them."""
    for name, grid in (
        ("Unallocated usage", unallocated_usage_grid(report)),
        ("Invoice", invoice_grid(report)),
        ("Lines", line_facts_grid(report)),
    ):
        if grid:
            for cells in (*grid.rows, *([grid.footer] if grid.footer else [])):
                yield f"{name}: {' '.join(filter(None, cells))}"
            yield from (f"{name}: {note}" for note in grid.notes)


def _price_row(price: UnitPrice, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        names.get(price.value, visible_ends(price.label)),
        visible_ends(price.model),
        price.kind,
        price.unit,
        formatting.money(price.quantity),
        formatting.money(price.cost),
        formatting.unit_cost(price.unit_price),
    )


def _facts(facts: LineFacts) -> Sequence[tuple[str, int | None]]:
    return (
        ("usage of Bedrock with a project", facts.project_lines),
        ("of these, the resource id is a project's ARN", facts.project_lines_with_arn),
        ("usage of Bedrock billed by AWS Marketplace", facts.marketplace_lines),
        ("of these, with a project", facts.marketplace_lines_with_project),
    )


def _short(arn: str | None, account: str) -> str:
    """What an ARN names, with its account if that is another one; any other text as it is."""
    fields = (arn or "").split(":", _PARTS_OF_ARN - 1)
    if len(fields) < _PARTS_OF_ARN or fields[0] != "arn":
        return arn or ""
    return fields[-1] if fields[4] in ("", account) else f"{fields[-1]} of {fields[4]}"
