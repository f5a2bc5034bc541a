"""The schema of an inventory file: the checks, the JSON Schema and the table of fields are made from it.

Every mapping is closed, except for keys that start with `x-`, which are for the users' own use.
"""

from dataclasses import replace

from bedrock_projects import limits
from bedrock_projects.aws.endpoints import MANTLE
from bedrock_projects.fields import FIELDS, PLACED_FIELDS, READER_FIELDS, EntryField
from bedrock_projects.inventory.chargeback_schema import CHARGEBACK
from bedrock_projects.inventory.cost_controls_schema import ANOMALY_ALERT, BUDGET, PUBLISH
from bedrock_projects.inventory.schema_types import Boolean, Choice, Either, Field, ListOf, MapOf, Object, String
from bedrock_projects.limits import Limit
from bedrock_projects.model import (
    EXPORT_GRANULARITIES,
    EXPORT_ROWS,
    EXPORT_TABLES,
    OWNERSHIP_TAG_KEY,
    UNCHANGED_NAME,
)

TAGS = MapOf(limits.TAG_KEY, String(limits.TAG_VALUE))
_ENVIRONMENTS = ListOf(String(limits.ENVIRONMENT))
_TAGS = Field(TAGS, "Tags, with keys from `tag_keys`. Merged key by key; the nearest value wins.")


def _simple(field: EntryField) -> Field:
    if isinstance(field.shape, Limit):
        return Field(String(field.shape), field.description, default=field.default)
    shape = Choice(field.shape) if isinstance(field.shape, tuple) else Boolean()
    return Field(shape, field.description, default=field.default)


