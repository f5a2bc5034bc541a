"""What only the lines of an export say, read from made-up files; plain sums of the same rows are the oracle."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.errors import SettingsError
from bedrock_projects.exports import lines
from bedrock_projects.exports.fetch import read_cost_data, read_line_facts
from bedrock_projects.exports.stores import Folder
from bedrock_projects.inventory import load
from bedrock_projects.reports.cost_data import MODEL, PROJECT, CostData
from bedrock_projects.reports.line_facts import InvoiceAmount, UnallocatedUsage
from bedrock_projects.reports.model import DateRange, HourRange
from bedrock_projects.reports.request import parse_request
from tests.unit.export_files import OPTIONS, OWNER, TAG_KEYS, Row, bare, deliver, plain_sums, plain_tag, row

OCTOBER = DateRange(start=date(2026, 10, 1), end=date(2026, 10, 31))
DAY = DateRange(start=date(2026, 10, 5), end=date(2026, 10, 5))
INVENTORY = """\
version: 1
inventory: acme
environments:
  prod: {account: "012345678901", region: us-east-1}
  dev: {account: "222222222222", region: us-east-1}
tag_keys: {Team: {}, CostCenter: {}}
projects:
  chat: {name: Chat, environments: [prod], tags: {Team: a, CostCenter: x}}
"""
CHAT = {OWNER: "acme/prod/chat", "Team": "a"}
OTHER = "222222222222"
ARN = "arn:aws:bedrock-mantle:us-east-1:012345678901:project/proj_1"
PROFILE = "arn:aws:bedrock:us-east-1:012345678901:application-inference-profile/abc"
ROLES = ("arn:aws:iam::012345678901:role/a", "arn:aws:iam::012345678901:role/b", "")


def line(amount: str, *, invoice: str = "EUINUS26-1", entity: str = "AWS", **fields: Any) -> Row:
    """A line with what an export has if all of its settings are on."""
    more = {
        "bill_invoice_id": invoice,
        "bill_billing_entity": entity,
        "line_item_resource_id": fields.pop("resource", ""),
        "line_item_iam_principal": fields.pop("principal", ""),
    }
    make = bare if "line_type" in fields else row
    given = [amount, fields.pop("line_type")] if "line_type" in fields else [amount]
    return make(*given, **more | fields)


def every_kind() -> list[Row]:
    """Lines of every origin, of which some have no project, no team, no invoice, or are no usage."""
    rows = [
        line(
            f"{number}.{number:06}1",
            tags=tags,
            resource=resource,
            principal=principal,
            line_item_usage_account_id=account,
        )
        for number, (tags, resource, principal, account) in enumerate(
            product(({}, CHAT, {OWNER: "acme/prod/x"}), (PROFILE, ""), ROLES, ("012345678901", OTHER)), start=1
        )
    ]
    return [
        *rows,
        line("-7.5", line_type="Credit", invoice="EUCN26-1"),
        line("90", line_type="Tax", invoice=""),
        line("3.25", invoice="EUINMP26-7", entity="AWS Marketplace"),
        line("11", service="Elsewhere", line_item_product_code="x", product_product_family="", tags=CHAT),
        line("4.5", invoice="EUINMP26-7", entity="AWS Marketplace", tags=CHAT, resource=ARN),
        line(
            "1000",
            service="Amazon EC2",
            line_item_product_code="AmazonEC2",
            product_product_family="",
            tags={"Team": "a"},
        ),
    ]


def read(root: Path, by: str = "project", dates: DateRange = OCTOBER, **options: Any) -> CostData:
    file = root / "projects.yaml"
    file.write_text(INVENTORY)
    request = parse_request(load(file), by=by.split(","), dates=dates, **{**OPTIONS, **options})
    return read_cost_data(request, Folder(root), tag_keys=TAG_KEYS)


@pytest.fixture(scope="module", params=["csv", "parquet"])
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One delivery of lines of every kind, in both formats."""
    path = tmp_path_factory.mktemp("export")
    deliver(path, every_kind(), form=request.param, chunks=2)
    return path


def usage_of(rows: Sequence[Row]) -> list[Row]:
    return [each for each in rows if each["line_item_line_item_type"] == "Usage" and "EC2" not in each["product"]]


# Invoices


def test_invoices_are_the_whole_bill(root: Path) -> None:
    data = read(root)
    assert data.invoices
    oracle = plain_sums(every_kind(), lambda each: (each["bill_invoice_id"], each["bill_billing_entity"]))
    assert {(each.id, each.billing_entity): each.total for each in data.invoices} == oracle
    assert sum(each.total for each in data.invoices) == data.bill.total
    assert {each.month for each in data.invoices} == {OCTOBER.start}
    assert data.bill.estimated == (True,)


