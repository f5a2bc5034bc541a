"""Data exports: what AWS delivers of the bill that Cost Explorer shows, file by file and column by column."""

import json
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_aws import ControlError, CostLine, DataExport, LocalAws, Use
from local_aws.accounts import LOCAL_SECRET
from local_aws.data_exports.columns import CUR2, CUR2_DEFAULT
from local_aws.data_exports.files import java_double, plain
from local_aws.data_exports.names import LINE_TYPES, product_code, resource_tag
from tests.local_aws.billing import Billing
from tests.local_aws.costs import EC2, OSS, ask, by_dimension, credit, grouped, line, support, tax, total
from tests.local_aws.exported import data_files, deliver, read, sums
from tests.local_aws.mantle import ACCOUNT, Mantle
from tests.local_aws.sessions import new_session
from tests.local_aws.test_invoices import Invoicing

OTHER = "222222222222"
BEDROCK, HAIKU_SERVICE = "Amazon Bedrock", "Claude Haiku 4.5 (Amazon Bedrock Edition)"
DISCOUNT = "Enterprise Discount Program Discount"
TWO_MONTHS = {"Start": "2026-02-01", "End": "2026-04-01"}
COST = "line_item_unblended_cost"
TYPE = "line_item_line_item_type"
# Cost Explorer's key → the column, and what Cost Explorer calls its empty value.
KEYS = {
    "LINKED_ACCOUNT": ("line_item_usage_account_id", ""),
    "USAGE_TYPE": ("line_item_usage_type", "NoUsageType"),
    "OPERATION": ("line_item_operation", "NoOperation"),
    "Team": ("tags.resourceTags/Team", "Team$"),
    "Stage": ("resource_tags.user_stage", "Stage$"),
}
ATTRIBUTES = {"provider": "Anthropic", "model": "Claude Haiku 4.5", "inference_type": "Input tokens", "feature": "x"}


@pytest.fixture
def lines_of_march(aws: LocalAws, billing: Billing) -> list[dict[str, Any]]:
    """Lines of a standalone account whose key Team counts."""
    del billing
    aws.tag_keys(ACCOUNT, ["Team"], status="Active")
    lines = [
        line("2026-03-02", "100.5", service=BEDROCK, usage_type="USE1-x", tags={"Team": "a", "App": "b"}),
        line("2026-03-02", "-5", service=BEDROCK, charge_type=DISCOUNT, tags={"Team": "a"}),
        credit("2026-03-03", "-7", tags={"Team": "a"}),
        tax("2026-03-01", "9", taxed_service=BEDROCK),
        support("2026-03-01", "29"),
    ]
    aws.costs(lines)
    return [item.model_dump() for item in lines]


def march(aws: LocalAws, folder: Path, **wish: Any) -> list[dict[str, Any]]:
    """The rows of an export, by default as CSV."""
    return read(deliver(aws, folder, **{"format": "csv"} | wish))


def where(rows: list[dict[str, Any]], **columns: str) -> dict[str, Any]:
    """The one row with these values."""
    (row,) = [row for row in rows if all(row[name] == value for name, value in columns.items())]
    return row


# --- where files are, and what names them


@pytest.mark.parametrize(("wish", "suffix"), [("csv", "csv.gz"), ("parquet", "snappy.parquet")])
@pytest.mark.usefixtures("lines_of_march")
def test_a_period_has_its_data_and_a_manifest(aws: LocalAws, tmp_path: Path, wish: str, suffix: str) -> None:
    aws.costs([line("2026-02-01", "1")])
    february, manifest = deliver(aws, tmp_path, format=wish, name="x")
    assert february == tmp_path / "x/metadata/BILLING_PERIOD=2026-02/x-Manifest.json"
    assert manifest == tmp_path / "x/metadata/BILLING_PERIOD=2026-03/x-Manifest.json"
    assert data_files(manifest) == [tmp_path / f"x/data/BILLING_PERIOD=2026-03/x-00001.{suffix}"]
    shown = json.loads(manifest.read_text())
    assert list(shown) == ["executionId", "exportArn", "columns", "dataFiles", "additionalOutputFiles"]
    assert shown["exportArn"].startswith(f"arn:aws:bcm-data-exports:us-east-1:{ACCOUNT}:export/x-")
    assert all(name.startswith("s3://") for name in shown["dataFiles"])
    assert {"name": "product", "type": "map"} in shown["columns"]


