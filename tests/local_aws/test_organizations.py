"""The accounts of an organisation by boto3's client, and what Organizations refuses."""

from typing import Any

import pytest
from botocore.config import Config

from local_aws import Fault, LocalAws
from local_aws.accounts import LOCAL_SECRET
from tests.local_aws.billing import refusal
from tests.local_aws.sessions import new_session

MANAGEMENT, MEMBER, CLOSED = "999999999999", "111111111111", "222222222222"
MANY = [f"3000000000{number:02}" for number in range(45)]


def client(aws: LocalAws, account: str = MANAGEMENT) -> Any:
    return new_session().client(
        "organizations",
        endpoint_url=aws.url,
        region_name="us-east-1",
        aws_access_key_id=f"local-{account}",
        aws_secret_access_key=LOCAL_SECRET,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )


def listed(aws: LocalAws) -> list[dict[str, Any]]:
    return [one for page in client(aws).get_paginator("list_accounts").paginate() for one in page["Accounts"]]


def test_the_management_account_lists_itself_and_its_members(aws: LocalAws) -> None:
    aws.organization(management=MANAGEMENT, members=[MEMBER], closed=[CLOSED])
    assert {one["Id"]: (one["Name"], one["Status"], one["State"]) for one in listed(aws)} == {
        MEMBER: (f"account-{MEMBER}", "ACTIVE", "ACTIVE"),
        CLOSED: (f"account-{CLOSED}", "SUSPENDED", "CLOSED"),
        MANAGEMENT: (f"account-{MANAGEMENT}", "ACTIVE", "ACTIVE"),
    }


def test_accounts_come_in_pages_of_twenty(aws: LocalAws) -> None:
    aws.organization(management=MANAGEMENT, members=MANY)
    assert [one["Id"] for one in listed(aws)] == [*MANY, MANAGEMENT]
    assert len(aws.requests("organizations:ListAccounts")) == 3


@pytest.mark.parametrize(
    ("account", "question", "code", "rule"),
    [
        (MEMBER, {}, "AccessDeniedException", "organization-member"),
        (CLOSED, {}, "AWSOrganizationsNotInUseException", "organization-none"),
        (MANAGEMENT, {"MaxResults": 21}, "InvalidInputException", "organization-shape"),
        (MANAGEMENT, {"NextToken": "x"}, "InvalidInputException", "organization-token"),
    ],
)
def test_what_organizations_refuses(
    aws: LocalAws, account: str, question: dict[str, Any], code: str, rule: str
) -> None:
    aws.organization(management=MANAGEMENT, members=[MEMBER])
    assert refusal(lambda: client(aws, account).list_accounts(**question))[1] == code
    assert aws.requests()[-1].rule == rule


def test_a_request_takes_a_permission(aws: LocalAws) -> None:
    aws.organization(management=MANAGEMENT, members=[MEMBER])
    aws.faults([Fault(kind="denied", action="organizations:ListAccounts")])
    assert refusal(lambda: client(aws).list_accounts())[1] == "AccessDeniedException"
