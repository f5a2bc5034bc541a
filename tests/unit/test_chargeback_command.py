"""A month is closed, corrected and booked, by the command line and from the files of an export."""

import csv
import json
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.chargeback.folder import read_months
from bedrock_projects.chargeback.splitting import exact_sum
from tests.unit.command_line import Done, run
from tests.unit.export_files import Row, bare, charge, deliver, row

INVENTORY = """\
version: 1
inventory: acme
environments: {prod: {region: us-east-1}}
tag_keys: {Team: {values: [Search, Shop, Platform]}, CostCenter: {}}
projects:
  search: {name: ProductSearch, environments: [prod], tags: {Team: Search, CostCenter: CC-2001}}
  shop: {name: ShopAssistant, environments: [prod], tags: {Team: Shop, CostCenter: CC-2002}}
  llm-gateway: {name: Gateway, environments: [prod], tags: {Team: Platform, CostCenter: CC-0001}}
chargeback:
  by: Team
  central: {name: Platform, cost_center: CC-0001}
  shared:
    gateway: {projects: [llm-gateway], method: proportional}
  journal: {cost_center: CostCenter, gl_account: "6450"}
"""


def of(team: str, key: str) -> dict[str, str]:
    return {"bedrock-project": f"acme/prod/{key}", "Team": team}


def lines(day: str, search: str = "30.005") -> list[Row]:
    return [
        row(search, day=day, tags=of("Search", "search")),
        row("10.005", day=day, tags=of("Shop", "shop")),
        row("8", day=day, tags=of("Platform", "llm-gateway")),
        row("2.5", day=day),
    ]


EC2: dict[str, Any] = {
    "line_item_product_code": "AmazonEC2",
    "product_product_family": "Compute Instance",
    "service": "Amazon Elastic Compute Cloud",
    "model": "",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "projects.yaml").write_text(INVENTORY, "utf-8")
    return tmp_path


def deliver_month(folder: Path, month: str, rows: Sequence[Row]) -> None:
    deliver(folder / "export", rows, month=month)


def chargeback(folder: Path, *arguments: str) -> Done:
    source = () if arguments[0] == "status" else ("--source", "./export")
    return run("chargeback", *arguments, *source, folder=folder)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "chargeback").glob("*"))


def booked(folder: Path) -> Decimal:
    """What all closed months together have booked."""
    months = read_months(folder / "chargeback")
    return exact_sum(amount for file in months.chain for amount in file.totals.values())