@pytest.mark.usefixtures("lines_of_march")
def test_a_refresh_overwrites_and_empties_chunks_that_are_left_over(aws: LocalAws, tmp_path: Path) -> None:
    (manifest,) = deliver(aws, tmp_path, chunk_rows=2)
    chunks = data_files(manifest)
    assert [file.name[-21:] for file in chunks] == [f"-0000{number}.snappy.parquet" for number in (1, 2, 3)]
    assert len(read([manifest])) == 5
    (manifest,) = deliver(aws, tmp_path)
    assert data_files(manifest) == chunks[:1]
    assert [file.stat().st_size for file in chunks[1:]] == [0, 0]
    assert len(read([manifest])) == 5


@pytest.mark.usefixtures("lines_of_march")
def test_create_new_keeps_every_refresh_and_the_manifest_names_the_newest(aws: LocalAws, tmp_path: Path) -> None:
    (manifest,) = deliver(aws, tmp_path, mode="create-new")
    first = data_files(manifest)
    aws.advance(hours=8)
    aws.costs([line("2026-03-04", "1")])
    (manifest,) = deliver(aws, tmp_path, mode="create-new")
    (file,) = data_files(manifest)
    assert file not in first
    assert first[0].exists()
    execution = json.loads(manifest.read_text())["executionId"]
    assert file.parent.name == f"2026-03-15T20:{file.parent.name[14:16]}:{file.parent.name[17:23]}Z-{execution}"
    beside = manifest.parent / file.parent.name / manifest.name
    assert beside.read_text() == manifest.read_text()
    assert len(read([manifest])) == 6


@pytest.mark.usefixtures("lines_of_march")
def test_a_bucket_behind_the_server_takes_an_export(aws: LocalAws, tmp_path: Path) -> None:
    s3: Any = new_session().client(
        "s3",
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id=f"local-{ACCOUNT}",
        aws_secret_access_key=LOCAL_SECRET,
    )
    export = DataExport(account=ACCOUNT, destination="s3://acme-cost/exports/", format="csv")
    with pytest.raises(ControlError, match="no bucket acme-cost"):
        aws.export(export)
    s3.create_bucket(Bucket="acme-cost")
    (key,) = aws.export(export)
    manifest = json.load(s3.get_object(Bucket="acme-cost", Key=f"exports/{key}")["Body"])
    name = "exports/acme-cur2/data/BILLING_PERIOD=2026-03/acme-cur2-00001.csv.gz"
    assert manifest["dataFiles"] == [f"s3://acme-cost/{name}"]
    (local,) = data_files(deliver(aws, tmp_path, format="csv")[0])
    assert s3.get_object(Bucket="acme-cost", Key=name)["Body"].read() == local.read_bytes()
    listed = {item["Key"] for item in s3.list_objects_v2(Bucket="acme-cost")["Contents"]}
    assert listed == {name, f"exports/{key}"}


@pytest.mark.usefixtures("lines_of_march")
def test_a_period_without_lines_is_a_file_without_rows(aws: LocalAws, tmp_path: Path) -> None:
    for wish in ("csv", "parquet"):
        manifests = deliver(aws, tmp_path, format=wish, periods=["2026-01"])
        assert [file.exists() for manifest in manifests for file in data_files(manifest)] == [True]
        assert read(manifests) == []


# --- oddities


@pytest.mark.usefixtures("lines_of_march")
@pytest.mark.parametrize("wish", ["csv", "parquet"])
def test_a_chunk_may_have_nothing(aws: LocalAws, tmp_path: Path, wish: str) -> None:
    manifests = deliver(aws, tmp_path, format=wish, empty_chunk=True)
    assert len(data_files(manifests[0])) == 2
    assert len(read(manifests)) == 5


