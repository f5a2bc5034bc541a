"""From a request or a line of the bill to what only an export says, by the command."""

import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local_aws import LocalAws
from local_aws.data_exports.columns import CUR2_DEFAULT
from tests.local_aws.costs import support
from tests.local_aws.costs_cli import CLAUDE, DEV, MARKETPLACE, PAYER, PROD, Desk, opened
from tests.local_aws.exports import deliver
from tests.local_aws.test_invoices import Invoicing
from tests.unit.command_line import Done, run

ARN = f"arn:aws:bedrock-mantle:us-east-1:{PROD}:project/proj_1"
ROLE = f"arn:aws:sts::{DEV}:assumed-role/Batch/job"


@pytest.fixture
def desk(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk with a bill of two months ago, which is invoiced on any day, and what came to it."""
    desk = opened(aws, tmp_path, monkeypatch)
    desk.bill(
        *(
            desk.spend(amount, day=invoiced(desk), **tags).model_copy(update=more)
            for amount, tags, more in (
                (
                    "30.004",
                    {"owner": "acme/prod/chat", "Team": "a"},
                    {"resource_id": ARN, "unit": "1K tokens", "quantity": Decimal(10000)},
                ),
                (
                    "9",
                    {"service": CLAUDE, "usage_type": MARKETPLACE, "owner": "acme/prod/chat"},
                    {"unit": "Units", "quantity": Decimal(3)},
                ),
                ("5", {"account": DEV}, {"iam_principal": ROLE}),
                ("2", {}, {}),
                ("-4", {"charge_type": "Credit"}, {"usage_type": ""}),
            )
        ),
        support(f"{invoiced(desk)}", "100", account=PAYER),
    )
    return desk


def invoiced(desk: Desk) -> date:
    return (desk.first - timedelta(days=1)).replace(day=1)


def report(desk: Desk, *words: str, dates: tuple[str, ...] = (), **fields: Any) -> Done:
    deliver(desk.aws, str(desk.folder / "export"), **fields)
    when = dates or ("--month", f"{invoiced(desk):%Y-%m}")
    return run("costs", *when, "--source", "./export", *words, folder=desk.folder)


def document(done: Done) -> dict[str, Any]:
    assert (done.code, done.err) == (0, "")
    read: dict[str, Any] = json.loads(done.out)
    return read


def test_invoices_are_those_that_aws_issues(desk: Desk) -> None:
    invoices = document(report(desk, "--format", "json"))["invoices"]
    month = invoiced(desk)
    issued = Invoicing(desk.aws, PAYER).listed(month.year, month.month)
    amounts = {each["id"]: Decimal(each["total"]) for each in invoices["amounts"]}
    assert amounts.keys() == {each["InvoiceId"] for each in issued}
    for each in issued:
        assert abs(amounts[each["InvoiceId"]] - Decimal(each["BaseCurrencyAmount"]["TotalAmount"])) <= Decimal("0.01")
    assert {each["billing_entity"] for each in invoices["amounts"]} == {"AWS", "AWS Marketplace"}
    assert (invoices["is_provisional"], invoices["is_partial"]) == (False, False)
    assert "on the 6th or 7th" in invoices["notes"][0]


def test_a_month_that_is_not_invoiced_is_provisional(desk: Desk) -> None:
    this_month = desk.today.replace(day=1)
    desk.bill(desk.spend("3", day=this_month))
    dates = ("--from", f"{this_month}", "--to", f"{desk.today}")
    done = report(desk, dates=dates)
    assert (done.code, done.err) == (0, "")
    assert f"no invoice yet AWS {this_month:%b %Y} 3.00" in " ".join(done.out.split())
    assert f"provisional: AWS has not issued an invoice for every line of {this_month:%b %Y}" in done.out


def test_people_see_who_spends_it_and_what_a_unit_costs(desk: Desk) -> None:
    done = report(desk, "--usage", columns=(*CUR2_DEFAULT, "line_item_iam_principal"))
    assert (done.code, done.err) == (0, "")
    shown = [" ".join(line.split()) for line in done.out.splitlines()]
    mantle = "USE1-openai.gpt-5.5-mantle-input-tokens-standard"
    assert f"{DEV} (account-{DEV}; dev) {mantle} assumed-role/Batch/job 5.00 71.4%" in shown
    assert "Chat-Prod Claude X input 1M tokens 3.00 9.00 3.00" in shown
    assert "Chat-Prod GPT-5.5 input 1M tokens 10.00 30.00 3.00" in shown
    assert "of these, the resource id is a project's ARN 1" in shown
    assert "of these, with a project 1" in shown


def test_csv_has_a_file_of_unit_prices_in_a_folder_and_a_hint_without_one(desk: Desk) -> None:
    done = report(desk, "--usage", "--format", "csv", "--output", "out")
    assert done.code == 0
    name = f"costs-by-project-{invoiced(desk):%Y-%m}"
    with (desk.folder / "out" / f"{name}-unit-prices.csv").open() as text:
        prices = list(csv.DictReader(text))
    assert sum(Decimal(each["cost"]) for each in prices) == Decimal("46.004")
    assert f"wrote {Path('out') / name}-unit-prices.csv" in done.err
    assert "Invoice: " in done.err
    printed = report(desk, "--usage", "--format", "csv")
    assert "Unit prices by model: add --output FOLDER" in printed.err
    assert "nit-prices" not in report(desk, "--format", "csv", "--output", "other").err
    again = report(desk, "--format", "csv", "--output", "out")
    assert f"removed {Path('out') / name}-unit-prices.csv, which was of an earlier report with --usage" in again.err
    assert not (desk.folder / "out" / f"{name}-unit-prices.csv").exists()


def test_hours_add_up_to_the_day_and_need_an_hourly_export(desk: Desk) -> None:
    day = ("--from", f"{invoiced(desk)}", "--to", f"{invoiced(desk)}", "--granularity")
    by_day = document(report(desk, "--format", "json", dates=(*day, "day")))
    by_hour = document(report(desk, "--format", "json", dates=(*day, "hour"), granularity="hourly"))
    assert by_hour["total"]["total"] == by_day["total"]["total"]
    assert [period["hour"] for period in by_hour["periods"]] == list(range(24))
    assert by_hour["total"]["amounts"][23] == by_day["total"]["total"]
    refused = report(desk, dates=(*day, "hour"), granularity="daily")
    assert (refused.code, refused.out) == (1, "")
    assert "has no lines for hours, so --granularity hour cannot be read" in refused.err
    by_cost_explorer = run("costs", *day, "hour", folder=desk.folder)
    assert "Cost Explorer has no hours unless an account pays for those of the last 14 days" in by_cost_explorer.err
    month = run(
        "costs",
        "--month",
        f"{invoiced(desk):%Y-%m}",
        "--granularity",
        "hour",
        "--source",
        "./export",
        folder=desk.folder,
    )
    assert "takes at most 7 days" in month.err


def test_a_day_of_four_years_ago_is_in_an_export_that_has_it(desk: Desk) -> None:
    long_ago = desk.today.replace(year=desk.today.year - 4, day=11)
    desk.bill(desk.spend("12.5", day=long_ago))
    dates = ("--from", f"{long_ago - timedelta(days=1)}", "--to", f"{long_ago}", "--granularity", "day")
    read = document(report(desk, "--format", "json", dates=(*dates, "--compare", "previous")))
    assert read["total"]["amounts"] == [None, "12.5"]
    assert "multi-year" not in " ".join(read["notes"])
