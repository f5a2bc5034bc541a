"""Invoices and credit memos: pure, made of the lines of the bill.

Seen: AWS and AWS Marketplace invoice apart; an invoice is gross of credits, which have a credit memo.
Choices of the local AWS, as AWS says nothing of them: a bill is invoiced on a day of the next month; what AWS adds to
it later is in documents of that later day; refunds are on credit memos too; charges below zero, or credits above it,
make one document with what else is of that day; when it is due, how it is rounded, ids, which charge types are fees
and discounts, and that nothing is issued for zero.
Not imitated: invoices of a purchase, of one account or of an invoice unit, other currencies, tax invoices, receipts.
"""

import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from local_aws.cost_explorer.ledger import CREDIT, MINUTES_OF_DAY, BillingEntity, Ledger
from local_aws.cost_explorer.periods import EPOCH, next_month

DUE_DAYS: Final = 30
_ZERO: Final = Decimal(0)
_CENT: Final = Decimal("0.01")
_REFUND: Final = "Refund"
_TAX: Final = "Tax"
_FEE: Final = "Fee"
_DISCOUNT: Final = "Discount"
_ISSUERS: Final[dict[BillingEntity, str]] = {"AWS": "US", "AWS Marketplace": "MP"}
Kind = Literal["INVOICE", "CREDIT_MEMO"]


_Sums = defaultdict[str, Decimal]


@dataclass(frozen=True)
class Bill:
    """What a payer is billed by an entity for a month, on a day."""

    payer: str
    month: date
    entity: BillingEntity
    issued: date


@dataclass(frozen=True)
class Document:
    """An invoice or a credit memo, in USD and with the sign that the bill has; `by_type` is exact."""

    bill: Bill
    kind: Kind
    by_type: Mapping[str, Decimal]

    @property
    def id(self) -> str:
        """The same for the same document at any time."""
        bill, letters = self.bill, "IN" if self.kind == "INVOICE" else "CN"
        text = f"{bill.payer} {bill.month} {bill.entity} {bill.issued} {self.kind}"
        return f"EU{letters}{_ISSUERS[bill.entity]}{bill.issued:%y}-{zlib.crc32(text.encode()):010d}"

    @property
    def due(self) -> date:
        """When it is to be paid."""
        return self.bill.issued + timedelta(days=DUE_DAYS)

    @property
    def total(self) -> Decimal:
        """What is billed, to the cent."""
        return _cents(sum(self.by_type.values(), _ZERO))

    @property
    def taxes(self) -> Decimal:
        """The taxes in it, to the cent."""
        return _cents(self.by_type.get(_TAX, _ZERO))

    @property
    def fees(self) -> Decimal:
        """The fees in it, to the cent."""
        return _cents(self.by_type.get(_FEE, _ZERO))

    @property
    def discounts(self) -> dict[str, Decimal]:
        """The discounts in it, by charge type, to the cent."""
        return {
            charge_type: _cents(amount)
            for charge_type, amount in sorted(self.by_type.items())
            if charge_type.endswith(_DISCOUNT)
        }


def documents(
    postings: Mapping[float, Ledger], *, payer_of: Callable[[str], str], invoice_day: int, today: date
) -> list[Document]:
    """All documents that are issued by now, in order of month, day and id.

    `postings` are all lines, by the moment since when they are on the bill, 0 for those that always were. A bill is
    invoiced on `invoice_day` of the next month.
    """
    bills: defaultdict[Bill, _Sums] = defaultdict(lambda: defaultdict(Decimal))
    for moment, ledger in postings.items():
        posted = datetime.fromtimestamp(moment, timezone.utc).date()
        for item, charges in ledger.items():
            for charge in charges:
                month = (EPOCH + timedelta(days=charge.minute // MINUTES_OF_DAY)).replace(day=1)
                issued = issued_on(month, invoice_day=invoice_day, posted=posted)
                if issued <= today:
                    bills[Bill(payer_of(item.account), month, item.billing_entity, issued)][item.charge_type] += (
                        charge.cost
                    )
    issued_by_now = (document for bill, sums in bills.items() for document in _documents(bill, sums) if document.total)
    return sorted(issued_by_now, key=lambda document: (document.bill.month, document.bill.issued, document.id))


def issued_on(month: date, *, invoice_day: int, posted: date) -> date:
    """When lines of a month are invoiced that came to its bill on a day."""
    return max(next_month(month) + timedelta(days=invoice_day - 1), posted)


def _documents(bill: Bill, sums: _Sums) -> tuple[Document, ...]:
    """An invoice of the charges and a credit memo of the rest, or one of them of all."""
    memo = {name: amount for name, amount in sums.items() if name in (CREDIT, _REFUND)}
    charges = {name: amount for name, amount in sums.items() if name not in memo}
    if sum(charges.values(), _ZERO) >= 0 >= sum(memo.values(), _ZERO):
        return Document(bill, "INVOICE", charges), Document(bill, "CREDIT_MEMO", memo)
    return (Document(bill, "INVOICE" if sum(sums.values(), _ZERO) >= 0 else "CREDIT_MEMO", dict(sums)),)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
