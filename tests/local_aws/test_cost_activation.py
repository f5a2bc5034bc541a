"""Tags count in reports from their activation on, unless a backfill reaches further back."""

from decimal import Decimal

import pytest

from local_aws import LocalAws, Use
from tests.local_aws.billing import Billing
from tests.local_aws.costs import MARCH, OSS, YEAR, ask, grouped, line
from tests.local_aws.mantle import ACCOUNT, Mantle

FEBRUARY = {"Start": "2026-02-01", "End": "2026-03-01"}


@pytest.fixture
def project(aws: LocalAws, billing: Billing, mantle: Mantle) -> str:
    """A project of team a, whose key Billing knows and nobody activated."""
    aws.tag_keys(ACCOUNT, ["Team"])
    return str(mantle.create("A", tags={"Team": "a"})["id"])


def use(project: str, millions: int, at: str) -> Use:
    return Use(project_id=project, model=OSS, input_tokens=millions * 1_000_000, output_tokens=0, at=at)


def teams(billing: Billing, period: dict[str, str] | None = None) -> dict[str, int]:
    """Millions of tokens by team."""
    return {key: int(cost / Decimal("0.07")) for key, cost in grouped(billing.client, "Team", period=period).items()}


def test_an_inactive_key_leaves_everything_without_a_value(aws: LocalAws, billing: Billing, project: str) -> None:
    aws.use(project, OSS, 1_000_000, 0)
    assert teams(billing) == {"Team$": 1}


def test_a_key_counts_from_its_activation_on_and_until_it_is_switched_off(
    aws: LocalAws, billing: Billing, project: str
) -> None:
    for millions, status in enumerate(("Active", "Inactive", "Active"), start=1):
        aws.use(project, OSS, millions * 1_000_000, 0)
        aws.advance(hours=1)
        billing.update(Team=status)
        aws.advance(hours=1)
    aws.use(project, OSS, 10_000_000, 0)
    # Used before the first switch 1, while it was on 2, while it was off 3, since then 10.
    assert teams(billing) == {"Team$": 1 + 3, "Team$a": 2 + 10}


def test_metered_use_makes_billing_discover_the_keys(aws: LocalAws, billing: Billing, mantle: Mantle) -> None:
    aws.use(mantle.create("A", tags={"App": "x"})["id"], OSS, 1, 1)
    aws.costs([line("2026-03-15", "1", tags={"Stage": "dev"})])
    assert billing.tags() == {}
    aws.advance(hours=24)
    assert billing.tags() == {"App": "Inactive", "Stage": "Inactive"}


def test_a_backfill_makes_a_key_count_from_its_month_on(aws: LocalAws, billing: Billing, project: str) -> None:
    aws.use_many([use(project, 1, "2026-01-31T23:59:00Z"), use(project, 2, "2026-02-01T00:00:00Z")])
    aws.use_many([use(project, 4, "2026-03-15T11:59:00Z")])
    billing.update(Team="Active")
    billing.backfill("2026-02-01T00:00:00Z")
    assert teams(billing, YEAR) == {"Team$": 7}
    aws.advance(hours=2)
    assert teams(billing, YEAR) == {"Team$": 1, "Team$a": 6}


def test_a_backfill_takes_the_status_of_when_it_was_asked_for(aws: LocalAws, billing: Billing, project: str) -> None:
    billing.update(Team="Active")
    aws.advance(hours=1)
    aws.use(project, OSS, 1_000_000, 0)
    aws.advance(hours=1)
    billing.update(Team="Inactive")
    aws.advance(hours=1)
    billing.backfill("2026-03-01T00:00:00Z")
    aws.advance(hours=3)
    assert teams(billing) == {"Team$": 1}
    billing.update(Team="Active")
    assert teams(billing) == {"Team$": 1}


def test_a_failed_backfill_changes_nothing(aws: LocalAws, billing: Billing, project: str) -> None:
    aws.settings(backfill_outcome="FAILED")
    aws.use_many([use(project, 2, "2026-02-01T00:00:00Z")])
    billing.update(Team="Active")
    billing.backfill("2026-02-01T00:00:00Z")
    aws.advance(hours=3)
    assert teams(billing, FEBRUARY) == {"Team$": 2}


def test_a_filter_and_gettags_go_by_what_counts(aws: LocalAws, billing: Billing, project: str) -> None:
    aws.use(project, OSS, 1_000_000, 0)
    by_team = {"Tags": {"Key": "Team", "Values": ["a"]}}
    assert ask(billing.client, Filter=by_team)[0]["Total"]["UnblendedCost"] == {"Amount": "0", "Unit": "N/A"}
    assert billing.client.get_tags(TimePeriod=MARCH)["Tags"] == []
    # Neither does an activation make keys appear that had no use since.
    aws.advance(hours=1)
    billing.update(Team="Active")
    assert billing.client.get_tags(TimePeriod=MARCH)["Tags"] == []
    aws.use(project, OSS, 1_000_000, 0)
    assert billing.client.get_tags(TimePeriod=MARCH)["Tags"] == ["Team"]


def test_a_member_account_goes_by_the_keys_of_its_management_account(aws: LocalAws, billing: Billing) -> None:
    aws.organization(management="999999999999", members=[ACCOUNT])
    aws.tag_keys("999999999999", ["Team"])
    Billing(aws.url, "999999999999").update(Team="Active")
    aws.costs([line("2026-03-14", "1", tags={"Team": "a"}), line("2026-03-15", "2", tags={"Team": "a"})])
    assert grouped(billing.client, "Team") == {"Team$": 1, "Team$a": 2}
