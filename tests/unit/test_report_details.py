"""What only lines of a bill say, in a report and in every format: made-up sources, one for each claim."""

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_projects.model import RenamedValue
from bedrock_projects.reports.cost_data import MODEL, PROJECT, SERVICE, USAGE_TYPE, Column
from bedrock_projects.reports.line_facts import InvoiceAmount, UnallocatedUsage, UnitPrice, UsageOrigin
from bedrock_projects.reports.model import HourRange, Report
from bedrock_projects.reports.render import csv as csv_format
from bedrock_projects.reports.render import formatting, html, line_grids, markdown, table
from bedrock_projects.reports.render import json as json_format
from bedrock_projects.reports.request import ReportRequest
from tests import detailed_reports, reports
from tests.unit.cost_spends import (
    CLAUDE,
    MANTLE,
    MARKETPLACE,
    RUNTIME,
    Spend,
    data_of,
    inventory,
    make_report,
    make_request,
    periods_of,
    project,
    table_of,
)

TEAM = Column("tag", "Team")
NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 1)
PEOPLE: dict[str, Callable[..., str]] = {"table": table.render, "markdown": markdown.render, "html": html.render}


# Invoices


def invoice(total: str, number: str = "EUINUS26-1", *, entity: str = "AWS", month: date = NOVEMBER) -> InvoiceAmount:
    return InvoiceAmount(month=month, id=number, billing_entity=entity, total=Decimal(total))


def invoiced(*amounts: InvoiceAmount, estimated: bool = False, **options: Any) -> Report:
    request = make_request(**options)
    spends = [Spend(amount=f"{each.total}", start=each.month) for each in amounts]
    data = data_of(request, spends, invoices=amounts)
    bill = replace(data.bill, estimated=(estimated,) * len(data.bill.periods))
    return make_report(request, spends, invoices=amounts, bill=bill)


def test_invoices_add_up_to_the_bill_and_what_has_none_is_last() -> None:
    report = invoiced(
        invoice("2.1", ""), invoice("-3.000000000001", "EUCN26-9"), invoice("7", "EUINMP26-7"), estimated=True
    )
    assert report.invoices
    assert report.reconciliation
    assert [each.id for each in report.invoices.amounts] == ["EUINMP26-7", "EUCN26-9", ""]
    assert report.invoices.total == report.reconciliation.total == Decimal("6.099999999999")


def test_invoices_are_in_the_order_of_their_months() -> None:
    report = invoiced(invoice("9"), invoice("1", month=OCTOBER), start="2026-10-01", end="2026-11-30")
    assert report.invoices
    assert [each.month for each in report.invoices.amounts] == [OCTOBER, NOVEMBER]


@pytest.mark.parametrize(
    ("estimated", "said"), [(True, "provisional: AWS has not issued"), (False, "on the 6th or 7th")]
)
def test_a_period_is_provisional_until_all_its_lines_have_an_invoice(estimated: bool, said: str) -> None:
    report = invoiced(invoice("1"), estimated=estimated)
    assert report.invoices
    assert report.invoices.is_provisional == estimated
    (note,) = report.invoices.notes
    assert said in note
    assert ("Nov 2026" in note) == estimated


@pytest.mark.parametrize(
    ("options", "is_partial"),
    [
        ({}, False),
        ({"end": "2026-11-29"}, True),
        ({"start": "2026-11-02"}, True),
        ({"accounts": ["222222222222"]}, True),
    ],
)
def test_a_part_of_a_bill_says_that_an_invoice_may_have_more(options: dict[str, Any], is_partial: bool) -> None:
    report = invoiced(invoice("1"), **options)
    assert report.invoices
    assert report.invoices.is_partial == is_partial
    assert any("may have more than these lines" in note for note in report.invoices.notes) == is_partial


def test_a_filter_leaves_no_bill_and_no_invoices() -> None:
    assert invoiced(invoice("1"), filters=["Team="]).invoices is None


# Unallocated usage


