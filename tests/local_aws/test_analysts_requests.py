"""What the reports of the analyst's month cost: which requests they take, and that nothing wrong is paid for."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from local_aws import Fault
from tests.local_aws.analysts_month import (
    ACCOUNT,
    ACCOUNTS,
    CHARGE_TYPE,
    MODEL,
    OWNER,
    SERVICE,
    USAGE_TYPE,
    Month,
    is_bedrock,
    is_usage,
    tag,
)
from tests.local_aws.costs_cli import COSTS

PAID = "ce:Get*"
FORMATS = {"table": "txt", "csv": "csv", "json": "json", "markdown": "md", "html": "html"}
ALL_FORMATS = [word for name in FORMATS for word in ("--format", name)]
SIX = [
    ("SERVICE", "RECORD_TYPE"),
    (OWNER, "RECORD_TYPE"),
    (OWNER, "CostCenter"),
    (OWNER, "USAGE_TYPE"),
    (OWNER, "model"),
    ("LINKED_ACCOUNT", OWNER),
]
"""The questions of a month by CostCenter."""
COUNT = "Cost Explorer API requests"


def asked(month: Month) -> list[tuple[str, ...]]:
    """The groups of each paid request since the last command began."""
    return [tuple(group["Key"] for group in request.body["GroupBy"]) for request in month.aws.requests(PAID)]


def written(folder: Path) -> dict[str, str]:
    """The files of a folder by their endings."""
    return {path.suffix.removeprefix("."): path.read_text("utf-8") for path in folder.iterdir()}


def without_header(report: str) -> dict[str, Any]:
    """A report as JSON, without what differs from one run to the next."""
    contents: dict[str, Any] = json.loads(report)
    for name in ("created_at", "paid_requests", "price"):
        del contents["header"][name]
    return contents


def test_a_month_in_all_formats_takes_six_requests(month: Month, tmp_path: Path) -> None:
    words = ["--by", "CostCenter", "--account", ACCOUNTS["dev-eu"], *ALL_FORMATS, "--output", str(tmp_path)]
    done = month.run("--month", month.name, *words)
    assert (done.code, done.out) == (0, "")
    assert asked(month) == SIX
    files = written(tmp_path)
    assert files.keys() == set(FORMATS.values())
    assert json.loads(files["json"])["header"]["paid_requests"] == 6
    assert all("USD 0.06" in files[suffix] for suffix in ("txt", "md", "html"))


def test_projects_with_two_teams_in_the_month_take_one_request_more(month: Month, tmp_path: Path) -> None:
    done = month.run("--month", month.name, "--by", "Team", *ALL_FORMATS, "--output", str(tmp_path))
    assert (done.code, done.out) == (0, "")
    by_team = [tuple("Team" if key == "CostCenter" else key for key in keys) for keys in SIX]
    assert asked(month) == [*by_team, ("Team", "RECORD_TYPE")]
    assert written(tmp_path).keys() == set(FORMATS.values())


@pytest.mark.parametrize(
    ("by", "requests"),
    [("project", 5), ("environment", 5), ("account", 5), ("model", 4), ("service", 4), ("Team,model", 8)],
)
def test_300_projects_take_no_more_requests_than_one(month: Month, by: str, requests: int) -> None:
    assert month.report("--by", by)["header"]["paid_requests"] == requests


REFUSED: dict[str, tuple[list[str], int, str]] = {
    "key": (["--by", "Teem"], 1, "unknown grouping 'Teem'; did you mean 'Team'?"),
    "key in another case": (["--by", "team"], 1, "did you mean 'Team'?"),
    "word in another case": (["--by", "Environment"], 1, "did you mean 'environment'?"),
    "second key": (["--by", "Team,modell"], 1, "did you mean 'model'?"),
    "three keys": (["--by", "Team,model", "--by", "account"], 1, "two things at most"),
    "key of a filter": (["--filter", "Taem=Search"], 1, "did you mean 'Team'?"),
    "value of a filter": (["--filter", "Team=Serch"], 1, "did you mean 'Search'?"),
    "filter without a value": (["--filter", "Team"], 1, "write TAG=VALUE"),
    "cost": (["--cost", "bilt"], 1, "did you mean 'billed'?"),
    "metric": (["--cost", "NetAmortisedCost"], 1, "did you mean 'NetAmortizedCost'?"),
    "charge": (["--exclude", "credit"], 1, "did you mean 'credits'?"),
    "one of two charges": (["--exclude", "credits,taxes"], 1, "unknown charge type"),
    "account of nobody": (["--account", "777777777777"], 1, "no environment of the inventory has it"),
    "account of nine digits": (["--account", "111111111"], 1, "use 12 digits"),
    "environment": (["--environment", "prod-e"], 1, "unknown environment 'prod-e'"),
    "one of two environments": (["--environment", "prod-eu", "--environment", "qa"], 1, "unknown environment 'qa'"),
    "two formats for one stream": (["--format", "csv", "--format", "json"], 1, "add --output FOLDER"),
    "format": (["--format", "xls"], 2, "'xls' is not one of"),
    "folder that is a file": (["--output", "projects.yaml"], 1, "give a folder that can be written"),
    "dates before all history": (["--from", "2019-10"], 1, "is too early"),
    "month in the future": (["--month", "2099-10"], 1, "is in the future"),
    "month that does not exist": (["--month", "2026-13"], 1, "this month does not exist"),
    "month and day": (["--month", "last-month", "--to", "2026-10-05"], 1, "--month does not go with"),
    "comparison": (["--compare", "last-yaer"], 1, "did you mean 'last-year'?"),
    "hours": (["--granularity", "hour"], 1, "--granularity hour: "),
    "option twice": (["--month", "2026-10", "--month", "2026-09"], 2, "--month was given twice"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_command_takes_no_request(month: Month, name: str) -> None:
    words, code, message = REFUSED[name]
    done = month.run(*words)
    assert (done.code, done.out) == (code, "")
    assert message in " ".join(done.err.split())
    assert month.aws.requests() == []


def test_pages_change_the_number_of_requests_and_nothing_else(month: Month) -> None:
    words = ["--month", month.name, "--by", "Team", "--yes", "--format", "json"]
    whole, size = month.run(*words), 100
    month.aws.settings(cost_page_size=size)
    paged = month.run(*words)
    assert without_header(paged.out) == without_header(whole.out)
    team, project = tag("Team"), tag(OWNER)
    expected = [
        month.pages(SERVICE, CHARGE_TYPE, only=lambda _: True, size=size),
        month.pages(project, CHARGE_TYPE, only=is_bedrock, size=size),
        month.pages(project, team, only=is_bedrock, size=size),
        month.pages(project, USAGE_TYPE, only=is_usage, size=size),
        month.pages(project, MODEL, only=is_usage, size=size),
        month.pages(ACCOUNT, project, only=is_bedrock, size=size),
        month.pages(team, CHARGE_TYPE, only=is_bedrock, size=size),
    ]
    assert len(asked(month)) == sum(expected) > 25
    assert json.loads(paged.out)["header"]["paid_requests"] == sum(expected)


@pytest.mark.parametrize(
    "words", [["--granularity", "day", "--by", "Team"], ["--by", "model"], ["--by", "account", "--compare", "previous"]]
)
def test_a_period_that_goes_on_over_several_pages_is_the_same(month: Month, words: list[str]) -> None:
    words = ["--month", month.name, *words, "--yes", "--format", "json"]
    whole = month.run(*words)
    month.aws.settings(cost_page_size=37)
    assert without_header(month.run(*words).out) == without_header(whole.out)


# The bill is one page of 100 groups, and projects by charge type are several: requests 2 and 3.


def test_a_table_that_changes_while_it_is_read_starts_over(month: Month) -> None:
    words = ["--month", month.name, "--by", "Team", "--yes", "--format", "json"]
    month.aws.settings(cost_page_size=100)
    whole = month.run(*words)
    requests = len(asked(month))
    month.aws.faults([Fault(kind="request_changed", operation=COSTS, nth=5)])
    changed = month.run(*words)
    assert (changed.code, changed.err) == (0, "")
    assert without_header(changed.out) == without_header(whole.out)
    repeated, refused = 3, 1
    assert len(asked(month)) == requests + repeated + refused
    assert json.loads(changed.out)["header"]["paid_requests"] == requests + repeated


def test_a_table_that_changes_three_times_is_one_message(month: Month) -> None:
    month.aws.settings(cost_page_size=100)
    month.aws.faults([Fault(kind="request_changed", operation=COSTS, after=2)])
    done = month.run("--month", month.name, "--by", "Team", "--yes")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "its data changed 3 times while it was read; run again later" in done.err
    assert len(asked(month)) == 1 + 3 * 2


class Keyboard(io.StringIO):
    """A fake: a stdin that says that it is a terminal, on which these answers were typed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def pages_of_100(month: Month) -> Month:
    """A month whose report by Team takes more than ten requests for its pages alone."""
    month.aws.settings(cost_page_size=100)
    return month


