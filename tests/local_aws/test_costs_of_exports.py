"""The same month by Cost Explorer and by a data export: equal to the last decimal where both can say it."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.errors import SettingsError
from bedrock_projects.exports import creation
from bedrock_projects.exports.stores import Folder
from bedrock_projects.reports.cost_data import (
    CHARGE_TYPE,
    MODEL,
    PROJECT,
    Columns,
    CostData,
    CostTable,
    Group,
    Row,
    row_total,
)
from local_aws import CostLine, LocalAws
from local_aws.data_exports.columns import CUR2
from tests.local_aws.analysts_month import Month
from tests.local_aws.costs import EC2, line
from tests.local_aws.costs_cli import CLAUDE, MARKETPLACE, OWN, PROD, Desk, opened, totals
from tests.local_aws.exports import (
    BILL,
    asked,
    assert_same,
    by_both,
    comparable,
    declare,
    deliver,
    exported,
    request_of,
)
from tests.local_aws.sessions import new_session
from tests.unit.command_line import run

ROOT = Path(__file__).parents[2]
REPORTS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "project": ("project", {}),
    "project, compared": ("project", {"compare": True}),
    "team": ("Team", {}),
    "team and model": ("Team,model", {}),
    "environment": ("environment", {}),
    "account": ("account", {}),
    "model": ("model", {}),
    "service": ("service", {}),
    "cost center and account": ("CostCenter,account", {}),
    "by day": ("Team", {"granularity": "day"}),
    "effective": ("project", {"cost": "effective"}),
    "without credits": ("Team", {"exclude": ["credits", "refunds"]}),
    "a filter": ("project", {"filters": ["Team=Search"]}),
    "without a tag": ("project", {"filters": ["Team="]}),
    "one account": ("Team", {"accounts": ["222222222222"]}),
}
FORMS: Mapping[str, dict[str, Any]] = {
    "csv": {"format": "csv"},
    "csv in chunks": {"format": "csv", "chunk_rows": 400, "empty_chunk": True},
    "parquet in chunks": {"chunk_rows": 400, "empty_chunk": True, "nothing": "mixed"},
    "a folder for each refresh": {"mode": "create-new"},
    "hourly": {"granularity": "hourly"},
    "monthly": {"granularity": "monthly"},
    "decimals": {"money": "DECIMAL"},
    "the word NULL": {"nothing": "NULL"},
    "the word NULL in csv": {"format": "csv", "nothing": "NULL"},
    "all columns of the table": {"columns": tuple(CUR2)},
}


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Folder]:
    """One delivery of the analyst's month for all tests of it."""
    return {}


@pytest.fixture
def folder(month: Month, delivered: dict[int, Folder], tmp_path_factory: pytest.TempPathFactory) -> Folder:
    if id(month.aws) not in delivered:
        path = tmp_path_factory.mktemp("export")
        deliver(month.aws, str(path))
        delivered[id(month.aws)] = Folder(path)
    return delivered[id(month.aws)]


@pytest.mark.parametrize("name", REPORTS)
def test_both_sources_give_the_same_tables(month: Month, folder: Folder, name: str) -> None:
    by, options = REPORTS[name]
    request = request_of(month.folder, by, **options)
    both = by_both(month.folder, folder, request)
    assert_same(both.cost_explorer, both.export)
    if request.previous:
        assert both.cost_explorer.previous
        assert both.export.previous
        assert_same(both.cost_explorer.previous, both.export.previous)


@pytest.fixture(scope="module")
def answers() -> dict[int, CostData]:
    """What Cost Explorer says of the month by Team, once for all forms of an export."""
    return {}


@pytest.mark.parametrize("name", FORMS)
def test_each_form_of_an_export_gives_the_same_tables(
    month: Month, answers: dict[int, CostData], tmp_path: Path, name: str
) -> None:
    request = request_of(month.folder, "Team")
    if id(month.aws) not in answers:
        answers[id(month.aws)] = asked(request)
    deliver(month.aws, str(tmp_path), periods=[f"{month.first:%Y-%m}"], **FORMS[name])
    assert_same(answers[id(month.aws)], exported(month.folder, Folder(tmp_path), request))