def test_origins_have_their_share_of_the_unallocated_usage() -> None:
    origin = UsageOrigin(account="1", usage_type="x", resource_id=None, iam_principal="", total=Decimal(3))
    usage = UnallocatedUsage(largest=(origin,), others=Decimal(1), other_origins=2, total=Decimal(4))
    spends = [Spend(amount="4"), Spend(amount="-1", charge="Credit")]
    report = make_report(make_request("project"), spends, unallocated_usage=usage)
    assert report.unallocated
    assert report.unallocated.usage == replace(usage, largest=(replace(origin, share=Decimal("75.0")),))


def test_unallocated_usage_that_is_not_above_0_has_no_shares() -> None:
    origin = UsageOrigin(account="1", usage_type="x", resource_id="", iam_principal="", total=Decimal(-1))
    usage = UnallocatedUsage(largest=(origin,), others=Decimal(), other_origins=0, total=Decimal(-1))
    report = make_report(make_request("project"), [Spend(amount="-1")], unallocated_usage=usage)
    assert report.unallocated
    assert report.unallocated.usage == usage


# Unit prices


def priced(
    request: ReportRequest, spends: Sequence[Spend], *, has_models: bool = True, **more: Any
) -> dict[tuple[str, str, str], UnitPrice]:
    own = PROJECT if request.grouping.kind == "project" else TEAM
    by = (own, MODEL if has_models else SERVICE, USAGE_TYPE)
    usage = table_of([each for each in spends if each.charge == "Usage"], by, periods_of(request, request.dates))
    report = make_report(request, spends, has_models=has_models, usage_by_model=usage, **more)
    assert report.unit_prices is not None
    assert sum((each.cost for each in report.unit_prices), Decimal()) == report.total.charges.get("usage", Decimal())
    return {(each.label, each.model, each.kind): each for each in report.unit_prices}


def test_a_million_tokens_of_a_model_have_a_price() -> None:
    spends = [
        Spend(amount="9", project="acme/prod/chat", quantity="3000"),
        Spend(amount="1", project="acme/prod/chat", quantity="1000", usage_type=MANTLE.replace("input", "output")),
        Spend(amount="-5", project="acme/prod/chat", charge="Credit"),
    ]
    prices = priced(make_request("project"), spends, contents=inventory(project("chat")))
    assert list(prices) == [("Chat", "GPT-5.5", "input"), ("Chat", "GPT-5.5", "output")]
    price = prices["Chat", "GPT-5.5", "input"]
    assert (price.quantity, price.unit, price.unit_price) == (Decimal(3), "1M tokens", Decimal(3))


def test_units_that_are_no_tokens_stay_as_they_are_written() -> None:
    spends = [
        Spend(amount="2", usage_type="USE1-Guardrail-ContentPolicy", model="", quantity="8", unit="Text Units"),
        Spend(amount="3", unit="N/A"),
    ]
    prices = priced(make_request("project"), spends)
    guardrail, unknown = (
        prices["unallocated (no project)", "no model", "other"],
        prices["unallocated (no project)", "GPT-5.5", "input"],
    )
    assert (guardrail.quantity, guardrail.unit, guardrail.unit_price) == (Decimal(8), "Text Units", Decimal("0.25"))
    assert (unknown.quantity, unknown.unit, unknown.unit_price) == (Decimal(0), "N/A", None)


def test_a_former_value_has_the_price_of_the_new_one() -> None:
    contents = inventory(renamed=(RenamedValue(former="Buy", current="Sourcing", since=NOVEMBER),))
    spends = [Spend(amount="1", team="Buy", quantity="1000"), Spend(amount="2", team="Sourcing", quantity="1000")]
    prices = priced(make_request(contents=contents), spends, contents=contents)
    (price,) = prices.values()
    assert (price.value, price.quantity, price.unit_price) == ("Sourcing", Decimal(2), Decimal("1.5"))


def test_without_models_services_and_usage_types_name_them() -> None:
    spends = [
        Spend(amount="1", usage_type=RUNTIME, quantity="1000"),
        Spend(amount="2", service=CLAUDE, usage_type=MARKETPLACE, unit="Units", quantity="4"),
    ]
    prices = priced(make_request("project"), spends, has_models=False)
    assert {model: price.unit_price for (_, model, _), price in prices.items()} == {
        "Nova2.0Lite": Decimal(1),
        "Claude X": Decimal("0.5"),
    }