def test_invoices_are_those_of_the_accounts_and_months_that_are_asked_for(tmp_path: Path) -> None:
    for month in ("2026-09", "2026-10"):
        deliver(
            tmp_path,
            [line("2", day=f"{month}-05"), line("5", day=f"{month}-05", line_item_usage_account_id=OTHER)],
            month=month,
        )
    dates = DateRange(start=date(2026, 9, 1), end=OCTOBER.end)
    both = read(tmp_path, dates=dates).invoices
    assert both
    assert [(each.month.month, each.total) for each in both] == [(9, Decimal(7)), (10, Decimal(7))]
    one = read(tmp_path, accounts=["012345678901"]).invoices
    assert one == (InvoiceAmount(month=OCTOBER.start, id="EUINUS26-1", billing_entity="AWS", total=Decimal(2)),)


def test_lines_of_0_wait_for_no_invoice(tmp_path: Path) -> None:
    deliver(tmp_path, [line("0", invoice=""), line("2")])
    data = read(tmp_path)
    assert data.invoices
    assert [each.id for each in data.invoices] == ["EUINUS26-1"]
    assert data.bill.estimated == (False,)


def test_lines_that_cancel_each_other_wait_for_an_invoice_nevertheless(tmp_path: Path) -> None:
    deliver(tmp_path, [line("2", invoice=""), line("-2", invoice=""), line("1")])
    data = read(tmp_path)
    assert data.invoices
    assert [(each.id, each.total) for each in data.invoices] == [("", Decimal(0)), ("EUINUS26-1", Decimal(1))]


def test_effective_cost_has_no_invoices_and_says_so(tmp_path: Path) -> None:
    deliver(tmp_path, [line("2")])
    data = read(tmp_path, cost="effective")
    assert data.invoices is None
    assert "invoices are of billed cost, so they are not named; use --cost billed" in data.notes


# Unallocated usage


def unallocated(root: Path, by: str, **options: Any) -> UnallocatedUsage:
    usage = read(root, by, **options).unallocated_usage
    assert usage
    assert sum((each.total for each in usage.largest), Decimal()) + usage.others == usage.total
    return usage


@pytest.mark.parametrize(("by", "key"), [("project", OWNER), ("environment", OWNER), ("Team", "Team")])
def test_unallocated_usage_has_each_origin(root: Path, by: str, key: str) -> None:
    usage = unallocated(root, by)
    names = ("line_item_usage_account_id", "line_item_usage_type", "line_item_resource_id", "line_item_iam_principal")
    without = [each for each in usage_of(every_kind()) if not plain_tag(each, key)]
    oracle = plain_sums(without, lambda each: tuple(each[name] for name in names))
    found = {
        (each.account, each.usage_type, each.resource_id, each.iam_principal): each.total for each in usage.largest
    }
    assert found == oracle
    assert usage.total == sum(oracle.values())
    assert [each.total for each in usage.largest] == sorted(oracle.values(), reverse=True)
    assert (usage.others, usage.other_origins, usage.notes) == (Decimal(0), 0, ())


def test_a_filter_and_an_account_restrict_unallocated_usage(root: Path) -> None:
    loose = [each for each in usage_of(every_kind()) if not plain_tag(each, OWNER)]
    of_account = [each for each in loose if each["line_item_usage_account_id"] == OTHER]
    assert unallocated(root, "project", accounts=[OTHER], filters=["Team="]).total == sum(
        Decimal(each["line_item_unblended_cost"]) for each in of_account
    )
    assert unallocated(root, "project", filters=["tag:Team=a"]).total == 0


