"""Declares once which IAM actions each operation of the clients needs, and on what.

The policies of `bedrock-projects iam`, their page in the documentation and the checks of `bedrock-projects doctor` use
this declaration.
"""

from dataclasses import dataclass
from typing import Literal

from bedrock_projects.aws.endpoints import MANTLE

PROJECT_ACTIONS = f"https://docs.aws.amazon.com/service-authorization/latest/reference/list_{MANTLE.iam_prefix}.html"
BILLING_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscostexplorerservice.html"
METRICS_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html"
IDENTITY = "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"
_SEEN = "seen on live accounts"

PolicyName = Literal["deploy", "review", "billing", "costs"]
Target = Literal["*", "project", "billing role"]
"""The resources of an action: everything, the projects of an account and region, or the billing role."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """One action that an operation needs, when, and the source of that fact."""

    action: str
    on: Target
    when: str
    source: str


@dataclass(frozen=True)
class Operation:
    """One operation that a client sends: the actions it needs, and the policies that include it."""

    policies: tuple[PolicyName, ...]
    needs: tuple[Need, ...]


def _project(action: str, *, on: Target = "project", when: str = "always", source: str = PROJECT_ACTIONS) -> Need:
    return Need(action=MANTLE.action(action), on=on, when=when, source=source)


def _billing(action: str, *, policies: tuple[PolicyName, ...] = ("billing",), when: str = "always") -> Operation:
    return Operation(policies, (Need(action=f"ce:{action}", on="*", when=when, source=BILLING_ACTIONS),))


def _metrics(action: str) -> Operation:
    when = "before an archive, and for `audit`: without it they say that recent use is unknown"
    return Operation(
        ("deploy", "review"), (Need(action=f"cloudwatch:{action}", on="*", when=when, source=METRICS_ACTIONS),)
    )


_INFERENCE = Operation(
    (),
    tuple(
        Need(action=action, on="project", when="always", source=PROJECT_ACTIONS) for action in MANTLE.inference_actions
    ),
)
_READ_TAGS_OF_ONE = _project("ListTagsForResource", when="the answer shows the tags")

OPERATIONS: dict[str, Operation] = {
    MANTLE.action("CreateProject"): Operation(
        ("deploy",),
        (
            # The reference names a project as its resource, but a project that does not exist yet matches no ARN.
            _project("CreateProject", on="*", source=_SEEN),
            _project("TagResource", when="the project gets tags"),
        ),
    ),
    MANTLE.action("ListProjects"): Operation(
        ("deploy", "review"),
        (
            _project("ListProjects", on="*", source=_SEEN),
            _project("ListTagsForResource", on="*", when="the answer shows the tags of all", source=_SEEN),
        ),
    ),
    MANTLE.action("GetProject"): Operation(("deploy", "review"), (_project("GetProject"), _READ_TAGS_OF_ONE)),
    MANTLE.action("UpdateProject"): Operation(
        ("deploy",),
        (
            _project("UpdateProject"),
            _project("TagResource", when="tags are added or changed"),
            _project("UntagResource", when="tags are removed"),
            _project("ListTagsForResource", when="tags are added, changed or removed", source=_SEEN),
        ),
    ),
    MANTLE.action("ArchiveProject"): Operation(("deploy",), (_project("ArchiveProject"),)),
    # `verify` sends these with the permissions of a project's user; no policy of a pipeline has them.
    MANTLE.action("CreateChatCompletion"): _INFERENCE,
    MANTLE.action("CreateMessage"): _INFERENCE,
    "sts:GetCallerIdentity": Operation(
        ("deploy", "review"), (Need(action="sts:GetCallerIdentity", on="*", when="always", source=IDENTITY),)
    ),
    "sts:AssumeRole": Operation(
        ("deploy",),
        (
            Need(
                action="sts:AssumeRole",
                on="billing role",
                when="`billingRoleArn` is set",
                source="https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html",
            ),
        ),
    ),
    "cloudwatch:ListMetrics": _metrics("ListMetrics"),
    "cloudwatch:GetMetricData": _metrics("GetMetricData"),
    "ce:ListCostAllocationTags": _billing("ListCostAllocationTags", policies=("billing", "costs")),
    "ce:UpdateCostAllocationTagsStatus": _billing("UpdateCostAllocationTagsStatus"),
    "ce:StartCostAllocationTagBackfill": _billing("StartCostAllocationTagBackfill"),
    "ce:ListCostAllocationTagBackfillHistory": _billing("ListCostAllocationTagBackfillHistory"),
    "ce:GetCostAndUsage": _billing("GetCostAndUsage", policies=("costs",)),
    "ce:GetDimensionValues": _billing("GetDimensionValues", policies=("costs",)),
    "ce:GetCostForecast": _billing(
        "GetCostForecast", policies=("costs",), when="the report reaches until now, which the forecast needs"
    ),
}
"""Every operation that a client sends, by service and AWS's name of the operation."""

BEARER = _project("CallWithBearerToken", on="*", when="the stack says `auth: bearer`")
"""The additional action of each call with a Bedrock API key."""

CHANGES = tuple(
    MANTLE.action(action)
    for action in ("CreateProject", "UpdateProject", "ArchiveProject", "TagResource", "UntagResource")
)
"""The actions that change a project or its tags: the service control policy reserves them for the pipeline."""


def needs_of(policy: PolicyName) -> tuple[Need, ...]:
    """The needs of the operations of that policy, each action and target once."""
    needs: dict[tuple[str, Target], Need] = {}
    for operation in OPERATIONS.values():
        for need in operation.needs if policy in operation.policies else ():
            needs.setdefault((need.action, need.on), need)
    return tuple(needs.values())