@given(
    st.lists(
        st.tuples(
            st.decimals("-9", "9", places=10),
            st.sampled_from(["", "a", "b"]),
            st.sampled_from([MANTLE, RUNTIME, "USE1-Guardrail"]),
            st.sampled_from(["1K tokens", "N/A", "Units"]),
            st.sampled_from(["2026-10-05", "2026-11-05"]),
        )
    )
)
def test_unit_prices_add_up_to_all_usage(lines: list[tuple[Decimal, str, str, str, str]]) -> None:
    spends = [
        Spend(
            amount=f"{amount}", project=owner, usage_type=kind, unit=unit, start=date.fromisoformat(day), quantity="7"
        )
        for amount, owner, kind, unit, day in lines
    ]
    priced(make_request("project", start="2026-10-01"), spends)


# Hours


def by_hours(*hours: tuple[int, str]) -> Report:
    """A report of a day, with amounts in some hours."""
    request = make_request("project", start="2026-11-24", end="2026-11-24", granularity="hour")
    day = request.dates.start
    periods = tuple(HourRange(start=day, end=day, hour=hour) for hour in range(24))
    spends = [Spend(amount=amount, start=day) for _, amount in hours]
    data = data_of(replace(request, granularity="day"), spends)

    def spread(of: Any) -> Any:
        row: list[Decimal | None] = [None] * 24
        for hour, amount in hours:
            row[hour] = Decimal(amount)
        return replace(
            of, periods=periods, estimated=(False,) * 24, amounts=dict.fromkeys(of.amounts, tuple(row)), quantities={}
        )

    tables = {by: spread(of) for by, of in data.tables.items()}
    return make_report(request, spends, bill=spread(data.bill), tables=tables)


def test_an_hour_between_others_had_no_use_and_later_ones_are_unknown() -> None:
    report = by_hours((3, "1"), (7, "2"))
    assert [period.hour for period in report.periods if period.has_data] == [3, 4, 5, 6, 7]
    assert report.total.total == 3
    assert report.largest_changes == ()
    assert "no data for 2026-11-24 (19 hours): amounts there are unknown, not 0" in report.notes


def test_hours_are_shown_as_such_in_every_format() -> None:
    report = by_hours((3, "1"), (7, "2"))
    assert re.search(r"^2026-11-24 07:00 +2\.00$", table.render(report), re.M)
    rows = list(csv.DictReader(io.StringIO(csv_format.render(report))))
    assert [row["hour"] for row in rows if row["amount"] == "2"] == ["7"]
    assert json.loads(json_format.render(report))["periods"][7] == {
        "start": "2026-11-24",
        "end": "2026-11-24",
        "estimated": False,
        "partial": False,
        "has_data": True,
        "hour": 7,
    }
    assert "by hour of UTC" in table.render(report)
    assert "no data: 19 hours" in html.render(report)
    assert "24 hours" not in html.render(report)
    assert "Spend by hour" in html.render(report)


# Formats


@pytest.mark.parametrize("name", PEOPLE)
def test_people_see_the_details_and_who_has_none_sees_nothing_of_them(name: str) -> None:
    words = (
        "no invoice yet",
        "euinmp26-7",
        "aws marketplace",
        "usage by account",
        "assumed-role/batch",
        "1,150",
        "unit price",
    )
    with_details = PEOPLE[name](detailed_reports.detailed(), shows_usage=True)
    without = PEOPLE[name](reports.ledger(), shows_usage=True)
    assert [word for word in words if word not in with_details.lower()] == []
    assert [word for word in words if word in without.lower()] == []


@pytest.mark.parametrize("name", PEOPLE)
def test_unit_prices_are_shown_only_if_usage_is_asked_for(name: str) -> None:
    assert "GPT-5.0" in PEOPLE[name](detailed_reports.detailed(), shows_usage=True)
    assert "GPT-5.0" not in PEOPLE[name](detailed_reports.detailed(), shows_usage=False)


def test_long_tables_end_in_one_row_for_all_others() -> None:
    report = detailed_reports.detailed(origins=23, prices=23)
    usage, prices = line_grids.unallocated_usage_grid(report), line_grids.unit_price_grid(report)
    assert usage
    assert prices
    assert len(usage.rows) == len(prices.rows) == 21
    assert usage.rows[-1] == ("8 others", "", "", "", "7.00", "")
    assert usage.footer[-2] == "47.00"
    assert prices.rows[-1] == ("3 others", "", "", "", "", "237.00", "")