MANY = ["--by", "Team,CostCenter", "--compare", "previous"]
"""A report of eleven tables: six, one for the second key, and four of the month before."""


def test_more_than_ten_requests_are_said_with_their_price_and_made_without_a_terminal(month: Month) -> None:
    done = month.run("--month", month.name, *MANY)
    assert done.code == 0
    assert done.err == f"This report takes at least 11 {COUNT} (USD 0.11).\n"
    assert "Amazon Bedrock costs by Team and CostCenter" in done.out


def test_more_than_ten_requests_are_asked_for_in_a_terminal(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard("n\n"))
    done = month.run("--month", month.name, *MANY)
    assert (done.code, done.out) == (1, "")
    assert f"at least 11 {COUNT} (USD 0.11).\nContinue? [y/N]: " in done.err
    assert asked(month) == []
    monkeypatch.setattr("sys.stdin", Keyboard("y\n"))
    done = month.run("--month", month.name, *MANY)
    assert done.code == 0
    assert done.out.startswith("Amazon Bedrock costs by Team and CostCenter")


def test_after_ten_requests_further_pages_are_asked_for_in_a_terminal(
    pages_of_100: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard("n\n"))
    done = pages_of_100.run("--month", pages_of_100.name, "--by", "Team")
    assert (done.code, done.out) == (1, "")
    assert f"This report has taken 10 {COUNT} (USD 0.10) and needs more." in done.err
    assert len(asked(pages_of_100)) == 10


def test_further_pages_are_said_at_each_doubling_without_a_terminal(pages_of_100: Month) -> None:
    done = pages_of_100.run("--month", pages_of_100.name, "--by", "Team")
    paid = len(asked(pages_of_100))
    doublings = [count for count in (10, 20, 40, 80, 160) if count < paid]
    assert len(doublings) > 1
    assert done.code == 0
    assert done.err.splitlines() == [
        f"This report has taken {count} {COUNT} (USD {count / 100:.2f}) and needs more." for count in doublings
    ]


@pytest.mark.parametrize("words", [MANY, ["--by", "Team"]])
def test_yes_agrees_to_all_requests(pages_of_100: Month, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard())
    done = pages_of_100.run("--month", pages_of_100.name, *words, "--yes")
    assert (done.code, done.err) == (0, "")


def test_ten_requests_are_not_asked_for(month: Month, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard())
    words = ["--by", "CostCenter", "--account", ACCOUNTS["dev-eu"], "--compare", "previous"]
    done = month.run("--month", month.name, *words)
    assert (done.code, done.err) == (0, "")
    assert len(asked(month)) == 10