def test_a_preview_books_nothing(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    done = chargeback(folder, "statements", "--month", "2026-08")
    assert (done.code, files(folder)) == (0, [])
    assert "State: preview: the month is open, and nothing of this is booked" in done.out


def test_a_correction_is_booked_once_by_the_next_month(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08", "--provisional").code == 0
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    again = chargeback(folder, "close", "--month", "2026-08")
    assert again.code == 1
    assert "2026-08 is closed" in again.err
    assert booked(folder) == Decimal("50.51")

    deliver_month(folder, "2026-08", lines("2026-08-05", search="20.005"))
    assert "is as it was booked" not in chargeback(folder, "true-up", "--month", "2026-08").out
    assert "2026-08 is as it was booked" in chargeback(folder, "true-up", "--month", "2026-08").out
    assert files(folder) == ["2026-08.json", "2026-08.provisional.json", "2026-08.true-up-1.json"]

    deliver_month(folder, "2026-09", lines("2026-09-05"))
    closed = chargeback(folder, "close", "--month", "2026-09")
    assert "  2026-08, true-up 1: -10.00" in closed.out
    assert booked(folder) == Decimal("91.02")
    status = chargeback(folder, "status").out
    assert "2026-08  trued up" in status
    assert "to be booked" not in status


def test_the_states_of_months_are_listed_for_people_and_for_programs(folder: Path) -> None:
    assert chargeback(folder, "status").out == "no month is closed in chargeback\n"
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    deliver_month(folder, "2026-08", lines("2026-08-05", search="20.005"))
    assert chargeback(folder, "true-up", "--month", "2026-08").code == 0
    assert chargeback(folder, "status").out == (
        "2026-08  trued up  booked: 50.51  changed since: -10.00  currency: USD\n"
        "to be booked by the next month: 2026-08, true-up 1: -10.00\n"
    )
    months = {"month": "2026-08", "state": "trued up", "booked": "50.51", "changed since": "-10.00", "currency": "USD"}
    assert json.loads(chargeback(folder, "status", "--format", "json").out) == {
        "months": [months],
        "to_book": [{"month": "2026-08", "number": 1, "amount": "-10.00"}],
    }


def test_a_month_that_is_accrued_alone_has_nothing_booked(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05", search="10"))
    assert chargeback(folder, "close", "--month", "2026-08", "--provisional").code == 0
    month = {"month": "2026-08", "state": "provisional", "accrued": "30.50", "currency": "USD"}
    assert json.loads(chargeback(folder, "status", "--format", "json").out) == {"months": [month], "to_book": []}
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    [closed] = json.loads(chargeback(folder, "status", "--format", "json").out)["months"]
    assert (closed["booked"], closed["accrued"], closed["booked minus accrued"]) == ("50.51", "30.50", "20.01")


def test_a_small_change_waits_also_without_a_journal(folder: Path) -> None:
    (folder / "projects.yaml").write_text(INVENTORY.partition("  journal:")[0], "utf-8")
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    deliver_month(folder, "2026-08", lines("2026-08-05", search="30.405"))
    done = chargeback(folder, "true-up", "--month", "2026-08")
    assert done.code == 0
    assert done.out.endswith("less than 1.00 together (`smallest_true_up`), so it waits\n")
    assert files(folder) == ["2026-08.json"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["statements", "--format", "csv"], "--format is for the files of --output FOLDER; add it\n"),
        (
            ["close", "--provisional", "--unreconciled"],
            "--unreconciled is for a close; an accrual (--provisional) needs no invoices: leave it out\n",
        ),
    ],
)
def test_an_option_without_effect_is_refused(folder: Path, words: list[str], message: str) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    done = chargeback(folder, *words, "--month", "2026-08")
    assert (done.code, done.out, done.err, files(folder)) == (1, "", message, [])


def test_a_closed_month_is_shown_from_its_file(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    closed = chargeback(folder, "close", "--month", "2026-08").out
    (folder / "projects.yaml").write_text(INVENTORY.replace("method: proportional", "method: even"), "utf-8")
    done = run("chargeback", "statements", "--month", "2026-08", "--source", "./gone", folder=folder)
    assert (done.code, done.out) == (0, closed)


def test_the_files_of_a_month_are_those_of_its_statements(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    formats = ("html", "csv", "json", "xlsx", "text")
    options = [word for form in formats for word in ("--format", form)]
    done = chargeback(folder, "statements", "--month", "2026-08", "--output", "out", *options)
    assert done.code == 0
    written = sorted(path.name for path in (folder / "out" / "2026-08").iterdir())
    names = ("statement-central", "statement-Search", "statement-Shop", "statement-all")
    assert written == sorted(
        ["journal.csv", "lines.csv", "statement-all.xlsx"]
        + [f"{name}.{suffix}" for name in names for suffix in ("csv", "html", "json", "txt")]
    )


def test_what_an_earlier_run_left_in_the_folder_is_named_and_stays(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    written = ("statements", "--month", "2026-08", "--output", "out", "--format")
    assert "did not write" not in chargeback(folder, *written, "csv").err
    deliver_month(folder, "2026-08", lines("2026-08-05")[:1])
    (folder / "out" / "2026-08" / "own.txt").write_text("own", "utf-8")
    assert chargeback(folder, *written, "csv").err.endswith(
        "out/2026-08 has files that this run did not write, so they may be outdated: own.txt, statement-Shop.csv, "
        "statement-central.csv\n"
    )
    assert "statement-Search.csv, statement-Shop.csv and 2 more\n" in chargeback(folder, *written, "xlsx").err
    assert (folder / "out" / "2026-08" / "statement-Shop.csv").exists()


def test_statements_that_cannot_be_written_are_refused_before_the_month_is_read(folder: Path) -> None:
    """Which may be paid for. What another inventory has written stays."""
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "statements", "--month", "2026-08", "--output", "out").code == 0
    before = (folder / "out" / "2026-08" / "lines.csv").read_text("utf-8")
    (folder / "projects.yaml").write_text(INVENTORY.replace("inventory: acme", "inventory: beta"), "utf-8")
    (folder / "taken" / "2026-08" / "lines.csv").mkdir(parents=True)
    for output, message in (
        ("out", "out/2026-08/lines.csv has statements of the inventory acme; give another --output\n"),
        ("projects.yaml", "--output projects.yaml/2026-08: Not a directory; give a folder that can be written\n"),
        ("taken", "taken/2026-08/lines.csv is a folder, so the file cannot be written; give another --output\n"),
    ):
        words = ("--month", "2026-08", "--source", "./gone", "--output", output)
        done = run("chargeback", "statements", *words, folder=folder)
        assert (done.code, done.out, done.err) == (1, "", message)
    assert (folder / "out" / "2026-08" / "lines.csv").read_text("utf-8") == before


def test_an_edit_of_a_closed_month_is_found(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    path = folder / "chargeback" / "2026-08.json"
    path.write_text(path.read_text("utf-8").replace('"30.005', '"31.005'), "utf-8")
    done = chargeback(folder, "status")
    assert done.code == 1
    assert "2026-08.json was edited after it was written" in done.err


QUIET_MONTHS = {
    "no line": ([], "the source has no costs of 2026-09, so there is nothing to allocate"),
    "no Bedrock": ([row("9", day="2026-09-05", **EC2)], "no cost of 2026-09 is of Bedrock"),
    "no tag": ([row("9", day="2026-09-05")], "no cost of Bedrock has the tag Team in 2026-09, so all of it is unallo"),
    "credits alone": ([bare("-9", "Credit", day="2026-09-05")], "no cost of Bedrock has the tag Team in 2026-09"),
}


@pytest.mark.parametrize(("rows", "note"), QUIET_MONTHS.values(), ids=QUIET_MONTHS)
def test_a_month_without_cost_or_without_the_tag_holds_up_no_later_one(
    folder: Path, rows: list[Row], note: str
) -> None:
    """Its true-up and the correction of the month before are booked too."""
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    deliver_month(folder, "2026-08", lines("2026-08-05", search="20.005"))
    assert chargeback(folder, "true-up", "--month", "2026-08").code == 0
    deliver_month(folder, "2026-09", rows)
    closed = chargeback(folder, "close", "--month", "2026-09")
    assert (closed.code, closed.out.count(f"  {note}")) == (0, 1), closed.err
    formats = [word for form in ("html", "csv", "json", "xlsx", "text") for word in ("--format", form)]
    assert chargeback(folder, "statements", "--month", "2026-09", "--output", "out", *formats).code == 0
    assert chargeback(folder, "true-up", "--month", "2026-09").out == "2026-09 is as it was booked\n"
    deliver_month(folder, "2026-10", lines("2026-10-05"))
    assert chargeback(folder, "close", "--month", "2026-10").code == 0
    assert booked(folder) == Decimal("50.51") * 2 - 10 + sum(
        Decimal(each["line_item_unblended_cost"]) for each in rows if note.startswith("no cost of Bedrock")
    )


def test_the_first_month_to_be_closed_has_costs(folder: Path) -> None:
    """Without any, nothing says in which currency later months book its corrections."""
    deliver_month(folder, "2026-08", [])
    done = chargeback(folder, "close", "--month", "2026-08")
    assert (done.code, done.out) == (1, "")
    assert (
        "acme-cur2 has no costs of 2026-08, and no month was closed before; begin with a month that has some"
        in done.err
    )


FOCUS = charge("9", day="2026-08-05", tags=of("Search", "search"), x_UsageType="USE1-x")
WITHOUT_INVOICE: dict[str, list[Row]] = {
    "a line": [*lines("2026-08-05"), row("1", day="2026-08-05", bill_invoice_id="")],
    "all lines": [{**each, "bill_invoice_id": ""} for each in lines("2026-08-05")],
    "FOCUS 1.0": [{name: FOCUS[name] for name in FOCUS if name not in ("SkuMeter", "InvoiceId")}],
}


@pytest.mark.parametrize("name", WITHOUT_INVOICE)
def test_a_month_without_invoices_is_closed_and_trued_up_if_one_says_so(folder: Path, name: str) -> None:
    """Else the customer of a reseller, whose bill has none, could close no month."""
    deliver_month(folder, "2026-08", WITHOUT_INVOICE[name])
    refused = chargeback(folder, "close", "--month", "2026-08")
    assert (refused.code, files(folder)) == (1, [])
    reason = (
        "the export has no invoice ids (FOCUS 1.0 has none): read the month from an export of CUR 2.0 or FOCUS 1.2, or "
        "from Cost Explorer, or give --unreconciled"
        if name == "FOCUS 1.0"
        else "lines of it have no invoice yet: wait for a later delivery, or give --unreconciled"
    )
    assert f"2026-08 cannot be closed yet: {reason}" in refused.err
    assert "AWS marks" not in refused.err
    closed = chargeback(folder, "close", "--month", "2026-08", "--unreconciled")
    assert closed.code == 0
    assert closed.out.count("closed with lines that have no invoice, so AWS may still change them") == 1
    assert chargeback(folder, "true-up", "--month", "2026-08").out == "2026-08 is as it was booked\n"


def test_a_closed_month_with_all_invoices_is_not_trued_up_by_lines_without_one(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    deliver_month(folder, "2026-08", [*lines("2026-08-05"), row("1", day="2026-08-05", bill_invoice_id="")])
    done = chargeback(folder, "true-up", "--month", "2026-08")
    assert done.code == 1
    assert "2026-08 cannot be trued up yet: lines of it have no invoice yet: wait for a later delivery\n" in done.err


def test_a_month_that_is_not_closed_is_not_trued_up(folder: Path) -> None:
    done = chargeback(folder, "true-up", "--month", "2026-08")
    assert done.code == 1
    assert "2026-08 is not closed, so nothing of it is booked" in done.err


def test_without_rules_the_command_says_what_to_add(folder: Path) -> None:
    (folder / "projects.yaml").write_text(INVENTORY.partition("chargeback:")[0], "utf-8")
    done = chargeback(folder, "status")
    assert done.code == 1
    assert "has no `chargeback`; add it with `by`" in done.err


RENAMED = INVENTORY.replace(
    "Team: {values: [Search, Shop, Platform]}",
    "Team: {values: [Find, Shop, Platform], renamed: [{from: Search, to: Find, since: 2026-09-01}]}",
).replace("Team: Search", "Team: Find")


@pytest.mark.parametrize(
    "text",
    [
        INVENTORY.replace("by: Team", "by: CostCenter"),
        INVENTORY.replace("by: Team", "by: Team\n  cost: effective"),
        INVENTORY.replace("method: proportional", "method: even"),
        RENAMED,
    ],
    ids=["key", "cost", "rule", "renamed"],
)
def test_a_true_up_books_nothing_but_what_aws_changed(folder: Path, text: str) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    (folder / "projects.yaml").write_text(text, "utf-8")
    done = chargeback(folder, "true-up", "--month", "2026-08")
    assert (done.code, done.out) == (0, "2026-08 is as it was booked\n")


def test_a_key_that_a_shared_cost_gets_later_changes_no_closed_month(folder: Path) -> None:
    """The entry that is renamed to the key of a shared cost had a cost of its own then."""
    own = "  second: {name: Second, environments: [prod], tags: {Team: Shop, CostCenter: CC-2002}}\n"
    before = INVENTORY.replace("chargeback:\n", f"{own}chargeback:\n").replace("  llm-gateway: {", "  first: {")
    second = [row("4", day="2026-08-05", tags=of("Shop", "second"))]
    (folder / "projects.yaml").write_text(before, "utf-8")
    deliver_month(folder, "2026-08", lines("2026-08-05") + second)
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    (folder / "projects.yaml").write_text(
        INVENTORY.replace("name: Gateway", "name: Gateway, aliases: [second]"), "utf-8"
    )
    deliver_month(folder, "2026-08", lines("2026-08-05", search="20.005") + second)
    done = chargeback(folder, "true-up", "--month", "2026-08")
    assert (done.code, done.err.count("wrote")) == (0, 1)
    (entry,) = read_months(folder / "chargeback").to_book()
    assert exact_sum(entry.amounts.values()) == Decimal("-10.00")


def test_an_entry_is_booked_under_the_name_that_a_value_has_now(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    deliver_month(folder, "2026-08", lines("2026-08-05", search="20.005"))
    assert chargeback(folder, "true-up", "--month", "2026-08").code == 0
    (folder / "projects.yaml").write_text(RENAMED, "utf-8")
    deliver_month(folder, "2026-09", lines("2026-09-05"))
    assert chargeback(folder, "close", "--month", "2026-09").code == 0
    (entry,) = read_months(folder / "chargeback").chain[-1].books
    assert entry.amounts["Find"] < 0
    assert "Search" not in entry.amounts


def test_an_export_of_other_invoices_is_not_the_source_of_a_true_up(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    deliver_month(folder, "2026-08", [{**each, "bill_invoice_id": "EUINUS26-9"} for each in lines("2026-08-05")])
    done = chargeback(folder, "true-up", "--month", "2026-08")
    assert done.code == 1
    assert "was closed with the invoices EUINUS26-1, and none of them is in acme-cur2" in done.err
    assert files(folder) == ["2026-08.json"]


def test_an_export_of_another_organization_is_not_the_source_of_a_true_up(folder: Path) -> None:
    """Effective cost has no invoices to tell one from the other."""
    effective = INVENTORY.replace("by: Team", "by: Team\n  cost: effective")
    (folder / "projects.yaml").write_text(effective, "utf-8")
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    elsewhere = {"line_item_usage_account_id": "999999999999"}
    no_project = row("1", day="2026-08-05", tags={"Team": "Search"}, **elsewhere)
    for other in ([{**each, **elsewhere} for each in lines("2026-08-05")], [no_project]):
        deliver_month(folder, "2026-08", other)
        done = chargeback(folder, "true-up", "--month", "2026-08")
        assert done.code == 1
        assert "closed with projects of the accounts 012345678901, and none of them is in acme-cur2" in done.err
    assert files(folder) == ["2026-08.json"]


def test_a_month_of_an_export_is_not_asked_of_cost_explorer(folder: Path) -> None:
    """Which would be paid for: without credentials, the message would be about these."""
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    done = run("chargeback", "true-up", "--month", "2026-08", folder=folder)
    assert (done.code, done.out) == (1, "")
    assert "2026-08 was read from acme-cur2 so far, and two sources may differ" in done.err


@pytest.mark.parametrize(
    ("month", "reason"),
    [("this-month", "is not over"), ("2026-10", "the last closed month is 2026-08; close 2026-09 first")],
)
def test_a_month_that_cannot_be_closed_is_not_read(folder: Path, month: str, reason: str) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    done = run("chargeback", "close", "--month", month, "--source", "./gone", folder=folder)
    assert done.code == 1
    assert "cannot be closed yet" in done.err
    assert reason in done.err


def test_an_entry_is_not_booked_by_another_tag_key(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    deliver_month(folder, "2026-08", lines("2026-08-05", search="20.005"))
    assert chargeback(folder, "true-up", "--month", "2026-08").code == 0
    (folder / "projects.yaml").write_text(INVENTORY.replace("by: Team", "by: CostCenter"), "utf-8")
    rows = [row("1", day="2026-09-05", tags={**of("Search", "search"), "CostCenter": "CC-2001"})]
    deliver_month(folder, "2026-09", rows)
    done = chargeback(folder, "close", "--month", "2026-09")
    assert done.code == 1
    assert "2026-08.true-up-1.json is by Team, and 2026-09 is by CostCenter, so 2026-09 cannot book it" in done.err
    unread = run("chargeback", "close", "--month", "2026-09", "--source", "./gone", folder=folder)
    assert unread.err == done.err  # so nothing is paid for
    assert files(folder) == ["2026-08.json", "2026-08.true-up-1.json"]
    assert "  2026-08, true-up 1: booked outside\n" in chargeback(folder, "statements", "--month", "2026-09").out
    closed = chargeback(folder, "close", "--month", "2026-09", "--booked-outside")
    assert (closed.code, closed.out.count("  2026-08, true-up 1: booked outside\n")) == (0, 1)
    assert "to be booked" not in chargeback(folder, "status").out


def test_an_older_delivery_is_not_the_source_of_a_true_up(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    deliver_month(folder, "2026-08", lines("2026-08-05", search="20.005"))
    for path in (folder / "export").rglob("*.*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    done = chargeback(folder, "true-up", "--month", "2026-08")
    assert done.code == 1
    assert "copy the newest delivery" in done.err


def test_the_months_of_another_inventory_are_refused(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    (folder / "projects.yaml").write_text(INVENTORY.replace("inventory: acme", "inventory: other"), "utf-8")
    done = chargeback(folder, "status")
    assert done.code == 1
    assert "has months of the inventory acme, not of other; if this inventory was called that before" in done.err
    assert "write `previous_owner: {inventory: acme}`" in done.err


def test_the_months_of_an_inventory_stay_its_own_under_each_new_name(folder: Path) -> None:
    """With a folder of its own, each of them could be closed and booked a second time."""
    former = ""
    for month, name in (("2026-07", "acme"), ("2026-08", "acme-two"), ("2026-09", "acme-three")):
        text = INVENTORY.replace("inventory: acme", f"inventory: {name}{former}")
        (folder / "projects.yaml").write_text(text, "utf-8")
        deliver_month(folder, month, lines(f"{month}-05"))
        assert chargeback(folder, "close", "--month", month).code == 0
        former = f"\nprevious_owner: {{inventory: {name}}}"
    assert files(folder) == ["2026-07.json", "2026-08.json", "2026-09.json"]


def test_an_accrual_is_shown_from_its_file_and_taken_back_by_the_close(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05", search="10"))
    assert chargeback(folder, "close", "--month", "2026-08", "--provisional").code == 0
    shown = run("chargeback", "statements", "--month", "2026-08", "--source", "./gone", "--output", "a", folder=folder)
    assert "State: provisional: an accrual of" in shown.out
    accrued = (folder / "a" / "2026-08" / "journal.csv").read_text("utf-8")
    assert "acme/2026-08/Search/accrual\n" in accrued

    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    assert chargeback(folder, "statements", "--month", "2026-08", "--output", "b").code == 0
    journal = (folder / "b" / "2026-08" / "journal.csv").read_text("utf-8")
    both = [line for text in (accrued, journal) for line in csv.DictReader(text.splitlines())]
    assert exact_sum(Decimal(line["amount"]) for line in both if line["cost_center"] == "CC-2001") == Decimal("36.00")


JOURNAL = '  journal: {cost_center: CostCenter, gl_account: "6450"}\n'


@pytest.mark.parametrize(
    ("accrued", "closed"),
    [
        (INVENTORY, INVENTORY.replace('"6450"', '"7000"')),
        (INVENTORY, INVENTORY.replace("cost_center: CC-0001}\n  shared", "cost_center: CC-0009}\n  shared")),
        (INVENTORY, INVENTORY.replace(JOURNAL, "")),
        (INVENTORY.replace(JOURNAL, ""), INVENTORY),
    ],
    ids=["another account", "another central cost center", "no journal any more", "no journal before"],
)
def test_a_close_takes_back_exactly_what_the_accrual_booked(folder: Path, accrued: str, closed: str) -> None:
    assert accrued != closed
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    for text, output, more in ((accrued, "a", ["--provisional"]), (closed, "b", [])):
        (folder / "projects.yaml").write_text(text, "utf-8")
        assert chargeback(folder, "close", "--month", "2026-08", *more).code == 0
        assert chargeback(folder, "statements", "--month", "2026-08", "--output", output).code == 0
    before, after = (journal(folder / output / "2026-08") for output in "ab")
    taken_back = [line for line in after if line[0].endswith("-reversal")]
    assert taken_back == [(f"{line[0]}-reversal", *line[1:3], -line[3]) for line in before]
    assert bool(before) is (JOURNAL in accrued)
    assert (len(after) > len(taken_back)) is ("journal" in closed)


def journal(folder: Path) -> list[tuple[str, str, str, Decimal]]:
    """Reference, cost center, account and amount of each line; empty without a journal."""
    file = folder / "journal.csv"
    rows = csv.DictReader(file.read_text("utf-8").splitlines()) if file.exists() else ()
    return [(row["reference"], row["cost_center"], row["gl_account"], Decimal(row["amount"])) for row in rows]


def test_a_close_of_the_month_before_changes_nothing_that_an_accrual_has_booked(folder: Path) -> None:
    """What only that month has can have a cost center, on which other amounts of the value are booked."""
    text = INVENTORY.replace("  journal:", "  unallocated: {method: even, to: [Search, Shop]}\n  journal:")
    without_center = text.replace("{Team: Search, CostCenter: CC-2001}", "{Team: Search}")
    (folder / "projects.yaml").write_text(without_center, "utf-8")
    deliver_month(folder, "2026-07", lines("2026-07-05"))
    deliver_month(folder, "2026-08", lines("2026-08-05")[1:])
    assert chargeback(folder, "close", "--month", "2026-08", "--provisional").code == 0
    assert chargeback(folder, "statements", "--month", "2026-08", "--output", "a").code == 0
    (folder / "projects.yaml").write_text(text, "utf-8")
    for month in ("2026-07", "2026-08"):
        assert chargeback(folder, "close", "--month", month).code == 0
    assert chargeback(folder, "statements", "--month", "2026-08", "--output", "b").code == 0
    accrued, after = (journal(folder / output / "2026-08") for output in "ab")
    taken_back = [line for line in after if line[0].endswith("-reversal")]
    assert taken_back == [(f"{line[0]}-reversal", *line[1:3], -line[3]) for line in accrued]
    assert ("acme/2026-08/Search/1", "CC-2001") in {line[:2] for line in after}


def test_what_is_split_among_values_is_booked_on_their_cost_centers_also_without_usage(folder: Path) -> None:
    text = INVENTORY.replace("  journal:", "  unallocated: {method: even, to: [Search, Shop]}\n  journal:")
    (folder / "projects.yaml").write_text(text, "utf-8")
    deliver_month(folder, "2026-08", lines("2026-08-05")[1:])
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    assert chargeback(folder, "statements", "--month", "2026-08", "--output", "out").code == 0
    assert ("acme/2026-08/Search/1", "CC-2001", "6450", Decimal("1.25")) in journal(folder / "out" / "2026-08")


def test_an_accrual_that_nothing_could_take_back_is_refused(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    done = chargeback(folder, "close", "--month", "2026-07", "--provisional")
    assert (done.code, files(folder)) == (1, ["2026-08.json"])
    assert "so nothing would take back an accrual of 2026-07" in done.err


def test_an_accrual_of_another_inventory_is_not_taken_back(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08", "--provisional").code == 0
    (folder / "projects.yaml").write_text(INVENTORY.replace("inventory: acme", "inventory: other"), "utf-8")
    done = chargeback(folder, "close", "--month", "2026-08")
    assert (done.code, files(folder)) == (1, ["2026-08.provisional.json"])
    assert "has months of the inventory acme, not of other" in done.err


def test_an_adjustment_that_no_month_would_book_is_refused_before_a_month_is_read(folder: Path) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08").code == 0
    late = '  adjustments: {2026-08: [{description: Fee, amount: "5", method: even}]}\n'
    (folder / "projects.yaml").write_text(INVENTORY + late, "utf-8")
    done = run("chargeback", "close", "--month", "2026-09", "--source", "./gone", folder=folder)
    assert done.code == 1
    assert "its adjustment 'Fee' was added or changed later, so no month books that" in done.err


def test_an_accrual_is_of_a_month_that_is_over(folder: Path) -> None:
    done = chargeback(folder, "close", "--month", "this-month", "--provisional")
    assert (done.code, files(folder)) == (1, [])


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (["--provisional"], "2026-08 has an accrual already; if nothing of it is booked yet, remove chargeback/"),
        ([], "2026-08 is closed; `bedrock-projects chargeback true-up --month 2026-08` adds what changed\n"),
    ],
    ids=["provisional", "closed"],
)
def test_an_accrual_is_made_once_and_before_the_close(folder: Path, before: list[str], message: str) -> None:
    deliver_month(folder, "2026-08", lines("2026-08-05"))
    assert chargeback(folder, "close", "--month", "2026-08", *before).code == 0
    done = run("chargeback", "close", "--month", "2026-08", "--provisional", "--source", "./gone", folder=folder)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(message)


def test_the_files_of_two_months_are_not_mixed(folder: Path) -> None:
    for month in ("2026-08", "2026-09"):
        deliver_month(folder, month, lines(f"{month}-05"))
        assert chargeback(folder, "close", "--month", month).code == 0
        assert chargeback(folder, "statements", "--month", month, "--output", "out").code == 0
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["2026-08", "2026-09"]