@pytest.mark.usefixtures("lines_of_march")
def test_a_column_may_be_in_the_last_file_only(aws: LocalAws, tmp_path: Path) -> None:
    columns = [name for name in CUR2_DEFAULT if name != "tags"]
    rows = march(aws, tmp_path, columns=columns, late_columns=["tags"], chunk_rows=3)
    assert ["tags" in row for row in rows] == [False] * 3 + [True] * 2


@pytest.mark.usefixtures("lines_of_march")
def test_a_text_without_a_value_is_null_or_empty_or_a_word(aws: LocalAws, tmp_path: Path) -> None:
    def kinds(nothing: str) -> set[object]:
        rows = march(aws, tmp_path, format="parquet", nothing=nothing)
        return {row[name] for row in rows for name in ("bill_invoice_id", "product_sku")}

    assert [kinds(nothing) for nothing in ("mixed", "null", "NULL")] == [{"", None}, {None}, {"NULL"}]
    (manifest,) = deliver(aws, tmp_path, format="csv", columns=["bill_invoice_id", "product_sku"])
    assert {tuple(row.values()) for row in read([manifest])} == {("", "")}


@pytest.mark.usefixtures("lines_of_march")
def test_money_is_double_or_decimal(aws: LocalAws, tmp_path: Path) -> None:
    for money, kind in (("DOUBLE", "DOUBLE"), ("DECIMAL", "DECIMAL(38,10)")):
        (file,) = data_files(deliver(aws, tmp_path, money=money)[0])
        with duckdb.connect() as connection:
            described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
        types = {name: shown for name, shown, *_ in described}
        assert types[COST] == kind
        assert types["tags"] == types["product"] == "MAP(VARCHAR, VARCHAR)"
        assert types["line_item_usage_start_date"] == "TIMESTAMP"


@given(number=st.decimals(min_value=-99999, max_value=99999, places=10))
def test_numbers_of_a_csv_are_the_amounts(number: Decimal) -> None:
    assert Decimal(java_double(number)) == Decimal(plain(number)) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [("0", "0.0"), ("6.123E-7", "6.123E-7"), ("-0.00012", "-1.2E-4"), ("12", "12.0"), ("12345678", "1.2345678E7")],
)
def test_numbers_of_a_csv_are_written_as_java_does(number: str, text: str) -> None:
    assert java_double(Decimal(number)) == text


# --- columns


def test_an_export_has_the_columns_that_it_asks_for(
    aws: LocalAws, tmp_path: Path, lines_of_march: list[dict[str, Any]]
) -> None:
    del lines_of_march
    assert len(CUR2) == 131
    assert tuple(march(aws, tmp_path)[0]) == CUR2_DEFAULT
    assert list(march(aws, tmp_path, columns=[TYPE, COST])[0]) == [TYPE, COST]
    with pytest.raises(ControlError, match="columns cost are not a subset of the table COST_AND_USAGE_REPORT"):
        march(aws, tmp_path, columns=["cost", COST])


def test_charge_types_have_the_exports_spelling(
    aws: LocalAws, tmp_path: Path, lines_of_march: list[dict[str, Any]]
) -> None:
    del lines_of_march
    aws.costs([line("2026-03-02", "1", charge_type=name) for name in (*LINE_TYPES, "Type To Come", "RIFee", "Refund")])
    assert set(sums(march(aws, tmp_path), COST, TYPE)) == {
        *("Usage", "Credit", "Tax", "Type To Come", "RIFee", "Refund"),
        *("EdpDiscount", "SppDiscount", "BundledDiscount", "PrivateRateDiscount"),
    }


def test_services_have_product_codes_and_a_tax_that_of_its_service(
    aws: LocalAws, tmp_path: Path, lines_of_march: list[dict[str, Any]]
) -> None:
    del lines_of_march
    aws.costs([line("2026-03-02", "1", service="Amazon Bedrock Service"), line("2026-03-02", "1", service=EC2)])
    rows = march(aws, tmp_path)
    assert {row["line_item_product_code"] for row in rows} == {
        "AmazonBedrock",
        "AmazonBedrockService",
        "AmazonEC2",
        "AWSSupportBusiness",
    }
    assert where(rows, **{TYPE: "Tax"})["line_item_product_code"] == "AmazonBedrock"
    assert product_code(HAIKU_SERVICE).isalnum()
    assert "bedrock" not in product_code(HAIKU_SERVICE).lower()


