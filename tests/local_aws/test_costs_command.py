"""`bedrock-projects costs` from end to end: each fault that was reported of cost reports, on the local AWS."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from local_aws import Fault, LocalAws, Use
from local_aws.cost_explorer.prices import PRICES
from tests.local_aws.billing import Billing
from tests.local_aws.costs import EC2, total
from tests.local_aws.costs_cli import (
    CLAUDE,
    COSTS,
    DEV,
    KEYS,
    MARKETPLACE,
    OWN,
    PAYER,
    PROD,
    VALUES,
    Desk,
    opened,
    totals,
)
from tests.local_aws.mantle import Mantle
from tests.unit.command_line import run


@pytest.fixture
def desk(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    return opened(aws, tmp_path, monkeypatch)


def test_all_pages_are_followed_and_paid_requests_counted(desk: Desk) -> None:
    whole = totals(desk.filled().report("--by", "Team"))
    desk.aws.settings(cost_page_size=1)
    report = desk.report("--by", "Team")
    assert totals(report) == whole == {"a": 120, "b": 8, "": 35}
    paid = len(desk.asked("ce:Get*"))
    assert report["header"]["paid_requests"] == paid > 6
    assert Decimal(report["header"]["price"]) == paid * Decimal("0.01")


@pytest.mark.parametrize(
    ("words", "notes"),
    [
        (["--by", "tag:team"], ["Billing has no tag key team, but Team (Active)"]),
        (["--by", "App"], ["tag key App is inactive in Billing"]),
        (["--by", "tag:Nobody"], ["tag key Nobody is pending"]),
        (["--filter", "App=x"], ["no Bedrock spend with App = x", "tag key App is inactive in Billing"]),
        (["--filter", "Team=x"], ["no Bedrock spend with Team = x", "tag key Team is active, but no spend"]),
    ],
)
def test_a_key_that_reports_do_not_know_is_explained(desk: Desk, words: list[str], notes: list[str]) -> None:
    done = desk.filled().run(*words)
    assert done.code == 0
    assert all(note in done.out for note in notes)
    assert " 0.00" not in done.out
    assert len(desk.asked(KEYS)) == 1


@pytest.mark.parametrize(
    ("words", "note"),
    [
        (["--filter", "tag:team="], "Billing has no tag key team, but Team (Active)"),
        (["--by", "model", "--filter", "App=x", "--filter", "App="], "tag key App is inactive in Billing"),
        (["--by", "Team", "--filter", "tag:Nobody="], "tag key Nobody is pending"),
        (["--by", "App", "--filter", "Team="], "tag key App is inactive in Billing"),
        (["--filter", "Team="], None),
        (["--by", "Team", "--filter", "Team="], None),
        (["--by", "Team", "--filter", "Team=a", "--filter", "Team="], None),
    ],
)
def test_spend_without_a_key_that_reports_do_not_know_is_no_answer(
    desk: Desk, words: list[str], note: str | None
) -> None:
    """All spend lacks an unknown key. If a filter asks for spend without a known one, that needs no explanation."""
    notes = desk.filled().report(*words)["notes"]
    assert [note is not None and note in printed for printed in notes] == [True] * (note is not None)


def test_with_csv_notes_go_to_stderr(desk: Desk) -> None:
    done = desk.filled().run("--filter", "App=x", "--format", "csv")
    assert (done.code, done.out.count("\n")) == (0, 1)
    assert "Note: tag key App is inactive in Billing" in done.err
    assert "Cost Explorer API requests: 3 (USD 0.03)" in done.err


def test_with_csv_what_its_rows_lack_goes_to_stderr(desk: Desk) -> None:
    done = desk.filled().run("--compare", "previous", "--format", "csv")
    for words in (
        "Unallocated: bedrock-mantle: the default project 10.00 28.6%",
        f"Unallocated: in account {DEV} ",
        "Largest change: Chat-Prod: 0.00 → 120.00, +120.00 (new)",
    ):
        assert f"\n{words}" in done.err


def test_a_key_that_reports_know_is_not_looked_up(desk: Desk) -> None:
    desk.filled().report("--by", "Team")
    assert desk.asked(KEYS) == []


def test_what_an_unknown_key_leaves_is_not_split_at_a_price(desk: Desk) -> None:
    report = desk.filled().report("--by", "App")
    assert totals(report) == {"": 163}
    assert report["unattributed"]["causes"] == report["unattributed"]["accounts"] == []
    assert len(desk.asked()) == 1


def test_the_last_day_is_counted(desk: Desk) -> None:
    desk.bill(desk.spend("1", day=desk.last), desk.spend("2", day=desk.last + timedelta(days=1)))
    assert totals(desk.report()) == {"": 1}
    assert {body["TimePeriod"]["End"] for body in desk.asked()} == {(desk.last + timedelta(days=1)).isoformat()}


def test_an_account_without_data_has_a_message_and_an_exit_code_of_its_own(desk: Desk) -> None:
    desk.aws.settings(cost_data="unavailable")
    done = desk.run()
    assert (done.code, done.out) == (3, "")
    assert "prepares its data in up to 24 hours" in done.err
    assert done.err.count("\n") == 1


def test_this_months_amounts_are_marked_as_estimated(desk: Desk) -> None:
    desk.bill(desk.spend("1", owner="acme/prod/chat"), desk.spend("2", owner="acme/prod/chat", day=desk.today))
    words = ["costs", "--from", desk.first.isoformat(), "--to", desk.today.isoformat()]
    text = run(*words, folder=desk.folder).out
    assert f" {desk.first:%b %Y} " in text
    assert re.search(rf" {desk.today:%b}( (1-)?{desk.today.day},)? {desk.today:%Y}\* ", text)
    assert "* estimated" in text
    report = json.loads(run(*words, "--format", "json", folder=desk.folder).out)
    assert [period["estimated"] for period in report["periods"]] == [False, True]


def test_forty_projects_take_no_more_requests_than_one(desk: Desk) -> None:
    desk.bill(*(desk.spend("1.5", owner=f"acme/prod/p{number:02}") for number in range(40)))
    report = desk.report()
    assert (len(report["lines"]), Decimal(report["total"]["total"])) == (40, Decimal(60))
    assert (len(desk.asked()), len(desk.asked(VALUES))) == (1, 2)


def test_throttling_is_retried_a_few_times_only(desk: Desk) -> None:
    desk.aws.faults([Fault(kind="throttled", operation=COSTS, count=2)])
    assert totals(desk.filled().report("--by", "model")) != {}
    desk.aws.faults([Fault(kind="throttled", operation=VALUES)])
    done = desk.run()
    assert (done.code, done.out) == (1, "")
    assert "run again later" in done.err
    assert len(desk.asked(VALUES)) == 4


def test_models_of_marketplace_count_like_bedrocks_own(desk: Desk) -> None:
    desk.bill(desk.spend("5", Team="a"), desk.spend("90", Team="a", service=CLAUDE, usage_type=MARKETPLACE))
    [line] = desk.report("--by", "Team")["lines"]
    assert (line["value"], Decimal(line["total"])) == ("a", Decimal(95))
    assert [driver["label"] for driver in line["drivers"]] == [CLAUDE, OWN]


@pytest.mark.parametrize("kind", ["throttled", "server_error", "expired_credentials"])
def test_a_report_that_was_paid_for_is_not_lost_if_billing_does_not_answer(desk: Desk, kind: Any) -> None:
    desk.filled().aws.faults([Fault(kind=kind, operation=KEYS)])
    done = desk.run("--by", "App")
    assert (done.code, done.err) == (0, "")
    assert "the status of tag key App in Billing is unknown: " in done.out
    assert "iam costs" not in done.out
    assert "163.00" in done.out


@pytest.mark.parametrize(("word", "metric"), [("unblended", "UnblendedCost"), ("net-amortized", "NetAmortizedCost")])
def test_the_metric_is_asked_for_and_named(desk: Desk, word: str, metric: str) -> None:
    done = desk.filled().run("--metric", word)
    assert f"Metric: {metric} in USD" in done.out
    assert {tuple(body["Metrics"]) for body in desk.asked()} == {(metric,)}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--from", "2022-08-22", "--to", "2022-07-10"], 1, "--from 2022-08-22 is after --to 2022-07-10"),
        (["--from", "2022-8-x"], 2, "2022-8-x"),
        (["--granularity", "hour"], 2, "hour"),
        (["--filter", "Team"], 1, "write TAG=VALUE"),
        (["--by", "Team$a"], 1, "a tag key cannot contain $"),
        (["--by", "account"], 1, "unknown tag key 'account'; known:"),
        (["--by", "team"], 1, "unknown tag key 'team'; did you mean 'Team'?; for a tag key outside the inventory"),
        (["--by", "projects"], 1, "did you mean 'project'?"),
        (["--filter", "team=a"], 1, "--filter team=a: unknown tag key 'team'; did you mean 'Team'?"),
        (["--environment", "qa"], 1, "unknown environment 'qa' in inventory 'acme'; known: dev, prod\n"),
        (["--inventory", "missing.yaml"], 1, "missing.yaml"),
        (["--stack", "missing"], 1, "Pulumi.yaml does not exist"),
    ],
)
def test_a_wrong_option_costs_nothing(desk: Desk, words: list[str], code: int, message: str) -> None:
    desk.aws.clear_requests()
    done = run("costs", *words, folder=desk.folder)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert desk.aws.requests() == []


@pytest.mark.parametrize("by", ["Team", "project", "model", "service"])
def test_spend_of_another_service_with_the_same_tags_changes_no_report(desk: Desk, by: str) -> None:
    words = ["--by", by, "--compare", "previous"]
    before = desk.filled().report(*words)
    desk.bill(*(desk.spend("1000", service=EC2, usage_type="BoxUsage", Team=team) for team in ("a", "b", "new")))
    after = desk.report(*words)
    for report in (before, after):
        del report["header"]["created_at"]
    assert after == before


@pytest.mark.parametrize("words", [["--by", "Team"], [], ["--by", "model"], ["--by", "service", "--filter", "Team=a"]])
def test_the_lines_add_up_to_the_total_of_the_same_query(desk: Desk, words: list[str]) -> None:
    report = desk.filled().report(*words)
    asked = desk.asked()[0]
    ungrouped = total(Billing(desk.aws.url, PAYER).client, asked["TimePeriod"], Filter=asked["Filter"])
    assert sum(totals(report).values()) == Decimal(report["total"]["total"]) == ungrouped > 0


def test_unallocated_spend_is_a_line_with_causes_and_accounts(desk: Desk) -> None:
    unallocated = desk.filled().report()["unattributed"]
    assert (Decimal(unallocated["line"]["total"]), unallocated["line"]["share"]) == (Decimal(35), "21.5")
    assert {cause["kind"]: Decimal(cause["total"]) for cause in unallocated["causes"]} == {
        "bedrock-runtime": 20,
        "default project": 10,
        "marketplace": 5,
    }
    assert {part["account"]["id"]: Decimal(part["total"]) for part in unallocated["accounts"]} == {PROD: 25, DEV: 10}


def test_projects_are_named_and_the_archived_ones_that_still_spend_are_marked(desk: Desk) -> None:
    owners = ["acme/prod/chat", "acme/prod/old", "acme/prod/gone", "other/prod/x"]
    desk.bill(*(desk.spend(f"{number}", owner=owner) for number, owner in enumerate(owners, 1)))
    text = desk.run().out
    for words in (
        "Chat-Prod ",
        "Old-Prod (archived) ",
        "gone (prod, not in the inventory) ",
        "other/prod/x ",
    ):
        assert words in text


def test_a_month_is_compared_with_the_one_before(desk: Desk) -> None:
    day = desk.first - timedelta(days=3)
    desk.filled().bill(desk.spend("10", owner="acme/prod/chat", Team="a", day=day))
    report = desk.report("--by", "Team", "--compare", "previous")
    line = next(line for line in report["lines"] if line["value"] == "a")
    assert (line["previous"], line["change"], line["change_percent"]) == ("10", "110", "1100.0")
    assert report["jumps"][0]["label"] == "a"
    assert [driver["label"] for driver in report["jumps"][0]["drivers"]] == [CLAUDE, OWN]


def test_a_thousand_metered_requests_of_twenty_projects_are_reported_to_the_last_decimal(desk: Desk) -> None:
    mantle = Mantle(desk.aws.url, account=PROD)
    owners = [f"acme/prod/p{number:02}" for number in range(20)]
    ids = [mantle.create("P", tags={"bedrock-project": owner})["id"] for owner in owners]
    uses = [
        Use(
            project_id=ids[number % 20],
            model=model,
            input_tokens=number * 37 % 1009,
            output_tokens=number * 91 % 499,
            at=f"{desk.first + timedelta(days=number % 28)}T10:00:00Z",
        )
        for number, model in zip(range(1000), cycle(PRICES), strict=False)
    ]
    desk.aws.use_many(uses)
    expected = dict.fromkeys(owners, Decimal())
    for number, use in enumerate(uses):
        price = PRICES[use.model]
        tokens = price.input * use.input_tokens + price.output * use.output_tokens
        expected[owners[number % 20]] += tokens / 1_000_000
    report = desk.report()
    assert totals(report) == {**expected, "": 0}
    assert Decimal(report["total"]["total"]) == sum(expected.values())
