"""`bedrock-projects backfill`: says what it will re-apply, asks, and takes no for an answer."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bedrock_projects.cli import app
from bedrock_projects.commands.backfill import check_first_day
from bedrock_projects.errors import SettingsError
from local_aws import LocalAws
from tests.unit import command_line

START = "ce:StartCostAllocationTagBackfill"
TODAY = date(2026, 6, 15)


@pytest.fixture
def month(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> str:
    """The first day of this month, which a backfill may always start from."""
    for name, value in aws.environment("111111111111").items():
        monkeypatch.setenv(name, value)
    aws.tag_keys("111111111111", ["Team"], status="Active")
    aws.tag_keys("111111111111", ["Old"])
    return aws.now().date().replace(day=1).isoformat()


def run(*words: str, typed: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(app, ["backfill", *words], input=typed)
    return result.exit_code, result.output


def test_it_names_the_keys_and_starts_only_after_a_yes(aws: LocalAws, month: str) -> None:
    code, text = run("--from", month, typed="n\n")
    assert (code, aws.requests(START)) == (1, [])
    assert "in the whole organisation. Active: Team." in text
    code, text = run("--from", month, typed="y\n")
    assert (code, len(aws.requests(START))) == (0, 1)
    assert "Started" in text


def test_without_a_terminal_it_needs_yes(aws: LocalAws, month: str) -> None:
    assert run("--from", month)[0] == 1
    assert aws.requests(START) == []
    assert run("--from", month, "--yes")[0] == 0
    assert len(aws.requests(START)) == 1


@pytest.mark.parametrize(("hours", "words"), [(0, "already in progress"), (3, "once every 24 hours")])
def test_a_second_one_within_a_day_is_refused(
    aws: LocalAws, month: str, tmp_path: Path, hours: int, words: str
) -> None:
    run("--from", month, "--yes")
    aws.advance(hours=hours)
    done = command_line.run("backfill", "--from", month, "--yes", folder=tmp_path)
    assert (done.code, done.err.count("\n"), "Started" in done.out) == (1, 1, False)
    assert words in done.err
    assert "Billing takes one backfill in 24 hours: see `bedrock-projects backfill --status`" in done.err
    assert "quota" not in done.err


def test_status_changes_nothing(aws: LocalAws, month: str) -> None:
    assert "No backfills requested." in run("--status")[1]
    run("--from", month, "--yes")
    assert f"PROCESSING: from {month}" in run("--status")[1]
    assert len(aws.requests(START)) == 1


@pytest.mark.parametrize("words", [[], ["--status", "--from", "2026-05-01"]])
def test_one_of_the_two_is_needed(words: list[str]) -> None:
    code, text = run(*words)
    assert code == 2
    assert "give either --from or --status" in text


@pytest.mark.parametrize("day", [date(2026, 6, 1), date(2025, 6, 1), date(2026, 1, 1)])
def test_the_first_of_this_month_and_of_twelve_before_is_taken(day: date) -> None:
    check_first_day(day, today=TODAY)


@pytest.mark.parametrize(
    ("day", "remedy"),
    [
        (date(2026, 5, 15), "write 2026-05-01"),
        (date(2025, 5, 1), "from 2025-06-01 to 2026-06-01"),
        (date(2026, 7, 1), "from 2025-06-01"),
    ],
)
def test_another_day_is_refused_with_one_that_is_taken(day: date, remedy: str) -> None:
    with pytest.raises(SettingsError, match=remedy):
        check_first_day(day, today=TODAY)
