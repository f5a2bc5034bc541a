"""What the lines of an export add up to, in made-up files; a plain reader of the standard library is the oracle."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_projects.cost_tags.key_forms import normalized
from bedrock_projects.errors import SettingsError
from bedrock_projects.exports.cur2 import AMORTIZED, REQUIRED
from bedrock_projects.exports.fetch import read_cost_data, read_tag_keys
from bedrock_projects.exports.layout import LineQuery
from bedrock_projects.exports.lines import open_lines
from bedrock_projects.exports.loading import Limits, PeriodFiles
from bedrock_projects.exports.manifests import Delivery
from bedrock_projects.exports.schema import COSTS
from bedrock_projects.exports.stores import Folder
from bedrock_projects.inventory import load
from bedrock_projects.reports.charge_types import charge_type
from bedrock_projects.reports.cost_data import (
    ACCOUNT,
    CHARGE_TYPE,
    MODEL,
    PROJECT,
    SERVICE,
    USAGE_TYPE,
    Column,
    CostData,
    CostTable,
    Quantity,
    row_total,
)
from bedrock_projects.reports.model import DateRange
from bedrock_projects.reports.query import ChargeFilter
from bedrock_projects.reports.request import ReportRequest, parse_request
from bedrock_projects.reports.units import tokens
from tests.unit.export_files import (
    NAME,
    OPTIONS,
    OWNER,
    TAG_KEYS,
    Row,
    bare,
    csv_text,
    deliver,
    manifest,
    plain_rows,
    plain_sums,
    plain_tag,
    row,
    write_csv,
    write_parquet,
)

OCTOBER = DateRange(start=date(2026, 10, 1), end=date(2026, 10, 31))
TEAM = Column("tag", "Team")
INVENTORY = """\
version: 1
inventory: acme
environments:
  prod: {account: "012345678901", region: us-east-1}
tag_keys: {Team: {}, CostCenter: {}}
projects:
  chat: {name: Chat, environments: [prod], tags: {Team: a, CostCenter: x}}
