"""Backfills: one in a day, from the first of a month, running by the clock."""

import pytest

from local_aws import LocalAws
from tests.local_aws.billing import Billing, refusal


def test_a_backfill_runs_by_the_clock_and_is_remembered(billing: Billing, aws: LocalAws) -> None:
    started = billing.backfill("2025-04-01T00:00:00Z")
    assert started.pop("LastUpdatedAt") == started["RequestedAt"]
    assert started.pop("RequestedAt").startswith("2026-03-15T12:00:")
    assert started == {"BackfillFrom": "2025-04-01T00:00:00Z", "BackfillStatus": "PROCESSING"}
    aws.advance(hours=2)
    done = billing.history()[0]
    assert done["BackfillStatus"] == "SUCCEEDED"
    assert done["CompletedAt"] == done["LastUpdatedAt"]
    assert done["CompletedAt"].startswith("2026-03-15T14:00:")
    aws.advance(hours=22)
    billing.backfill("2026-03-01T00:00:00Z")
    assert [entry["BackfillFrom"][:7] for entry in billing.history()] == ["2026-03", "2025-04"]


def test_a_backfill_may_fail(billing: Billing, aws: LocalAws) -> None:
    aws.settings(backfill_outcome="FAILED", backfill_hours=0)
    billing.backfill("2026-03-01T00:00:00Z")
    assert billing.history()[0]["BackfillStatus"] == "FAILED"


@pytest.mark.parametrize(
    ("hours", "message"),
    [(1, "already in progress"), (3, "once every 24 hours"), (23.9, "once every 24 hours")],
)
def test_one_backfill_in_a_day(billing: Billing, aws: LocalAws, hours: float, message: str) -> None:
    billing.backfill("2026-03-01T00:00:00Z")
    aws.advance(hours=hours)
    status, code, text = refusal(lambda: billing.backfill("2026-02-01T00:00:00Z"))
    assert (status, code) == (400, "BackfillLimitExceededException")
    assert message in text
    assert len(billing.history()) == 1


@pytest.mark.parametrize(
    "start",
    ["2026-03-15T00:00:00Z", "2026-03-01T00:00:01Z", "2025-02-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-03-01"],
)
def test_a_backfill_starts_on_the_first_of_one_of_the_last_twelve_months(billing: Billing, start: str) -> None:
    status, code, message = refusal(lambda: billing.backfill(start))
    assert (status, code) == (400, "ValidationException")
    assert "BackfillFrom" in message
    assert billing.history() == []


@pytest.mark.parametrize("start", ["2025-03-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-01-01T00:00:00+00:00"])
def test_the_edges_of_a_backfill_are_taken(billing: Billing, start: str) -> None:
    assert billing.backfill(start)["BackfillFrom"] == start


def test_the_history_comes_in_pages(billing: Billing, aws: LocalAws) -> None:
    for month in ("01", "02", "03"):
        billing.backfill(f"2026-{month}-01T00:00:00Z")
        aws.advance(days=1)
    ask = billing.client.list_cost_allocation_tag_backfill_history
    first = ask(MaxResults=2)
    second = ask(MaxResults=2, NextToken=first["NextToken"])
    months = [entry["BackfillFrom"][5:7] for entry in first["BackfillRequests"] + second["BackfillRequests"]]
    assert (months, "NextToken" in second) == (["03", "02", "01"], False)
