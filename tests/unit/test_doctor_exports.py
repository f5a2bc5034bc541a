"""What `bedrock-projects doctor` makes of an export's newest delivery."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from bedrock_projects.doctor.exports import finding_of_deliveries
from bedrock_projects.exports import focus
from bedrock_projects.exports.creation import REPORT_COLUMNS
from bedrock_projects.exports.manifests import Delivery
from bedrock_projects.model import Export, ExportCreation

NOW = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)
READ = Export(name="acme-cur2", table="cur2", location="s3://acme-billing/cur2")
COPY = Export(name="acme-cur2", table="cur2", location="copies/cur2")
CREATED = READ.model_copy(update={"creation": ExportCreation(bucket="acme-costs", region="us-east-1")})
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def delivery(month: date = NOVEMBER, *, hours: float = 5, without: frozenset[str] = frozenset()) -> Delivery:
    return Delivery(
        month=month,
        files=(),
        format="parquet",
        delivered=NOW - timedelta(hours=hours),
        columns=frozenset(REPORT_COLUMNS - without),
    )


def judged(
    newest: Delivery, *, export: Export = READ, before: Delivery | None = None, first: date = OCTOBER
) -> tuple[str, str, str]:
    found = finding_of_deliveries(export, [first, newest.month], newest, before, now=NOW)
    assert found.check == "export acme-cur2"
    return found.outcome, found.result, found.remedy


def test_a_new_delivery_is_well() -> None:
    assert judged(delivery(), before=delivery(OCTOBER)) == (
        "ok",
        "newest delivery 2026-11-29 07:00 UTC (5 hours ago); months 2026-10 to 2026-11",
        "",
    )


@pytest.mark.parametrize(("hours", "outcome", "ago"), [(47.9, "ok", "47 hours"), (48.1, "hint", "2 days")])
def test_a_delivery_of_two_days_ago_is_late(hours: float, outcome: str, ago: str) -> None:
    found = judged(delivery(hours=hours), before=delivery(OCTOBER))
    assert found[0] == outcome
    assert f"({ago} ago)" in found[1]


def test_whose_delay_it_is_depends_on_the_place() -> None:
    assert "Data Exports" in judged(delivery(hours=99), before=delivery(OCTOBER))[2]
    assert judged(delivery(hours=99), export=COPY, before=delivery(OCTOBER))[2] == "copy the export again"


def test_columns_that_reports_need_are_named_with_what_to_do() -> None:
    lacking = delivery(without=frozenset({"tags", "bill_invoice_id"}))
    outcome, result, remedy = judged(lacking, before=delivery(OCTOBER))
    assert (outcome, result) == ("failed", "reports need the columns bill_invoice_id, tags, not selected")
    assert remedy.startswith("select all of them in the export's query (Data Exports, CUR 2.0), then wait")
    assert judged(lacking, export=CREATED)[2].startswith("run `pulumi up` for the stack of Billing, then wait")


def with_columns(*columns: str) -> Delivery:
    return replace(delivery(), columns=frozenset(columns))


def test_an_export_of_focus_is_judged_by_the_columns_of_focus() -> None:
    full = {*focus.REQUIRED, focus.EFFECTIVE_COST}
    for usage_type in focus.USAGE_TYPES:
        assert judged(with_columns(*full, usage_type), before=delivery(OCTOBER))[0] == "ok"
    assert judged(with_columns(*full - {"Tags"}), before=delivery(OCTOBER)) == (
        "failed",
        "reports need the columns SkuMeter (FOCUS 1.2) or x_UsageType (FOCUS 1.0), Tags, not selected",
        "select all of them in the export's query (Data Exports, FOCUS), then wait for the next delivery",
    )


def test_either_column_with_tags_will_do() -> None:
    either = with_columns(*REPORT_COLUMNS - {"tags"}, "resource_tags")
    assert judged(either, before=delivery(OCTOBER))[0] == "ok"


def test_a_manifest_that_names_no_columns_says_nothing_of_them() -> None:
    assert judged(delivery(without=REPORT_COLUMNS), before=delivery(OCTOBER))[0] == "ok"


def test_a_gap_before_the_newest_month_is_seen() -> None:
    assert judged(delivery(), first=date(2026, 8, 1)) == (
        "hint",
        "newest delivery 2026-11-29 07:00 UTC (5 hours ago); months 2026-08 to 2026-11; 2026-10 is missing",
        "ask AWS Support to deliver that month",
    )


def test_an_export_of_this_month_has_none_before() -> None:
    assert finding_of_deliveries(READ, [NOVEMBER], delivery(), None, now=NOW).outcome == "ok"
