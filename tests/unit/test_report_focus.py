"""The report as charges of FOCUS 1.2: the rules of its specification, and the report's own sums."""

import csv
import io
import json
import re
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_projects.errors import BedrockProjectsError, SettingsError
from bedrock_projects.reports.charge_types import CHARGE_TYPES, ChargeType
from bedrock_projects.reports.model import DateRange, Grouping, Line, Report
from bedrock_projects.reports.render import focus, focus_parquet
from bedrock_projects.reports.request import ReportRequest
from tests import reports
from tests.unit.hostile import TEXT, check_csv

CATEGORIES = {"Usage", "Purchase", "Tax", "Credit", "Adjustment"}
"""The allowed values of ChargeCategory: https://focus.finops.org/focus-specification/v1-2/."""
NEVER_NULL = {
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeDescription",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "InvoiceIssuerName",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
}
UNKNOWN = {
    "BillingAccountId",
    "BillingAccountName",
    "ChargeClass",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceId",
    "ListCost",
}
"""What no report knows. FOCUS 1.2 demands the columns, and of some a value too: see docs/cost-files.md."""


def month(*lines: Line, kind: Any = "project", tag_key: str = "bedrock-project") -> Report:
    """A report of one month."""
    periods = reports.months(1)
    return reports.report(reports.header(periods, kind=kind, tag_key=tag_key), periods, lines)


def search(amount: str = "12.5", **more: Any) -> Line:
    """A project with 3 million tokens of input for 9, half a million of output for 3, and something else for 0.5."""
    used = reports.used(
        ("USE1-gpt-mantle-input-tokens-standard", "1K tokens", "3000", "9"),
        ("USE1-gpt-mantle-output-tokens-standard", "1M tokens", "0.5", "3"),
        ("USE1-Guardrail-ContentPolicy", "Units", "4", "0.5"),
    )
    project = reports.project(
        "search", name="ProductSearch", id="proj_1", account="222222222222", account_name="retail", tags={"Team": "A"}
    )
    known: dict[str, Any] = {"label": "ProductSearch", "usage": used, "project": project, **more}
    return reports.line("acme-retail/prod/search", amount, **known)


SAMPLES = {
    "a month": month(search()),
    "a year": reports.year(),
    "days": reports.daily(31),
    "all charge types": reports.ledger(),
    "projects": reports.listed_projects(20),
    "credit": reports.single("5", "-9.5"),
    "empty": reports.empty(),
    "without data": reports.without_data("5", None, "7"),
    "hours": reports.report(
        reports.header(reports.hours(24), granularity="hour"), reports.hours(24), [reports.line("chat", *["1"] * 24)]
    ),
    "by account": month(reports.line("222222222222", "3"), kind="account", tag_key=""),
    "by service": month(reports.line("Claude Haiku 4.5 (Amazon Bedrock Edition)", "3"), kind="service", tag_key=""),
}


def rows(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(focus.render(report))))


