"""The checks of the level `read-only`: they send only operations named Get, List or Describe.

What is expected is what docs/service-notes.md says. A check that needs an object to look at, such as an archived
project, is not checked in an account without one.
"""

from typing import Final

from bedrock_projects.aws.endpoints import MANTLE, RUNTIME
from bedrock_projects.conformance.checks import Check, Level, Question

MOST_PAGES: Final = 20
"""The pages of 100 that a check reads of a list."""

SAMPLE: Final = 5
"""The projects of which a check reads one after the other."""

_MANUAL: Final = "https://docs.aws.amazon.com/bedrock/latest/userguide/projects.html"
_NATIVE: Final = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListProjects.html"
_INDEX: Final = "https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html"
_METRICS: Final = "https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html"
_TAGS: Final = "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_ListCostAllocationTags.html"
_LIST: Final = MANTLE.action("ListProjects")
_GET: Final = MANTLE.action("GetProject")
_NATIVE_LIST: Final = RUNTIME.action("ListProjects")
_NATIVE_GET: Final = RUNTIME.action("GetProject")
_NATIVE_TAGS: Final = RUNTIME.action("ListTagsForResource")
_RESOURCES: Final = "resourcegroupstaggingapi:GetResources"
_SERIES: Final = "cloudwatch:ListMetrics"
_KEYS: Final = "ce:ListCostAllocationTags"


def _shown(name: str) -> Question:
    """Whether a project in an answer has the field."""
    return Question(
        name=name.replace("_", "-"),
        expected=("shown",),
        others=("missing",),
        known="seen",
        switch="omit_fields",
        values={"missing": (name,)},
    )


