"""The IAM policy of a level, made from what its checks send."""

from bedrock_projects.aws.endpoints import MANTLE
from bedrock_projects.conformance.checks import Level
from bedrock_projects.conformance.table import most_requests
from bedrock_projects.iam.policies import Place, Policy, allow_operations


def policy_of(level: Level, place: Place, *, bearer: bool = False) -> Policy:
    """The policy for who runs the level; `bearer` adds the call with a Bedrock API key."""
    return allow_operations(most_requests(level), place, bearer=[MANTLE] if bearer else [])
