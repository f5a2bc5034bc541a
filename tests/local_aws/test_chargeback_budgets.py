"""`bedrock-projects chargeback` with budgets in the running month, and what it asks before many paid requests."""

import os
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from local_aws import Fault, LocalAws
from tests.local_aws.chargeback_bill import open_organization, spend
from tests.local_aws.conforming import forecasting_budget, make_budget
from tests.local_aws.costs_cli import INVENTORY, PAYER
from tests.local_aws.exports import deliver
from tests.local_aws.frozen_clock import standing_clock
from tests.local_aws.test_analysts_requests import Keyboard
from tests.unit.command_line import Done, run

RULES = """\
budgets:
  team-a: {tag: {Team: a}, amount: 900, notify: [a@example.com]}
  chat: {project: chat, amount: 50, notify: [a@example.com]}
chargeback: {by: Team, central: {name: Platform}}
"""
RUNNING, OVER = "2026-10-21", "2026-11-05"
DELIVERED = datetime(2026, 10, 17, 4, tzinfo=timezone.utc)
OWN = forecasting_budget("acme.team-a", limit="900", actual="430.0", forecast="1012.4")
Ask = Callable[..., Done]


@pytest.fixture
def on_day(aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs the command on a day, for October 2026."""
    open_organization(aws)
    for name, value in aws.environment(PAYER).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "projects.yaml").write_text(INVENTORY + RULES)
    aws.set_clock(f"{RUNNING}T06:00:00Z")
    chat = {"owner": "acme/prod/chat", "team": "a"}
    aws.costs([spend("435.00", **chat), spend("-5", kind="Credit", **chat)])

    def ask(day: str, *words: str) -> Done:
        monkeypatch.setattr("bedrock_projects.commands.month_desk.datetime", standing_clock(day))
        aws.set_clock(f"{day}T12:00:00Z")
        aws.clear_requests()
        return run("chargeback", "statements", "--month", "2026-10", *words, folder=tmp_path)

    return ask


def budgets_of(done: Done) -> list[str]:
    """The rows of the table of budgets."""
    assert done.code == 0, done.err
    _, _, below = done.out.partition("\nBudgets\n")
    return [" ".join(line.split()) for line in below.partition("\n\n")[0].splitlines()[1:]]


def test_the_forecast_of_a_running_month_is_that_of_the_budget(on_day: Ask, aws: LocalAws) -> None:
    make_budget(aws, OWN, account=PAYER)
    done = on_day(RUNNING)
    assert budgets_of(done)[0] == "a team-a 900.00 435.00 48.3% 1,012.40 112.5% AWS Budgets"
    assert "  budgets without a statement, because they do not count by the tag Team: chat" in done.out
    operations = [request.operation for request in aws.requests()]
    assert operations.count("budgets:DescribeBudgets") == 1
    assert operations.index("budgets:DescribeBudgets") < operations.index("ce:GetCostAndUsage")


def test_without_the_permission_the_forecast_is_a_run_rate_and_a_note_says_why(on_day: Ask, aws: LocalAws) -> None:
    make_budget(aws, OWN, account=PAYER)
    aws.faults([Fault(kind="denied", action="budgets:*")])
    done = on_day(RUNNING)
    assert budgets_of(done)[0] == "a team-a 900.00 435.00 48.3% 674.25 74.9% run rate"
    assert "  forecasts are run rates, because AWS Budgets was not readable: reading the budgets" in done.out


def test_any_other_error_of_aws_budgets_ends_the_command_before_a_paid_request(on_day: Ask, aws: LocalAws) -> None:
    aws.faults([Fault(kind="throttled", operation="budgets:*")])
    done = on_day(RUNNING)
    assert (done.code, done.out) == (1, "")
    assert "reading the budgets (budgets:DescribeBudgets)" in done.err
    assert not aws.requests("ce:Get*")


def test_a_month_that_is_over_has_no_forecast(on_day: Ask, aws: LocalAws) -> None:
    make_budget(aws, OWN, account=PAYER)
    assert budgets_of(on_day(OVER))[0] == "a team-a 900.00 435.00 48.3%"
    assert not aws.requests("budgets:*")


def test_from_an_export_the_forecast_is_the_run_rate_until_its_delivery(
    on_day: Ask, aws: LocalAws, tmp_path: Path
) -> None:
    """No service is asked, so that an export in a folder needs no credentials."""
    make_budget(aws, OWN, account=PAYER)
    deliver(aws, str(tmp_path / "export"), periods=["2026-10"])
    for path in (tmp_path / "export").rglob("*.*"):
        os.utime(path, (DELIVERED.timestamp(), DELIVERED.timestamp()))
    done = on_day(RUNNING, "--source", "./export")
    assert budgets_of(done)[0] == "a team-a 900.00 435.00 48.3% 842.81 93.6% run rate"
    assert not aws.requests("budgets:*")


def test_more_than_ten_requests_are_asked_for_in_a_terminal(
    on_day: Ask, aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.settings(cost_page_size=1)
    aws.costs([spend("1", owner=f"acme/prod/other-{number}", team="a") for number in range(4)])
    said = "This report has taken 10 Cost Explorer API requests (USD 0.10) and needs more.\n"
    monkeypatch.setattr("sys.stdin", Keyboard("n\n"))
    done = on_day(OVER)
    assert (done.code, done.out) == (1, "")
    assert f"{said}Continue? [y/N]: " in done.err
    assert len(aws.requests("ce:Get*")) == 10
    assert on_day(OVER, "--yes").code == 0