def test_the_largest_are_named_and_the_others_are_one_sum(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every = unallocated(root, "project")
    monkeypatch.setattr(lines, "MOST_ORIGINS", 3)
    usage = unallocated(root, "project")
    assert usage.largest == every.largest[:3]
    assert (usage.total, usage.other_origins) == (every.total, len(every.largest) - 3)


def test_lines_that_cancel_each_other_are_no_origin(tmp_path: Path) -> None:
    deliver(tmp_path, [line("2"), line("-2"), line("1", principal=ROLES[0])])
    usage = unallocated(tmp_path, "project")
    assert ([each.iam_principal for each in usage.largest], usage.other_origins) == ([ROLES[0]], 0)


@pytest.mark.parametrize("by", ["account", "model", "service"])
def test_what_has_no_unallocated_spend_has_no_origins(root: Path, by: str) -> None:
    assert read(root, by).unallocated_usage is None


def test_columns_that_an_export_lacks_are_named_with_their_setting(tmp_path: Path) -> None:
    deliver(tmp_path, [row("2"), row("3", tags=CHAT)])
    data = read(tmp_path)
    assert data.unallocated_usage
    (origin,) = data.unallocated_usage.largest
    assert (origin.resource_id, origin.iam_principal, origin.total) == (None, None, Decimal(2))
    resources, principals = data.unallocated_usage.notes
    assert "INCLUDE_RESOURCES (Include resource IDs) and line_item_resource_id" in resources
    assert "INCLUDE_IAM_PRINCIPAL_DATA and line_item_iam_principal" in principals
    assert data.invoices
    assert data.invoices[0].billing_entity is None
    facts = data.line_facts
    assert facts
    assert (facts.project_lines, facts.project_lines_with_arn, facts.marketplace_lines) == (1, None, None)
    assert facts.marketplace_lines_with_project is None
    assert facts.notes == (
        resources,
        "what bills a line is not known: select bill_billing_entity in the export's query",
    )


def test_origins_are_of_three_months_at_most_and_a_note_says_so(tmp_path: Path) -> None:
    for month in ("2026-07", "2026-08", "2026-09", "2026-10"):
        deliver(tmp_path, [line("2", day=f"{month}-05")], month=month)
    three = read(tmp_path, dates=DateRange(start=date(2026, 8, 20), end=OCTOBER.end))
    assert three.unallocated_usage
    four = read(tmp_path, dates=DateRange(start=date(2026, 7, 1), end=OCTOBER.end))
    note = "who spends what is unallocated is named for at most 3 months; give fewer"
    assert (four.unallocated_usage, note in four.notes, note in three.notes) == (None, True, False)
    assert note not in read(tmp_path, "account", dates=DateRange(start=date(2026, 7, 1), end=OCTOBER.end)).notes


# Unit prices and facts


@pytest.mark.parametrize("by", ["project", "Team", "account", "model", "service", "Team,model"])
def test_usage_by_model_is_all_direct_usage(root: Path, by: str) -> None:
    data = read(root, by)
    assert data.usage_by_model
    of_report = [each for each in usage_of(every_kind()) if by != "model" or "Elsewhere" not in each["product"]]
    oracle = [Decimal(each["line_item_unblended_cost"]) for each in of_report]
    assert data.usage_by_model.total == sum(oracle)
    used = [quantity for row in data.usage_by_model.quantities.values() for quantity in row if quantity]
    assert sum(quantity.amount for quantity in used) == 2 * len(oracle)
    assert {quantity.unit for quantity in used} == {"1K tokens"}


def test_usage_by_model_has_services_if_no_line_names_a_model(tmp_path: Path) -> None:
    deliver(tmp_path, [row("2", model="", tags=CHAT)])
    data = read(tmp_path)
    assert data.usage_by_model
    assert [group[:2] for group in data.usage_by_model.amounts] == [("acme/prod/chat", "Amazon Bedrock")]


def test_facts_are_counts_of_lines_not_of_groups(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        [
            *[line("1", tags=CHAT, resource=ARN)] * 3,
            line("1", tags=CHAT, resource=ARN.replace("-mantle", "")),
            line("1", tags=CHAT, resource=PROFILE),
            line("1", resource=ARN),
            line("-1", tags=CHAT, line_item_line_item_type="Credit"),
            *[line("1", entity="AWS Marketplace")] * 2,
            line("1", entity="AWS Marketplace", tags=CHAT),
            line("1", entity="AWS Marketplace", service="Other", line_item_product_code="x", product_product_family=""),
        ],
    )
    facts = read(tmp_path).line_facts
    assert facts
    assert (facts.project_lines, facts.project_lines_with_arn) == (6, 4)
    assert (facts.marketplace_lines, facts.marketplace_lines_with_project) == (3, 1)
    asked = read_line_facts(Folder(tmp_path), OCTOBER, ownership_tag_key=OWNER, tag_keys=TAG_KEYS)
    assert asked == facts


# Hours


def at(hour: int, amount: str, *, until: int | None = None, day: str = "2026-10-05", **fields: Any) -> Row:
    """A line of one hour, or of several."""
    end = hour + 1 if until is None else until
    times = {"line_item_usage_start_date": f"{day}T{hour:02}:00:00.000Z"}
    end_day = day if end < 24 else f"{date.fromisoformat(day).replace(day=int(day[-2:]) + 1)}"
    times["line_item_usage_end_date"] = f"{end_day}T{end % 24:02}:00:00.000Z"
    return line(amount, **times | fields)


def by_hour(root: Path, dates: DateRange = DAY, **options: Any) -> dict[HourRange, Decimal]:
    data = read(root, dates=dates, granularity="hour", **options)
    sums: dict[HourRange, Decimal] = {}
    for amounts in data.bill.amounts.values():
        for hour, amount in zip(data.bill.periods, amounts, strict=True):
            assert isinstance(hour, HourRange)
            if amount is not None:
                sums[hour] = sums.get(hour, Decimal()) + amount
    return sums


def hour(number: int, day: date = DAY.start) -> HourRange:
    return HourRange(start=day, end=day, hour=number)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_lines_count_on_their_hour(tmp_path: Path, form: str) -> None:
    rows = [at(0, "1"), at(23, "2"), at(23, "4"), at(0, "8", day="2026-10-06"), at(5, "16", day="2026-10-04")]
    deliver(tmp_path, rows, form=form)
    assert by_hour(tmp_path) == {hour(0): Decimal(1), hour(23): Decimal(6)}
    week = DateRange(start=date(2026, 10, 4), end=date(2026, 10, 6))
    assert by_hour(tmp_path, week)[hour(5, date(2026, 10, 4))] == 16
    assert sum(by_hour(tmp_path, week).values()) == 31


def test_a_line_of_another_month_counts_on_the_first_or_last_hour_of_its_billing_period(tmp_path: Path) -> None:
    deliver(tmp_path, [at(9, "1", day="2026-09-20"), at(9, "2", day="2026-11-20"), at(9, "4")])
    first, last = (DateRange(start=day, end=day) for day in (OCTOBER.start, OCTOBER.end))
    assert by_hour(tmp_path, first) == {hour(0, first.start): Decimal(1)}
    assert by_hour(tmp_path, last) == {hour(23, last.start): Decimal(2)}


def test_hours_have_a_prior_period_and_tables_like_days(tmp_path: Path) -> None:
    deliver(tmp_path, [at(3, "1", tags=CHAT), at(4, "2", day="2026-10-04", tags=CHAT)])
    before = DateRange(start=date(2026, 10, 4), end=date(2026, 10, 4))
    data = read(tmp_path, dates=DAY, granularity="hour", previous=before)
    assert data.table((PROJECT, MODEL)).total == 1
    assert data.previous
    assert data.previous.bill.total == 2


def test_an_export_without_hours_is_refused(tmp_path: Path) -> None:
    deliver(tmp_path, [at(0, "1", until=24), at(0, "1", until=24)])
    with pytest.raises(
        SettingsError, match="has no lines for hours, so --granularity hour cannot be read; create an export"
    ):
        by_hour(tmp_path)


def test_longer_lines_of_an_hourly_export_are_counted_in_a_note(tmp_path: Path) -> None:
    ec2 = {"service": "Amazon EC2", "line_item_product_code": "AmazonEC2", "product_product_family": ""}
    deliver(tmp_path, [at(0, "1"), *[at(2, "2", until=24)] * 2, at(0, "5", until=24, **ec2)])
    data = read(tmp_path, dates=DAY, granularity="hour")
    assert "2 lines of Bedrock cover more than an hour; each counts on the hour in which it begins" in data.notes
    assert by_hour(tmp_path)[hour(2)] == 4


# History


def test_years_ago_may_be_read_by_day(tmp_path: Path) -> None:
    deliver(tmp_path, [line("3", day="2021-02-14")], month="2021-02")
    long_ago = DateRange(start=date(2021, 2, 10), end=date(2021, 2, 28))
    data = read(tmp_path, dates=long_ago, granularity="day")
    assert data.bill.total == 3


def test_an_origin_without_resources_in_one_month_is_one_origin(tmp_path: Path) -> None:
    september = [line(amount, resource=resource, day="2026-09-05") for amount, resource in (("1", "a"), ("2", "b"))]
    deliver(tmp_path, september, month="2026-09")
    deliver(tmp_path, [row("4")])
    both = DateRange(start=date(2026, 9, 1), end=OCTOBER.end)
    usage = read(tmp_path, dates=both).unallocated_usage
    assert usage
    assert [(each.resource_id, each.total) for each in usage.largest] == [(None, Decimal(7))]