def parquet(report: Report, folder: Path) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The types of the columns, and the rows; times are texts, which DuckDB gives without pytz."""
    path = folder / "charges.parquet"
    path.write_bytes(focus_parquet.render(report))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        types = {name: str(kind) for name, kind, *_ in described}
        shown = ", ".join(f"CAST({name} AS VARCHAR)" if "TIME" in kind else name for name, kind in types.items())
        found = connection.execute(f"SELECT {shown} FROM read_parquet(?)", [str(path)]).fetchall()
        return types, [dict(zip(types, row, strict=True)) for row in found]


def billed(report: Report) -> Decimal:
    return sum((Decimal(row["BilledCost"]) for row in rows(report)), Decimal())


@pytest.mark.parametrize("name", SAMPLES)
def test_billed_cost_adds_up_to_the_total_in_both_files(name: str, tmp_path: Path) -> None:
    report = SAMPLES[name]
    assert billed(report) == report.total.total
    assert sum((row["BilledCost"] for row in parquet(report, tmp_path)[1]), Decimal()) == report.total.total


@given(st.dictionaries(st.sampled_from(CHARGE_TYPES), st.decimals("-1000", "1000", places=10)), st.booleans())
def test_no_charge_type_and_no_split_changes_the_sum(charges: dict[ChargeType, Decimal], has_usage: bool) -> None:
    line = replace(search(), charges_by_period=(charges,), usage=search().usage if has_usage else None)
    report = replace(month(search()), lines=(line,))
    assert billed(report) == sum(charges.values(), Decimal())


@pytest.mark.parametrize("name", SAMPLES)
def test_each_charge_keeps_the_rules_of_focus(name: str) -> None:
    for row in rows(SAMPLES[name]):
        assert row.keys() == focus.TYPES.keys()
        assert {column for column in NEVER_NULL if not row[column]} == set()
        assert {column for column in UNKNOWN if row[column]} == set()
        assert row["ChargeCategory"] in CATEGORIES
        assert row["BillingCurrency"] == "USD"
        assert (row["ServiceCategory"], row["ServiceSubcategory"]) == ("AI and Machine Learning", "Generative AI")
        check_periods(row)
        check_quantities(row)
        if not row["SubAccountId"]:
            assert not row["SubAccountName"]
        for column in ("Tags", "x_AllocatedTags", "x_AllocatedMethodDetails"):
            assert all(isinstance(value, str) for value in json.loads(row[column] or "{}").values())


def check_periods(row: dict[str, str]) -> None:
    times = [row[name] for name in ("BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodEnd")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:00:00Z", time) for time in times)
    start, first, last, end = times
    assert start <= first < last <= end
    assert (start[8:], end[8:]) == ("01T00:00:00Z", "01T00:00:00Z")


def check_quantities(row: dict[str, str]) -> None:
    has_quantity = bool(row["ConsumedQuantity"])
    assert row["ConsumedUnit"] == row["PricingUnit"] == ("1000 Tokens" if has_quantity else "")
    assert row["PricingQuantity"] == row["ConsumedQuantity"]
    if has_quantity:
        assert row["ChargeCategory"] == "Usage"


def test_columns_of_focus_come_first_and_each_part_is_sorted() -> None:
    names = list(focus.TYPES)
    assert names == sorted(names), "x_ comes after all capitals"
    assert all(re.fullmatch(r"(x_)?([A-Z][a-z]+)+", name) for name in names)


def test_every_charge_type_has_a_category() -> None:
    assert focus.CATEGORIES.keys() == set(CHARGE_TYPES)
    found = {row["x_ChargeType"]: row["ChargeCategory"] for row in rows(reports.ledger())}
    assert found == {
        "usage": "Usage",
        "purchase": "Purchase",
        "discount": "Adjustment",
        "credit": "Credit",
        "refund": "Adjustment",
        "tax": "Tax",
        "support": "Purchase",
        "other": "Adjustment",
    }


def test_usage_of_one_period_is_a_charge_for_each_kind_of_tokens() -> None:
    report = month(search("12.75"))
    assert [
        (row["x_TokenKind"], row["BilledCost"], row["ConsumedQuantity"], row["ConsumedUnit"], row["ChargeDescription"])
        for row in rows(report)
    ] == [
        ("input", "9", "3000", "1000 Tokens", "ProductSearch: input tokens"),
        ("output", "3", "500.0", "1000 Tokens", "ProductSearch: output tokens"),
        ("", "0.75", "", "", "ProductSearch: usage"),
    ]


def test_tokens_that_cost_nothing_are_a_charge() -> None:
    used = reports.used(("USE1-gpt-mantle-input-tokens-standard", "1K tokens", "5", "0"))
    (row,) = rows(month(search("0", usage=used)))
    assert (row["BilledCost"], row["ConsumedQuantity"]) == ("0", "5")


def test_quantities_of_several_periods_are_in_no_charge() -> None:
    assert {row["ConsumedQuantity"] for row in rows(reports.listed_projects(3))} == {""}


def test_a_period_without_data_has_no_charge() -> None:
    found = rows(reports.without_data("5", None, "7"))
    assert [row["BilledCost"] for row in found] == ["5", "7"]


def test_an_hour_is_a_charge_period_of_an_hour() -> None:
    spans = [(row["ChargePeriodStart"], row["ChargePeriodEnd"]) for row in rows(SAMPLES["hours"])]
    assert (spans[0], spans[23]) == (
        ("2026-11-24T00:00:00Z", "2026-11-24T01:00:00Z"),
        ("2026-11-24T23:00:00Z", "2026-11-25T00:00:00Z"),
    )
    assert len(set(spans)) == 24


def test_a_project_is_known_by_its_tag_and_its_account() -> None:
    row, *_ = rows(month(search()))
    assert json.loads(row["Tags"]) == {"bedrock-project": "acme-retail/prod/search"}
    assert json.loads(row["x_AllocatedTags"]) == {"Team": "A"}
    assert json.loads(row["x_AllocatedMethodDetails"]) == {"TagKey": "bedrock-project"}
    assert row["x_AllocatedMethodId"] == "cost-allocation-tag"
    assert (row["x_AllocatedResourceId"], row["x_AllocatedResourceName"]) == ("proj_1", "ProductSearch")
    assert (row["SubAccountId"], row["SubAccountName"]) == ("222222222222", "retail")


def test_a_team_is_known_by_the_tag_to_which_cost_is_allocated() -> None:
    """`Tags` would say what AWS billed, which may be a former value."""
    found = rows(SAMPLES["a year"])
    assert {row["Tags"] for row in found} == {""}
    allocated = {row["x_GroupingValue"]: row["x_AllocatedTags"] for row in found}
    assert json.loads(allocated["Search"]) == {"Team": "Search"}
    assert allocated[""] == ""


def test_unallocated_cost_has_no_allocation() -> None:
    found = [row for row in rows(reports.ledger()) if row["x_GroupingValue"] == ""]
    assert found
    names = ["Tags", *(name for name in focus.TYPES if name.startswith("x_Allocated"))]
    assert {row[name] for row in found for name in names} == {""}


def test_an_account_and_a_service_are_in_their_columns() -> None:
    (account,) = rows(SAMPLES["by account"])
    assert (account["SubAccountId"], account["SubAccountName"]) == ("222222222222", "retail-prod")
    (service,) = rows(SAMPLES["by service"])
    assert service["ServiceName"] == "Claude Haiku 4.5 (Amazon Bedrock Edition)"


def test_estimated_charges_are_marked() -> None:
    marks = [row["x_IsEstimated"] for row in rows(reports.single("5", "6"))]
    assert marks == ["false", "true"]


def test_parquet_has_decimals_times_and_texts_as_they_are(tmp_path: Path) -> None:
    types, found = parquet(month(search(label=TEXT)), tmp_path)
    assert types.keys() == focus.TYPES.keys()
    expected = {
        "decimal": "DECIMAL(38,18)",
        "text": "VARCHAR",
        "time": "TIMESTAMP WITH TIME ZONE",
        "boolean": "BOOLEAN",
    }
    assert types == {name: expected[kind] for name, kind in focus.TYPES.items()}
    assert found[0]["x_GroupingLabel"] == TEXT
    assert found[0]["BillingPeriodStart"] == "2026-11-01 00:00:00+00"
    assert found[0]["EffectiveCost"] is None


@settings(max_examples=5)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_parquet_has_every_text(texts: list[str]) -> None:
    made = month(*(search(label=text) for text in texts))
    with TemporaryDirectory() as folder:
        found = parquet(made, Path(folder))[1]
    assert {row["x_GroupingLabel"] for row in found} == set(texts)


def test_a_file_without_charges_has_its_columns(tmp_path: Path) -> None:
    types, found = parquet(reports.empty(), tmp_path)
    assert (types.keys(), found) == (focus.TYPES.keys(), [])


def test_the_same_report_gives_the_same_bytes() -> None:
    assert focus_parquet.render(reports.ledger()) == focus_parquet.render(reports.ledger())


@pytest.mark.parametrize("report", [reports.hostile(), reports.hostile_ledger()])
def test_no_cell_of_the_csv_is_a_formula(report: Report) -> None:
    check_csv(focus.render(report))


def test_an_amount_with_more_places_than_the_file_has_is_refused() -> None:
    with pytest.raises(
        SettingsError, match=r"0\.0000000000000000001 has more than 18 decimal places; use --format csv"
    ):
        focus_parquet.render(month(search("0.0000000000000000001", usage=None)))
    assert focus_parquet.render(month(search("12345678901.100000000000000000100", usage=None)))


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(
        BedrockProjectsError,
        match=r"the Python package duckdb, which writes Parquet, .*pip install 'bedrock-projects\[exports\]'",
    ):
        focus_parquet.render(reports.ledger())


def test_what_has_no_charges_is_refused_before_it_is_paid_for() -> None:
    request = ReportRequest(
        groupings=(Grouping(kind="project", tag_key="bedrock-project"),),
        dates=DateRange(start=reports.months(1)[0].start, end=reports.months(1)[0].end),
        granularity="month",
        ownership_tag_key="bedrock-project",
    )
    focus.check_request(request)
    with pytest.raises(SettingsError, match=r"--format focus writes billed cost; leave out --cost effective"):
        focus.check_request(replace(request, cost="effective", metric="NetAmortizedCost"))
    with pytest.raises(SettingsError, match=r"give one word in --by"):
        focus.check_request(replace(request, groupings=(*request.groupings, Grouping(kind="model"))))
