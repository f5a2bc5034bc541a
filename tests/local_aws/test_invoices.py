"""Invoices and credit memos by boto3's `invoicing` client, and corrections of a month that is over."""

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from botocore.config import Config

from local_aws import CostLine, Fault, LocalAws, Use
from local_aws.accounts import LOCAL_SECRET
from tests.local_aws.billing import Billing, refusal
from tests.local_aws.costs import HAIKU, ask, by_dimension, credit, grouped, line, support, tax, total
from tests.local_aws.mantle import ACCOUNT
from tests.local_aws.sessions import new_session

OTHER, STRANGER = "222222222222", "333333333333"
FEBRUARY = {"Start": "2026-02-01", "End": "2026-03-01"}
MARKETPLACE: dict[str, Any] = {"billing_entity": "AWS Marketplace"}
DISCOUNT = "Enterprise Discount Program Discount"
BILL = [
    line("2026-02-03", "100.004"),
    line("2026-02-03", "-10", charge_type=DISCOUNT),
    line("2026-02-04", "-1.5", charge_type="Bundled Discount"),
    line("2026-02-01", "5", charge_type="Fee"),
    line("2026-02-01", "3", charge_type="SavingsPlanRecurringFee"),
    tax("2026-02-28", "7.25"),
    credit("2026-02-09", "-20"),
    line("2026-02-09", "-1", charge_type="Refund"),
    line("2026-02-03", "40", service="Claude Haiku 4.5 (Amazon Bedrock Edition)", **MARKETPLACE),
    tax("2026-02-28", "4", **MARKETPLACE),
    credit("2026-02-09", "-2.5", **MARKETPLACE),
]


class Invoicing:
    """boto3's `invoicing` client of an account, as the variables of the environment point it."""

    def __init__(self, aws: LocalAws, account: str = ACCOUNT) -> None:
        self.account = account
        self.client: Any = new_session().client(
            "invoicing",
            endpoint_url=aws.url,
            region_name="us-east-1",
            aws_access_key_id=f"local-{account}",
            aws_secret_access_key=LOCAL_SECRET,
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )

    def listed(self, year: int = 2026, month: int = 2, **more: Any) -> list[dict[str, Any]]:
        """The summaries of a month, from all pages."""
        asked = {"Filter": {"BillingPeriod": {"Year": year, "Month": month}}} | more
        asked = {"Selector": {"ResourceType": "ACCOUNT_ID", "Value": self.account}} | asked
        pages = self.client.get_paginator("list_invoice_summaries").paginate(**asked)
        return [summary for page in pages for summary in page["InvoiceSummaries"]]


