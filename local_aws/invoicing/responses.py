"""ListInvoiceSummaries.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_invoicing_ListInvoiceSummaries.html
Seen: the name of the entity that issues. Not imitated: the receiver's role, purchase orders, e-invoices, amounts in
other currencies than USD.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from local_aws.cost_explorer import costs, time_period
from local_aws.cost_explorer.exceptions import NotImitatedError
from local_aws.cost_explorer.periods import EPOCH
from local_aws.cost_explorer.validation import Members
from local_aws.invoicing import rules
from local_aws.invoicing.documents import Document, documents
from local_aws.invoicing.exceptions import AccessDeniedException, ResourceNotFoundException, ValidationException
from local_aws.messages import Response, json_response
from local_aws.service import Call
from local_aws.state import State

_SELECTORS: Final = ("ACCOUNT_ID", "INVOICE_ID")
_ROLES: Final = ("SELLER", "RESELLER", "BUYER")
_ISSUER: Final = "Amazon Web Services, Inc."
_ENTITIES: Final = {"AWS": "AWS", "AWS Marketplace": "AWS_MARKETPLACE"}
_MAX_PAGE: Final = 100
_LAST_SECOND: Final = 2**33
_MONTH: Final = timedelta(days=31)


@dataclass(frozen=True)
class _Selector:
    kind: str
    value: str


def list_invoice_summaries(state: State, call: Call) -> Response:
    """ListInvoiceSummaries."""
    members = Members.of(call.request)
    selected = members.structure("Selector")
    selector = _Selector(
        selected.text("ResourceType", required=True, allowed=_SELECTORS) or "",
        selected.text("Value", required=True) or "",
    )
    size = members.number("MaxResults", low=1, high=_MAX_PAGE) or _MAX_PAGE
    token = members.text("NextToken")
    matches = _filter(members.structure("Filter")) if members.has("Filter") else lambda _document: True
    members.check()
    listed = [document for document in _selected(state, call.identity.account, selector) if matches(document)]
    question = json.dumps({**call.request.json_object, "NextToken": None, "MaxResults": None}, sort_keys=True)
    start = 0 if token is None else _start(token, question)
    end = start + size
    following = {"NextToken": _token(end, question)} if end < len(listed) else {}
    memos = state.settings.credit_memo_amounts
    shown = [_shown(document, negated=memos == "positive") for document in listed[start:end]]
    return json_response({"InvoiceSummaries": shown, **following}, content_type="application/x-amz-json-1.0")


def _filter(members: Members) -> Callable[[Document], bool]:
    period, interval = _billing_period(members), _interval(members)
    entity = members.text("InvoicingEntity")
    if members.text("ReceiverRole", allowed=_ROLES) is not None:
        raise NotImitatedError("a filter by ReceiverRole")

    def matches(document: Document) -> bool:
        bill = document.bill
        return (
            period in (None, bill.month)
            and (interval is None or interval[0] <= _moment(bill.issued) < interval[1])
            and entity in (None, _ISSUER)
        )

    return matches


def _billing_period(members: Members) -> date | None:
    if not members.has("BillingPeriod"):
        return None
    period = members.structure("BillingPeriod")
    month = period.number("Month", low=1, high=12, required=True)
    year = period.number("Year", low=2005, high=2050, required=True)
    members.check()
    return date(year or 0, month or 0, 1)


def _interval(members: Members) -> tuple[float, float] | None:
    if not members.has("TimeInterval"):
        return None
    interval = members.structure("TimeInterval")
    start, end = (
        interval.number(name, low=0, high=_LAST_SECOND, required=True) or 0 for name in ("StartDate", "EndDate")
    )
    members.check()
    if end - start > _MONTH.total_seconds():
        raise ValidationException("TimeInterval is limited to one month.", rule=rules.INTERVAL)
    return start, end


def _selected(state: State, account: str, selector: _Selector) -> list[Document]:
    payer_of = state.accounts.payer
    if payer_of(account) != account:
        message = f"Account {account} is a member account; its management account has the invoices."
        raise AccessDeniedException(message, rule=rules.MEMBER)
    every = [document for document in issued_documents(state) if document.bill.payer == account]
    if selector.kind == "INVOICE_ID":
        found = [document for document in every if document.id == selector.value]
        if not found:
            raise ResourceNotFoundException(selector.value)
        return found
    if payer_of(selector.value) != account:
        message = f"Account {account} has no access to the invoices of {selector.value}."
        raise AccessDeniedException(message, rule=rules.ACCOUNT)
    return [document for document in every if document.bill.payer == selector.value]


def issued_documents(state: State) -> list[Document]:
    """All documents that are issued by now, of all accounts."""
    return documents(
        costs.postings(state),
        payer_of=state.accounts.payer,
        invoice_day=state.settings.invoice_day,
        today=time_period.today(state.clock.now()),
    )


def _shown(document: Document, *, negated: bool) -> dict[str, Any]:
    """An InvoiceSummary; `negated` turns the sign of a credit memo's amounts."""
    bill, sign = document.bill, -1 if negated and document.kind == "CREDIT_MEMO" else 1

    def text(amount: Decimal) -> str:
        return str(sign * amount)

    discounts = document.discounts
    discounted = sum(discounts.values(), Decimal(0))
    breakdown = {
        "SubTotalAmount": text(document.total - document.taxes - document.fees - discounted),
        "Discounts": {
            "Breakdown": [{"Description": name, "Amount": text(amount)} for name, amount in discounts.items()],
            "TotalAmount": text(discounted),
        },
        "Taxes": {"TotalAmount": text(document.taxes)},
        "Fees": {"TotalAmount": text(document.fees)},
    }
    return {
        "AccountId": bill.payer,
        "InvoiceId": document.id,
        "IssuedDate": _moment(bill.issued),
        "DueDate": _moment(document.due),
        "BillSourceAccounts": [bill.payer],
        "BillSourceAccountsTotalCount": 1,
        "Entity": {"InvoicingEntity": _ISSUER, "BillingEntity": _ENTITIES[bill.entity]},
        "BillingPeriod": {"Month": bill.month.month, "Year": bill.month.year},
        "InvoiceType": document.kind,
        "BaseCurrencyAmount": {
            "TotalAmount": text(document.total),
            "TotalAmountBeforeTax": text(document.total - document.taxes),
            "CurrencyCode": "USD",
            "AmountBreakdown": breakdown,
        },
    }


def _moment(day: date) -> int:
    return (day - EPOCH).days * 86_400


def _token(offset: int, question: str) -> str:
    return base64.urlsafe_b64encode(f"{offset} {question}".encode()).decode()


def _start(token: str, question: str) -> int:
    try:
        offset, _, asked = base64.urlsafe_b64decode(token).decode().partition(" ")
        start = int(offset)
    except ValueError:
        start, asked = 0, ""
    if asked != question:
        raise ValidationException("NextToken is not valid.", rule=rules.TOKEN)
    return start
