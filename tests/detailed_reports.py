"""Finished reports with what only lines of a bill say: invoices, unallocated usage, unit prices, facts about lines."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from bedrock_projects.reports.line_facts import (
    InvoiceAmount,
    Invoices,
    LineFacts,
    UnallocatedUsage,
    UnitPrice,
    UsageOrigin,
)
from bedrock_projects.reports.model import Report
from tests import reports

NOTE = "the export has no IAM principals"


def detailed(*, origins: int = 3, prices: int = 3, text: str = "") -> Report:
    """The report `ledger` of a source with lines; `text` is every text of others in the details."""
    whole = reports.hostile_ledger() if text else reports.ledger()
    unallocated = whole.unallocated and replace(whole.unallocated, usage=usage(origins, text))
    return replace(
        whole,
        unallocated=unallocated,
        invoices=invoices(whole, text),
        unit_prices=tuple(unit_price(number, text) for number in range(prices)),
        line_facts=LineFacts(
            project_lines=1200,
            project_lines_with_arn=1150,
            marketplace_lines=42,
            marketplace_lines_with_project=0,
            notes=(text or "made-up counts",),
        ),
    )


def usage(origins: int, text: str = "") -> UnallocatedUsage:
    """So many origins of 2 each, the ARNs of another and of the own account among them, and 5 others of 1 in all."""
    return UnallocatedUsage(
        largest=tuple(
            UsageOrigin(
                account=text or "222222222222",
                usage_type=text or f"USE1-gpt-mantle-input-tokens-{number}",
                resource_id=text or f"arn:aws:bedrock:us-east-1:222222222222:project/proj_{number:020}",
                iam_principal=text or f"arn:aws:sts::333333333333:assumed-role/Batch/{number}",
                total=Decimal(2),
                share=Decimal("12.5"),
            )
            for number in range(origins)
        ),
        others=Decimal(1),
        other_origins=5,
        total=Decimal(2 * origins + 1),
        notes=(text or NOTE,),
    )


def invoices(whole: Report, text: str = "", **fields: Any) -> Invoices:
    """An invoice of each biller, and one that is to come, for the whole bill."""
    total = whole.reconciliation.total if whole.reconciliation else Decimal()
    given = (("EUINUS26-1", "AWS", "1.25"), ("EUINMP26-7", "AWS Marketplace", "3.5"))
    amounts = [
        InvoiceAmount(month=date(2026, 10, 1), id=text or invoice, billing_entity=text or entity, total=Decimal(amount))
        for invoice, entity, amount in given
    ]
    rest = total - sum((each.total for each in amounts), Decimal())
    amounts.append(InvoiceAmount(month=date(2026, 11, 1), id="", billing_entity="AWS", total=rest))
    given_fields = {"is_provisional": True, "is_partial": False, "notes": (text or "provisional: made up",)}
    return Invoices(amounts=tuple(amounts), total=total, **{**given_fields, **fields})


def unit_price(number: int, text: str = "") -> UnitPrice:
    """Input tokens of one model; the cost falls with the number."""
    return UnitPrice(
        value=text or "acme-retail/prod/search",
        label=text or "ProductSearch",
        model=text or f"GPT-5.{number}",
        kind="input",
        quantity=Decimal("3"),
        unit=text or "1M tokens",
        cost=Decimal(100 - number),
        unit_price=Decimal(100 - number) / 3,
    )