def test_bedrock_has_its_family_and_model_since_the_20th_of_july(aws: LocalAws, tmp_path: Path) -> None:
    aws.set_clock("2026-07-25T00:00:00Z")
    for day in ("2026-07-19", "2026-07-20"):
        aws.costs([line(day, "1", service=HAIKU_SERVICE, region="us-east-1", **ATTRIBUTES)])
    before, since = march(aws, tmp_path)
    assert (before["product_product_family"], since["product_product_family"]) == ("", "Amazon Bedrock")
    assert before["product"] == {"product_name": HAIKU_SERVICE, "region": "us-east-1"}
    assert since["product"] == before["product"] | ATTRIBUTES


def test_both_maps_have_the_tags_that_count(
    aws: LocalAws, tmp_path: Path, lines_of_march: list[dict[str, Any]]
) -> None:
    del lines_of_march
    for wish in ("csv", "parquet"):
        rows = march(aws, tmp_path, format=wish)
        usage = where(rows, **{TYPE: "Usage", "line_item_product_code": "AmazonBedrock"})
        assert usage["tags"] == {"resourceTags/Team": "a"}
        assert usage["resource_tags"] == {"user_team": "a"}
        assert where(rows, **{TYPE: "Credit"})["tags"] == {}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("CostCenter", "user_cost_center"),
        ("cost-center", "user_cost_center"),
        ("karpenter.sh/nodepool", "user_karpenter_sh_nodepool"),
        ("parallelcluster:cluster-name", "user_parallelcluster_cluster_name"),
        ("aws:createdBy", "aws_created_by"),
    ],
)
def test_keys_of_resource_tags_are_normalized(key: str, name: str) -> None:
    assert resource_tag(key) == name


def test_of_two_keys_that_become_one_the_first_counts(aws: LocalAws, tmp_path: Path, billing: Billing) -> None:
    del billing
    aws.tag_keys(ACCOUNT, ["cost-center", "CostCenter"], status="Active")
    aws.costs([line("2026-03-01", "1", tags={"cost-center": "1", "CostCenter": "2"})])
    (row,) = march(aws, tmp_path)
    assert row["resource_tags"] == {"user_cost_center": "2"}
    assert row["tags"] == {"resourceTags/cost-center": "1", "resourceTags/CostCenter": "2"}


def test_net_costs_stand_in_months_with_discounts_only(aws: LocalAws, tmp_path: Path, billing: Billing) -> None:
    del billing
    aws.costs(
        [
            line("2026-02-01", "10"),
            line("2026-03-01", "10", other_amounts={"NetUnblendedCost": "9"}),
            line("2026-03-01", "-1", charge_type=DISCOUNT, other_amounts={"NetUnblendedCost": "0"}),
        ]
    )
    rows = march(aws, tmp_path)
    assert [row["line_item_net_unblended_cost"] for row in rows] == ["", "9.0", "0.0"]


def test_the_effective_cost_of_all_line_types_is_the_amortized_cost(
    aws: LocalAws, tmp_path: Path, billing: Billing
) -> None:
    amortized = {
        "Usage": ("7", "7"),
        "SavingsPlanCoveredUsage": ("30", "20"),
        "SavingsPlanNegation": ("-30", "0"),
        "SavingsPlanRecurringFee": ("25", "5"),
        "SavingsPlanUpfrontFee": ("11", "0"),
        "DiscountedUsage": ("0", "13"),
        "RIFee": ("17", "4"),
        "Fee": ("100", "0"),
    }
    for name, (cost, other) in amortized.items():
        aws.costs([line("2026-03-02", cost, charge_type=name, other_amounts={"AmortizedCost": other})])
    effective = {row[TYPE]: _effective(row) for row in march(aws, tmp_path)}
    assert effective == {name: Decimal(other) for name, (_, other) in amortized.items()}
    (result,) = ask(billing.client, Metrics=["AmortizedCost"])
    assert Decimal(result["Total"]["AmortizedCost"]["Amount"]) == sum(effective.values())


