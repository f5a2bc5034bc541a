"""The client of AWS Invoicing: the invoices and credit memos of a month.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_invoicing_ListInvoiceSummaries.html
The sign of a credit memo's amounts is not documented, so it does not count: a credit memo is always below 0.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.aws.errors import translate_errors
from bedrock_projects.aws.models import InvoiceSummary
from bedrock_projects.aws.session import BILLING_REGION, client_config, open_client

_ATTEMPTS: Final = 5
_AMOUNTS: Final = ("PaymentCurrencyAmount", "BaseCurrencyAmount")
"""The amounts that a bill may have; of two in the same currency, the last one counts."""
_CREDIT_MEMO: Final = "CREDIT_MEMO"
_KINDS: Final = ("INVOICE", _CREDIT_MEMO)
"""The types that count; a receipt of a payment says nothing about the bill."""


class InvoicingClient:
    """One method per question; errors are ServiceError."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = str(credentials)
        self._client = open_client(
            "invoicing", credentials, region=BILLING_REGION, config=client_config(attempts=_ATTEMPTS)
        )

    def summaries(self, account: str, month: date) -> list[InvoiceSummary]:
        """The invoices and credit memos that an account gets for the month of a day, sorted by id."""
        question = {
            "Selector": {"ResourceType": "ACCOUNT_ID", "Value": account},
            "Filter": {"BillingPeriod": {"Month": month.month, "Year": month.year}},
        }
        with translate_errors("listing the invoices (invoicing:ListInvoiceSummaries)", credentials=self._credentials):
            pages = self._client.get_paginator("list_invoice_summaries").paginate(**question)
            summaries = [
                _summary(one) for page in pages for one in page["InvoiceSummaries"] if one["InvoiceType"] in _KINDS
            ]
        return sorted(summaries, key=lambda summary: summary.id)


def _summary(answer: Mapping[str, Any]) -> InvoiceSummary:
    is_memo = answer["InvoiceType"] == _CREDIT_MEMO
    amounts = {
        answer[name]["CurrencyCode"]: Decimal(answer[name]["TotalAmount"]) for name in _AMOUNTS if name in answer
    }
    return InvoiceSummary(
        id=answer["InvoiceId"],
        account=answer["AccountId"],
        amounts={
            currency: amount.copy_abs().copy_negate() if is_memo else amount for currency, amount in amounts.items()
        },
    )
