"""The schema of the sections `budgets`, `anomaly_alerts` and `publish` of an inventory file."""

from dataclasses import replace

from bedrock_projects import limits
from bedrock_projects.inventory.schema_types import Choice, Either, Field, ListOf, MapOf, Object, String
from bedrock_projects.model import FREQUENCIES, PERIODS

_ENVIRONMENTS = ListOf(String(limits.ENVIRONMENT))
_NOTIFY = Field(
    ListOf(String(limits.SUBSCRIBER)),
    "Who is notified: e-mail addresses, or the ARN of an SNS topic in the management account.",
)
ALERT = Object(
    title="budget alert",
    description="When to notify that a budget is used up, or is forecast to be.",
    fields={
        "at": Field(
            String(limits.THRESHOLD), "The threshold: a percentage of the amount, or US dollars.", required=True
        ),
        "of": Field(Choice(("actual", "forecast")), "Compare with the actual or the forecast cost.", default="actual"),
        "notify": replace(_NOTIFY, default="the budget's"),
    },
)
_BUDGETED: dict[str, Field] = {
    "amount": Field(String(limits.AMOUNT), "US dollars per period.", required=True),
    "period": Field(Choice(PERIODS), "The period of the amount.", default="monthly"),
    "notify": _NOTIFY,
    "alerts": Field(ListOf(ALERT), "When to notify.", default="{at: 100%}"),
}
BUDGET_OVERRIDE = Object(
    title="budget override",
    description="What differs in one environment; {} if nothing does.",
    fields={key: replace(field, default="the budget's", required=False) for key, field in _BUDGETED.items()},
)
BUDGET = Object(
    title="budget",
    description="A budget for all projects with a tag, or for one project. It counts Bedrock costs only.",
    exclusive=("tag", "project"),
    one_of=("tag", "project"),
    fields={
        "tag": Field(
            MapOf(limits.TAG_KEY, String(limits.TAG_VALUE), least=1, most=1), "The tag of the projects to count."
        ),
        "project": Field(String(limits.PROJECT_KEY), "The key of the entry to count."),
        **_BUDGETED,
        "environments": Field(
            Either(_ENVIRONMENTS, MapOf(limits.ENVIRONMENT, BUDGET_OVERRIDE, least=1)),
            "The environments or groups, with one budget for each environment: a list, or a mapping with overrides.",
            default="one budget for all environments together",
        ),
    },
)
_WATCHED: dict[str, Field] = {
    "above": Field(String(limits.AMOUNT), "Report anomalies of at least this many US dollars."),
    "above_percent": Field(
        String(limits.PERCENTAGE),
        "Report anomalies at least this far above the expected cost. With `above`, both must apply.",
    ),
    "frequency": Field(
        Choice(FREQUENCIES), "`daily` and `weekly` send e-mails, `immediate` needs SNS topics.", default="daily"
    ),
    "notify": _NOTIFY,
}
ANOMALY_OVERRIDE = Object(
    title="anomaly alert override",
    description="What differs in one environment; {} if nothing does.",
    fields={key: replace(field, default="the alert's") for key, field in _WATCHED.items()},
)
ANOMALY_ALERT = Object(
    title="anomaly alert",
    description="Cost Anomaly Detection for the projects, separately for each value of one tag key.",
    one_of=("above", "above_percent"),
    fields={
        "tag_key": Field(
            String(limits.TAG_KEY),
            "The tag key. The key of the ownership tag watches each project separately.",
            required=True,
        ),
        **{key: replace(field, required=key == "notify") for key, field in _WATCHED.items()},
        "environments": Field(
            Either(_ENVIRONMENTS, MapOf(limits.ENVIRONMENT, ANOMALY_OVERRIDE, least=1)),
            "The environments or groups, each environment watched separately: a list, or a mapping with overrides.",
            default="all environments together",
        ),
    },
)
_PUBLISHED: dict[str, Field] = {
    "parameters": Field(
        String(limits.PARAMETER_PREFIX),
        "Publish each project as the SSM parameters `<prefix>/<key>/project-id`, `.../base-url` and `.../region`. "
        "`{environment}` in the prefix is the environment's name.",
    ),
    "inference": Field(
        MapOf(limits.PROJECT_KEY, ListOf(String(limits.ROLE_ARN))),
        "The roles that may use a project, by entry key. Each role gets a policy for inference on this project only.",
    ),
}
PUBLISH_OVERRIDE = Object(
    title="publish override",
    description="What differs in one environment; {} if nothing does.",
    fields={
        "parameters": replace(_PUBLISHED["parameters"], default="the section's"),
        "inference": replace(_PUBLISHED["inference"], default="the section's, key by key"),
    },
)
PUBLISH = Object(
    title="publish",
    description="What to publish for applications, in the project's account and region.",
    fields={
        **_PUBLISHED,
        "environments": Field(
            Either(_ENVIRONMENTS, MapOf(limits.ENVIRONMENT, PUBLISH_OVERRIDE, least=1)),
            "The environments or groups: a list, or a mapping with overrides.",
            default="all environments",
        ),
    },
)
