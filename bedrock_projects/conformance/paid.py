"""The checks of the level `paid`: requests that AWS charges for, to a model and to Cost Explorer.

What a project's usage looks like is seen on projects of its own: one with each API, archived in the end.
"""

from decimal import Decimal
from typing import Final

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME
from bedrock_projects.conformance.checks import Check, Level, Question

MOST_MODELS: Final = 2
"""A model has another id at each endpoint, so two can be given."""

MOST_COST: Final = Decimal("0.10")
COST_EXPLORER_REQUESTS: Final = 5
MOST_ANSWERS: Final = 6
"""The requests to a model that AWS may answer, and so charge for: two that must be, four that should be refused."""

METRIC_PAUSES: Final = (0, 60, 120, 120, 300)
"""Seconds before each look for the request in CloudWatch."""

ARCHIVED_AFTER: Final = 60
"""Seconds before a model is asked for a project that was just archived: it may be known there later."""

ATTRIBUTE_KEYS: Final = frozenset({"provider", "model", "inferenceType", "feature"})
"""The keys of product attributes that botocore's model of ce names."""

PAGE: Final = 1000
"""The groups of Cost Explorer that the local AWS has on a page."""

_MANUAL: Final = "https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html"
_CONVERSE: Final = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html"
_METRICS: Final = "https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html"
_COSTS: Final = "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html"
_VALUES: Final = "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetDimensionValues.html"
_ASK: Final = (MANTLE.action("CreateChatCompletion"), MANTLE.action("CreateMessage"))
_ASK_RUNTIME: Final = f"{RUNTIME.name}:Converse"
_GET_COSTS: Final = "ce:GetCostAndUsage"
_GET_VALUES: Final = "ce:GetDimensionValues"
_REFUSED: Final = ("ValidationException", "ResourceNotFoundException", "AccessDeniedException")

CHECKS: Final = (
    Check(
        name="inference.project-header",
        level=Level.PAID,
        settles="whether a request that names a new project is answered",
        questions=(Question(name="request", expected=("answered",), others=("refused",), known="documented"),),
        sends={MANTLE.action("CreateProject"): 1, **dict.fromkeys(_ASK, MOST_MODELS)},
        source=_MANUAL,
    ),
    Check(
        name="runtime.project-identifier",
        level=Level.PAID,
        settles="whether Converse takes a project of the native API",
        questions=(Question(name="request", expected=("answered",), others=("refused",), known="documented"),),
        sends={RUNTIME.action("CreateProject"): 1, _ASK_RUNTIME: MOST_MODELS},
        source=_CONVERSE,
    ),
    Check(
        name="metrics.counts-it",
        level=Level.PAID,
        settles="which series of CloudWatch count the request of a new project",
        questions=(
            Question(
                name="by-project",
                expected=("counted",),
                others=("not counted",),
                known="documented",
                switch="metric_series",
                values={"not counted": "project_and_model"},
            ),
            Question(name="by-project-and-model", expected=("counted",), others=("not counted",), known="seen"),
        ),
        sends={"cloudwatch:GetMetricData": len(METRIC_PAUSES)},
        source=_METRICS,
        wait="10 minutes at most",
    ),
    Check(
        name="inference.archived",
        level=Level.PAID,
        settles="whether a request that names an archived project is answered",
        questions=(
            Question(
                name="request",
                expected=("refused",),
                others=("answered",),
                known="unknown",
                switch="archived_inference",
                values={"answered": "answered"},
            ),
            Question(name="native", expected=("refused",), others=("answered",), known="documented"),
        ),
        sends={
            MANTLE.action("ArchiveProject"): 1,
            RUNTIME.action("ArchiveProject"): 1,
            **dict.fromkeys((*_ASK, _ASK_RUNTIME), 1),
        },
        source=_MANUAL,
        rules=("archived-inference",),
        wait=f"{ARCHIVED_AFTER} s for each API",
    ),
    Check(
        name="inference.unknown-id",
        level=Level.PAID,
        settles="how a request that names a project that does not exist is answered",
        questions=(
            Question(
                name="answer", expected=("404",), others=("400", "403", "another status", "answered"), known="seen"
            ),
            Question(name="text", expected=("names the project",), others=("does not name it",), known="seen"),
            Question(
                name="native",
                expected=_REFUSED[:1],
                others=(*_REFUSED[1:], "answered"),
                known="unknown",
                switch="runtime_project_error",
                values={code: code for code in _REFUSED[1:]},
            ),
        ),
        sends=dict.fromkeys((*_ASK, _ASK_RUNTIME), 1),
        source=_MANUAL,
        rules=("runtime-project",),
    ),
    Check(
        name="ce.product-attribute-keys",
        level=Level.PAID,
        settles="whether Cost Explorer has product attributes, and which keys",
        questions=(
            Question(
                name="keys",
                expected=("documented",),
                others=("others", "refused"),
                known="documented",
                switch="product_attributes",
                values={"refused": "refused"},
            ),
        ),
        sends={_GET_VALUES: 1},
        source=_VALUES,
        rules=("attributes",),
    ),
    Check(
        name="ce.tag-and-attribute-in-one-request",
        level=Level.PAID,
        settles="whether one request groups by a tag and a product attribute",
        questions=(
            Question(
                name="groups",
                expected=("answered",),
                others=("refused",),
                known="documented",
                switch="product_attributes",
                values={"refused": "refused"},
            ),
        ),
        sends={_GET_COSTS: 1},
        source=_COSTS,
    ),
    Check(
        name="ce.metrics-billed-list",
        level=Level.PAID,
        settles="whether the account has the metrics BilledCost and ListCost",
        questions=(
            Question(
                name="metrics",
                expected=("answered",),
                others=("refused",),
                known="unknown",
                switch="cost_analytics_metrics",
                values={"refused": "refused"},
            ),
        ),
        sends={_GET_COSTS: 1},
        source=_COSTS,
    ),
    Check(
        name="ce.record-types",
        level=Level.PAID,
        settles="whether all charge types of the account are known ones",
        questions=(Question(name="words", expected=("known",), others=("others",), known="seen"),),
        sends={_GET_VALUES: 1},
        source=_VALUES,
    ),
    Check(
        name="ce.page-size",
        level=Level.PAID,
        settles="how many groups a page of Cost Explorer has",
        questions=(
            Question(
                name="groups",
                expected=(f"{PAGE:,}",),
                others=("fewer", "more"),
                known="unknown",
                switch="cost_page_size",
                values={"fewer": 1, "more": PAGE + 1},
            ),
        ),
        sends={_GET_COSTS: 1},
        source=_COSTS,
    ),
)
"""In the order in which they run."""
