"""The form of an inventory file, once: the checks, the JSON Schema and the table of fields are made from it.

Every mapping is closed; keys that begin with `x-` are the users' own in each of them.
"""

from dataclasses import replace

from bedrock_projects import limits
from bedrock_projects.fields import FIELDS, PLACED_FIELDS, READER_FIELDS, EntryField
from bedrock_projects.inventory.cost_controls_schema import ANOMALY_ALERT, BUDGET, PUBLISH
from bedrock_projects.inventory.schema_types import Boolean, Choice, Either, Field, ListOf, MapOf, Object, String
from bedrock_projects.limits import Limit
from bedrock_projects.model import OWNERSHIP_TAG_KEY, UNCHANGED_NAME

TAGS = MapOf(limits.TAG_KEY, String(limits.TAG_VALUE))
_ENVIRONMENTS = ListOf(String(limits.ENVIRONMENT_NAME))
_TAGS = Field(TAGS, "Tags, from the keys in `tag_keys`; merged key by key, the nearest wins.")


def _simple(field: EntryField) -> Field:
    if isinstance(field.shape, Limit):
        return Field(String(field.shape), field.description, default=field.default)
    shape = Choice(field.shape) if isinstance(field.shape, tuple) else Boolean()
    return Field(shape, field.description, default=field.default)