"""
CHAT = {OWNER: "acme/prod/chat", "Team": "a"}


def request_of(tmp_path: Path, by: str = "project", dates: DateRange = OCTOBER, **options: Any) -> ReportRequest:
    file = tmp_path / "projects.yaml"
    file.write_text(INVENTORY)
    return parse_request(load(file), by=[by], dates=dates, **{**OPTIONS, **options})


def read(root: Path, by: str = "project", dates: DateRange = OCTOBER, **options: Any) -> CostData:
    return read_cost_data(request_of(root, by, dates, **options), Folder(root), tag_keys=TAG_KEYS)


def totals(table: CostTable) -> dict[tuple[str, ...], Decimal]:
    return {group: row_total(amounts) for group, amounts in table.amounts.items()}


def whole(amounts: Sequence[Decimal | None]) -> list[int | None]:
    return [None if amount is None else int(amount) for amount in amounts]


def refusal(root: Path, by: str = "project", dates: DateRange = OCTOBER, **options: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        read(root, by, dates, **options)
    assert len(caught.value.lines) == 1
    return str(caught.value)


# Exactness


def test_amounts_too_large_to_add_are_one_message(tmp_path: Path) -> None:
    deliver(tmp_path, [row("9" * 20), row("9" * 20)])
    assert "export acme-cur2, 2026-10 cannot be read" in refusal(tmp_path)


def many_rows(count: int, *, seed: int = 1) -> list[Row]:
    """Lines of many projects, services and line types, with amounts of up to 15 significant digits."""
    random = Random(seed)
    kinds = ("Usage", "Credit", "EdpDiscount", "Tax")
    return [
        row(
            f"{random.randint(-99, 99999)}.{random.randint(0, 10**10 - 1):010}",
            tags={OWNER: f"acme/prod/p{random.randrange(20)}", "Team": random.choice(["a", "b", '"c"', "d,e", "ü"])},
            line_item_line_item_type=random.choice(kinds),
            line_item_usage_account_id=random.choice(("012345678901", "222222222222")),
            day=f"2026-10-{random.randint(1, 31):02}",
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_sums_are_those_of_a_plain_reader_each_time_on_two_threads(tmp_path: Path, form: str) -> None:
    rows = many_rows(3000)
    deliver(tmp_path, rows, form=form, chunks=3)
    plain = plain_rows([write_once(tmp_path / "plain", rows)])
    by_project = plain_sums(plain, lambda each: (plain_tag(each, OWNER), each["line_item_line_item_type"]))
    by_team = plain_sums(plain, lambda each: (plain_tag(each, OWNER), plain_tag(each, "Team")))
    bill = plain_sums(plain, lambda each: ("Amazon Bedrock", each["line_item_line_item_type"]))
    for _ in range(4):
        data = read(tmp_path, "Team")
        assert totals(data.bill) == bill
        assert totals(data.table((PROJECT, TEAM))) == by_team
        assert totals(data.table((PROJECT, CHARGE_TYPE))) == by_project


def write_once(folder: Path, rows: Sequence[Row]) -> Path:
    path = folder / "rows.csv.gz"
    write_csv(path, rows)
    return path


AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False)


@settings(max_examples=10)  # each writes and reads files
@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=20), form=st.sampled_from(["csv", "parquet"]))
def test_a_sum_is_exact(tmp_path_factory: pytest.TempPathFactory, amounts: list[Decimal], form: str) -> None:
    root = tmp_path_factory.mktemp("exact")
    deliver(root, [row(f"{amount}", tags=CHAT) for amount in amounts], form=form)
    assert read(root).bill.total == sum(amounts)


def test_an_amount_has_no_zeros_that_nobody_wrote(tmp_path: Path) -> None:
    deliver(tmp_path, [row("100"), row("0.10", line_item_line_item_type="Credit")])
    amounts = {group[1]: f"{row_total(amount)}" for group, amount in read(tmp_path).bill.amounts.items()}
    assert amounts == {"Usage": "100", "Credit": "0.1"}


def test_an_amount_in_the_form_of_a_double_is_what_aws_wrote(tmp_path: Path) -> None:
    """As Parquet has it: 834.1238741347 is not a binary number, and a cast of the number would show it."""
    deliver(tmp_path, [row("834.1238741347"), row("0.0000001")], form="parquet")
    assert read(tmp_path).bill.total == Decimal("834.1238742347")


# Rows


def test_bedrock_is_what_aws_marks_by_family_code_or_name(tmp_path: Path) -> None:
    edition = "Claude X (Amazon Bedrock Edition)"
    unmarked: dict[str, Any] = {"product_product_family": ""}
    deliver(
        tmp_path,
        [
            row("1"),
            row("2", service="Model Y", line_item_product_code="opaque1"),
            row("4", service=edition, line_item_product_code="opaque2", **unmarked),
            row("8", service="Amazon Bedrock Service", line_item_product_code="AmazonBedrockService", **unmarked),
            row("16", service="Amazon EC2", line_item_product_code="AmazonEC2", **unmarked),
        ],
    )
    data = read(tmp_path)
    assert data.services == ("Amazon Bedrock", "Amazon Bedrock Service", edition, "Model Y")
    assert data.table((ACCOUNT, PROJECT)).total == 15
    assert data.bill.total == 31


def test_a_line_has_its_details_if_only_others_of_its_service_say_that_it_is_bedrock(tmp_path: Path) -> None:
    """As on the day from which AWS marks lines; nothing on the first line says what it is."""
    before: dict[str, Any] = {"product_product_family": "", "line_item_usage_type": "USE1-before-input-tokens"}
    named: dict[str, Any] = {"service": "Model Y", "line_item_product_code": "opaque1"}
    other: dict[str, Any] = {"service": "Amazon EC2", "line_item_product_code": "AmazonEC2"}
    deliver(tmp_path, [row("1", **named, **before), row("2", **named), row("4", **other, **before)])
    data = read(tmp_path, "service")
    assert data.table((SERVICE, USAGE_TYPE)).amounts.keys() == {
        ("Model Y", "USE1-before-input-tokens"),
        ("Model Y", "USE1-openai.gpt-5.5-mantle-input-tokens-standard"),
    }


def test_tax_credits_and_refunds_belong_to_the_service_of_their_product_code(tmp_path: Path) -> None:
    edition = "Claude X (Amazon Bedrock Edition)"
    deliver(
        tmp_path,
        [
            row("10", service=edition, line_item_product_code="opaque"),
            bare("1.9", "Tax", line_item_product_code="opaque"),
            bare("-2", "Credit", line_item_product_code="opaque"),
            bare("7", "Tax", line_item_product_code="AmazonEC2"),
            bare("5", "Tax", line_item_product_code=""),
        ],
    )
    data = read(tmp_path)
    assert data.services == (edition,)
    assert totals(data.bill) == {
        (edition, "Usage"): 10,
        (edition, "Tax"): Decimal("1.9"),
        (edition, "Credit"): -2,
        ("AmazonEC2", "Tax"): 7,
        ("Tax", "Tax"): 5,
    }
    assert totals(data.table((PROJECT, CHARGE_TYPE))) == {
        ("", "Usage"): 10,
        ("", "Tax"): Decimal("1.9"),
        ("", "Credit"): -2,
    }


def test_what_carries_the_ownership_tag_counts_under_any_service(tmp_path: Path) -> None:
    other: dict[str, Any] = {"service": "Other", "line_item_product_code": "Other", "product_product_family": ""}
    deliver(tmp_path, [row("1", tags=CHAT), row("2", tags=CHAT, **other), row("4", **other)])
    data = read(tmp_path)
    assert totals(data.table((PROJECT, CHARGE_TYPE))) == {("acme/prod/chat", "Usage"): 3}
    assert totals(data.table((PROJECT, MODEL))) == {("acme/prod/chat", "GPT-5.5"): 1}
    assert data.tagged_elsewhere
    assert totals(data.tagged_elsewhere) == {("Other", "Usage"): 2}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_lines_of_split_cost_allocation_are_not_counted_twice(tmp_path: Path, form: str) -> None:
    parent: dict[str, Any] = {"split_line_item_parent_resource_id": ""}
    child: dict[str, Any] = {"split_line_item_parent_resource_id": "arn:aws:ecs:us-east-1:012345678901:task/1"}
    deliver(tmp_path, [row("10", **parent), row("4", **child), row("6", **child)], form=form)
    assert read(tmp_path).bill.total == 10


def test_lines_of_several_callers_are_parts_of_one_amount(tmp_path: Path) -> None:
    callers = [f"arn:aws:iam::012345678901:role/{name}" for name in ("a", "b")]
    deliver(tmp_path, [row("10", line_item_iam_principal=caller) for caller in callers])
    assert read(tmp_path).bill.total == 20


def test_an_unknown_line_type_is_other_and_keeps_its_name(tmp_path: Path) -> None:
    deliver(tmp_path, [row("1"), row("2", line_item_line_item_type="ToCome")])
    assert totals(read(tmp_path).bill)["Amazon Bedrock", "ToCome"] == 2


@pytest.mark.parametrize(
    ("line_type", "kind"),
    [
        ("EdpDiscount", "discount"),
        ("SppDiscount", "discount"),
        ("BundledDiscount", "discount"),
        ("PrivateRateDiscount", "discount"),
        ("RIFee", "purchase"),
        ("SavingsPlanCoveredUsage", "usage"),
        ("FlatRateSubscription", "other"),
    ],
)
def test_line_types_of_an_export_are_charge_types(line_type: str, kind: str) -> None:
    assert charge_type(line_type) == kind


def test_support_without_a_name_is_support_by_its_product_code() -> None:
    assert charge_type("Fee", service="AWSSupportBusiness") == "support"
    assert charge_type("Usage", service="OCBPremiumSupport") == "support"


def test_days_are_of_the_usage_within_the_billing_period(tmp_path: Path) -> None:
    """A refund of September that is billed in October counts in October, on its first day."""
    rows = [
        row("1", day="2026-10-01"),
        row("2", day="2026-09-20"),
        row("4", day="2026-11-01"),
        row("8", day="2026-10-02"),
    ]
    deliver(tmp_path, rows)
    assert read(tmp_path).bill.total == 15
    dates = DateRange(start=date(2026, 10, 1), end=date(2026, 10, 3))
    (amounts,) = read(tmp_path, dates=dates, granularity="day").bill.amounts.values()
    assert whole(amounts) == [3, 8, None]


def test_a_time_is_of_utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    deliver(tmp_path, [row("1", day="2026-10-01"), row("2", day="2026-10-31")], form="parquet")
    (amounts,) = read(tmp_path, granularity="day").bill.amounts.values()
    assert whole(amounts) == [1, *[None] * 29, 2]


def test_months_and_accounts_are_those_of_the_request(tmp_path: Path) -> None:
    deliver(
        tmp_path, [row("1", day="2026-09-05"), row("2", line_item_usage_account_id="222222222222")], month="2026-09"
    )
    deliver(tmp_path, [row("4")])
    both = DateRange(start=date(2026, 9, 1), end=date(2026, 10, 31))
    (amounts,) = read(tmp_path, dates=both).bill.amounts.values()
    assert whole(amounts) == [3, 4]
    (amounts,) = read(tmp_path, dates=both, accounts=["012345678901"]).bill.amounts.values()
    assert whole(amounts) == [1, 4]
    data = read(tmp_path, previous=DateRange(start=date(2026, 9, 1), end=date(2026, 9, 30)))
    assert data.previous
    assert whole([data.bill.total, data.previous.bill.total]) == [4, 3]


def test_the_accounts_have_the_names_of_the_export(tmp_path: Path) -> None:
    deliver(tmp_path, [row()])
    assert read(tmp_path).account_names == {"012345678901": "acme-prod"}
    unnamed = {key: value for key, value in row().items() if key != "line_item_usage_account_name"}
    deliver(tmp_path, [unnamed])
    assert read(tmp_path).account_names == {}


def test_a_month_is_estimated_while_a_cost_has_no_invoice(tmp_path: Path) -> None:
    deliver(tmp_path, [row("1"), row("0", bill_invoice_id="")])
    assert read(tmp_path).bill.estimated == (False,)
    deliver(tmp_path, [row("1"), row("0.5", bill_invoice_id="")])
    assert read(tmp_path).bill.estimated == (True,)


def test_costs_in_two_currencies_are_refused(tmp_path: Path) -> None:
    deliver(tmp_path, [row("1"), row("2", line_item_currency_code="CNY")])
    assert "costs are in several currencies (CNY, USD)" in refusal(tmp_path)


# Files


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_texts_with_quotes_lines_and_patterns_are_read_as_they_are(tmp_path: Path, form: str) -> None:
    team = 'x, "y"\nÜ [a]* \\ {b}'
    deliver(tmp_path / "a[1]*" / "b?", [row(tags=CHAT | {"Team": team})], form=form)
    (tmp_path / "a[1]*" / "b?" / "projects.yaml").write_text(INVENTORY)
    table = read(tmp_path / "a[1]*" / "b?", "Team").table((PROJECT, TEAM))
    assert [*table.amounts] == [("acme/prod/chat", team)]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_empty_text_and_the_word_null_are_no_text(tmp_path: Path, form: str) -> None:
    deliver(tmp_path, [row("1", line_item_product_code=code) for code in ("", "NULL")], form=form)
    deliver(tmp_path, [row("1", bill_invoice_id=text) for text in ("", "NULL")], form=form)
    assert read(tmp_path).bill.estimated == (True,)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_column_that_only_a_later_file_has_is_read(tmp_path: Path, form: str) -> None:
    write = write_csv if form == "csv" else write_parquet
    suffix = "csv.gz" if form == "csv" else "parquet"
    folder = tmp_path / NAME / "data/BILLING_PERIOD=2026-10"
    child: dict[str, Any] = {"split_line_item_parent_resource_id": "arn:aws:ecs:us-east-1:1:task/1"}
    write(folder / f"1.{suffix}", [row("1")])
    write(folder / f"2.{suffix}", [row("2"), row("4", **child)])
    manifest(tmp_path, "2026-10", [f"1.{suffix}", f"2.{suffix}"])
    assert read(tmp_path).bill.total == 3


def test_money_of_another_type_in_a_later_file_is_exact(tmp_path: Path) -> None:
    folder = tmp_path / NAME / "data/BILLING_PERIOD=2026-10"
    write_parquet(folder / "1.parquet", [row("834.1238741347")], money="DOUBLE")
    write_parquet(folder / "2.parquet", [row("0.0000000001")], money="DECIMAL(38, 10)")
    manifest(tmp_path, "2026-10", ["1.parquet", "2.parquet"])
    assert read(tmp_path).bill.total == Decimal("834.1238741348")


def test_files_without_rows_have_no_costs(tmp_path: Path) -> None:
    folder = deliver(tmp_path, [row("1")])
    (folder / "2.csv.gz").write_bytes(gzip.compress(b""))
    (folder / "3.csv.gz").write_bytes(gzip.compress(csv_text([], [*row()])))
    manifest(tmp_path, "2026-10", [f"{NAME}-00001.csv.gz", "2.csv.gz", "3.csv.gz"])
    assert read(tmp_path).bill.total == 1


@pytest.mark.parametrize("names", [[], ["2.csv.gz"], ["3.csv.gz"], ["4.csv.gz"]])
def test_a_month_without_a_line_is_a_month_without_data(tmp_path: Path, names: list[str]) -> None:
    folder = tmp_path / NAME / "data/BILLING_PERIOD=2026-10"
    folder.mkdir(parents=True)
    bodies = {"2.csv.gz": gzip.compress(b""), "3.csv.gz": gzip.compress(csv_text([], [*row()])), "4.csv.gz": b""}
    for name in names:
        (folder / name).write_bytes(bodies[name])
    manifest(tmp_path, "2026-10", names)
    data = read(tmp_path)
    assert (data.bill.amounts, data.bill.periods, data.services) == ({}, (OCTOBER,), ())
    assert {table.periods for table in data.tables.values()} == {()}


def test_a_month_without_a_column_hides_no_tag_key_of_another(tmp_path: Path) -> None:
    empty = tmp_path / NAME / "data/BILLING_PERIOD=2026-09"
    empty.mkdir(parents=True)
    (empty / "1.csv.gz").write_bytes(gzip.compress(b""))
    manifest(tmp_path, "2026-09", ["1.csv.gz"])
    deliver(tmp_path, [row(tags={"Team": "a"})])
    both = DateRange(start=date(2026, 9, 1), end=OCTOBER.end)
    assert read_tag_keys(Folder(tmp_path), both) == {"tags": {"resourceTags/Team"}}
    september = DateRange(start=both.start, end=date(2026, 9, 30))
    assert read_tag_keys(Folder(tmp_path), september) == {}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_truncated_file_is_one_message(tmp_path: Path, form: str) -> None:
    folder = deliver(tmp_path, [row("1")] * 50, form=form, chunks=2)
    damaged = sorted(folder.iterdir())[1]
    damaged.write_bytes(damaged.read_bytes()[:-20])
    message = refusal(tmp_path)
    assert message.startswith(f"export {NAME}, 2026-10 cannot be read: a file is damaged or not complete (")
    assert message.endswith("copy it again")


BODIES = {
    "no gzip": b"x" * 50,
    "a part of one": gzip.compress(csv_text([row()]))[:30],
    "a line without an end": gzip.compress(b"a," * 2_000_000),
    "a text without an end": gzip.compress(b'"' + b"a\n" * 1_000_000),
    "another encoding": gzip.compress(b"\xff\xfe,a\n1,2\n"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_file_without_a_readable_first_line_is_one_message(tmp_path: Path, kind: str) -> None:
    folder = deliver(tmp_path, [row("1")])
    next(folder.iterdir()).write_bytes(BODIES[kind])
    assert f"2026-10 cannot be read: {NAME}-00001.csv.gz is damaged (" in refusal(tmp_path)


def test_a_cost_that_is_not_a_number_is_one_message(tmp_path: Path) -> None:
    deliver(tmp_path, [row("12,5")])
    assert 'Could not convert string "12,5" to DECIMAL' in refusal(tmp_path)


def test_more_groups_than_memory_has_room_for_are_one_message(tmp_path: Path) -> None:
    """A small gzip can have millions of values, each of which takes memory of Python."""
    line_query, source = query_of(deliver(tmp_path, [row("1", tags={OWNER: f"acme/prod/{name}"}) for name in "abcd"]))
    with open_lines(line_query, [source], limits=Limits(groups=4)) as lines:
        assert len(lines.bedrock((PROJECT, SERVICE), (), ChargeFilter()).amounts) == 4
    with open_lines(line_query, [source], limits=Limits(groups=3)) as lines:
        assert len(lines.bill().amounts) == 1
        with pytest.raises(SettingsError) as refused:
            lines.bedrock((PROJECT, SERVICE), (), ChargeFilter())
    assert str(refused.value) == (
        "the export has more than 3 different groups of project and service, which would fill the memory; give fewer "
        "months, or read from Cost Explorer"
    )


def query_of(folder: Path) -> tuple[LineQuery, PeriodFiles]:
    """October, and the files of a folder."""
    line_query = LineQuery(
        metric="UnblendedCost",
        periods=(OCTOBER,),
        ownership_tag_key=OWNER,
        tag_keys=(),
        all_tag_keys=frozenset(),
        accounts=(),
    )
    paths = tuple(folder.iterdir())
    delivery = Delivery(month=OCTOBER.start, files=("x",), format="csv", delivered=None)  # type: ignore[arg-type]
    return line_query, PeriodFiles(of="export x", delivery=delivery, paths=paths)


def test_too_little_memory_is_one_message(tmp_path: Path) -> None:
    line_query, source = query_of(deliver(tmp_path, [row("1")]))
    with (
        pytest.raises(
            SettingsError,
            match="export x needs more memory than this program takes; give fewer months, or read from Cost Explorer",
        ),
        open_lines(line_query, [source], limits=Limits(memory="1MB")),
    ):
        pass


# Columns


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("LINE_ITEM_UNBLENDED_COST", "has the column line_item_unblended_cost twice; copy it again"),
        ("_period", "no export of AWS has a column _period; copy it again"),
        ("_cost", "no export of AWS has a column _cost; copy it again"),
    ],
)
def test_a_column_that_no_export_has_is_one_message(tmp_path: Path, column: str, words: str) -> None:
    """It could stand for another one."""
    deliver(tmp_path, [{**row("1"), column: "0"}])
    assert refusal(tmp_path).endswith(words)


@pytest.mark.parametrize("column", ["", 'a"; DROP TABLE scanned --', "lines"])
def test_any_other_column_is_left_alone(tmp_path: Path, column: str) -> None:
    deliver(tmp_path, [{**row("1"), column: "0"}])
    assert read(tmp_path).bill.total == 1


@pytest.mark.parametrize("column", REQUIRED)
def test_a_column_that_is_not_selected_is_named(tmp_path: Path, column: str) -> None:
    deliver(tmp_path, [{name: value for name, value in row().items() if name != column}])
    assert f"export {NAME}, 2026-10 lacks the column {column}; select it in the export's query" in refusal(tmp_path)


def test_all_columns_that_are_not_selected_are_named(tmp_path: Path) -> None:
    deliver(tmp_path, [{"tags": "{}", "line_item_unblended_cost": "1"}])
    assert "lacks the columns bill_invoice_id, line_item_currency_code, " in refusal(tmp_path)


def test_without_tags_the_message_names_the_column(tmp_path: Path) -> None:
    deliver(tmp_path, [{name: value for name, value in row().items() if name != "tags"}])
    assert "lacks the column tags, so no line has a tag; select it in the export's query" in refusal(tmp_path)


def with_normalized(tags: Mapping[str, str]) -> Row:
    named = {normalized(key): value for key, value in tags.items()}
    plain = {key: value for key, value in row().items() if key != "tags"}
    return plain | {"resource_tags": json.dumps(named)}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tags_are_read_from_resource_tags_if_the_export_has_no_others(tmp_path: Path, form: str) -> None:
    deliver(tmp_path, [with_normalized(CHAT | {"CostCenter": "x"})], form=form)
    table = read(tmp_path, "CostCenter").table((PROJECT, Column("tag", "CostCenter")))
    assert [*table.amounts] == [("acme/prod/chat", "x")]


@pytest.mark.parametrize("value", ["5", "['a']", "{'resourceTags/Team': 'a'}"], ids=["number", "list", "struct"])
def test_tags_of_another_type_than_a_map_are_refused(tmp_path: Path, value: str) -> None:
    (path,) = deliver(tmp_path, [row(tags=CHAT)], form="parquet").glob("*.parquet")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE changed AS SELECT * REPLACE ({value} AS tags) FROM read_parquet('{path}')")
        connection.execute(f"COPY changed TO '{path}' (FORMAT parquet)")
    assert re.search(r"the column tags has the type \w+.*, which is neither a map nor a text", refusal(tmp_path))


def test_two_keys_that_are_one_in_resource_tags_are_refused(tmp_path: Path) -> None:
    deliver(tmp_path, [with_normalized(CHAT)])
    request = request_of(tmp_path, "tag:cost-center")
    with pytest.raises(SettingsError, match="CostCenter and cost-center are both user_cost_center in resource_tags"):
        read_cost_data(request, Folder(tmp_path), tag_keys=TAG_KEYS)


def test_a_key_that_is_one_with_the_ownership_tag_in_resource_tags_is_refused(tmp_path: Path) -> None:
    deliver(tmp_path, [with_normalized(CHAT)])
    with pytest.raises(SettingsError, match="BedrockProject and bedrock-project are both user_bedrock_project"):
        read_cost_data(request_of(tmp_path), Folder(tmp_path), tag_keys=("Team", "BedrockProject"))


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("Team", "user_team"),
        ("CostCenter", "user_cost_center"),
        ("cost-center", "user_cost_center"),
        ("bedrock-project", "user_bedrock_project"),
        ("app:Name2X", "user_app_name2_x"),
    ],
)
def test_a_key_in_resource_tags_is_normalized(key: str, name: str) -> None:
    assert normalized(key) == name


def test_a_key_that_no_line_carries_is_named(tmp_path: Path) -> None:
    deliver(tmp_path, [row("1", tags={OWNER: "acme/prod/chat"})])
    (note,) = read(tmp_path, "Team").notes
    assert note.startswith("no line of Bedrock in the export has the tag Team on these dates: the key was not active")
    assert read(tmp_path).notes == ()


def test_keys_with_signs_of_json_are_found(tmp_path: Path) -> None:
    key = 'a/b~c "d"$'
    deliver(tmp_path, [row("1", tags=CHAT | {key: "x"})])
    request = request_of(tmp_path, filters=[f"tag:{key}=x"])
    data = read_cost_data(request, Folder(tmp_path), tag_keys=TAG_KEYS)
    assert data.table((PROJECT, CHARGE_TYPE)).total == 1


def test_an_export_of_months_has_no_days(tmp_path: Path) -> None:
    deliver(tmp_path, [row("1", day="2026-10-01", line_item_usage_end_date="2026-11-01T00:00:00.000Z")])
    assert read(tmp_path).bill.total == 1
    for dates, granularity in (OCTOBER, "day"), (DateRange(start=OCTOBER.start, end=date(2026, 10, 5)), "month"):
        message = refusal(tmp_path, dates=dates, granularity=granularity)
        assert f"export {NAME}, 2026-10 has lines for whole months; give whole months that are over" in message


# Models and quantities


def test_models_come_from_the_product_and_quantities_with_their_unit(tmp_path: Path) -> None:
    deliver(tmp_path, [row("1", tags=CHAT), row("2", tags=CHAT), row("4", model="", tags=CHAT)])
    data = read(tmp_path)
    assert totals(data.table((PROJECT, MODEL))) == {("acme/prod/chat", "GPT-5.5"): 3, ("acme/prod/chat", ""): 4}
    ((_, usage_type), (quantity,)), *_ = data.table((PROJECT, USAGE_TYPE)).quantities.items()
    assert quantity == Quantity(Decimal(6), "1K tokens")
    assert tokens(quantity.amount, quantity.unit, usage_type) == 6000


@pytest.mark.parametrize("other", ["Units", ""])
def test_a_quantity_in_two_units_is_none(tmp_path: Path, other: str) -> None:
    """Without a unit nobody knows how much it is: it may be another one."""
    deliver(tmp_path, [row("1"), row("1", pricing_unit=other)])
    ((quantity,),) = read(tmp_path).table((PROJECT, USAGE_TYPE)).quantities.values()
    assert quantity == Quantity(Decimal(), "")


def test_models_of_months_without_them_are_read_from_usage_types(tmp_path: Path) -> None:
    deliver(tmp_path, [row("1", model="")])
    data = read(tmp_path, "model")
    assert data.models_missing == "the export names no model on these dates; AWS does since 2026-07-20"
    assert data.table((SERVICE, USAGE_TYPE)).total == 1


def test_a_comparison_has_models_on_both_sides_or_on_none(tmp_path: Path) -> None:
    deliver(tmp_path, [row("1")])
    deliver(tmp_path, [row("2", model="", day="2026-09-05")], month="2026-09")
    before = DateRange(start=date(2026, 9, 1), end=date(2026, 9, 30))
    data = read(tmp_path, previous=before)
    assert data.models_missing
    assert (PROJECT, MODEL) not in data.tables
    assert read(tmp_path).models_missing == ""


# Costs

NET: Mapping[str, Mapping[str, str]] = {
    "Usage": {"line_item_net_unblended_cost": "9"},
    "EdpDiscount": {"line_item_net_unblended_cost": "0"},
    "SavingsPlanCoveredUsage": {
        "savings_plan_savings_plan_effective_cost": "8",
        "savings_plan_net_savings_plan_effective_cost": "7",
    },
    "SavingsPlanRecurringFee": {
        "savings_plan_total_commitment_to_date": "10",
        "savings_plan_used_commitment": "8.5",
    },
    "SavingsPlanNegation": {},
    "SavingsPlanUpfrontFee": {},
    "DiscountedUsage": {"reservation_effective_cost": "6", "reservation_net_effective_cost": "5"},
    "RIFee": {
        "reservation_unused_amortized_upfront_fee_for_billing_period": "3",
        "reservation_net_unused_amortized_upfront_fee_for_billing_period": "2",
        "reservation_unused_recurring_fee": "0.5",
        "reservation_net_unused_recurring_fee": "",
    },
    "Fee": {"reservation_reservation_a_r_n": "arn:aws:ec2:us-east-1:1:reserved-instances/1"},
}
EFFECTIVE = {
    "Usage": "9",
    "EdpDiscount": "0",
    "SavingsPlanCoveredUsage": "7",
    "SavingsPlanRecurringFee": "1.5",
    "SavingsPlanNegation": "0",
    "SavingsPlanUpfrontFee": "0",
    "DiscountedUsage": "5",
    "RIFee": "2.5",
    "Fee": "0",
}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_effective_cost_is_the_net_amortized_one_of_each_line_type(tmp_path: Path, form: str) -> None:
    every: dict[str, Any] = {name: "" for fields in NET.values() for name in fields}
    rows = [row("10", **{**every, **fields, "line_item_line_item_type": kind}) for kind, fields in NET.items()]
    deliver(tmp_path, rows, form=form)
    found = {line_type: amount for (_, line_type), amount in totals(read(tmp_path, cost="effective").bill).items()}
    assert found == {line_type: Decimal(amount) for line_type, amount in EFFECTIVE.items()}
    assert read(tmp_path).bill.total == 10 * len(NET)


def test_without_a_discount_effective_cost_is_the_billed_one(tmp_path: Path) -> None:
    deliver(tmp_path, [row("10"), row("5", line_item_line_item_type="Fee", reservation_reservation_a_r_n="")])
    assert read(tmp_path, cost="effective").bill.total == 15
    deliver(tmp_path, [row("10")])
    assert read(tmp_path, cost="effective").bill.total == 10


@pytest.mark.parametrize("line_type", [name for name, parts in AMORTIZED.items() if parts] + ["Fee"])
def test_lines_of_commitments_without_their_columns_are_refused(tmp_path: Path, line_type: str) -> None:
    deliver(tmp_path, [row("10", line_item_line_item_type=line_type)])
    message = refusal(tmp_path, cost="effective")
    assert f"export {NAME}, 2026-10 has lines of {line_type}, whose effective cost needs the column " in message
    assert message.endswith("select it in the export's query, or use --cost billed")
    assert read(tmp_path).bill.total == 10


@pytest.mark.parametrize("cost", ["list", "blended", "NetUnblendedCost", "PublicOnDemandCost"])
def test_other_costs_are_refused_in_favour_of_cost_explorer(tmp_path: Path, cost: str) -> None:
    deliver(tmp_path, [row()])
    assert "use --source cost-explorer, or --cost billed or effective" in refusal(tmp_path, cost=cost)


def test_each_cost_of_an_export_has_its_columns() -> None:
    assert {*COSTS} == {"UnblendedCost", "NetAmortizedCost"}


# Without the extra


def test_nothing_imports_duckdb_before_an_export_is_read() -> None:
    script = "import sys, bedrock_projects.commands.costs; print('duckdb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_without_the_extra_the_first_message_names_it(tmp_path: Path) -> None:
    """Before the inventory, which is not there, and before the folder."""
    (tmp_path / "duckdb.py").write_text("raise ModuleNotFoundError('no', name='duckdb')")
    script = "import sys; sys.path.insert(0, sys.argv.pop()); from bedrock_projects.start import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "costs", "--source", "nowhere", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 1
    assert "the Python package duckdb, which reads data exports, is not installed; run `pip install" in done.stderr
    assert "'bedrock-projects[exports]'` or use --source cost-explorer" in done.stderr