_SIMPLE = {field.key: _simple(field) for field in FIELDS}
_OWN_ENDPOINT = replace(_SIMPLE["endpoint"], default=f"`{MANTLE}`")
_OWN_PROTECT = replace(_SIMPLE["protect"], default="true")
_PLACED: dict[str, Field] = {
    "tags": _TAGS,
    **{field.key: _SIMPLE[field.key] for field in PLACED_FIELDS},
    "previous_owner": Field(
        String(limits.OWNER), "The ownership tag of another inventory's entry, to take over its project."
    ),
}
OVERRIDE = Object(
    title="override",
    description="What differs in one environment; {} if nothing does.",
    fields={
        "name": Field(String(limits.PROJECT_NAME), "The exact name in this environment; `name_format` does not apply."),
        **{key: replace(field, default="the entry's") for key, field in _PLACED.items()},
    },
)
ENTRY = Object(
    title="entry",
    description="A project, in each of its environments.",
    fields={
        "name": Field(
            String(limits.PROJECT_NAME),
            "The project's name, before `name_format` is applied. A new name renames the project.",
            required=True,
        ),
        **{field.key: _SIMPLE[field.key] for field in READER_FIELDS},
        "environments": Field(
            Either(_ENVIRONMENTS, MapOf(limits.ENVIRONMENT, OVERRIDE, least=1)),
            "The environments or groups of the project: a list, or a mapping with overrides.",
            default="those of `defaults`",
        ),
        "aliases": Field(
            ListOf(String(limits.PROJECT_KEY)),
            "Previous keys of this entry. With them, a new key does not replace the project.",
        ),
        **_PLACED,
    },
)
_ROLES: dict[str, Field] = {
    "role_arn": Field(
        String(limits.ASSUMED_ROLE_ARN),
        "The role that the stack assumes. `{account}` in it is the environment's account.",
        default="the credentials as they are",
    ),
    "preview_role_arn": Field(
        String(limits.ASSUMED_ROLE_ARN),
        "The role for all that only reads, such as previews. `{account}` as in `role_arn`.",
        default="`role_arn`",
    ),
}
_OWN_ROLES = {key: replace(field, default=f"that of `defaults`; else {field.default}") for key, field in _ROLES.items()}
DEFAULTS = Object(
    title="defaults",
    description="Used if neither the entry nor the environment sets the value.",
    fields={
        "environments": Field(_ENVIRONMENTS, "The environments or groups of entries that set none."),
        "tags": _TAGS,
        "endpoint": _OWN_ENDPOINT,
        "data_retention": _SIMPLE["data_retention"],
        "protect": _OWN_PROTECT,
        "on_remove": _SIMPLE["on_remove"],
        **_ROLES,
    },
)
_INCLUDED_DEFAULTS = replace(
    DEFAULTS,
    fields={key: field for key, field in DEFAULTS.fields.items() if key not in _ROLES},
    includer_only=frozenset(_ROLES),
)
"""Without roles: a team's file does not decide who deploys."""
ENVIRONMENT = Object(
    title="environment",
    description="One account with a default region; a stack deploys one environment.",
    fields={
        "account": Field(String(limits.ACCOUNT), "The account id. If set, it is enforced.", default="the credentials'"),
        "region": Field(
            String(limits.REGION), "The region. If set, it is enforced.", default="the stack's `aws:region`"
        ),
        "name_format": Field(
            String(limits.NAME_FORMAT),
            "The format of project names in this environment.",
            default=f'"{UNCHANGED_NAME}"',
        ),
        "description": Field(String(limits.DESCRIPTION), "For reviewers; not sent to AWS."),
        "tags": _TAGS,
        "endpoint": replace(_OWN_ENDPOINT, default=f"that of `defaults`; else `{MANTLE}`"),
        "data_retention": _SIMPLE["data_retention"],
        "protect": _OWN_PROTECT,
        "aliases": Field(
            ListOf(String(limits.ENVIRONMENT_NAME)),
            "Previous names of this environment. A run rewrites the ownership tags of its projects.",
        ),
        **_OWN_ROLES,
    },
)
BILLING = Object(
    title="billing section",
    description="The account whose stack owns what is for the whole organisation. The stack is called `billing`.",
    fields={
        "account": Field(String(limits.ACCOUNT), "The id of the management account; it is enforced.", required=True),
        "role_arn": replace(
            _ROLES["role_arn"], description="The role that the stack assumes. `{account}` in it is `account`."
        ),
        "preview_role_arn": _ROLES["preview_role_arn"],
    },
)
RENAMED_VALUE = Object(
    title="renamed value",
    description="A tag value that has a new name. Cost reports count both as one; nothing changes in AWS.",
    fields={
        "from": Field(String(limits.FORMER_TAG_VALUE), "The former value.", required=True),
        "to": Field(String(limits.CURRENT_TAG_VALUE), "The current value.", required=True),
        "since": Field(String(limits.DATE), "The first day of the current value.", required=True),
    },
)
TAG_KEY = Object(
    title="tag key",
    description="A tag key that projects may carry; {} allows any value.",
    exclusive=("values", "pattern"),
    fields={
        "required": Field(Boolean(), "Whether every project must have it.", default="false"),
        "values": Field(ListOf(String(limits.TAG_VALUE)), "The allowed values.", default="any"),
        "pattern": Field(
            String(limits.TAG_PATTERN), "A regular expression that must match the whole value.", default="any"
        ),
        "cost_allocation": Field(
            Boolean(), "Whether to activate the key as a cost allocation tag in Billing.", default="true"
        ),
        "enforce": Field(
            Choice(("error", "warn")), "Whether a missing or wrong value is an error or a warning.", default="error"
        ),
        "description": Field(String(limits.DESCRIPTION), "What the key means."),
        "renamed": Field(ListOf(RENAMED_VALUE), "Values that have a new name."),
    },
)
GRANT = Object(
    title="grant",
    description="What an included file may use; {} allows everything.",
    fields={
        "environments": Field(
            _ENVIRONMENTS,
            "The environments that the file's projects may use, by name, group or pattern.",
            default="all",
        ),
        "tags": Field(
            MapOf(limits.TAG_KEY, ListOf(String(limits.TAG_VALUE))),
            "The values that the file may use for these keys. A single value is also the default.",
            default="any",
        ),
    },
)
FORMER = Object(
    title="previous owner",
    description="Previous names of the inventory or its ownership tag. A run rewrites the projects' tags.",
    one_of=("inventory", "ownership_tag"),
    fields={
        "inventory": Field(String(limits.INVENTORY_NAME), "The inventory's previous name."),
        "ownership_tag": Field(String(limits.TAG_KEY), "The ownership tag's previous key."),
    },
)
EXPORT = Object(
    title="export",
    description="An AWS data export that exists, or that the stack of Billing creates. Cost reports may read it.",
    exclusive=("create", "location"),
    one_of=("create", "location"),
    fields={
        "table": Field(
            Choice(EXPORT_TABLES), "What the export has: CUR 2.0, or FOCUS with AWS columns.", required=True
        ),
        "location": Field(
            String(limits.EXPORT_LOCATION),
            "Where its folders `data` and `metadata` are: a bucket and prefix, or a folder below the inventory's.",
        ),
        "create": Field(Boolean(), "Whether the stack of Billing creates the export and its bucket.", default="false"),
        "bucket": Field(String(limits.BUCKET), "With `create`: the name of the new bucket, for this export alone."),
        "region": Field(String(limits.REGION), "With `create`: the region of the bucket."),
        "granularity": Field(
            Choice(EXPORT_GRANULARITIES), "With `create`: a line for each day or each hour.", default="daily"
        ),
        "rows": Field(
            Choice(EXPORT_ROWS), "With `create`: all lines of the bill, or Bedrock's product family.", default="all"
        ),
        "iam_principals": Field(Boolean(), "With `create`: lines for each IAM principal.", default="false"),
    },
)
_DEFAULTS = Field(DEFAULTS, "Values for entries and environments that do not set them.")
_PROJECTS = Field(
    MapOf(limits.PROJECT_KEY, ENTRY),
    "The projects. The key is the permanent identity of an entry; the order does not matter.",
)
INVENTORY = Object(
    title="inventory",
    description="The inventory: which Bedrock projects exist, in which environments, and with which tags.",
    one_of=("projects", "include"),
    fields={
        "version": Field(Choice(("1",)), "The version of this format.", required=True),
        "inventory": Field(
            String(limits.INVENTORY_NAME),
            "The permanent name of this inventory: part of each project's ownership tag.",
            required=True,
        ),
        "environments": Field(
            MapOf(limits.ENVIRONMENT_NAME, ENVIRONMENT, least=1),
            "The environments; a stack deploys one.",
            required=True,
        ),
        "environment_groups": Field(
            MapOf(limits.ENVIRONMENT_GROUP, ListOf(String(limits.ENVIRONMENT_PATTERN))),
            "Groups of environments, by name or pattern. A group may be named wherever environments are.",
        ),
        "billing": Field(
            BILLING,
            "The stack `billing` in the management account. Without it, each stack's settings say what it owns.",
        ),
        "tag_keys": Field(MapOf(limits.TAG_KEY, TAG_KEY), "The tag taxonomy: the only keys that projects may carry."),
        "ownership_tag": Field(
            String(limits.TAG_KEY),
            "The key of the ownership tag, which identifies the entry of a project.",
            default=OWNERSHIP_TAG_KEY,
        ),
        "previous_owner": Field(FORMER, "For a change of `inventory` or `ownership_tag`."),
        "ignore_tags": Field(
            ListOf(String(limits.IGNORED_TAGS)), "Tags of other tools; they are neither shown nor changed."
        ),
        "include": Field(
            MapOf(limits.INCLUDED_FILES, GRANT),
            "More files with `defaults` and `projects`, by path or pattern, and what each may use.",
        ),
        "defaults": _DEFAULTS,
        "projects": _PROJECTS,
        "budgets": Field(MapOf(limits.BUDGET_KEY, BUDGET), "Budgets in the management account."),
        "anomaly_alerts": Field(
            MapOf(limits.ALERT_KEY, ANOMALY_ALERT), "Alerts on cost anomalies, in the management account."
        ),
        "publish": Field(PUBLISH, "Project ids and permissions for applications."),
        "exports": Field(
            MapOf(limits.EXPORT_NAME, EXPORT), "AWS data exports that cost reports may read, or that a stack creates."
        ),
        "chargeback": Field(CHARGEBACK, "The rules of a month's chargeback; nothing changes in AWS."),
    },
)
INCLUDED = Object(
    title="included file",
    description="A file that an inventory includes, for example with the projects of one team.",
    fields={
        "defaults": Field(_INCLUDED_DEFAULTS, _DEFAULTS.description),
        "projects": Field(_PROJECTS.schema, _PROJECTS.description, required=True),
    },
    includer_only=frozenset(INVENTORY.fields) - {"defaults", "projects"},
)