def _effective(row: dict[str, Any]) -> Decimal:
    """As AWS documents it: docs.aws.amazon.com/cur/latest/userguide, and its sample queries."""

    def of(name: str) -> Decimal:
        return Decimal(row[name])

    kind = row[TYPE]
    if kind in ("SavingsPlanNegation", "SavingsPlanUpfrontFee"):
        return Decimal(0)
    if kind == "SavingsPlanCoveredUsage":
        return of("savings_plan_savings_plan_effective_cost")
    if kind == "SavingsPlanRecurringFee":
        return of("savings_plan_total_commitment_to_date") - of("savings_plan_used_commitment")
    if kind == "DiscountedUsage":
        return of("reservation_effective_cost")
    if kind == "RIFee":
        unused = "reservation_unused_amortized_upfront_fee_for_billing_period"
        return of(unused) + of("reservation_unused_recurring_fee")
    if kind == "Fee" and row["reservation_reservation_a_r_n"]:
        return Decimal(0)
    return of(COST)


def test_a_line_may_have_a_resource_and_a_principal(aws: LocalAws, tmp_path: Path, billing: Billing) -> None:
    del billing
    aws.costs([line("2026-03-01", "1", resource_id="r", iam_principal="p")])
    assert "line_item_iam_principal" not in march(aws, tmp_path)[0]
    (row,) = march(aws, tmp_path, columns=["line_item_resource_id", "line_item_iam_principal"])
    assert row == {"line_item_resource_id": "r", "line_item_iam_principal": "p"}


def test_metered_use_names_its_project(aws: LocalAws, tmp_path: Path, billing: Billing, mantle: Mantle) -> None:
    del billing
    one, two = (mantle.create(name) for name in ("A", "B"))
    for project in (one, two):
        aws.use(project["id"], OSS, 1_000_000, 0)
    rows = march(aws, tmp_path)
    assert sorted(row["line_item_resource_id"] for row in rows) == sorted(project["arn"] for project in (one, two))
    assert {row["pricing_unit"] for row in rows} == {"1K tokens"}
    assert {row["line_item_usage_amount"] for row in rows} == {"1000.0"}


# --- invoices


def test_invoice_ids_appear_with_the_invoice_and_add_up_to_it(aws: LocalAws, tmp_path: Path, billing: Billing) -> None:
    del billing
    marketplace: dict[str, Any] = {"billing_entity": "AWS Marketplace"}
    aws.costs(
        [
            line("2026-03-02", "100"),
            tax("2026-03-31", "7.25"),
            credit("2026-03-09", "-20"),
            line("2026-03-03", "40", service=HAIKU_SERVICE, **marketplace),
            tax("2026-03-31", "4", **marketplace),
            line("2026-03-30", "3", posted_at="2026-04-09T00:00:00Z"),
        ]
    )
    aws.set_clock("2026-04-02T23:00:00Z")
    assert {row["bill_invoice_id"] for row in march(aws, tmp_path)} == {""}
    aws.set_clock("2026-04-10T00:00:00Z")
    invoices = {
        summary["InvoiceId"]: Decimal(summary["BaseCurrencyAmount"]["TotalAmount"])
        for summary in Invoicing(aws).listed(month=3)
    }
    rows = march(aws, tmp_path)
    assert len(invoices) == 4
    assert sums(rows, COST, "bill_invoice_id") == invoices
    entities = {(row["bill_invoice_id"], row["bill_billing_entity"]) for row in rows}
    assert sorted(entity for _, entity in entities) == ["AWS"] * 3 + ["AWS Marketplace"]


# --- equal to Cost Explorer