FOCUS_FORMS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "1.2": ("billed", {"table": "focus-1.2"}),
    "1.2 in chunks": ("effective", {"table": "focus-1.2", "chunk_rows": 400, "empty_chunk": True, "nothing": "mixed"}),
    "1.0 with normalized keys": ("billed", {"table": "focus-1.0", "tag_keys": "normalized"}),
    "1.0 in csv, the word NULL": ("effective", {"table": "focus-1.0", "format": "csv", "nothing": "NULL"}),
}


@pytest.mark.parametrize("name", FOCUS_FORMS)
def test_focus_gives_the_same_tables_but_for_models_and_charge_types(
    month: Month, folder: Folder, tmp_path: Path, name: str
) -> None:
    cost, form = FOCUS_FORMS[name]
    deliver(month.aws, str(tmp_path), periods=[f"{month.first:%Y-%m}"], **form)
    request = request_of(month.folder, "Team", cost=cost)
    assert_same_in_focus(exported(month.folder, folder, request), exported(month.folder, Folder(tmp_path), request))


def assert_same_in_focus(cur2: CostData, focus: CostData) -> None:
    """All that FOCUS can say is equal, to the last decimal."""
    assert focus.services == cur2.services
    assert focus.account_names == cur2.account_names
    shared = [columns for columns in cur2.tables if MODEL not in columns]
    assert [*focus.tables] == shared
    for columns in shared:
        assert in_focus(columns, focus.table(columns)) == in_focus(columns, cur2.table(columns)), columns
        assert focus.table(columns).quantities == cur2.table(columns).quantities, columns
    assert in_focus(BILL, focus.bill) == in_focus(BILL, cur2.bill)
    assert focus.bill.total == cur2.bill.total


def in_focus(columns: Columns, table: CostTable) -> Mapping[Group, Row]:
    """The table with discounts, refunds and other charges as one, because FOCUS has one category of them."""
    joined = {"discount": "other", "refund": "other"}
    sums: defaultdict[Group, list[Decimal | None]] = defaultdict(lambda: [None] * len(table.periods))
    for (one, other), row in comparable(columns, table).items():
        for index, amount in enumerate(row):
            if amount is not None:
                group = (one, joined.get(other, other) if columns[1] == CHARGE_TYPE else other)
                sums[group][index] = (sums[group][index] or Decimal()) + amount
    return {group: tuple(row) for group, row in sums.items()}


