"""Builds the IAM policies and the service control policy from the declared permissions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, RUNTIME, Endpoint
from bedrock_projects.errors import SettingsError
from bedrock_projects.iam.permissions import (
    BEARER,
    CHANGES,
    TAGGING,
    Need,
    PolicyName,
    Target,
    needs_of,
    needs_of_operations,
)
from bedrock_projects.model import Inventory

Policy = dict[str, Any]
CONTROL_POLICY_LENGTH = 5120
"""The maximum number of characters of a service control policy.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

_VERSION = "2012-10-17"
_PROJECTS_SID: Mapping[Endpoint, str] = {MANTLE: "OnProjects", RUNTIME: "OnRuntimeProjects"}
_RUNTIME_PROJECTS = "arn:*:bedrock:*:*:project/*"
_ANYWHERE = "*"
_ROLE_ARN = re.compile(r"arn:aws(-us-gov)?:iam::(\d{12}|\*):role/[\w+=,.@/*-]+")


@dataclass(frozen=True, kw_only=True)
class Place:
    """The account of the projects, and the regions in which they are, by endpoint.

    None means any account; no regions, or `*` among them, mean any region.
    """

    account: str | None = None
    regions: Mapping[Endpoint, Sequence[str]] = field(default_factory=lambda: {MANTLE: ()})

    def project_arns(self, endpoint: Endpoint) -> list[str]:
        """A pattern for the projects of each region at the endpoint."""
        regions = set(self.regions[endpoint])
        known = sorted(regions) if regions and _ANYWHERE not in regions else [_ANYWHERE]
        return [endpoint.project_arns(region, self.account or "*") for region in known]


def place_of(
    inventory: Inventory, environment: str, *, account: str | None = None, regions: Sequence[str] = ()
) -> Place:
    """The place of an environment's projects, with all endpoints that it uses.

    `account` and `regions` are instead of the environment's. SettingsError if the environment is unknown.
    """
    used: dict[Endpoint, list[str]] = {}
    # An entry without a region is in that of the stack, which may be any.
    for where in inventory.endpoints(environment, default=_ANYWHERE):
        used.setdefault(where.endpoint, []).append(where.region)
    return Place(
        account=account or inventory.environment(environment).account,
        regions={endpoint: regions or places for endpoint, places in used.items()},
    )


def allow(policy: PolicyName, place: Place, *, bearer: bool = False, billing_role: str | None = None) -> Policy:
    """The policy for a role; `bearer` adds calls with a Bedrock API key.

    `billing_role` is the ARN of the role for Billing. Raises SettingsError if it is not the ARN of a role.
    """
    endpoints = [endpoint for endpoint in ENDPOINTS.values() if endpoint in place.regions]
    needs = [*needs_of(policy, endpoints), *(BEARER[endpoint] for endpoint in endpoints if bearer)]
    return _policy(needs, place, [_checked_role(billing_role)] if billing_role else [])


def allow_operations(operations: Iterable[str], place: Place, *, bearer: Collection[Endpoint] = ()) -> Policy:
    """The policy for who sends these operations; `bearer` are the endpoints that are called with an API key too."""
    return _policy([*needs_of_operations(operations), *(BEARER[endpoint] for endpoint in bearer)], place, [])


def _policy(needs: Sequence[Need], place: Place, billing_roles: Sequence[str]) -> Policy:
    endpoints = [endpoint for endpoint in ENDPOINTS.values() if endpoint in place.regions]
    on_everything = {need.action for need in needs if need.on == "*"}
    asked = _actions(needs, "model")
    statements = [
        allowed("OnEverything", on_everything, ["*"]),
        *(
            allowed(
                _PROJECTS_SID[endpoint],
                {action for action in _actions(needs, "project") if action.startswith(f"{endpoint.iam_prefix}:")}
                - on_everything,
                place.project_arns(endpoint),
            )
            for endpoint in endpoints
        ),
        allowed("Models", asked, model_arns(place.project_arns(RUNTIME), [place.account or "*"]) if asked else []),
        allowed("AssumeBillingRole", _actions(needs, "billing role"), billing_roles),
    ]
    return policy_of([one for one in statements if one["Action"] and one["Resource"]])


