"""Declares once which IAM actions each operation of the clients needs, and on what.

The policies of `bedrock-projects iam`, their page in the documentation and the checks of `bedrock-projects doctor` use
this declaration.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME, Endpoint

PROJECT_ACTIONS = f"https://docs.aws.amazon.com/service-authorization/latest/reference/list_{MANTLE.iam_prefix}.html"
BILLING_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscostexplorerservice.html"
METRICS_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html"
INDEX_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_resourcegroupstaggingapi.html"
ACCOUNT_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html"
BUDGET_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html"
INVOICE_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsinvoicingservice.html"
INFERENCE = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html"
BEDROCK_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html"
BUCKET_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"
QUOTA_ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_servicequotas.html"
IDENTITY = "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"
_SEEN = "seen on live accounts"
_INFERRED = "inferred, by AWS's convention"

PolicyName = Literal["deploy", "review", "billing", "costs", "accounts"]
"""Each has a command `iam` that prints it, but for `accounts`: `iam roles` gives it to the preview role of Billing."""
Target = Literal["*", "project", "model", "billing role", "export", "table", "report definition", "bucket"]
"""The resources of an action.

Everything, the projects of an account and region, a model, the billing role; of data exports: exports, the table that
they have, their definitions at Cost and Usage Reports, and the bucket of one.
"""


@dataclass(frozen=True, kw_only=True)
class Need:
    """One action that an operation needs, when, and the source of that fact."""

    action: str
    on: Target
    when: str
    source: str


@dataclass(frozen=True)
class Operation:
    """One operation that a client sends: the actions it needs, and the policies that include it.

    `endpoint` is the one whose projects it is sent for; None: it is sent for any.
    """

    policies: tuple[PolicyName, ...]
    needs: tuple[Need, ...]
    endpoint: Endpoint | None = None


def _project(action: str, *, on: Target = "project", when: str = "always", source: str = PROJECT_ACTIONS) -> Need:
    return Need(action=MANTLE.action(action), on=on, when=when, source=source)


def _native(action: str, *, on: Target = "project", when: str = "always") -> Need:
    return Need(action=RUNTIME.action(action), on=on, when=when, source=_INFERRED)


def _at(endpoint: Endpoint, policies: tuple[PolicyName, ...], *needs: Need) -> Operation:
    return Operation(policies, needs, endpoint)


def _billing(action: str, *, policies: tuple[PolicyName, ...] = ("billing",), when: str = "always") -> Operation:
    return Operation(policies, (Need(action=f"ce:{action}", on="*", when=when, source=BILLING_ACTIONS),))


def _metrics(action: str) -> Operation:
    when = "before an archive and for `audit`, else recent use is unknown; for the requests in a cost report"
    need = Need(action=f"cloudwatch:{action}", on="*", when=when, source=METRICS_ACTIONS)
    return _at(MANTLE, ("deploy", "review"), need)


def _bucket(action: str) -> Operation:
    when = "`costs` or `audit` reads a data export in a bucket"
    return Operation((), (Need(action=f"s3:{action}", on="*", when=when, source=BUCKET_ACTIONS),))


_INFERENCE = _at(
    MANTLE,
    (),
    *(Need(action=action, on="project", when="always", source=PROJECT_ACTIONS) for action in MANTLE.inference_actions),
)
_READ_TAGS_OF_ONE = _project("ListTagsForResource", when="the answer shows the tags")
_CHANGE: tuple[PolicyName, ...] = ("deploy",)
_LOOK: tuple[PolicyName, ...] = ("deploy", "review")

OPERATIONS: dict[str, Operation] = {
    MANTLE.action("CreateProject"): _at(
        MANTLE,
        _CHANGE,
        # The reference names a project as its resource, but a project that does not exist yet matches no ARN.
        _project("CreateProject", on="*", source=_SEEN),
        _project("TagResource", when="the project gets tags"),
    ),
    MANTLE.action("ListProjects"): _at(
        MANTLE,
        _LOOK,
        _project("ListProjects", on="*", source=_SEEN),
        _project("ListTagsForResource", on="*", when="the answer shows the tags of all", source=_SEEN),
    ),
    MANTLE.action("GetProject"): _at(MANTLE, _LOOK, _project("GetProject"), _READ_TAGS_OF_ONE),
    MANTLE.action("UpdateProject"): _at(
        MANTLE,
        _CHANGE,
        _project("UpdateProject"),
        _project("TagResource", when="tags are added or changed"),
        _project("UntagResource", when="tags are removed"),
        _project("ListTagsForResource", when="tags are added, changed or removed", source=_SEEN),
    ),
    MANTLE.action("ArchiveProject"): _at(MANTLE, _CHANGE, _project("ArchiveProject")),
    # Create and list on everything, as was seen for the other endpoint.
    RUNTIME.action("CreateProject"): _at(
        RUNTIME, _CHANGE, _native("CreateProject", on="*"), _native("TagResource", when="the project gets tags")
    ),
    RUNTIME.action("ListProjects"): _at(RUNTIME, _LOOK, _native("ListProjects", on="*")),
    RUNTIME.action("GetProject"): _at(RUNTIME, _LOOK, _native("GetProject")),
    RUNTIME.action("UpdateProject"): _at(RUNTIME, _CHANGE, _native("UpdateProject")),
    RUNTIME.action("ArchiveProject"): _at(RUNTIME, _CHANGE, _native("ArchiveProject")),
    RUNTIME.action("TagResource"): _at(RUNTIME, _CHANGE, _native("TagResource", when="tags are added or changed")),
    RUNTIME.action("UntagResource"): _at(RUNTIME, _CHANGE, _native("UntagResource", when="tags are removed")),
    RUNTIME.action("ListTagsForResource"): _at(RUNTIME, _LOOK, _native("ListTagsForResource")),
    "resourcegroupstaggingapi:GetResources": _at(
        RUNTIME,
        _LOOK,
        Need(
            action="tag:GetResources",
            on="*",
            when="all projects are listed; without it the tags of each project are read",
            source=INDEX_ACTIONS,
        ),
    ),
    # `verify` sends these with the permissions of a project's user; no policy of a pipeline has them.
    MANTLE.action("CreateChatCompletion"): _INFERENCE,
    MANTLE.action("CreateMessage"): _INFERENCE,
    "bedrock-runtime:Converse": _at(
        RUNTIME,
        (),
        Need(action=RUNTIME.inference_actions[0], on="model", when="always", source=INFERENCE),
        Need(action=RUNTIME.inference_actions[0], on="project", when="always", source=INFERENCE),
    ),
    # `costs` sends these only for an export in a bucket: `exports.reading_policy` has them.
    "s3:ListObjectsV2": _bucket("ListBucket"),
    "s3:GetObject": _bucket("GetObject"),
    # `conformance` alone sends these four, so only its own policies have them.
    RUNTIME.action("GetAccountDataRetention"): _at(RUNTIME, (), _native("GetAccountDataRetention", on="*")),
    "ce:GetDimensionValues": _billing("GetDimensionValues", policies=()),
    "ce:GetCostAndUsageWithResources": _billing("GetCostAndUsageWithResources", policies=()),
    "service-quotas:ListServiceQuotas": Operation(
        (), (Need(action="servicequotas:ListServiceQuotas", on="*", when="always", source=QUOTA_ACTIONS),)
    ),
    "organizations:ListAccounts": Operation(
        ("billing", "accounts"),
        (Need(action="organizations:ListAccounts", on="*", when="`accounts` is run", source=ACCOUNT_ACTIONS),),
    ),
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
    "ce:ListCostAllocationTagBackfillHistory": _billing(
        "ListCostAllocationTagBackfillHistory", policies=("billing", "costs")
    ),
    "ce:GetCostAndUsage": _billing("GetCostAndUsage", policies=("costs",)),
    "ce:GetCostForecast": _billing(
        "GetCostForecast", policies=("costs",), when="the report reaches until now, which the forecast needs"
    ),
    "invoicing:ListInvoiceSummaries": Operation(
        ("costs",),
        (
            Need(
                action="invoicing:ListInvoiceSummaries",
                on="*",
                when="`chargeback` reads billed cost from Cost Explorer",
                source=INVOICE_ACTIONS,
            ),
        ),
    ),
    "budgets:DescribeBudgets": Operation(
        ("costs",),
        (
            Need(
                action="budgets:ViewBudget",
                on="*",
                when="`chargeback statements` has budgets in a month that is not over; without it, run rates",
                source=BUDGET_ACTIONS,
            ),
        ),
    ),
}
"""Every operation that a client sends, by service and AWS's name of the operation."""

