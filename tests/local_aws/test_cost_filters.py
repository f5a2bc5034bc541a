"""Filters of Cost Explorer: which lines each expression leaves."""

from typing import Any

import pytest

from local_aws import LocalAws
from tests.local_aws.billing import Billing
from tests.local_aws.costs import by_dimension, by_tag, line, total
from tests.local_aws.mantle import ACCOUNT

# Each line costs another power of two, so that a sum says which lines are in it.
LINES = [
    line("2026-03-01", "1", service="Amazon Bedrock", region="us-west-2", tags={"Team": "a", "Stage": "dev"}),
    line("2026-03-01", "2", service="Amazon Bedrock", region="eu-west-1", tags={"Team": "b"}),
    line("2026-03-01", "4", service="Amazon Bedrock", usage_type="USE1-Claude4.6Sonnet-input-tokens"),
    line("2026-03-01", "8", tags={"Team": "a"}),
    line("2026-03-01", "16", tags={"Team": ""}, operation="RunInstances"),
    line("2026-03-01", "32", usage_type="USE1-MP:USE1_input_tokens_standard-Units", tags={"Stage": "dev"}),
]
BEDROCK = by_dimension("SERVICE", "Amazon Bedrock")
TEAM_A = by_tag("Team", "a")


@pytest.mark.parametrize(
    ("expression", "left"),
    [
        (BEDROCK, 1 + 2 + 4),
        ({"Not": BEDROCK}, 8 + 16 + 32),
        (by_dimension("SERVICE", "amazon bedrock"), 0),
        (by_dimension("SERVICE", "Amazon Bedrock", "x", MatchOptions=["EQUALS", "CASE_SENSITIVE"]), 1 + 2 + 4),
        (by_dimension("REGION", "us-west-2", "eu-west-1"), 1 + 2),
        (by_dimension("REGION", "NoRegion"), 4 + 8 + 16 + 32),
        (by_dimension("OPERATION", "RunInstances"), 16),
        (by_dimension("LINKED_ACCOUNT", ACCOUNT), 63),
        (by_dimension("RECORD_TYPE", "Usage"), 63),
        (by_dimension("RECORD_TYPE", "Tax"), 0),
        (by_dimension("BILLING_ENTITY", "AWS Marketplace"), 32),
        (by_dimension("USAGE_TYPE", "USE1-Claude4.6Sonnet-input-tokens"), 4),
        (TEAM_A, 1 + 8),
        (by_tag("Team", "A"), 0),
        (by_tag("Team", "a", "b", MatchOptions=["EQUALS"]), 1 + 2 + 8),
        (by_tag("Team", ""), 4 + 16 + 32),
        ({"Tags": {"Key": "Team", "MatchOptions": ["ABSENT"]}}, 4 + 16 + 32),
        ({"Tags": {"Key": "Team"}}, 4 + 16 + 32),
        ({"Tags": {"MatchOptions": ["ABSENT"]}}, 4 + 16),
        ({"Not": {"Tags": {"Key": "Team", "MatchOptions": ["ABSENT"]}}}, 1 + 2 + 8),
        ({"And": [BEDROCK, TEAM_A]}, 1),
        ({"Or": [BEDROCK, TEAM_A]}, 1 + 2 + 4 + 8),
        ({"And": [BEDROCK, {"Not": TEAM_A}, {"Or": [by_tag("Team", "b"), by_tag("Stage", "dev")]}]}, 2),
    ],
)
def test_an_expression_leaves_the_lines_that_it_says(
    aws: LocalAws, billing: Billing, expression: dict[str, Any], left: int
) -> None:
    aws.tag_keys(ACCOUNT, ["Team", "Stage"], status="Active")
    aws.costs(LINES)
    assert total(billing.client, Filter=expression) == left