def policy_of(statements: Sequence[dict[str, Any]]) -> Policy:
    """The policy with these statements."""
    return {"Version": _VERSION, "Statement": list(statements)}


def model_arns(project_arns: Sequence[str], accounts: Iterable[str]) -> list[str]:
    """All foundation models, and the inference profiles of AWS that the accounts have, in the projects' partition.

    A profile sends requests to models in several regions. Application inference profiles do not go with a project.
    """
    partition = project_arns[0].split(":")[1]
    return [
        f"arn:{partition}:bedrock:*::foundation-model/*",
        *(f"arn:{partition}:bedrock:*:{account}:inference-profile/*" for account in accounts),
    ]


def _actions(needs: Sequence[Need], target: Target) -> set[str]:
    return {need.action for need in needs if need.on == target}


def allowed(sid: str, actions: Collection[str], resources: Sequence[str]) -> dict[str, Any]:
    """A statement that allows these actions on these resources."""
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}


def guard(roles: Sequence[str], inventory: Inventory) -> Policy:
    """A service control policy: only the roles change projects, and none is created without the required tags.

    `roles` are ARNs and may contain `*`. Each tag key has its own statement, because a condition with several keys
    applies only if all of them are missing. Raises SettingsError if an ARN is not that of a role. The endpoints are
    those that the inventory uses.
    """
    pipeline = [_checked_role(role) for role in roles]
    endpoints = endpoints_of(inventory)
    creates = [endpoint.action("CreateProject") for endpoint in endpoints]
    tagged = (_demanded(number, key, creates) for number, key in enumerate(demanded(inventory), 1))
    return policy_of([*_reserved(endpoints, pipeline), *tagged])


def endpoints_of(inventory: Inventory) -> tuple[Endpoint, ...]:
    """The endpoints that any environment of the inventory uses."""
    used = {where.endpoint for name in inventory.environments for where in inventory.endpoints(name, default=_ANYWHERE)}
    return tuple(endpoint for endpoint in ENDPOINTS.values() if endpoint in used)


def _reserved(endpoints: Sequence[Endpoint], pipeline: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What only the pipeline may do. Bedrock's own actions for tags are for its other resources too."""
    others = {"ArnNotLike": {"aws:PrincipalArn": list(pipeline)}}
    changes = [
        endpoint.action(name)
        for endpoint in endpoints
        for name in CHANGES
        if endpoint is not RUNTIME or name not in TAGGING
    ]
    yield _denied("OnlyThePipelineChangesProjects", changes, "*", others)
    if RUNTIME in endpoints:
        actions = [RUNTIME.action(name) for name in TAGGING]
        yield _denied("OnlyThePipelineTagsProjects", actions, _RUNTIME_PROJECTS, others)


def _denied(sid: str, actions: Sequence[str], resource: str, condition: Mapping[str, Any]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Deny", "Action": actions, "Resource": resource, "Condition": condition}


def demanded(inventory: Inventory) -> list[str]:
    """The tag keys that every new project must have: the ownership tag's and the required ones."""
    required = (key for key, tag in inventory.tag_keys.items() if tag.required and tag.enforce == "error")
    return [inventory.ownership_tag_key, *sorted(required)]


def _demanded(number: int, key: str, creates: Sequence[str]) -> dict[str, Any]:
    return _denied(f"NoProjectWithoutTag{number}", creates, "*", {"Null": {f"aws:RequestTag/{key}": "true"}})


def _checked_role(arn: str) -> str:
    if not _ROLE_ARN.fullmatch(arn):
        hint = "; a session of a role counts as its role" if ":assumed-role/" in arn else ""
        raise SettingsError(f"{arn} is not the ARN of a role; write arn:aws:iam::<account>:role/<name>{hint}")
    return arn