@pytest.fixture
def desk(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk, with spend of every kind."""
    home = tmp_path / "desk"
    home.mkdir()
    return opened(aws, home, monkeypatch).filled()


def export_of(desk: Desk, **fields: Any) -> Folder:
    path = desk.folder / "export" / fields.get("table", "")
    deliver(desk.aws, str(path), **fields)
    return Folder(path)


def test_a_late_correction_is_in_both_after_the_next_refresh(desk: Desk) -> None:
    request = request_of(desk.folder, "Team")
    before = exported(desk.folder, export_of(desk), request)
    desk.bill(
        desk.spend("-3.5", owner="acme/prod/chat", Team="a"),
        replace_type(desk.spend("-1.25", owner="acme/prod/chat", Team="a"), "Refund"),
    )
    both = by_both(desk.folder, export_of(desk), request)
    assert_same(both.cost_explorer, both.export)
    assert both.export.bill.total == before.bill.total - Decimal("4.75")


def replace_type(spend: CostLine, charge_type: str) -> CostLine:
    return spend.model_copy(update={"charge_type": charge_type, "usage_type": ""})


def test_a_refresh_that_shrinks_leaves_nothing_of_the_one_before(desk: Desk) -> None:
    request = request_of(desk.folder, "Team")
    export_of(desk, chunk_rows=1)
    both = by_both(desk.folder, export_of(desk), request)
    assert_same(both.cost_explorer, both.export)


def test_the_command_writes_the_same_report_by_a_folder_and_asks_nothing(desk: Desk) -> None:
    export_of(desk)
    by_api = desk.report("--by", "Team")
    by_files = desk.report("--by", "Team", "--source", str(desk.folder / "export"))
    assert desk.aws.requests() == []
    assert totals(by_files) == totals(by_api)
    assert (by_files["reconciliation"], by_files["total"]) == (by_api["reconciliation"], by_api["total"])
    header = by_files["header"]
    assert header["source"].startswith("AWS Data Exports acme-cur2, delivered 20")
    assert (header["paid_requests"], header["price"]) == (0, "0")


def test_the_head_of_a_table_names_the_export_and_no_requests(desk: Desk) -> None:
    export_of(desk)
    done = desk.run("--source", "./export")
    assert (done.code, done.err) == (0, "")
    assert re.search(
        r"^Source: AWS Data Exports acme-cur2, delivered \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC$", done.out, re.M
    )
    assert "Cost Explorer API requests" not in done.out
    assert "Selection: lines of which the family, the product code or the name is Bedrock's, and all" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--source", "nowhere"],
            "--source nowhere: no such folder; give a folder, s3://BUCKET/PREFIX, export:NAME or cost-explorer",
        ),
        (["--source", "."], ". has no data export; give the folder or prefix with its folders `data` and `metadata`"),
        (
            ["--source", ".", "--cost", "list"],
            "--cost ListCost: an export has the public price of the highest tier only",
        ),
        (["--source", ".", "--no-cache"], "--no-cache goes with --source s3://BUCKET/PREFIX; leave it out"),
        (["--no-cache"], "--no-cache goes with --source s3://BUCKET/PREFIX; leave it out"),
        (["--source", ".", "--profile", "x"], "--source . is a folder, which needs no --profile and no --role-arn"),
        (
            ["--source", "export"],
            "--source export: the inventory has no `exports`; add one, or give s3://BUCKET/PREFIX",
        ),
        (["--source", "s3:///x"], "--source s3:///x: no bucket; write s3://BUCKET/PREFIX"),
    ],
)
def test_a_source_that_cannot_be_read_is_one_message(desk: Desk, words: list[str], message: str) -> None:
    done = desk.run(*words)
    assert (done.code, done.out) == (1, "")
    assert message in done.err
    assert desk.aws.requests() == []


def test_an_export_of_the_inventory_in_a_folder_is_found_from_anywhere(desk: Desk, tmp_path: Path) -> None:
    export_of(desk)
    declare(desk.folder, "copy: {table: cur2, location: export}")
    dates = ("--month", f"{desk.first:%Y-%m}")
    words = ("costs", *dates, "--source", "export", "--inventory", str(desk.folder / "projects.yaml"))
    done = run(*words, folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "Source: AWS Data Exports acme-cur2, delivered 20" in done.out
    refused = run(*words, "--no-cache", folder=tmp_path)
    assert "--no-cache goes with --source s3://BUCKET/PREFIX; leave it out" in refused.err


def test_an_export_may_be_read_beyond_what_cost_explorer_keeps(desk: Desk) -> None:
    """The dates are refused by the export itself, which has other months."""
    export_of(desk)
    words = ("--month", "2020-01", "--compare", "2019-12")
    assert "Cost Explorer has costs since" in run("costs", *words, folder=desk.folder).err
    done = run("costs", *words, "--source", "./export", folder=desk.folder)
    assert "export acme-cur2 has nothing for 2019-12; it has " in done.err


# What differs


def tax_of_bedrock(desk: Desk) -> None:
    taxed = {"service": "Tax", "usage_type": "", "charge_type": "Tax"}
    desk.bill(
        line(f"{desk.last}", "1.90", account=PROD, taxed_service=OWN, **taxed),
        line(f"{desk.last}", "7.30", account=PROD, taxed_service=EC2, **taxed),
    )
    both = by_both(desk.folder, export_of(desk), request_of(desk.folder, "project"))
    assert comparable(BILL, both.cost_explorer.bill)["Tax", "tax"] == (Decimal("9.2"),)
    assert comparable(BILL, both.export.bill)[OWN, "tax"] == (Decimal("1.9"),)
    assert ("", "Tax") not in both.cost_explorer.table((PROJECT, CHARGE_TYPE)).amounts
    assert row_total(both.export.table((PROJECT, CHARGE_TYPE)).amounts["", "Tax"]) == Decimal("1.9")
    rest = desk.report("--source", "./export")["reconciliation"]["rest"]
    assert {part["label"]: Decimal(part["total"]) for part in rest}["tax (billed separately)"] == Decimal("7.3")


def services_of_credits(desk: Desk) -> None:
    other = {"account": PROD, "usage_type": ""}
    desk.bill(
        line(f"{desk.last}", "4", service="EC2 - Other", **other),
        line(f"{desk.last}", "4", service=EC2, **other),
        line(f"{desk.last}", "-2", service="EC2 - Other", charge_type="Credit", **other),
    )
    both = by_both(desk.folder, export_of(desk), request_of(desk.folder, "project"))
    assert ("EC2 - Other", "credit") in comparable(BILL, both.cost_explorer.bill)
    assert (EC2, "credit") in comparable(BILL, both.export.bill)
    assert both.export.bill.total == both.cost_explorer.bill.total


def models_before_september(desk: Desk) -> None:
    """The machine's own last month may be later, so the months are those of AWS's announcement."""
    august = f"{2026}-08-10"
    desk.bill(
        line(august, "5", account=PROD, service=OWN, usage_type="x", model="GPT-5.5", tags={"bedrock-project": "a/b/c"})
    )
    request = request_of(desk.folder, "project")
    first = request.dates.start.replace(year=2026, month=8, day=1)
    request = replace(request, dates=replace(request.dates, start=first, end=first.replace(day=31)))
    assert asked(request).models_missing
    assert (
        row_total(exported(desk.folder, export_of(desk), request).table((PROJECT, MODEL)).amounts["a/b/c", "GPT-5.5"])
        == 5
    )


def no_forecast(desk: Desk) -> None:
    desk.bill(desk.spend("1", day=desk.today.replace(day=1)))
    export_of(desk)
    dates = ("--from", f"{desk.today.replace(day=1)}", "--to", f"{desk.today}", "--format", "json")
    done = run("costs", *dates, "--source", "./export", folder=desk.folder)
    assert (done.code, done.err) == (0, "")
    assert '"forecast": null' in done.out


def keys_that_are_not_active(desk: Desk) -> None:
    """App is known to Billing and not active."""
    desk.bill(desk.spend("2", owner="acme/prod/chat", App="x"))
    export_of(desk)
    (by_api,) = [note for note in desk.report("--by", "App")["notes"] if "App" in note]
    (by_files,) = [note for note in desk.report("--by", "App", "--source", "./export")["notes"] if "App" in note]
    assert "is inactive in Billing" in by_api
    assert by_files.startswith("no line of Bedrock in the export has the tag App on these dates")


def estimated_until_invoiced(desk: Desk) -> None:
    """A month is final once all its costs have an invoice, which the local AWS issues in the next month."""
    this_month = desk.today.replace(day=1)
    invoiced = (desk.first - timedelta(days=1)).replace(day=1)
    desk.bill(desk.spend("1", day=this_month), desk.spend("1", day=invoiced))
    store, request = export_of(desk), request_of(desk.folder, "project")
    for start, end, is_estimated in (
        (this_month, desk.today, True),
        (invoiced, desk.first - timedelta(days=1), False),
    ):
        dates = replace(request.dates, start=start, end=end)
        data = exported(desk.folder, store, replace(request, dates=dates))
        assert data.bill.estimated == (is_estimated,)


def two_costs(desk: Desk) -> None:
    export_of(desk)
    assert desk.run("--cost", "blended").code == 0
    with pytest.raises(SettingsError, match="use --source cost-explorer, or --cost billed or effective"):
        exported(desk.folder, Folder(desk.folder / "export"), request_of(desk.folder, "project", cost="blended"))


def own_months(desk: Desk) -> None:
    deliver(desk.aws, str(desk.folder / "export"), periods=[f"{desk.first:%Y-%m}"])
    done = run(
        "costs", "--month", f"{desk.first - timedelta(days=1):%Y-%m}", "--source", "./export", folder=desk.folder
    )
    assert "AWS delivers no month before the export's own" in done.err


def no_models(desk: Desk) -> None:
    request = request_of(desk.folder, "model")
    focus = exported(desk.folder, export_of(desk, table="focus-1.2"), request)
    assert focus.models_missing == "FOCUS has no column for the model"
    assert not exported(desk.folder, export_of(desk, table="cur2"), request).models_missing


def discounts_and_refunds(desk: Desk) -> None:
    discount = replace_type(desk.spend("-1", owner="acme/prod/chat"), "Private Rate Discount")
    desk.bill(discount, replace_type(desk.spend("-2", owner="acme/prod/chat"), "Refund"))
    request = request_of(desk.folder, "project")
    charges = ("acme/prod/chat", "other")
    columns = (PROJECT, CHARGE_TYPE)
    focus = exported(desk.folder, export_of(desk, table="focus-1.2"), request)
    assert comparable(columns, focus.table(columns))[charges] == (Decimal(-3),)
    assert charges not in comparable(columns, asked(request).table(columns))
    assert "FOCUS does not tell discounts from refunds: both are other charges" in focus.notes


def no_invoices(desk: Desk) -> None:
    invoiced = (desk.first - timedelta(days=1)).replace(day=1)
    desk.bill(desk.spend("1", day=invoiced))
    request = request_of(desk.folder, "project")
    request = replace(request, dates=replace(request.dates, start=invoiced, end=desk.first - timedelta(days=1)))
    for table, is_estimated in (("focus-1.2", False), ("focus-1.0", True)):
        assert exported(desk.folder, export_of(desk, table=table), request).bill.estimated == (is_estimated,)


DIFFERENCES_OF_FOCUS: Mapping[str, Callable[[Desk], None]] = {
    "models": no_models,
    "discounts and refunds": discounts_and_refunds,
    "estimated amounts": no_invoices,
}
DIFFERENCES: Mapping[str, Callable[[Desk], None]] = {
    "tax of Bedrock": tax_of_bedrock,
    "services of tax, credits and refunds": services_of_credits,
    "models": models_before_september,
    "forecast": no_forecast,
    "tag keys that are not active": keys_that_are_not_active,
    "estimated amounts": estimated_until_invoiced,
    "costs": two_costs,
    "history": own_months,
}


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_what_differs_by_nature(desk: Desk, difference: str) -> None:
    DIFFERENCES[difference](desk)


@pytest.mark.parametrize("difference", DIFFERENCES_OF_FOCUS)
def test_what_differs_in_focus(desk: Desk, difference: str) -> None:
    DIFFERENCES_OF_FOCUS[difference](desk)


@pytest.mark.parametrize(
    ("heading", "differences"),
    [("## What differs from Cost Explorer\n", DIFFERENCES), ("### What FOCUS lacks\n", DIFFERENCES_OF_FOCUS)],
)
def test_the_page_lists_what_differs_and_no_more(
    heading: str, differences: Mapping[str, Callable[[Desk], None]]
) -> None:
    page = (ROOT / "docs/data-exports.md").read_text("utf-8")
    section = re.split(r"\n##+ ", page.partition(heading)[2])[0]
    assert re.findall(r"^\| ([^|`-][^|]*?) \|", section, re.M)[1:] == [*differences]


def test_a_marketplace_model_is_of_bedrock_in_both(desk: Desk) -> None:
    desk.bill(desk.spend("3", service=CLAUDE, usage_type=MARKETPLACE, charge_type="Credit"))
    both = by_both(desk.folder, export_of(desk), request_of(desk.folder, "service"))
    assert_same(both.cost_explorer, both.export)


@pytest.mark.parametrize("cost", ["billed", "effective"])
@pytest.mark.parametrize("iam_principals", [False, True])
def test_the_columns_of_a_created_export_are_enough_for_each_report(
    month: Month, tmp_path: Path, cost: str, *, iam_principals: bool
) -> None:
    deliver(month.aws, str(tmp_path), columns=creation.columns(iam_principals=iam_principals))
    request = request_of(month.folder, "Team,model", cost=cost)
    both = by_both(month.folder, Folder(tmp_path), request)
    assert_same(both.cost_explorer, both.export)


@pytest.mark.parametrize("rows", ["all", "bedrock"])
def test_a_report_of_some_rows_says_that_they_are_not_the_whole_bill(desk: Desk, rows: str) -> None:
    new_session().client("s3", region_name="us-east-1").create_bucket(Bucket="acme-bedrock-costs")
    deliver(desk.aws, "s3://acme-bedrock-costs/exports", name="bedrock", columns=creation.columns(iam_principals=False))
    export = f"{{table: cur2, create: true, bucket: acme-bedrock-costs, region: us-east-1, rows: {rows}}}"
    declare(desk.folder, f"bedrock: {export}")
    notes = [note for note in desk.report("--source", "export:bedrock")["notes"] if "`rows: bedrock`" in note]
    assert len(notes) == (rows == "bedrock")
