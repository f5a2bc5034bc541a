"""Reports from exports of FOCUS, in made-up files and in a cut of the FinOps Foundation's sample."""

import csv
import json
import shutil
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bedrock_projects.exports.fetch import read_owners_table
from bedrock_projects.exports.focus import REQUIRED
from bedrock_projects.exports.stores import Folder
from bedrock_projects.reports.charge_types import charge_type, unknown_types
from bedrock_projects.reports.cost_data import (
    ACCOUNT,
    CHARGE_TYPE,
    PROJECT,
    SERVICE,
    USAGE_TYPE,
    Column,
    Quantity,
)
from bedrock_projects.reports.model import DateRange
from tests.unit.export_files import NAME, OWNER, Row, charge, deliver
from tests.unit.test_export_lines import CHAT, OCTOBER, read, refusal, totals

SAMPLE = Path(__file__).parents[1] / "focus_sample" / "focus_sample.csv"
SEPTEMBER_2024 = DateRange(start=date(2024, 9, 1), end=date(2024, 9, 30))
METER = "USE1-openai.gpt-5.5-mantle-input-tokens-standard"
TEAM = Column("tag", "Team")


def of_1_0(row: Row) -> Row:
    """The same charge in FOCUS 1.0, which has the usage type elsewhere, and no invoice."""
    renamed = {"x_UsageType" if name == "SkuMeter" else name: value for name, value in row.items()}
    return {name: value for name, value in renamed.items() if name != "InvoiceId"}


def without(row: Row, *columns: str) -> Row:
    return {name: value for name, value in row.items() if name not in columns}


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("version", ["1.0", "1.2"])
def test_charges_add_up_by_project_charge_type_and_usage_type(tmp_path: Path, form: str, version: str) -> None:
    rows = [
        charge("1.1", tags=CHAT),
        charge("2.2", tags=CHAT),
        charge("-0.5", ChargeCategory="Credit", ConsumedQuantity="", SkuMeter="", ConsumedUnit=""),
        charge("7", ServiceName="Amazon Simple Storage Service", x_ServiceCode="AmazonS3"),
    ]
    deliver(tmp_path, [of_1_0(row) for row in rows] if version == "1.0" else rows, form=form)
    data = read(tmp_path)
    assert totals(data.table((PROJECT, CHARGE_TYPE))) == {
        ("acme/prod/chat", "Usage"): Decimal("3.3"),
        ("", "Credit"): Decimal("-0.5"),
    }
    assert totals(data.bill) == {
        ("Amazon Bedrock", "Usage"): Decimal("3.3"),
        ("Amazon Bedrock", "Credit"): Decimal("-0.5"),
        ("Amazon Simple Storage Service", "Usage"): Decimal(7),
    }
    usage = data.table((PROJECT, USAGE_TYPE))
    assert usage.quantities["acme/prod/chat", METER] == (Quantity(Decimal(4), "1K tokens"),)
    assert data.account_names == {"012345678901": "acme-prod"}
    assert data.source.startswith(f"AWS Data Exports {NAME} (FOCUS {version}), delivered ")


def test_effective_cost_is_the_column_of_that_name(tmp_path: Path) -> None:
    deliver(tmp_path, [charge("3", EffectiveCost="2.5", tags=CHAT)])
    assert read(tmp_path, cost="effective").bill.total == Decimal("2.5")
    assert read(tmp_path).bill.total == Decimal(3)


def test_models_are_unknown_and_the_report_says_why(tmp_path: Path) -> None:
    deliver(tmp_path, [charge(tags=CHAT)])
    data = read(tmp_path, by="model")
    assert data.models_missing == "FOCUS has no column for the model"
    assert data.find((PROJECT, Column("model"))) is None


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("owner", "team"),
    [
        ("bedrock-project", "Team"),
        ("resourceTags/bedrock-project", "resourceTags/Team"),
        ("user:bedrock-project", "user:Team"),
        ("user_bedrock_project", "user_team"),
    ],
)
def test_each_form_of_a_tag_key_is_read(tmp_path: Path, owner: str, team: str, form: str) -> None:
    deliver(tmp_path, [charge("3", tags={owner: CHAT[OWNER], team: "a"}), charge("4")], form=form)
    table = read(tmp_path, by="Team").table((PROJECT, TEAM))
    assert totals(table) == {("acme/prod/chat", "a"): Decimal(3), ("", ""): Decimal(4)}


def test_one_value_in_two_forms_is_one_and_two_values_are_refused(tmp_path: Path) -> None:
    deliver(tmp_path, [charge(tags={"Team": "a", "user:Team": "a"})])
    assert totals(read(tmp_path, by="Team").table((PROJECT, TEAM))) == {("", "a"): Decimal(1)}
    deliver(tmp_path, [charge(tags={"Team": "a", "user:Team": "b"}), charge(tags={"user:Team": "b"})])
    assert refusal(tmp_path, by="Team") == (
        f"export {NAME}, 2026-10 has a tag key in two forms with different values, such as Team and user:Team "
        "(charges: 1); use an export of CUR 2.0"
    )
    assert read(tmp_path).bill.total == 2, "this report does not read Team"


@pytest.mark.parametrize("column", REQUIRED)
def test_a_column_that_is_not_selected_is_named(tmp_path: Path, column: str) -> None:
    deliver(tmp_path, [without(charge(), column)])
    assert refusal(tmp_path) == (
        f"export {NAME}, 2026-10 lacks the column {column}; select it in the export's query (Data Exports, FOCUS), "
        "then wait for the next delivery"
    )


