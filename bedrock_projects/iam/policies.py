"""Builds the IAM policies and the service control policy from the declared permissions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bedrock_projects.aws.endpoints import MANTLE
from bedrock_projects.errors import SettingsError
from bedrock_projects.iam.permissions import BEARER, CHANGES, PolicyName, Target, needs_of
from bedrock_projects.model import Inventory

Policy = dict[str, Any]
CONTROL_POLICY_LENGTH = 5120
"""The maximum number of characters of a service control policy.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

_VERSION = "2012-10-17"
_SIDS: dict[Target, str] = {"*": "OnEverything", "project": "OnProjects", "billing role": "AssumeBillingRole"}
_ROLE_ARN = re.compile(r"arn:aws(-us-gov)?:iam::(\d{12}|\*):role/[\w+=,.@/*-]+")


@dataclass(frozen=True, kw_only=True)
class Place:
    """The account and regions of the projects; None means any account, and no regions mean any region."""

    account: str | None = None
    regions: Sequence[str] = ()

    def project_arns(self) -> list[str]:
        """A pattern for the projects of each region."""
        return [MANTLE.project_arns(region, self.account or "*") for region in sorted(set(self.regions)) or ["*"]]


def allow(policy: PolicyName, place: Place, *, bearer: bool = False, billing_role: str | None = None) -> Policy:
    """The policy for a role; `bearer` adds calls with a Bedrock API key.

    `billing_role` is the ARN of the role for Billing. Raises SettingsError if it is not the ARN of a role.
    """
    needs = [*needs_of(policy), *([BEARER] if bearer else [])]
    resources: dict[Target, list[str]] = {
        "*": ["*"],
        "project": place.project_arns(),
        "billing role": [_checked_role(billing_role)] if billing_role else [],
    }
    on_everything = {need.action for need in needs if need.on == "*"}
    statements = []
    for target, named in resources.items():
        actions = {need.action for need in needs if need.on == target}
        if target != "*":
            actions -= on_everything
        if actions and named:
            statements.append({"Sid": _SIDS[target], "Effect": "Allow", "Action": sorted(actions), "Resource": named})
    return {"Version": _VERSION, "Statement": statements}


def guard(roles: Sequence[str], inventory: Inventory) -> Policy:
    """A service control policy: only the roles change projects, and none is created without the required tags.

    `roles` are ARNs and may contain `*`. Each tag key has its own statement, because a condition with several keys
    applies only if all of them are missing. Raises SettingsError if an ARN is not that of a role.
    """
    only_the_roles = {
        "Sid": "OnlyThePipelineChangesProjects",
        "Effect": "Deny",
        "Action": list(CHANGES),
        "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": [_checked_role(role) for role in roles]}},
    }
    return {
        "Version": _VERSION,
        "Statement": [only_the_roles, *(_demanded(number, key) for number, key in enumerate(demanded(inventory), 1))],
    }


def demanded(inventory: Inventory) -> list[str]:
    """The tag keys that every new project must have: the ownership tag's and the required ones."""
    required = (key for key, tag in inventory.tag_keys.items() if tag.required and tag.enforce == "error")
    return [inventory.ownership_tag_key, *sorted(required)]


def _demanded(number: int, key: str) -> dict[str, Any]:
    return {
        "Sid": f"NoProjectWithoutTag{number}",
        "Effect": "Deny",
        "Action": [MANTLE.action("CreateProject")],
        "Resource": "*",
        "Condition": {"Null": {f"aws:RequestTag/{key}": "true"}},
    }


def _checked_role(arn: str) -> str:
    if not _ROLE_ARN.fullmatch(arn):
        hint = "; a session of a role counts as its role" if ":assumed-role/" in arn else ""
        raise SettingsError(f"{arn} is not the ARN of a role; write arn:aws:iam::<account>:role/<name>{hint}")
    return arn