_AMOUNTS = st.decimals(min_value=-9999, max_value=9999, places=10)
_LINES = st.builds(
    line,
    st.sampled_from(["2026-02-01", "2026-02-28", "2026-03-01", "2026-03-09", "2026-03-10", "2026-03-14"]),
    _AMOUNTS.map(str),
    account=st.sampled_from([ACCOUNT, OTHER]),
    service=st.sampled_from([BEDROCK, HAIKU_SERVICE, EC2, "Tax"]),
    usage_type=st.sampled_from(["", "USE1-a", "USW2-MP:USW2_b-Units"]),
    operation=st.sampled_from(["", "InvokeModelInference"]),
    charge_type=st.sampled_from(["Usage", "Credit", "Tax", DISCOUNT, "Refund", "Fee", "To Come"]),
    tags=st.dictionaries(st.sampled_from(["Team", "Stage"]), st.sampled_from(["a", 'b, "c"\nd'])),
    other_amounts=st.dictionaries(
        st.sampled_from(["NetUnblendedCost", "NetAmortizedCost", "ListCost", "BilledCost"]), _AMOUNTS.map(str)
    ),
    posted_at=st.sampled_from([None, "2026-03-05T00:00:00Z", "2026-03-14T00:00:00Z", "2026-03-20T00:00:00Z"]),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=st.lists(_LINES, min_size=1, max_size=12), granularity=st.sampled_from(["hourly", "daily", "monthly"]))
def test_costs_by_any_key_are_those_of_cost_explorer(aws: LocalAws, lines: list[CostLine], granularity: str) -> None:
    ce = _a_bill(aws, lines).client
    with TemporaryDirectory() as folder:
        for wish in ("csv", "parquet"):
            rows = march(aws, Path(folder), format=wish, granularity=granularity)
            for key, (column, absent) in KEYS.items():
                shown = {_named(name, key, absent): cost for name, cost in grouped(ce, key, period=TWO_MONTHS).items()}
                assert sums(rows, COST, column) == shown
            by_type = {
                LINE_TYPES.get(name, name): cost for name, cost in grouped(ce, "RECORD_TYPE", period=TWO_MONTHS).items()
            }
            assert sums(rows, COST, TYPE) == by_type
            by_service = grouped(ce, "SERVICE", period=TWO_MONTHS)
            by_code = {product_code(service): cost for service, cost in by_service.items()}
            assert sums(rows, COST, "line_item_product_code") == by_code
            for entity, cost in sums(rows, COST, "bill_billing_entity").items():
                assert total(ce, TWO_MONTHS, Filter=by_dimension("BILLING_ENTITY", entity)) == cost


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=st.lists(_LINES, min_size=1, max_size=12))
def test_costs_of_focus_are_the_metrics_of_cost_explorer(aws: LocalAws, lines: list[CostLine]) -> None:
    ce = _a_bill(aws, lines).client
    metrics = {"BilledCost": "BilledCost", "EffectiveCost": "NetAmortizedCost", "ListCost": "ListCost"}
    results = ask(ce, TWO_MONTHS, Metrics=list(metrics.values()))
    with TemporaryDirectory() as folder:
        for table in ("focus-1.0", "focus-1.2"):
            rows = march(aws, Path(folder), table=table, name=table.replace(".", "-"))
            for column, metric in metrics.items():
                total = sum(Decimal(result["Total"][metric]["Amount"]) for result in results)
                assert sum(Decimal(row[column]) for row in rows) == total


def _a_bill(aws: LocalAws, lines: list[CostLine]) -> Billing:
    """Two accounts on 2026-03-15; Team counts since the 10th, Stage ever."""
    aws.reset(seed=1, now="2026-03-10T12:00:00Z")
    aws.organization(management=ACCOUNT, members=[OTHER])
    aws.tag_keys(ACCOUNT, ["Team"])
    aws.tag_keys(ACCOUNT, ["Stage"], status="Active")
    billing = Billing(aws.url)
    billing.update(Team="Active")
    aws.set_clock("2026-03-15T12:00:00Z")
    # Something that always shows, so that every question has an answer.
    aws.costs([*lines, line("2026-02-02", "1"), line("2026-03-02", "1", posted_at="2026-03-06T00:00:00Z")])
    return billing


def _named(name: str, key: str, absent: str) -> str:
    """A key of Cost Explorer's answer as the column has it."""
    if name == absent:
        return ""
    return name if key.isupper() else name.removeprefix(f"{key}$")