CHECKS: Final = (
    Check(
        name="endpoint.resolves",
        level=Level.READ_ONLY,
        settles="whether the endpoint answers in this region",
        questions=(
            Question(name="host", expected=("answers",), others=("no answer",), known="seen", switch="regions"),
        ),
        sends={_LIST: 1},
        source=_MANUAL,
        rules=("region", "host-region"),
    ),
    Check(
        name="auth.sigv4",
        level=Level.READ_ONLY,
        settles="whether a signature for the endpoint's own name is accepted",
        questions=(Question(name="signature", expected=("accepted",), others=(), known="documented"),),
        sends={_LIST: 0},
        source=_MANUAL,
        rules=("authenticated", "signing-name"),
    ),
    Check(
        name="auth.bearer",
        level=Level.READ_ONLY,
        settles="whether the Projects API takes a Bedrock API key",
        questions=(Question(name="key", expected=("accepted",), others=("refused",), known="documented"),),
        sends={_LIST: 1},
        source=_MANUAL,
        rules=("authenticated",),
    ),
    Check(
        name="list.pages-end",
        level=Level.READ_ONLY,
        settles="whether `limit` and `after` of a list work, and what `last_id` is",
        questions=(
            Question(
                name="paging",
                expected=("pages",),
                others=("limit ignored", "same page again"),
                known="unknown",
                switch="list_paging",
                values={"limit ignored": "ignored", "same page again": "stuck"},
            ),
            Question(
                name="last-id",
                expected=("last item",),
                others=("another item", "missing"),
                known="unknown",
                switch="list_last_id",
                values={"another item": "another_item"},
            ),
        ),
        sends={_LIST: 1 + MOST_PAGES},
        source=_MANUAL,
        rules=("page",),
    ),
    Check(
        name="list.tags-are-true",
        level=Level.READ_ONLY,
        settles="whether a list shows the tags that each project shows",
        questions=(
            Question(
                name="tags",
                expected=("the same",),
                others=("missing in the list", "others"),
                known="seen",
                switch="list_tags",
                values={"missing in the list": "empty"},
            ),
        ),
        sends={_LIST: 0, _GET: SAMPLE},
        source=_MANUAL,
    ),
    Check(
        name="list.archived-default",
        level=Level.READ_ONLY,
        settles="whether a list has archived projects if nobody asks for them, and if somebody does",
        questions=(
            Question(
                name="archived",
                expected=("on request",),
                others=("always", "never"),
                known="unknown",
                switch="list_archived",
                values={"always": "always", "never": "never"},
            ),
        ),
        sends={_LIST: MOST_PAGES, _RESOURCES: MOST_PAGES, _GET: SAMPLE},
        source=_MANUAL,
    ),
    Check(
        name="get.default",
        level=Level.READ_ONLY,
        settles="which fields the project `default` shows",
        questions=(
            Question(name="answer", expected=("answered",), others=("refused",), known="documented"),
            *map(_shown, ("arn", "created_at", "data_retention")),
        ),
        sends={_GET: 1},
        source=_MANUAL,
        rules=("default",),
    ),
    Check(
        name="get.made-up-id",
        level=Level.READ_ONLY,
        settles="how a project that does not exist is answered",
        questions=(
            Question(name="answer", expected=("404",), others=("400", "403", "another status"), known="seen"),
            Question(name="text", expected=("names the project",), others=("does not name it",), known="seen"),
        ),
        sends={_GET: 1},
        source=_MANUAL,
        rules=("regional",),
    ),
    Check(
        name="tags.of-default",
        level=Level.READ_ONLY,
        settles="whether the project `default` has tags, and whether the native API reads them",
        questions=(
            Question(name="tags", expected=("none",), others=("some",), known="documented"),
            Question(name="native", expected=("none",), others=("some", "refused"), known="unknown"),
        ),
        sends={_GET: 0, _NATIVE_LIST: MOST_PAGES, _NATIVE_TAGS: 1},
        source=_NATIVE,
        rules=("default", "native-default-tags"),
    ),
    Check(
        name="stores.one-or-two",
        level=Level.READ_ONLY,
        settles="whether both APIs show the same projects",
        questions=tuple(
            Question(
                name=name,
                expected=("two stores",),
                others=("one store",),
                known="unknown",
                switch="project_stores",
                values={"one store": "one"},
            )
            for name in ("there", "back")
        ),
        sends={_LIST: 0, _NATIVE_LIST: 0, _GET: 1, _NATIVE_GET: 1},
        source=_NATIVE,
        rules=("native-unknown", "regional"),
    ),
    Check(
        name="native.list-includes-archived",
        level=Level.READ_ONLY,
        settles="whether a list of the native API has archived projects",
        questions=(Question(name="archived", expected=("included",), others=("left out",), known="documented"),),
        sends={_NATIVE_LIST: MOST_PAGES},
        source=_NATIVE,
        rules=("native-page", "native-status", "native-token"),
    ),
    Check(
        name="native.id-pattern",
        level=Level.READ_ONLY,
        settles="whether all ids of the native API have the documented form",
        questions=(Question(name="ids", expected=("documented form",), others=("another form",), known="documented"),),
        sends={_NATIVE_LIST: 0},
        source=_NATIVE,
        rules=("native-identifier", "native-tag-arn", "native-signing-name", "native-host-region"),
    ),
    Check(
        name="tagging-index.knows-projects",
        level=Level.READ_ONLY,
        settles="whether the Resource Groups Tagging API shows projects with tags",
        questions=(
            Question(
                name="projects", expected=("shown",), others=("some missing", "none", "type refused"), known="seen"
            ),
            Question(
                name="native",
                expected=("shown",),
                others=("some missing", "none", "type refused"),
                known="unknown",
                switch="project_index",
                values={"none": "empty", "type refused": "unsupported"},
            ),
        ),
        sends={_LIST: 0, _GET: 0, _NATIVE_LIST: 0, _NATIVE_TAGS: SAMPLE, _RESOURCES: MOST_PAGES},
        source=_INDEX,
        rules=("index-unsupported", "index-token"),
    ),
    Check(
        name="retention.account-mode",
        level=Level.READ_ONLY,
        settles="whether the account's retention mode is a documented one",
        questions=(Question(name="mode", expected=("documented",), others=("another",), known="documented"),),
        sends={RUNTIME.action("GetAccountDataRetention"): 1},
        source="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetAccountDataRetention.html",
        rules=("retention", "native-retention"),
    ),
    Check(
        name="metrics.project-dimension",
        level=Level.READ_ONLY,
        settles="which series CloudWatch has by project",
        questions=(
            Question(
                name="series",
                expected=("by project, and by project and model",),
                others=("by project only", "by project and model only"),
                known="documented",
                switch="metric_series",
                values={"by project and model only": "project_and_model"},
            ),
        ),
        sends={_SERIES: MOST_PAGES},
        source=_METRICS,
    ),
    Check(
        name="metrics.default-project-value",
        level=Level.READ_ONLY,
        settles="the value of `Project` for requests without a project",
        questions=(Question(name="value", expected=("default",), others=("ARN",), known="unknown"),),
        sends={_SERIES: 0},
        source=_METRICS,
    ),
    Check(
        name="billing.may-list-keys",
        level=Level.READ_ONLY,
        settles="whether this account may list cost allocation tags",
        questions=(
            Question(
                name="list", expected=("listed", "refused to a member account"), others=("refused",), known="seen"
            ),
        ),
        sends={_KEYS: MOST_PAGES},
        source=_TAGS,
        rules=("linked-account",),
    ),
    Check(
        name="billing.key-status",
        level=Level.READ_ONLY,
        settles="whether status and type of each key are documented words",
        questions=(Question(name="words", expected=("documented",), others=("others",), known="documented"),),
        sends={_KEYS: 0},
        source=_TAGS,
        rules=("next-token",),
    ),
    Check(
        name="billing.owner-key-discovered",
        level=Level.READ_ONLY,
        settles="whether Billing knows the ownership tag of a project in use",
        questions=(Question(name="key", expected=("known",), others=(), known="seen"),),
        sends={_KEYS: 0},
        source=_TAGS,
    ),
    Check(
        name="budgets.filter-expression",
        level=Level.READ_ONLY,
        settles="whether two tag keys in a budget's filter must both match",
        questions=(Question(name="keys", expected=("both",), others=("either",), known="unknown"),),
        sends={"budgets:DescribeBudgets": MOST_PAGES},
        source="https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_DescribeBudgets.html",
    ),
)
"""In the order in which they run."""