def test_effective_cost_that_is_not_selected_is_named_only_if_it_is_asked_for(tmp_path: Path) -> None:
    deliver(tmp_path, [without(charge(), "EffectiveCost")])
    assert read(tmp_path).bill.total == 1
    assert "lacks the column EffectiveCost" in refusal(tmp_path, cost="effective")


def test_usage_types_are_needed_only_of_bedrock(tmp_path: Path) -> None:
    deliver(tmp_path, [without(charge(), "SkuMeter")])
    assert "lacks the column SkuMeter (FOCUS 1.2) or x_UsageType (FOCUS 1.0)" in refusal(tmp_path)
    deliver(tmp_path, [without(charge(ServiceName="AWS Lambda", x_ServiceCode="AWSLambda"), "SkuMeter")])
    assert read(tmp_path).services == ()


def test_charges_of_other_providers_are_counted_and_left_out(tmp_path: Path) -> None:
    others = [charge("9", ProviderName=name, BillingCurrency="EUR") for name in ("Microsoft", "")]
    deliver(tmp_path, [charge("1", tags=CHAT), *others])
    data = read(tmp_path)
    assert (data.bill.total, data.bill.currency) == (Decimal(1), "USD")
    assert data.notes == ("charges of other providers than AWS, which are left out: 2",)


def test_adjustments_are_other_charges_and_the_report_says_why(tmp_path: Path) -> None:
    deliver(tmp_path, [charge("3", tags=CHAT), charge("-1", ChargeCategory="Adjustment", ChargeClass="Correction")])
    assert charge_type("Adjustment") == "other"
    assert unknown_types(["Adjustment", "Purchase", "Surprise"]) == ("Surprise",)
    assert read(tmp_path).notes == ("FOCUS does not tell discounts from refunds: both are other charges",)


@pytest.mark.parametrize(("invoice", "is_estimated"), [("EUINUS26-1", False), ("", True)])
def test_a_month_is_estimated_while_a_charge_has_no_invoice(tmp_path: Path, invoice: str, is_estimated: bool) -> None:
    deliver(tmp_path, [charge(), charge(InvoiceId=invoice), charge("0", InvoiceId="")])
    assert read(tmp_path).bill.estimated == (is_estimated,)


def test_without_invoice_ids_all_amounts_count_as_estimated(tmp_path: Path) -> None:
    deliver(tmp_path, [of_1_0(charge(tags=CHAT))])
    data = read(tmp_path)
    assert data.bill.estimated == (True,)
    assert data.notes == ("the export has no invoice ids (FOCUS 1.0 has none), so all amounts count as estimated",)
    assert data.invoices is None


def test_a_marketplace_model_is_of_bedrock_by_the_name_of_its_service(tmp_path: Path) -> None:
    name = "Claude Haiku 4.5 (Amazon Bedrock Edition)"
    deliver(tmp_path, [charge("2", ServiceName=name, x_ServiceCode="3q9xkx", tags=CHAT)])
    data = read(tmp_path, by="service")
    assert totals(data.table((SERVICE, CHARGE_TYPE))) == {(name, "Usage"): Decimal(2)}


def test_the_audit_reads_the_owners_of_usage(tmp_path: Path) -> None:
    deliver(tmp_path, [charge("3", tags=CHAT), charge("4"), charge("-9", ChargeCategory="Credit")])
    table = read_owners_table(Folder(tmp_path), OCTOBER, ownership_tag_key=OWNER, tag_keys=(), account="012345678901")
    assert totals(table) == {("acme/prod/chat", "Amazon Bedrock"): Decimal(3), ("", "Amazon Bedrock"): Decimal(4)}


def sample(root: Path, file: Path = SAMPLE) -> Path:
    """The sample as AWS would deliver it, which a bare CSV is not."""
    folder = root / "focus" / "data" / "billing_period=2024-09"
    folder.mkdir(parents=True)
    shutil.copy(file, folder / "focus-00001.csv")
    place = root / "focus" / "metadata" / "billing_period=2024-09"
    place.mkdir(parents=True)
    uri = "s3://b/focus/data/billing_period=2024-09/focus-00001.csv"
    (place / "focus-Manifest.json").write_text(json.dumps({"dataFiles": [uri]}))
    (place / "focus-Manifest-FOCUS.json").write_text("{}")
    return root


def aws_rows() -> list[Mapping[str, str]]:
    with SAMPLE.open(newline="") as text:
        return [row for row in csv.DictReader(text) if row["ProviderName"] == "AWS"]


def test_the_sample_of_the_finops_foundation_is_read_and_has_no_bedrock(tmp_path: Path) -> None:
    """The word NULL, times without a zone, a column Id, three providers, and keys that differ by a space."""
    data = read(sample(tmp_path), dates=SEPTEMBER_2024)
    assert data.services == ()
    assert data.table((PROJECT, CHARGE_TYPE)).is_empty
    assert data.bill.total == sum((Decimal(row["BilledCost"]) for row in aws_rows()), Decimal())
    assert data.bill.currency == "USD"
    assert data.notes == (
        "the export has no invoice ids (FOCUS 1.0 has none), so all amounts count as estimated",
        "charges of other providers than AWS, which are left out: 15",
    )


def test_accounts_of_the_sample_are_read_by_day(tmp_path: Path) -> None:
    data = read(sample(tmp_path), by="account", dates=SEPTEMBER_2024, granularity="day")
    assert len(data.bill.periods) == 30
    assert data.table((ACCOUNT, CHARGE_TYPE)).is_empty
    assert OWNER not in {column.tag_key for columns in data.tables for column in columns}