def test_an_arn_is_shown_by_what_it_names_and_by_another_account() -> None:
    grid = line_grids.unallocated_usage_grid(detailed_reports.detailed(origins=1))
    assert grid
    assert grid.rows[0][2:4] == ("project/proj_00000000000000000000", "assumed-role/Batch/0 of 333333333333")


@pytest.mark.parametrize(("principal", "notes"), [(None, ()), ("", ("these lines name no IAM principal",))])
def test_what_no_line_has_is_not_a_column(principal: str | None, notes: tuple[str, ...]) -> None:
    report = detailed_reports.detailed()
    assert report.unallocated
    assert report.unallocated.usage
    largest = tuple(replace(each, iam_principal=principal) for each in report.unallocated.usage.largest)
    usage = replace(report.unallocated.usage, largest=largest)
    grid = line_grids.unallocated_usage_grid(replace(report, unallocated=replace(report.unallocated, usage=usage)))
    assert grid
    assert grid.heads == ("unallocated usage by account", "usage type", "resource", "USD", "share")
    assert grid.notes == (detailed_reports.NOTE, *notes)


def test_csv_has_unit_prices_in_a_table_of_their_own() -> None:
    report = detailed_reports.detailed(prices=2)
    rows = list(csv.DictReader(io.StringIO(csv_format.render_unit_prices(report))))
    assert rows[1] == {
        "grouping": "project",
        "value": "acme-retail/prod/search",
        "label": "ProductSearch",
        "model": "GPT-5.1",
        "usage": "input",
        "quantity": "3",
        "unit": "1M tokens",
        "cost": "99",
        "unit_price": "33",
        "currency": "USD",
    }


def test_json_has_the_details_exactly() -> None:
    document = json.loads(json_format.render(detailed_reports.detailed(prices=1, origins=1)))
    assert document["invoices"]["amounts"][1] == {
        "month": "2026-10-01",
        "id": "EUINMP26-7",
        "billing_entity": "AWS Marketplace",
        "total": "3.5",
    }
    assert document["unit_prices"][0]["unit_price"] == "33.33333333"
    assert document["unallocated"]["usage"]["other_origins"] == 5
    assert document["line_facts"]["marketplace_lines_with_project"] == 0


def test_sentences_have_what_a_csv_has_no_column_for() -> None:
    said = list(line_grids.detail_sentences(detailed_reports.detailed(origins=1)))
    assert "Invoice: EUINMP26-7 AWS Marketplace Oct 2026 3.50" in said
    assert "Lines: of these, the resource id is a project's ARN 1,150" in said
    assert said[0].startswith("Unallocated usage: 222222222222 (retail-prod) USE1-gpt-mantle-input-tokens-0 project/")


def test_a_report_of_tables_alone_has_no_details() -> None:
    report = make_report(make_request(), [Spend(amount="1")])
    assert (report.invoices, report.unit_prices, report.line_facts) == (None, None, None)
    assert report.unallocated
    assert report.unallocated.usage is None


def test_csv_sentences_say_which_table_they_are_about() -> None:
    said = list(line_grids.detail_sentences(detailed_reports.detailed()))
    assert f"Unallocated usage: {detailed_reports.NOTE}" in said
    assert "Invoice: provisional: made up" in said


def test_a_page_shows_names_as_they_are() -> None:
    report = detailed_reports.detailed()
    assert report.unit_prices
    prices = tuple(replace(each, label="old-pilot") for each in report.unit_prices)
    page = html.render(replace(report, unit_prices=prices), shows_usage=True)
    assert "<bdi>old-pilot</bdi>" in page
    assert "Old-pilot" not in page


def test_a_unit_price_has_the_name_of_its_line() -> None:
    report = detailed_reports.detailed(prices=1)
    line = next(each for each in report.lines if each.mark and each.project)
    assert report.unit_prices
    prices = tuple(replace(each, value=line.value, label=line.label) for each in report.unit_prices)
    grid = line_grids.unit_price_grid(replace(report, unit_prices=prices))
    assert grid
    assert grid.rows[0][0] == formatting.line_name(line, report.header)
