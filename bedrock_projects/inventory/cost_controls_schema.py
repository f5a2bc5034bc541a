"""The form of the sections `budgets`, `anomaly_alerts` and `publish` of an inventory file."""

from dataclasses import replace

from bedrock_projects import limits
from bedrock_projects.inventory.schema_types import Choice, Either, Field, ListOf, MapOf, Object, String
from bedrock_projects.model import FREQUENCIES, PERIODS

_ENVIRONMENTS = ListOf(String(limits.ENVIRONMENT_NAME))
_NOTIFY = Field(
    ListOf(String(limits.SUBSCRIBER)), "Who is told: e-mail addresses, or the ARN of an SNS topic of the payer account."
)
ALERT = Object(
    title="budget alert",
    description="When somebody is told that a budget is used up, or will be.",
    fields={
        "at": Field(String(limits.THRESHOLD), "A percentage of the amount, or US dollars.", required=True),
        "of": Field(Choice(("actual", "forecast")), "Of noun was spent, or of noun AWS forecasts.", default="actual"),
        "notify": replace(_NOTIFY, default="the budget's"),
    },
)
_BUDGETED: dict[str, Field] = {
    "amount": Field(String(limits.AMOUNT), "US dollars for one period.", required=True),
    "period": Field(Choice(PERIODS), "How long the amount is for.", default="monthly"),
    "notify": _NOTIFY,
    "alerts": Field(ListOf(ALERT), "When they are told.", default="{at: 100%}"),
}
BUDGET_OVERRIDE = Object(
    title="budget override",
    description="What differs in one environment. {} where nothing does.",
    fields={key: replace(field, default="the budget's", required=False) for key, field in _BUDGETED.items()},
)
BUDGET = Object(
    title="budget",
    description="A budget of AWS Budgets for the projects that carry a tag, or for one project: Bedrock only.",
    exclusive=("tag", "project"),
    one_of=("tag", "project"),
    fields={
        "tag": Field(
            MapOf(limits.TAG_KEY, String(limits.TAG_VALUE), least=1, most=1), "The tag whose projects are counted."
        ),
        "project": Field(String(limits.PROJECT_KEY), "The key of the entry that is counted."),
        **_BUDGETED,
        "environments": Field(
            Either(_ENVIRONMENTS, MapOf(limits.ENVIRONMENT_NAME, BUDGET_OVERRIDE, least=1)),
            "Where it counts, one budget each: a list, or a mapping to what differs there.",
            default="one budget for all environments together",
        ),
    },
)
_WATCHED: dict[str, Field] = {
    "above": Field(String(limits.AMOUNT), "Tell of anomalies that cost at least so many US dollars."),
    "above_percent": Field(
        String(limits.PERCENTAGE), "Tell of anomalies so far above what was expected; with `above`, both must hold."
    ),
    "frequency": Field(
        Choice(FREQUENCIES), "`daily` and `weekly` write e-mails, `immediate` needs SNS topics.", default="daily"
    ),
    "notify": _NOTIFY,
}
ANOMALY_OVERRIDE = Object(
    title="anomaly alert override",
    description="What differs in one environment. {} where nothing does.",
    fields={key: replace(field, default="the alert's") for key, field in _WATCHED.items()},
)
ANOMALY_ALERT = Object(
    title="anomaly alert",
    description="Cost Anomaly Detection for the projects, apart by the values of one tag key.",
    one_of=("above", "above_percent"),
    fields={
        "tag_key": Field(
            String(limits.TAG_KEY), "The tag key; the ownership tag's watches each project by itself.", required=True
        ),
        **{key: replace(field, required=key == "notify") for key, field in _WATCHED.items()},
        "environments": Field(
            Either(_ENVIRONMENTS, MapOf(limits.ENVIRONMENT_NAME, ANOMALY_OVERRIDE, least=1)),
            "Where it watches, apart from each other: a list, or a mapping to what differs there.",
            default="all environments together",
        ),
    },
)
_PUBLISHED: dict[str, Field] = {
    "parameters": Field(
        String(limits.PARAMETER_PREFIX), "Publish each project's id as the SSM parameter `<prefix>/<key>/project-id`."
    ),
    "inference": Field(
        MapOf(limits.PROJECT_KEY, ListOf(String(limits.ROLE_ARN))),
        "The roles that may use a project, by its key: each gets a policy for inference on just that project.",
    ),
}
PUBLISH_OVERRIDE = Object(
    title="publish override",
    description="What differs in one environment. {} where nothing does.",
    fields={
        "parameters": replace(_PUBLISHED["parameters"], default="the section's"),
        "inference": replace(_PUBLISHED["inference"], default="the section's, key by key"),
    },
)
PUBLISH = Object(
    title="publish",
    description="What is handed to applications, in the project's account and region.",
    fields={
        **_PUBLISHED,
        "environments": Field(
            Either(_ENVIRONMENTS, MapOf(limits.ENVIRONMENT_NAME, PUBLISH_OVERRIDE, least=1)),
            "Where it is: a list, or a mapping to what differs there.",
            default="all environments",
        ),
    },
)
