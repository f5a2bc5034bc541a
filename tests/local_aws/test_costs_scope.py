"""Whose costs `bedrock-projects costs` sees, with which credentials, and how far it looks ahead."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bedrock_projects.aws.billing import BillingClient
from bedrock_projects.aws.cost_explorer import CostExplorerClient
from bedrock_projects.aws.credentials import Credentials
from bedrock_projects.reports.cost_data import MODEL
from bedrock_projects.reports.fetch import fetch_cost_data
from local_aws import Fault, LocalAws
from tests.local_aws.billing import Billing
from tests.local_aws.costs_cli import DEV, PAYER, PROD, RUNTIME, Desk, opened, totals
from tests.local_aws.exports import request_of
from tests.unit.command_line import run, start

STACK = """\
config:
  aws:region: us-east-1
  shop:inventory: stacks/projects.yaml
  shop:billingRoleArn: arn:aws:iam::999999999999:role/billing
"""


@pytest.fixture
def desk(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    return opened(aws, tmp_path, monkeypatch)


def activated_within_last_month(desk: Desk) -> date:
    """Activates App on the tenth of last month, with use of a project that carries it before and after."""
    tenth, now = desk.first + timedelta(days=9), desk.aws.now()
    desk.aws.set_clock(f"{tenth}T12:00:00Z")
    Billing(desk.aws.url, PAYER).update(App="Active")
    desk.aws.set_clock(f"{now:%Y-%m-%dT%H:%M:%SZ}")
    early, late = desk.first + timedelta(days=2), desk.first + timedelta(days=20)
    desk.bill(
        desk.spend("30", owner="acme/prod/chat", App="shop", day=early),
        desk.spend("7", day=early),
        desk.spend("50", owner="acme/prod/chat", App="shop", day=late),
        desk.spend("20", usage_type=RUNTIME, day=late),
    )
    return tenth


def test_the_first_month_of_a_key_is_explained_by_its_activation(desk: Desk) -> None:
    tenth = activated_within_last_month(desk)
    report = desk.report("--by", "App")
    assert totals(report) == {"shop": 50, "": 57}
    assert [(cause["label"], int(cause["total"])) for cause in report["unallocated"]["causes"]] == [
        (f"before App was activated in Billing on {tenth}", 37),
        ("bedrock-runtime and other usage without a project tag", 20),
    ]
    # The project has no value before the activation and one after it, so its charges are asked for by App too.
    assert len(desk.asked()) == 8


def test_a_month_before_the_activation_is_explained_as_a_whole(desk: Desk) -> None:
    tenth = activated_within_last_month(desk)
    desk.bill(desk.spend("9", owner="acme/prod/chat", App="shop", day=desk.first - timedelta(days=5)))
    month = f"{desk.first - timedelta(days=5):%Y-%m}"
    done = run("costs", "--by", "App", "--month", month, folder=desk.folder)
    assert f"before App was activated in Billing on {tenth}" in done.out


def test_a_backfill_after_the_activation_leaves_nothing_to_explain(desk: Desk) -> None:
    activated_within_last_month(desk)
    Billing(desk.aws.url, PAYER).client.start_cost_allocation_tag_backfill(BackfillFrom=f"{desk.first}T00:00:00Z")
    desk.aws.advance(hours=3)
    report = desk.report("--by", "App")
    assert totals(report) == {"shop": 80, "": 27}
    assert {cause["kind"] for cause in report["unallocated"]["causes"]} == {"default project", "bedrock-runtime"}


def as_member(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in desk.aws.environment(PROD).items():
        monkeypatch.setenv(name, value)


def test_the_header_names_all_accounts_with_bedrock_spend(desk: Desk) -> None:
    header = desk.filled().report()["header"]
    assert [account["id"] for account in header["accounts"]] == [DEV, PROD]
    assert [account["environments"] for account in header["accounts"]] == [["dev"], ["prod"]]
    assert header["environments"] == []


def test_an_environment_is_its_account(desk: Desk) -> None:
    report = desk.filled().report("--environment", "dev")
    assert totals(report) == {"acme/dev/chat": 8, "": 10}
    assert [account["id"] for account in report["header"]["accounts"]] == [DEV]
    assert report["header"]["environments"] == ["dev"]
    both = desk.report("--environment", "dev", "--environment", "prod")
    assert Decimal(both["total"]["total"]) == 163
    assert totals(desk.report("--account", DEV)) == totals(report)


def test_a_member_account_sees_itself_and_reads_why_a_key_is_not_explained(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.filled()
    as_member(desk, monkeypatch)
    report = desk.report("--by", "tag:team")
    assert totals(report) == {"": 145}
    assert [account["id"] for account in report["header"]["accounts"]] == [PROD]
    [note, _] = report["notes"]
    assert "the status of tag key team in Billing is unknown" in note
    assert "management account" in note
    assert "the inventory has Team" in note


NOT_COVERED: dict[str, tuple[list[str], str | None]] = {
    "a member account of all": ([], f"no spend of account {DEV} (dev) in this report"),
    "one that these credentials do not see": (["--environment", "dev"], f"no spend of account {DEV} (dev)"),
    "its own": (["--environment", "prod"], None),
    "a filter may be why": (["--filter", "Team=a"], None),
}


@pytest.mark.parametrize(("words", "words_of_note"), NOT_COVERED.values(), ids=NOT_COVERED)
def test_a_report_says_which_accounts_of_the_inventory_it_shows_nothing_of(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: list[str], words_of_note: str | None
) -> None:
    desk.filled()
    assert desk.report()["notes"] == []
    as_member(desk, monkeypatch)
    notes = [note for note in desk.report(*words)["notes"] if note.startswith("no spend of account")]
    assert [words_of_note is not None and note.startswith(words_of_note) for note in notes] == [True] * len(notes)
    assert bool(notes) is (words_of_note is not None)


def test_a_stack_lends_its_inventory_and_its_access_to_billing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    as_member(desk.filled(), monkeypatch)
    (desk.folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (desk.folder / "Pulumi.dev.yaml").write_text(STACK)
    (desk.folder / "stacks").mkdir()
    (desk.folder / "projects.yaml").rename(desk.folder / "stacks/projects.yaml")
    desk.aws.add_role("arn:aws:iam::999999999999:role/billing")
    assert totals(desk.report("--stack", "dev"))["acme/dev/chat"] == 8
    # Once for both clients, that of Cost Explorer and that of Billing.
    assert len(desk.aws.requests("sts:AssumeRole")) == 1
    assert {request.account for request in desk.aws.requests("ce:*")} == {PAYER}


def test_a_missing_permission_is_one_message(desk: Desk) -> None:
    desk.aws.faults([Fault(kind="denied", action="ce:GetCostAndUsage")])
    done = desk.filled().run()
    assert (done.code, done.out) == (1, "")
    assert "not authorized to perform: ce:GetCostAndUsage" in done.err
    assert done.err.count("\n") == 1


def test_the_running_month_is_forecast_to_its_end(desk: Desk) -> None:
    days = (desk.today - desk.first).days
    desk.bill(*(desk.spend("2", day=desk.first + timedelta(days=number)) for number in range(days)))
    done = run("costs", "--from", desk.first.isoformat(), "--by", "service", folder=desk.folder)
    spent = 2 * (desk.today.day - 1)
    rest = 2 * (days_of_month(desk) - desk.today.day + 1)
    assert f"Month-end forecast: USD {spent + rest:.2f}" in done.out
    assert f"month-to-date {spent:.2f}, remaining {rest:.2f}" in done.out


def days_of_month(desk: Desk) -> int:
    following = (desk.today.replace(day=1) + timedelta(days=31)).replace(day=1)
    return (following - timedelta(days=1)).day


def test_without_history_there_is_a_report_and_no_forecast(desk: Desk) -> None:
    yesterday = desk.today - timedelta(days=1)
    desk.bill(desk.spend("2", day=yesterday))
    words = ["--from", yesterday.replace(day=1).isoformat(), "--to", desk.today.isoformat()]
    done = run("costs", *words, folder=desk.folder)
    assert done.code == 0
    assert "no forecast: Cost Explorer has too little cost history (DataUnavailableException)" in done.out


def test_what_was_paid_for_is_not_lost_for_want_of_a_forecast(desk: Desk) -> None:
    desk.aws.faults([Fault(kind="denied", action="ce:GetCostForecast")])
    desk.bill(desk.spend("2", day=desk.today - timedelta(days=1)), desk.spend("3"))
    done = run("costs", "--from", desk.first.isoformat(), folder=desk.folder)
    assert (done.code, done.err) == (0, "")
    assert "Total" in done.out
    [note] = [line for line in done.out.splitlines() if "no forecast: " in line]
    assert "not authorized to perform: ce:GetCostForecast" in note


@pytest.mark.parametrize(("name", "first"), [("html", "<!doctype html>"), ("markdown", "## amazon bedrock costs by")])
def test_what_others_read_can_be_asked_for(desk: Desk, name: str, first: str) -> None:
    done = start("costs", *desk.filled().month, "--format", name, folder=desk.folder)
    assert (done.code, done.err) == (0, "")
    assert done.out.lower().startswith(first)
    assert "163.00" in done.out


def test_if_backfills_cannot_be_read_a_note_says_that_the_days_of_the_key_are_unknown(desk: Desk) -> None:
    activated_within_last_month(desk)
    desk.aws.faults([Fault(kind="denied", action="ce:ListCostAllocationTagBackfillHistory")])
    report = desk.report("--by", "App")
    assert totals(report) == {"shop": 50, "": 57}
    note = report["notes"][0]
    assert note.startswith("since when tag key App is active is unknown: listing the backfills")
    assert "before activation" not in {cause["kind"] for cause in report["unallocated"]["causes"]}


def with_the_last_question_refused(desk: Desk, *words: str) -> dict[str, Any]:
    """The report if Cost Explorer refuses the last question of it."""
    desk.report(*words)
    asked = len(desk.asked())
    desk.aws.faults([Fault(kind="denied", action="ce:GetCostAndUsage", after=asked - 1)])
    report = desk.report(*words)
    assert report["header"]["paid_requests"] == asked - 1
    return report


def test_if_usage_before_the_activation_cannot_be_read_the_rest_of_the_report_is_there(desk: Desk) -> None:
    tenth = activated_within_last_month(desk)
    report = with_the_last_question_refused(desk, "--by", "App")
    assert totals(report) == {"shop": 50, "": 57}
    assert sum(int(cause["total"]) for cause in report["unallocated"]["causes"]) == 57
    unknown = f"unallocated usage before the activation of App on {tenth} is unknown: reading the costs"
    assert [note.startswith(unknown) for note in report["notes"]].count(True) == 1


def test_if_cost_under_other_names_cannot_be_read_the_rest_of_the_report_is_there(desk: Desk) -> None:
    desk.filled().bill(desk.spend("40", owner="acme/prod/chat", service="A Model of Tomorrow"))
    report = with_the_last_question_refused(desk)
    assert totals(report)["acme/prod/chat"] == 160
    unknown = "cost with the ownership tag under other service names is unknown: reading the costs"
    assert [note.startswith(unknown) for note in report["notes"]].count(True) == 1
    difference = "the lines differ from Bedrock in the bill by 40: they include cost with the ownership tag under other"
    assert [note.startswith(difference) for note in report["notes"]].count(True) == 1


def test_if_the_prior_period_cannot_be_read_there_is_a_report_without_a_comparison(desk: Desk) -> None:
    desk.filled().bill(desk.spend("40", owner="acme/prod/chat", day=desk.first - timedelta(days=1)))
    report = with_the_last_question_refused(desk, "--compare", "previous")
    assert Decimal(report["total"]["total"]) == 163
    assert {report["total"]["previous"], *(line["previous"] for line in report["lines"])} == {None}
    assert [note.startswith("no comparison: reading the costs") for note in report["notes"]] == [True]


def test_models_that_the_prior_period_lacks_are_on_no_side_of_the_comparison(desk: Desk) -> None:
    """If one side named them and the other did not, each model would look new."""
    before = desk.first - timedelta(days=1)
    desk.bill(desk.spend("90", owner="acme/prod/chat"), desk.spend("40", owner="acme/prod/chat", day=before))

    def refuse_models_of_the_prior_period(answered: int) -> None:
        if answered == 6:
            desk.aws.settings(product_attributes="refused")

    data = fetch_cost_data(
        request_of(desk.folder, "Team", compare=True),
        CostExplorerClient(Credentials(), before_request=refuse_models_of_the_prior_period),
        open_billing=lambda: BillingClient(Credentials()),
        today=desk.today,
    )
    assert data.previous is not None
    assert data.models_missing == data.previous.models_missing != ""
    assert data.models_missing.startswith("Cost Explorer refused to group by model")
    assert {MODEL in columns for tables in (data.tables, data.previous.tables) for columns in tables} == {False}
    assert (data.bill.total, data.previous.bill.total) == (Decimal(90), Decimal(40))


def test_usage_without_the_tag_is_read_apart_from_the_refunds_that_lower_it(desk: Desk) -> None:
    second = desk.first + timedelta(days=1)
    desk.bill(
        desk.spend("30", owner="acme/prod/chat", Team="a"),
        desk.spend("8", owner="acme/prod/chat", day=second),
        desk.spend("-5", owner="acme/prod/chat", day=second, charge_type="Refund"),
    )
    report = desk.report("--by", "Team")
    assert totals(report) == {"a": 30, "": 3}
    assert [(cause["label"], int(cause["total"])) for cause in report["unallocated"]["causes"]] == [
        ("projects without Team: Chat-Prod", 8),
        ("refunds without Team", -5),
    ]
    assert len(desk.asked()) == 8
