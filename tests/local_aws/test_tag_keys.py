"""Cost allocation tags: discovered, listed, switched on and off; whose they are."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from local_aws import LocalAws
from tests.local_aws.billing import Billing, refusal, use
from tests.local_aws.mantle import ACCOUNT, Mantle

PAYER, OTHER = "999999999999", "222222222222"
GENERATED = ["aws:cloudformation:stack-name", "aws:createdBy"]


def test_keys_of_aws_are_there_from_the_start(billing: Billing) -> None:
    listed = billing.client.list_cost_allocation_tags()["CostAllocationTags"]
    assert listed == [{"TagKey": key, "Type": "AWSGenerated", "Status": "Inactive"} for key in GENERATED]


def test_a_key_is_discovered_a_day_after_its_first_billed_use(billing: Billing, aws: LocalAws) -> None:
    use(aws, Team="Search", App="x")
    aws.advance(hours=23)
    assert billing.tags() == {}
    aws.advance(hours=1, seconds=1)
    assert billing.tags() == {"App": "Inactive", "Team": "Inactive"}


def test_the_key_of_an_idle_project_is_never_discovered(billing: Billing, aws: LocalAws, mantle: Mantle) -> None:
    idle = mantle.create("Idle", tags={"Owner": "me"})
    use(aws, Team="Search")
    aws.advance(days=30)
    assert billing.tags() == {"Team": "Inactive"}
    aws.usage(idle["id"])
    aws.advance(days=1)
    assert billing.tags() == {"Owner": "Inactive", "Team": "Inactive"}


def test_use_counts_with_the_tags_carried_then(billing: Billing, aws: LocalAws, mantle: Mantle) -> None:
    project_id = mantle.create("P")["id"]
    aws.usage(project_id)
    mantle.call("POST", f"/{project_id}", {"add_tags": {"Late": "x"}})
    aws.advance(days=2)
    assert billing.tags() == {}


def test_the_time_of_discovery_is_a_switch(billing: Billing, aws: LocalAws) -> None:
    aws.settings(discovery_hours=0)
    use(aws, Team="Search")
    assert billing.tags() == {"Team": "Inactive"}


def test_keys_are_case_sensitive(billing: Billing, aws: LocalAws) -> None:
    aws.tag_keys(ACCOUNT, ["Team", "team"])
    billing.update(team="Active")
    assert billing.tags() == {"Team": "Inactive", "team": "Active"}


def test_a_key_is_switched_on_and_off_and_says_when(billing: Billing, aws: LocalAws) -> None:
    aws.settings(discovery_hours=0)
    use(aws, Team="Search")
    assert billing.update(Team="Active") == []
    listed = billing.client.list_cost_allocation_tags(TagKeys=["Team"])["CostAllocationTags"]
    assert [listed[0].pop("LastUpdatedDate")[:16]] == ["2026-03-15T12:00"]
    assert listed == [
        {"TagKey": "Team", "Type": "UserDefined", "Status": "Active", "LastUsedDate": "2026-03-01T00:00:00Z"}
    ]
    aws.advance(days=1)
    assert billing.update(Team="Inactive") == []
    assert billing.tags() == {"Team": "Inactive"}


def test_setting_the_status_that_a_key_has_is_neither_an_error_nor_a_change(billing: Billing, aws: LocalAws) -> None:
    aws.tag_keys(ACCOUNT, ["Team"], status="Active")
    assert billing.update(Team="Active") == []
    assert "LastUpdatedDate" not in billing.client.list_cost_allocation_tags(TagKeys=["Team"])["CostAllocationTags"][0]


@pytest.mark.parametrize(
    ("filters", "keys"),
    [
        ({}, [*GENERATED, "A", "B"]),
        ({"Status": "Active"}, ["A"]),
        ({"Type": "UserDefined"}, ["A", "B"]),
        ({"Type": "AWSGenerated"}, GENERATED),
        ({"TagKeys": ["B", "C", "aws:createdBy"]}, ["B", "aws:createdBy"]),
        ({"Type": "UserDefined", "Status": "Inactive", "TagKeys": ["A", "B"]}, ["B"]),
        ({"Status": "Active", "TagKeys": ["B"]}, []),
    ],
    ids=str,
)
def test_lists_are_filtered(billing: Billing, aws: LocalAws, filters: dict[str, Any], keys: list[str]) -> None:
    aws.tag_keys(ACCOUNT, ["B"])
    aws.tag_keys(ACCOUNT, ["A"], status="Active")
    listed = billing.client.list_cost_allocation_tags(**filters)["CostAllocationTags"]
    assert {tag["TagKey"] for tag in listed} == set(keys)


@pytest.mark.parametrize(("size", "pages"), [(None, [100, 100, 50]), (1000, [250]), (120, [120, 120, 10])])
def test_lists_come_in_pages(billing: Billing, aws: LocalAws, size: int | None, pages: list[int]) -> None:
    aws.tag_keys(ACCOUNT, [f"k{number:03}" for number in range(250)])
    query: dict[str, Any] = {"Type": "UserDefined"} | ({"MaxResults": size} if size else {})
    seen: list[list[str]] = []
    while True:
        answer = billing.client.list_cost_allocation_tags(**query)
        seen.append([tag["TagKey"] for tag in answer["CostAllocationTags"]])
        if "NextToken" not in answer:
            break
        query["NextToken"] = answer["NextToken"]
    assert [len(page) for page in seen] == pages
    assert sorted(key for page in seen for key in page) == [f"k{number:03}" for number in range(250)]


def test_a_token_holds_for_its_own_question(billing: Billing, aws: LocalAws) -> None:
    aws.tag_keys(ACCOUNT, ["A", "B"])
    ask = billing.client.list_cost_allocation_tags
    token = ask(Type="UserDefined", MaxResults=1)["NextToken"]
    for wrong in (token, "AAAA", "x"):
        assert refusal(partial(ask, NextToken=wrong))[:2] == (400, "InvalidNextTokenException")


def test_an_undiscovered_key_fails_the_whole_call_as_seen_live(billing: Billing, aws: LocalAws) -> None:
    aws.tag_keys(ACCOUNT, ["Team"])
    assert refusal(lambda: billing.update(Team="Active", b="Active", a="Inactive")) == (
        400,
        "ValidationException",
        "Failed to update Cost Allocation Tag: Tag keys not found: b,a",
    )
    assert billing.tags() == {"Team": "Inactive"}


def test_an_undiscovered_key_may_be_an_error_of_its_own_as_documented(billing: Billing, aws: LocalAws) -> None:
    aws.settings(undiscovered_key="documented")
    aws.tag_keys(ACCOUNT, ["Team"])
    assert billing.update(Team="Active", b="Active") == [
        {"TagKey": "b", "Code": "TagKeysNotFoundException", "Message": "Tag keys not found"}
    ]
    assert billing.tags() == {"Team": "Active"}


def test_500_keys_may_be_active(billing: Billing, aws: LocalAws) -> None:
    aws.tag_keys(ACCOUNT, [f"k{number}" for number in range(499)], status="Active")
    aws.tag_keys(ACCOUNT, ["a", "b"])
    assert billing.update(a="Active") == []
    status, code, message = refusal(lambda: billing.update(b="Active"))
    assert (status, code) == (400, "ValidationException")
    assert "at most 500 tag keys can be active" in message
    assert billing.update(b="Active", k0="Inactive") == []
    aws.settings(active_keys=10)
    assert billing.update(k1="Inactive") == []


@pytest.fixture
def organization(aws: LocalAws) -> Iterator[Billing]:
    """The management account's Billing, of an organisation with two members; nothing of it is undiscovered for long."""
    aws.settings(discovery_hours=0)
    aws.organization(management=PAYER, members=[ACCOUNT, OTHER])
    return iter([Billing(aws.url, PAYER)])


def test_keys_belong_to_the_management_account_with_any_credentials(
    organization: Iterator[Billing], aws: LocalAws
) -> None:
    use(aws, ACCOUNT, Team="a")
    use(aws, OTHER, region="eu-west-1", App="b")
    use(aws, PAYER, Stage="c")
    use(aws, "333333333333", Stranger="d")
    assert next(organization).tags() == {"App": "Inactive", "Stage": "Inactive", "Team": "Inactive"}
    assert Billing(aws.url, "333333333333").tags() == {"Stranger": "Inactive"}


def test_accounts_that_stand_alone_have_keys_of_their_own(billing: Billing, aws: LocalAws) -> None:
    aws.tag_keys(ACCOUNT, ["Team"], status="Active")
    assert Billing(aws.url, OTHER).tags() == {}