def totals(summaries: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Total by billing entity and type."""
    return {
        (summary["Entity"]["BillingEntity"], summary["InvoiceType"]): summary["BaseCurrencyAmount"]["TotalAmount"]
        for summary in summaries
    }


def added(summaries: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(summary["BaseCurrencyAmount"]["TotalAmount"]) for summary in summaries), Decimal(0))


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=timezone.utc)


@pytest.fixture
def invoicing(aws: LocalAws, billing: Billing) -> Invoicing:
    """A client of a standalone account with a bill for February 2026, in the middle of March."""
    aws.costs(BILL)
    return Invoicing(aws)


def test_a_month_has_an_invoice_and_a_credit_memo_of_each_entity(invoicing: Invoicing) -> None:
    assert totals(invoicing.listed()) == {
        ("AWS", "INVOICE"): "103.75",
        ("AWS", "CREDIT_MEMO"): "-21.00",
        ("AWS_MARKETPLACE", "INVOICE"): "44.00",
        ("AWS_MARKETPLACE", "CREDIT_MEMO"): "-2.50",
    }


def test_together_they_are_what_cost_explorer_shows_to_the_cent(invoicing: Invoicing, billing: Billing) -> None:
    shown = invoicing.listed()
    assert abs(total(billing.client, FEBRUARY) - added(shown)) <= Decimal("0.01") * len(shown)
    by_type = grouped(billing.client, "RECORD_TYPE", period=FEBRUARY)
    memos = sum(Decimal(amount) for (_, kind), amount in totals(shown).items() if kind == "CREDIT_MEMO")
    assert by_type["Credit"] + by_type["Refund"] == memos


def test_an_invoice_has_the_service_s_shape(invoicing: Invoicing) -> None:
    [invoice] = [each for each in invoicing.listed() if totals([each]).keys() == {("AWS", "INVOICE")}]
    assert invoice.pop("InvoiceId").startswith("EUINUS26-")
    assert invoice == {
        "AccountId": ACCOUNT,
        "IssuedDate": midnight(2026, 3, 3),
        "DueDate": midnight(2026, 4, 2),
        "BillSourceAccounts": [ACCOUNT],
        "BillSourceAccountsTotalCount": 1,
        "Entity": {"InvoicingEntity": "Amazon Web Services, Inc.", "BillingEntity": "AWS"},
        "BillingPeriod": {"Month": 2, "Year": 2026},
        "InvoiceType": "INVOICE",
        "BaseCurrencyAmount": {
            "TotalAmount": "103.75",
            "TotalAmountBeforeTax": "96.50",
            "CurrencyCode": "USD",
            "AmountBreakdown": {
                "SubTotalAmount": "103.00",
                "Discounts": {
                    "Breakdown": [
                        {"Description": "Bundled Discount", "Amount": "-1.50"},
                        {"Description": DISCOUNT, "Amount": "-10.00"},
                    ],
                    "TotalAmount": "-11.50",
                },
                "Taxes": {"TotalAmount": "7.25"},
                "Fees": {"TotalAmount": "5.00"},
            },
        },
    }


def test_the_amounts_of_a_credit_memo_may_be_positive(aws: LocalAws, invoicing: Invoicing) -> None:
    aws.settings(credit_memo_amounts="positive")
    shown = totals(invoicing.listed())
    assert shown["AWS", "CREDIT_MEMO"] == "21.00"
    assert shown["AWS", "INVOICE"] == "103.75"


@pytest.mark.parametrize(
    ("today", "day", "issued"),
    [("2026-02-28", 3, 0), ("2026-03-02", 3, 0), ("2026-03-03", 3, 4), ("2026-03-05", 6, 0), ("2026-03-06", 6, 4)],
)
def test_a_bill_is_invoiced_on_a_day_of_the_next_month(
    aws: LocalAws, invoicing: Invoicing, today: str, day: int, issued: int
) -> None:
    aws.settings(invoice_day=day)
    aws.set_clock(f"{today}T12:00:00Z")
    assert len(invoicing.listed()) == issued


def test_metered_use_is_invoiced_by_its_entity(aws: LocalAws, billing: Billing) -> None:
    fields: dict[str, Any] = {"project_id": "default", "account": ACCOUNT, "region": "us-west-2"}
    for model in (HAIKU, "openai.gpt-5.5"):
        use = Use(model=model, input_tokens=1_000_000, output_tokens=0, at="2026-02-10T00:00:00Z", **fields)
        aws.use_many([use])
    assert totals(Invoicing(aws).listed()) == {("AWS", "INVOICE"): "5.50", ("AWS_MARKETPLACE", "INVOICE"): "1.00"}


def test_a_month_without_costs_has_no_invoice(invoicing: Invoicing) -> None:
    assert invoicing.listed(month=1) == []
    assert len(invoicing.listed(Filter={})) == 4


def test_invoices_come_in_pages(invoicing: Invoicing) -> None:
    whole = invoicing.listed()
    for size in (1, 2, 3):
        assert invoicing.listed(MaxResults=size) == whole


def test_an_invoice_is_found_by_its_id_and_keeps_it(aws: LocalAws, invoicing: Invoicing) -> None:
    ids = [summary["InvoiceId"] for summary in invoicing.listed()]
    assert len(set(ids)) == 4
    aws.advance(days=90)
    for invoice in ids:
        [found] = invoicing.listed(Selector={"ResourceType": "INVOICE_ID", "Value": invoice}, Filter={})
        assert found["InvoiceId"] == invoice


def test_filters_hold_together(invoicing: Invoicing) -> None:
    def found(**filters: Any) -> int:
        return len(invoicing.listed(Filter=filters))

    march = {"StartDate": midnight(2026, 3, 1), "EndDate": midnight(2026, 4, 1)}
    before = {"StartDate": midnight(2026, 2, 1), "EndDate": midnight(2026, 3, 3)}
    assert (found(TimeInterval=march), found(TimeInterval=before)) == (4, 0)
    assert (found(InvoicingEntity="Amazon Web Services, Inc."), found(InvoicingEntity="x")) == (4, 0)
    assert found(TimeInterval=march, BillingPeriod={"Year": 2026, "Month": 3}) == 0


def test_the_management_account_has_the_invoices_of_its_organisation(aws: LocalAws, invoicing: Invoicing) -> None:
    aws.costs([line("2026-02-03", "50", account=OTHER)])
    aws.organization(management=ACCOUNT, members=[OTHER])
    assert totals(invoicing.listed())["AWS", "INVOICE"] == "153.75"
    assert invoicing.listed(Selector={"ResourceType": "ACCOUNT_ID", "Value": OTHER}) == []
    assert refusal(Invoicing(aws, OTHER).listed)[:2] == (400, "AccessDeniedException")
    assert aws.requests()[-1].rule == "invoice-member"


@pytest.mark.parametrize(
    ("question", "code", "rule"),
    [
        ({"Selector": {"ResourceType": "ACCOUNT_ID", "Value": STRANGER}}, "AccessDeniedException", "invoice-account"),
        ({"Selector": {"ResourceType": "INVOICE_ID", "Value": "x"}}, "ResourceNotFoundException", "invoice-unknown"),
        ({"Selector": {"ResourceType": "ORGANIZATION", "Value": ACCOUNT}}, "ValidationException", "shape"),
        ({"Filter": {"BillingPeriod": {"Year": 2026, "Month": 13}}}, "ValidationException", "shape"),
        ({"Filter": {"BillingPeriod": {"Year": 2026}}}, "ValidationException", "shape"),
        ({"MaxResults": 101}, "ValidationException", "shape"),
        ({"NextToken": "x"}, "ValidationException", "invoice-token"),
        (
            {"Filter": {"TimeInterval": {"StartDate": midnight(2026, 1, 1), "EndDate": midnight(2026, 3, 1)}}},
            "ValidationException",
            "invoice-interval",
        ),
        ({"Filter": {"ReceiverRole": "BUYER"}}, "NotImplemented", None),
    ],
)
def test_what_invoicing_refuses(
    aws: LocalAws, invoicing: Invoicing, question: dict[str, Any], code: str, rule: str | None
) -> None:
    assert refusal(lambda: invoicing.listed(**question))[1] == code
    assert aws.requests()[-1].rule == rule


def test_a_token_holds_for_its_question_only(aws: LocalAws, invoicing: Invoicing) -> None:
    selector = {"ResourceType": "ACCOUNT_ID", "Value": ACCOUNT}
    token = invoicing.client.list_invoice_summaries(Selector=selector, MaxResults=1)["NextToken"]
    assert refusal(lambda: invoicing.listed(NextToken=token, MaxResults=1))[1] == "ValidationException"
    assert aws.requests()[-1].rule == "invoice-token"


def test_a_request_is_recorded_takes_a_permission_and_can_fail(aws: LocalAws, invoicing: Invoicing) -> None:
    invoicing.listed()
    [request] = aws.requests("invoicing:ListInvoiceSummaries")
    assert request.permissions == [["invoicing:ListInvoiceSummaries", "*"]]
    aws.faults([Fault(kind="denied", action="invoicing:*"), Fault(kind="throttled", nth=2)])
    assert refusal(invoicing.listed)[1] == "AccessDeniedException"
    assert refusal(invoicing.listed)[1] == "ThrottlingException"


def test_the_variables_of_the_environment_lead_boto3_there(
    aws: LocalAws, invoicing: Invoicing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.environment(ACCOUNT, region="eu-west-1").items():
        monkeypatch.setenv(name, value)
    client: Any = new_session().client("invoicing")
    selector = {"ResourceType": "ACCOUNT_ID", "Value": ACCOUNT}
    assert len(client.list_invoice_summaries(Selector=selector)["InvoiceSummaries"]) == 4


def late(cost_line: CostLine, moment: str) -> CostLine:
    """A line that AWS adds at a moment."""
    return cost_line.model_copy(update={"posted_at": moment})


CORRECTIONS = [
    late(support("2026-02-28", "29"), "2026-03-06T00:00:00Z"),
    late(line("2026-02-03", "-30", quantity="-1"), "2026-03-14T09:00:00Z"),
    late(credit("2026-02-20", "-250"), "2026-03-14T10:00:00Z"),
]


def test_a_line_shows_from_the_moment_on_when_aws_adds_it(aws: LocalAws, invoicing: Invoicing) -> None:
    ce = Billing(aws.url).client
    aws.costs(CORRECTIONS)
    before = sum((cost_line.amount for cost_line in BILL), Decimal(0))
    seen = {}
    for moment in ("03-05T23:59:58Z", "03-06T00:00:00Z", "03-14T09:30:00Z", "03-15T00:00:00Z"):
        aws.set_clock(f"2026-{moment}")
        seen[moment] = total(ce, FEBRUARY) - before
    assert list(seen.values()) == [0, 29, -1, -251]
    usage = by_dimension("RECORD_TYPE", "Usage")
    assert ask(ce, FEBRUARY, Filter=usage, Metrics=["UsageQuantity"])[0]["Total"]["UsageQuantity"]["Amount"] == "2"


def test_a_correction_after_the_invoice_is_on_a_document_of_its_day(aws: LocalAws, invoicing: Invoicing) -> None:
    aws.costs(CORRECTIONS)
    first = {summary["InvoiceId"] for summary in invoicing.listed() if summary["IssuedDate"] == midnight(2026, 3, 3)}
    later = [summary for summary in invoicing.listed() if summary["InvoiceId"] not in first]
    assert [(summary["IssuedDate"].day, totals([summary])) for summary in later] == [
        (6, {("AWS", "INVOICE"): "29.00"}),
        (14, {("AWS", "CREDIT_MEMO"): "-280.00"}),
    ]
    shown = invoicing.listed()
    assert abs(total(Billing(aws.url).client, FEBRUARY) - added(shown)) <= Decimal("0.01") * len(shown)
    aws.set_clock("2026-03-10T00:00:00Z")
    assert len(invoicing.listed()) == 5


def test_what_aws_adds_before_the_invoice_is_on_it(aws: LocalAws, invoicing: Invoicing) -> None:
    aws.costs([late(support("2026-02-28", "29"), "2026-03-02T00:00:00Z")])
    assert totals(invoicing.listed())["AWS", "INVOICE"] == "132.75"


def test_a_credit_that_is_taken_back_is_an_invoice(aws: LocalAws, invoicing: Invoicing) -> None:
    aws.costs([late(credit("2026-02-20", "20"), "2026-03-10T00:00:00Z")])
    assert totals(invoicing.listed()[-1:]) == {("AWS", "INVOICE"): "20.00"}


def test_a_line_without_a_moment_and_one_of_the_past_are_there_at_once(aws: LocalAws, billing: Billing) -> None:
    aws.costs([line("2026-02-03", "1"), late(line("2026-02-03", "2"), "2026-03-01T00:00:00Z")])
    assert total(billing.client, FEBRUARY) == 3
