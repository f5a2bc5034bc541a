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
    Desk,
    opened,
    totals,
)
from tests.local_aws.mantle import Mantle
from tests.local_aws.native import Native
from tests.unit.command_line import run


@pytest.fixture
def desk(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    return opened(aws, tmp_path, monkeypatch)


def test_all_pages_are_followed_and_paid_requests_counted(desk: Desk) -> None:
    whole = totals(desk.filled().report("--by", "Team"))
    desk.aws.settings(cost_page_size=1)
    report = desk.report("--by", "Team", "--yes")
    assert totals(report) == whole == {"a": 120, "b": 8, "": 35}
    paid = len(desk.asked("ce:Get*"))
    assert report["header"]["paid_requests"] == paid > 7
    assert Decimal(report["header"]["price"]) == paid * Decimal("0.01")


@pytest.mark.parametrize(
    ("words", "notes"),
    [
        (["--by", "tag:team"], ["Billing has no tag key team, but Team (Active)"]),
        (["--by", "App"], ["tag key App is inactive in Billing"]),
        (["--by", "tag:Nobody"], ["tag key Nobody is pending"]),
        (["--filter", "App=x"], ["no Bedrock spend with App = x", "tag key App is inactive in Billing"]),
        (
            ["--filter", "tag:Team=x"],
            [
                "no Bedrock spend with Team = x",
                "tag key Team is active in Billing, so the filter's value finds nothing",
            ],
        ),
    ],
)
def test_a_key_that_reports_do_not_know_is_explained(desk: Desk, words: list[str], notes: list[str]) -> None:
    done = desk.filled().run(*words)
    assert done.code == 0
    assert all(note in done.out for note in notes)
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
def test_spend_without_a_key_that_reports_do_not_know_is_not_an_answer(
    desk: Desk, words: list[str], note: str | None
) -> None:
    """All spend lacks an unknown key. If a filter asks for spend without a known one, that needs no explanation."""
    notes = desk.filled().report(*words)["notes"]
    assert [note is not None and note in printed for printed in notes] == [True] * (note is not None)


def test_with_csv_notes_go_to_stderr(desk: Desk) -> None:
    done = desk.filled().run("--filter", "App=x", "--format", "csv")
    assert (done.code, done.out.count("\n")) == (0, 1)
    assert "Note: tag key App is inactive in Billing" in done.err
    assert "Cost Explorer API requests: 5 (USD 0.05)" in done.err


def test_with_csv_what_its_rows_lack_goes_to_stderr(desk: Desk) -> None:
    desk.bill(desk.spend("1", service=EC2, day=desk.first - timedelta(days=3)))
    done = desk.filled().run("--compare", "previous", "--format", "csv")
    for words in (
        "Unallocated: bedrock-mantle: requests that name no project 10.00 28.6%",
        f"Unallocated: in account {DEV} ",
        "Bill: Bedrock 163.00",
        "Largest change: Chat-Prod: 0.00 → 120.00, +120.00 (new)",
    ):
        assert f"\n{words}" in done.err


def test_a_key_is_looked_up_only_for_what_is_unallocated(desk: Desk) -> None:
    desk.filled().report("--by", "Team")
    assert len(desk.asked(KEYS)) == 1
    desk.report("--by", "Team", "--filter", "Team=a")
    assert desk.asked(KEYS) == []


def test_what_an_unknown_key_leaves_is_not_split(desk: Desk) -> None:
    report = desk.filled().report("--by", "App")
    assert totals(report) == {"": 163}
    assert report["unallocated"]["causes"] == []
    assert len(desk.asked()) == 6


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
    assert len(desk.asked("ce:*")) == 5


def test_throttling_is_retried_a_few_times_only(desk: Desk) -> None:
    desk.aws.faults([Fault(kind="throttled", operation=COSTS, count=2)])
    assert totals(desk.filled().report("--by", "model")) != {}
    desk.aws.faults([Fault(kind="throttled", operation=COSTS)])
    done = desk.run()
    assert (done.code, done.out) == (1, "")
    assert "run again later" in done.err
    assert len(desk.asked(COSTS)) == 4


def test_models_of_marketplace_count_like_bedrocks_own(desk: Desk) -> None:
    desk.bill(
        desk.spend("5", owner="acme/prod/chat", Team="a"),
        desk.spend("90", service=CLAUDE, usage_type=MARKETPLACE, owner="acme/prod/chat", Team="a"),
    )
    [line] = desk.report("--by", "Team")["lines"]
    assert (line["value"], Decimal(line["total"])) == ("a", Decimal(95))
    assert [driver["label"] for driver in line["drivers"]] == ["Claude X", "GPT-5.5"]


@pytest.mark.parametrize("kind", ["throttled", "server_error", "expired_credentials"])
def test_a_report_that_was_paid_for_is_not_lost_if_billing_does_not_answer(desk: Desk, kind: Any) -> None:
    desk.filled().aws.faults([Fault(kind=kind, operation=KEYS)])
    done = desk.run("--by", "App")
    assert (done.code, done.err) == (0, "")
    assert "the status of tag key App in Billing is unknown: " in done.out
    assert "iam costs" not in done.out
    assert "163.00" in done.out


@pytest.mark.parametrize(
    ("word", "text", "metric"),
    [
        ("billed", "billed (UnblendedCost)", "UnblendedCost"),
        ("effective", "effective (NetAmortizedCost)", "NetAmortizedCost"),
        ("list", "list (ListCost)", "ListCost"),
        ("NetUnblendedCost", "NetUnblendedCost", "NetUnblendedCost"),
    ],
)
def test_the_cost_is_asked_for_and_named(desk: Desk, word: str, text: str, metric: str) -> None:
    done = desk.filled().run("--cost", word)
    assert f"Cost: {text} in USD" in done.out
    assert {body["Metrics"][0] for body in desk.asked()} == {metric}


@pytest.mark.parametrize("answer", ["answered", "refused"])
def test_a_cost_that_the_account_does_not_have_is_one_message(desk: Desk, answer: str) -> None:
    desk.filled().aws.settings(cost_analytics_metrics=answer)
    done = desk.run("--cost", "list")
    if answer == "answered":
        assert (done.code, done.err) == (0, "")
        return
    assert (done.code, done.out, len(desk.asked())) == (1, "", 1)
    assert "not every account has ListCost; use --cost billed or effective" in done.err


def test_months_that_the_account_does_not_keep_are_one_message(desk: Desk) -> None:
    start = desk.first.replace(year=desk.first.year - 2)
    done = run("costs", "--from", f"{start:%Y-%m}", "--to", f"{start:%Y-%m}", folder=desk.folder)
    assert (done.code, done.out) == (1, "")
    assert "need multi-year data, which an account enables in Cost Explorer's settings" in done.err


@pytest.mark.parametrize("answer", ["answered", "refused"])
@pytest.mark.parametrize("by", ["Team", "model", "Team,model"])
def test_an_account_without_models_still_gets_a_report(desk: Desk, by: str, answer: str) -> None:
    desk.filled().aws.settings(product_attributes=answer)
    report = desk.report("--by", by)
    assert Decimal(report["total"]["total"]) == 163
    notes = [note for note in report["notes"] if note.startswith("models are read from service names")]
    assert ["Cost Explorer refused to group by model" in note for note in notes] == [True] * (answer == "refused")


@pytest.mark.parametrize(("switch", "rest"), [("kept", "0"), ("missing", "1")])
def test_lines_of_marketplace_without_tags_are_unallocated(desk: Desk, switch: str, rest: str) -> None:
    desk.aws.settings(marketplace_tags=switch)
    project = Mantle(desk.aws.url, account=PROD).create("Chat", tags={"Team": "a"})["id"]
    uses = [used(desk, project, model) for model in ("openai.gpt-oss-20b", "anthropic.claude-haiku-4-5")]
    desk.aws.use_many(uses)
    found = totals(desk.report("--by", "Team"))
    assert (found.get("", 0), sum(found.values())) == (Decimal(rest), Decimal("1.07"))


@pytest.mark.parametrize(("switch", "team"), [("untagged", ""), ("tagged", "a")])
def test_usage_of_bedrock_runtime_is_of_the_project_whose_tags_its_lines_have(
    desk: Desk, switch: str, team: str
) -> None:
    desk.aws.settings(runtime_usage_tags=switch)
    project = Native(desk.aws.url, account=PROD).create("Chat", {"Team": "a"})["id"]
    desk.aws.use_many([used(desk, project, "openai.gpt-oss-20b", endpoint="bedrock-runtime")])
    assert {value: total for value, total in totals(desk.report("--by", "Team")).items() if total} == {
        team: Decimal("0.07")
    }


def used(desk: Desk, project: str, model: str, **fields: Any) -> Use:
    """A million tokens on the first of last month."""
    given = {"account": PROD, "input_tokens": 1_000_000, "output_tokens": 0, "at": f"{desk.first}T12:00:00Z"}
    return Use(project_id=project, model=model, **given, **fields)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--from", "2022-08-22", "--to", "2022-07-10"], 1, "--from 2022-08-22 is after --to 2022-07-10"),
        (["--from", "2022-8-x"], 1, "--from 2022-8-x: "),
        (["--granularity", "hour"], 1, "--granularity hour: "),
        (["--filter", "Team"], 1, "write TAG=VALUE"),
        (["--by", "Team$a"], 1, "a tag key cannot contain $"),
        (["--by", "accounts"], 1, "unknown grouping 'accounts'; did you mean 'account'?"),
        (["--by", "Team,App,model"], 1, "groups by two things at most"),
        (["--filter", "Team=b"], 1, "no project has Team = 'b'; known: a"),
        (["--cost", "bild"], 1, "did you mean 'billed'"),
        (["--exclude", "credit"], 1, "did you mean 'credits'"),
        (["--account", "123"], 1, "--account 123: "),
        (["--month", "2026-13"], 1, "--month 2026-13: "),
        (["--month", "last-month", "--from", "2026-10"], 1, "--month does not go with --from or --to"),
        (["--compare", "before"], 1, "--compare before: "),
        (["--from", "2020-01"], 1, "is too early"),
        (["--format", "csv", "--format", "html"], 1, "--format is given 2 times; add --output FOLDER"),
        (["--cost", "billed", "--cost", "list"], 2, "--cost was given twice: billed, list; give it once"),
        (["--format", "csv", "--output", "projects.yaml/x"], 1, "--output projects.yaml/x: "),
        (["--catalogue", "missing.json"], 1, "missing.json"),
        (["--by", "team"], 1, "unknown grouping 'team'; did you mean 'Team'? For a tag key outside the inventory"),
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
        del report["reconciliation"]  # it is about the whole bill
    assert after == before


@pytest.mark.parametrize("by", ["Team", "project", "model", "service", "account", "environment"])
def test_the_lines_add_up_to_bedrock_in_the_bill(desk: Desk, by: str) -> None:
    report = desk.filled().report("--by", by)
    period = {"Start": f"{desk.first}", "End": f"{desk.today.replace(day=1)}"}
    bedrock = {"Dimensions": {"Key": "SERVICE", "Values": [OWN, CLAUDE]}}
    ungrouped = total(Billing(desk.aws.url, PAYER).client, period, Filter=bedrock)
    assert sum(totals(report).values()) == Decimal(report["total"]["total"]) == ungrouped == 163
    assert Decimal(report["reconciliation"]["difference"]) == 0


def test_spend_that_is_tagged_under_another_service_is_bedrock_too(desk: Desk) -> None:
    desk.filled().bill(desk.spend("40", owner="acme/prod/chat", service="A Model of Tomorrow"))
    desk.bill(desk.spend("7", service=EC2, usage_type="BoxUsage"))
    report = desk.report()
    bill = report["reconciliation"]
    assert [int(bill[name]) for name in ("bedrock", "difference", "total")] == [203, 0, 210]
    assert [(part["label"], int(part["total"])) for part in bill["rest"]] == [("other services", 7)]
    assert len(desk.asked()) == 6


def test_unallocated_spend_is_a_line_with_causes_and_accounts(desk: Desk) -> None:
    unallocated = desk.filled().report()["unallocated"]
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
    assert report["largest_changes"][0]["label"] == "a"
    assert [driver["label"] for driver in report["largest_changes"][0]["drivers"]] == ["Claude X", "GPT-5.5"]


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
