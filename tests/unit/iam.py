"""Whether an IAM policy or a service control policy lets a call through, for what our own policies say."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any


def allows(policy: Mapping[str, Any], action: str, resource: str) -> bool:
    """Whether a statement allows the action on the resource, an ARN or `*`."""
    return any(
        statement["Effect"] == "Allow"
        and action in statement["Action"]
        and any(fnmatchcase(resource, pattern) for pattern in statement["Resource"])
        for statement in policy["Statement"]
    )


def actions_of(policy: Mapping[str, Any]) -> set[str]:
    """All actions that the policy names."""
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def denies(policy: Mapping[str, Any], action: str, *, principal: str, tags: Mapping[str, str]) -> bool:
    """Whether a statement denies the action to the principal's ARN, with these tags in the request."""
    return any(
        statement["Effect"] == "Deny" and action in statement["Action"] and _holds(statement, principal, tags)
        for statement in policy["Statement"]
    )


def _holds(statement: Mapping[str, Any], principal: str, tags: Mapping[str, str]) -> bool:
    for operator, keys in statement["Condition"].items():
        for key, value in keys.items():
            if operator == "ArnNotLike":
                assert key == "aws:PrincipalArn"
                if any(fnmatchcase(principal, pattern) for pattern in value):
                    return False
            else:
                assert (operator, value) == ("Null", "true")
                if key.removeprefix("aws:RequestTag/") in tags:
                    return False
    return True
