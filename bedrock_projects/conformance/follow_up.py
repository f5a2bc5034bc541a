"""The checks of the level `follow-up`: what the bill and Billing show, days later, of a run of the level `paid`.

Its projects carry the marker tag with the run as its value, so lines with that value are of its requests. That lines
have no tag is concluded only if the key was active before the run, and if no other usage could be what is seen.
"""

from datetime import timedelta
from typing import Final

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME
from bedrock_projects.conformance import quota_usage
from bedrock_projects.conformance.checks import Check, Known, Level, Question
from bedrock_projects.conformance.read_only import MOST_PAGES as MOST_LIST_PAGES
from bedrock_projects.cost_tags.key_forms import FORMS, NORMALIZED, PLAIN, RESOURCE_TAGS, KeyForm

AGE: Final = timedelta(days=3)
"""How old a run must be for its lines: those of Marketplace were seen to come later than 48 hours."""

KNOWN_WITHIN: Final = (24, 48, 72)
"""Hours after the run: a look before one of them that finds the key says that it is known within so many hours."""

KNOWN_LATER: Final = f"known at a look after {KNOWN_WITHIN[-1]} hours"
NOT_KNOWN: Final = f"not within {KNOWN_WITHIN[-1]} hours"

MOST_PAGES: Final = 3
"""The pages of lines without the tag that are read."""

LINE_REQUESTS: Final = 1 + MOST_PAGES
"""The requests for lines: with the tag, and all pages of those without it."""

COST_EXPLORER_REQUESTS: Final = LINE_REQUESTS + 1
"""The last one is by resource."""

RESOURCE_DAYS: Final = timedelta(days=14)
"""How old a day may be for which Cost Explorer shows costs by resource (documented)."""

_WAIT: Final = "a look a day, from the first day on"
_WAIT_ACTIVE: Final = f"{AGE.days} days after a paid run that began with the key active: so a second one"

_TAGS: Final = "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ListCostAllocationTags.html"
_RESOURCES: Final = (
    "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsageWithResources.html"
)
_TAG_COLUMNS: Final = "https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2-resource-tags.html"
_QUOTAS: Final = "https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html"
_COSTS: Final = "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html"

SEVERAL_FORMS: Final = "several forms"


def _form(name: str, expected: KeyForm, known: Known) -> Question:
    others = (*(form for form in FORMS if form != expected), SEVERAL_FORMS)
    return Question(name=name, expected=(expected,), others=others, known=known)


CHECKS: Final = (
    Check(
        name="billing.key-known-after",
        level=Level.FOLLOW_UP,
        settles="within how many hours of its first billed use Billing knows a tag key",
        questions=(
            Question(
                name="key",
                expected=(*(f"within {hours} hours" for hours in KNOWN_WITHIN), KNOWN_LATER),
                others=(NOT_KNOWN,),
                known="seen",
                switch="discovery_hours",
                values={NOT_KNOWN: 1000},
            ),
        ),
        sends={"ce:ListCostAllocationTags": 1},
        source=_TAGS,
        wait=_WAIT,
    ),
    Check(
        name="cost.tag-on-project-line",
        level=Level.FOLLOW_UP,
        settles="whether lines of the OpenAI-shaped API carry the project's tag",
        questions=(Question(name="tag", expected=("carried",), others=("missing",), known="documented"),),
        sends={"ce:GetCostAndUsage": LINE_REQUESTS},
        source=_COSTS,
        wait=_WAIT_ACTIVE,
    ),
    Check(
        name="cost.tag-on-marketplace-line",
        level=Level.FOLLOW_UP,
        settles="whether lines of AWS Marketplace carry the project's tag",
        questions=(
            Question(
                name="tag",
                expected=("carried",),
                others=("missing",),
                known="unknown",
                switch="marketplace_tags",
                values={"missing": "missing"},
            ),
        ),
        sends={},
        source=_COSTS,
        wait=_WAIT_ACTIVE,
    ),
    Check(
        name="cost.runtime-carries-tags",
        level=Level.FOLLOW_UP,
        settles="whether lines of `bedrock-runtime` carry the tag of a project of the native API",
        questions=(
            Question(
                name="tag",
                expected=("missing",),
                others=("carried",),
                known="unknown",
                switch="runtime_usage_tags",
                values={"carried": "tagged"},
            ),
        ),
        sends={},
        source=_COSTS,
        wait=_WAIT_ACTIVE,
    ),
    Check(
        name="cost.resource-id-is-project-arn",
        level=Level.FOLLOW_UP,
        settles="whether the resource id of a project's lines is its ARN: by the export, or by Cost Explorer",
        questions=(
            Question(
                name="resource-id",
                expected=("ARN of a project",),
                others=("of some lines only", "something else"),
                known="unknown",
            ),
        ),
        sends={"ce:GetCostAndUsageWithResources": 1},
        source=_RESOURCES,
        rules=("resource-id",),
        wait=_WAIT_ACTIVE,
    ),
    Check(
        name="export.tag-key-form",
        level=Level.FOLLOW_UP,
        settles="in which form the columns of tags in a data export have a key",
        questions=(
            _form("tags", RESOURCE_TAGS, "documented"),
            _form("resource_tags", NORMALIZED, "seen"),
            _form("Tags", PLAIN, "unknown"),
        ),
        sends={},
        source=_TAG_COLUMNS,
        wait=_WAIT_ACTIVE,
    ),
    Check(
        name="quota.archived-count",
        level=Level.FOLLOW_UP,
        settles=(
            "whether archived projects count towards the quota, by its usage now: no run notes the usage before. "
            "All projects must be in this region"
        ),
        questions=(
            Question(
                name="usage",
                expected=("shown",),
                others=("not shown", "quota not listed"),
                known="unknown",
                switch="projects_quota",
                values={"not shown": "without_usage", "quota not listed": "unlisted"},
            ),
            Question(
                name="counted",
                expected=(quota_usage.ACTIVE_ONLY,),
                others=(quota_usage.ARCHIVED_TOO,),
                known="unknown",
                switch="projects_limit_counts_archived",
                values={quota_usage.ARCHIVED_TOO: True},
            ),
        ),
        sends={
            "service-quotas:ListServiceQuotas": MOST_LIST_PAGES,
            "cloudwatch:GetMetricData": 1,
            MANTLE.action("ListProjects"): 2 * MOST_LIST_PAGES,
            RUNTIME.action("ListProjects"): MOST_LIST_PAGES,
        },
        source=_QUOTAS,
    ),
)
"""In the order in which they run."""