@pytest.mark.parametrize(("granularity", "rows"), [("hourly", 3), ("daily", 2), ("monthly", 1)])
def test_lines_are_of_an_hour_a_day_or_a_month(
    aws: LocalAws, tmp_path: Path, billing: Billing, mantle: Mantle, granularity: str, rows: int
) -> None:
    del billing
    project = mantle.create("A")["id"]
    for at in ("2026-03-01T00:59:00Z", "2026-03-01T01:00:00Z", "2026-03-02T01:00:00Z"):
        aws.use_many([Use(project_id=project, model=OSS, input_tokens=1_000_000, output_tokens=0, at=at)])
    shown = march(aws, tmp_path, granularity=granularity)
    assert len(shown) == rows
    assert shown[0]["line_item_usage_start_date"] == "2026-03-01T00:00:00.000Z"
    ends = {"hourly": "2026-03-01T01", "daily": "2026-03-02T00", "monthly": "2026-04-01T00"}
    assert shown[0]["line_item_usage_end_date"] == f"{ends[granularity]}:00:00.000Z"


def test_a_member_account_exports_its_own_lines(aws: LocalAws, tmp_path: Path, billing: Billing) -> None:
    del billing
    aws.organization(management=ACCOUNT, members=[OTHER])
    aws.costs([line("2026-03-01", "1"), line("2026-03-01", "2", account=OTHER)])
    column = "line_item_usage_account_id"
    assert {row[column] for row in march(aws, tmp_path)} == {ACCOUNT, OTHER}
    rows = march(aws, tmp_path, account=OTHER)
    assert [(row[column], row["bill_payer_account_id"]) for row in rows] == [(OTHER, ACCOUNT)]


# --- FOCUS


@pytest.mark.usefixtures("lines_of_march")
def test_focus_has_partitions_in_small_letters_and_a_second_manifest(aws: LocalAws, tmp_path: Path) -> None:
    for table, columns in (("focus-1.0", 48), ("focus-1.2", 60)):
        (manifest,) = deliver(aws, tmp_path, table=table, name="f")
        assert manifest == tmp_path / "f/metadata/billing_period=2026-03/f-Manifest.json"
        second = json.loads(manifest.with_name("f-Manifest-FOCUS.json").read_text())["Schema"]
        named = [column["name"] for column in json.loads(manifest.read_text())["columns"]]
        assert [column["ColumnName"] for column in second["ColumnDefinition"]] == named == list(read([manifest])[0])
        assert (second["FocusVersion"], len(named)) == (table[-3:], columns)


def test_focus_tells_categories_and_corrections(aws: LocalAws, tmp_path: Path, billing: Billing) -> None:
    del billing
    aws.tag_keys(ACCOUNT, ["CostCenter"], status="Active")
    aws.costs(
        [
            line("2026-02-02", "100", service=HAIKU_SERVICE, tags={"CostCenter": "1"}, unit="Units"),
            line("2026-02-02", "-5", posted_at="2026-03-05T00:00:00Z"),
            line("2026-02-02", "-1", charge_type=DISCOUNT),
            line("2026-02-02", "50", charge_type="SavingsPlanRecurringFee"),
            credit("2026-02-03", "-7"),
            tax("2026-02-01", "9"),
        ]
    )
    rows = march(aws, tmp_path, table="focus-1.2")
    shown = {(row["ChargeCategory"], row["ChargeClass"], row["BilledCost"]) for row in rows}
    assert shown == {
        ("Usage", "", "100.0"),
        ("Usage", "Correction", "-5.0"),
        ("Adjustment", "", "-1.0"),
        ("Purchase", "", "50.0"),
        ("Credit", "", "-7.0"),
        ("Tax", "", "9.0"),
    }
    usage = where(rows, BilledCost="100.0")
    assert (usage["ServiceName"], usage["ServiceCategory"]) == (HAIKU_SERVICE, "AI and Machine Learning")
    assert (usage["SkuMeter"], usage["ConsumedQuantity"], usage["PricingUnit"]) == ("BoxUsage:m5.large", "1.0", "Units")
    assert usage["Tags"] == {"CostCenter": "1"}
    assert usage["InvoiceId"]
    normalized = march(aws, tmp_path, table="focus-1.0", tag_keys="normalized", name="other")
    assert where(normalized, BilledCost="100.0")["Tags"] == {"user_cost_center": "1"}
    assert where(normalized, BilledCost="100.0")["x_UsageType"] == "BoxUsage:m5.large"
    assert "InvoiceId" not in normalized[0]