BEARER: Mapping[Endpoint, Need] = {
    endpoint: Need(action=endpoint.action("CallWithBearerToken"), on="*", when="`auth: bearer` is set", source=source)
    for endpoint, source in ((MANTLE, PROJECT_ACTIONS), (RUNTIME, BEDROCK_ACTIONS))
}
"""The additional action of each call with a Bedrock API key, by endpoint."""

TAGGING = ("TagResource", "UntagResource")
CHANGES = ("CreateProject", "UpdateProject", "ArchiveProject", *TAGGING)
"""The operations that change a project or its tags: the service control policy reserves them for the pipeline."""


def needs_of(policy: PolicyName, endpoints: Collection[Endpoint]) -> tuple[Need, ...]:
    """The needs of the operations of that policy at these endpoints, each action and target once."""
    return needs_of_operations(
        operation
        for operation, declared in OPERATIONS.items()
        if policy in declared.policies and declared.endpoint in (None, *endpoints)
    )


def needs_of_operations(operations: Iterable[str]) -> tuple[Need, ...]:
    """The needs of these operations of `OPERATIONS`, each action and target once."""
    needs: dict[tuple[str, Target], Need] = {}
    for operation in operations:
        for need in OPERATIONS[operation].needs:
            needs.setdefault((need.action, need.on), need)
    return tuple(needs.values())
