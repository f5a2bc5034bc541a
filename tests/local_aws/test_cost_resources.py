"""Costs by resource: the local AWS answers and refuses as botocore's model of `ce` says."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from tests.local_aws.billing import Billing
from tests.local_aws.costs import OSS, line
from tests.local_aws.mantle import ACCOUNT, REGION, Mantle

RESOURCE = {"Type": "DIMENSION", "Key": "RESOURCE_ID"}
ASKED: Mapping[str, Any] = {
    "TimePeriod": {"Start": "2026-03-15", "End": "2026-03-16"},
    "Granularity": "DAILY",
    "Metrics": ["UnblendedCost"],
    "Filter": {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": [ACCOUNT]}},
    "GroupBy": [RESOURCE],
}


def ask(billing: Billing, **changes: Any) -> dict[tuple[str, ...], Decimal]:
    """The cost of each group."""
    answer = billing.client.get_cost_and_usage_with_resources(**{**ASKED, **changes})
    groups = [group for period in answer["ResultsByTime"] for group in period["Groups"]]
    return {tuple(group["Keys"]): Decimal(group["Metrics"]["UnblendedCost"]["Amount"]) for group in groups}


def test_usage_of_a_project_has_its_arn(aws: LocalAws, billing: Billing, mantle: Mantle) -> None:
    project = mantle.create("A")["id"]
    aws.use(project, OSS, 1_000_000, 0)
    aws.costs([line("2026-03-15", "5")])
    arn = f"arn:aws:bedrock-mantle:{REGION}:{ACCOUNT}:project/{project}"
    assert ask(billing) == {(arn,): Decimal("0.07"), ("NoResourceId",): Decimal(5)}
    service = {"Type": "DIMENSION", "Key": "SERVICE"}
    assert (arn, "Amazon Bedrock") in ask(billing, GroupBy=[RESOURCE, service])


REFUSED: Mapping[str, tuple[dict[str, Any], str, str]] = {
    "older": ({"TimePeriod": {"Start": "2026-02-28", "End": "2026-03-02"}}, "ValidationException", "resource-days"),
    "without the group": ({"GroupBy": []}, "ValidationException", "resource-id"),
    "three groups": (
        {"GroupBy": [RESOURCE, *({"Type": "TAG", "Key": key} for key in ("a", "b"))]},
        "ValidationException",
        "groups",
    ),
}


@pytest.mark.parametrize(("changes", "code", "rule"), REFUSED.values(), ids=REFUSED)
def test_what_the_model_rules_out_is_refused(
    aws: LocalAws, billing: Billing, changes: dict[str, Any], code: str, rule: str
) -> None:
    with pytest.raises(ClientError) as error:
        ask(billing, **changes)
    assert (error.value.response["Error"]["Code"], aws.requests()[-1].rule) == (code, rule)


def test_an_account_may_not_have_switched_it_on(aws: LocalAws, billing: Billing) -> None:
    aws.settings(resource_costs="off")
    with pytest.raises(ClientError) as error:
        ask(billing)
    assert (error.value.response["Error"]["Code"], aws.requests()[-1].rule) == (
        "DataUnavailableException",
        "resource-costs",
    )