_SIMPLE = {field.key: _simple(field) for field in FIELDS}
_OWN_PROTECT = replace(_SIMPLE["protect"], default="true")
_PLACED: dict[str, Field] = {
    "tags": _TAGS,
    **{field.key: _SIMPLE[field.key] for field in PLACED_FIELDS},
    "previous_owner": Field(
        String(limits.OWNER), "The ownership tag of another inventory's entry from which the project is taken over."
    ),
}
OVERRIDE = Object(
    title="override",
    description="What differs in one environment. {} where nothing does.",
    fields={
        "name": Field(
            String(limits.PROJECT_NAME), "The name in this environment, exactly: `name_format` is not applied."
        ),
        **{key: replace(field, default="the entry's") for key, field in _PLACED.items()},
    },
)
ENTRY = Object(
    title="entry",
    description="A project, in each of its environments.",
    fields={
        "name": Field(
            String(limits.PROJECT_NAME),
            "The project's name before `name_format`; a new one renames the project in place.",
            required=True,
        ),
        **{field.key: _SIMPLE[field.key] for field in READER_FIELDS},
        "environments": Field(
            Either(_ENVIRONMENTS, MapOf(limits.ENVIRONMENT_NAME, OVERRIDE, least=1)),
            "Where the project exists: a list, or a mapping to what differs there.",
            default="those of `defaults`",
        ),
        "aliases": Field(
            ListOf(String(limits.PROJECT_KEY)), "Keys that this entry had before: a new key replaces no project."
        ),
        **_PLACED,
    },
)
DEFAULTS = Object(
    title="defaults",
    description="For entries and environments that say nothing nearer.",
    fields={
        "environments": Field(_ENVIRONMENTS, "Where an entry exists that does not say so."),
        "tags": _TAGS,
        "data_retention": _SIMPLE["data_retention"],
        "protect": _OWN_PROTECT,
        "on_remove": _SIMPLE["on_remove"],
    },
)
ENVIRONMENT = Object(
    title="environment",
    description="One account and region; a stack deploys one environment.",
    fields={
        "account": Field(String(limits.ACCOUNT), "The account id; given, it is enforced.", default="the credentials'"),
        "region": Field(
            String(limits.REGION), "The region; given, it is enforced.", default="the stack's `aws:region`"
        ),
        "name_format": Field(
            String(limits.NAME_FORMAT), "How entries' names look here.", default=f'"{UNCHANGED_NAME}"'
        ),
        "description": Field(String(limits.DESCRIPTION), "For reviewers; it stays in the file."),
        "tags": _TAGS,
        "data_retention": _SIMPLE["data_retention"],
        "protect": _OWN_PROTECT,
        "aliases": Field(
            _ENVIRONMENTS, "Names that this environment had before; its projects' ownership tags are rewritten."
        ),
    },
)
TAG_KEY = Object(
    title="tag key",
    description="A tag key that projects may carry. {} where any value will do.",
    exclusive=("values", "pattern"),
    fields={
        "required": Field(Boolean(), "Whether every project needs it.", default="false"),
        "values": Field(ListOf(String(limits.TAG_VALUE)), "The values that it may have.", default="any"),
        "pattern": Field(String(limits.TAG_PATTERN), "A regular expression for the whole value.", default="any"),
        "cost_allocation": Field(
            Boolean(), "Whether the key is activated as a cost allocation tag in Billing.", default="true"
        ),
        "enforce": Field(
            Choice(("error", "warn")), "Whether a missing or wrong value is an error or a warning.", default="error"
        ),
        "description": Field(String(limits.DESCRIPTION), "What the key means."),
    },
)
GRANT = Object(
    title="grant",
    description="What an included file may use. {} where it may use everything.",
    fields={
        "environments": Field(
            ListOf(String(limits.ENVIRONMENT_PATTERN)),
            "The environments that the file's projects may be in, by name or pattern.",
            default="all",
        ),
        "tags": Field(
            MapOf(limits.TAG_KEY, ListOf(String(limits.TAG_VALUE))),
            "The values of these keys that the file may use; a single one is also its default.",
            default="any",
        ),
    },
)
FORMER = Object(
    title="previous owner",
    description="What the inventory or its ownership tag was called before; the projects' tags are rewritten.",
    one_of=("inventory", "ownership_tag"),
    fields={
        "inventory": Field(String(limits.INVENTORY_NAME), "The inventory's former name."),
        "ownership_tag": Field(String(limits.TAG_KEY), "The ownership tag's former key."),
    },
)
_DEFAULTS = Field(DEFAULTS, "What holds for entries that say nothing nearer.")
_PROJECTS = Field(
    MapOf(limits.PROJECT_KEY, ENTRY),
    "The projects. The key is the identity for ever; order never matters.",
)
INVENTORY = Object(
    title="inventory",
    description="The inventory: which Bedrock projects exist, in which environments, and with which tags.",
    one_of=("projects", "include"),
    fields={
        "version": Field(Choice(("1",)), "The version of this form.", required=True),
        "inventory": Field(
            String(limits.INVENTORY_NAME),
            "The identity of this file for ever: part of each project's ownership tag.",
            required=True,
        ),
        "environments": Field(
            MapOf(limits.ENVIRONMENT_NAME, ENVIRONMENT, least=1),
            "The environments; a stack deploys one.",
            required=True,
        ),
        "tag_keys": Field(MapOf(limits.TAG_KEY, TAG_KEY), "The taxonomy: the only keys that a project may carry."),
        "ownership_tag": Field(
            String(limits.TAG_KEY), "The key of the tag by which projects are found again.", default=OWNERSHIP_TAG_KEY
        ),
        "previous_owner": Field(FORMER, "For a change of `inventory` or `ownership_tag`."),
        "ignore_tags": Field(
            ListOf(String(limits.IGNORED_TAGS)), "Tags of other tools, which are neither shown nor touched."
        ),
        "include": Field(
            MapOf(limits.INCLUDED_FILES, GRANT),
            "Further files with `defaults` and `projects`, by path or pattern, and what each may use.",
        ),
        "defaults": _DEFAULTS,
        "projects": _PROJECTS,
        "budgets": Field(MapOf(limits.BUDGET_KEY, BUDGET), "Budgets, in the payer account."),
        "anomaly_alerts": Field(MapOf(limits.ALERT_KEY, ANOMALY_ALERT), "Alerts on cost spikes, in the payer account."),
        "publish": Field(PUBLISH, "Project ids and permissions for applications."),
    },
)
INCLUDED = Object(
    title="included file",
    description="A file that an inventory includes: projects of one team.",
    fields={"defaults": _DEFAULTS, "projects": Field(_PROJECTS.schema, _PROJECTS.description, required=True)},
)
