"""The inventory as values: `projects.yaml` after merging. Imports neither YAML nor AWS."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from bedrock_projects.arns import account_in
from bedrock_projects.aws.endpoints import ENDPOINTS, MANTLE, RegionalEndpoint
from bedrock_projects.batches import batches
from bedrock_projects.chargeback.rules import Chargeback
from bedrock_projects.errors import Problem, SettingsError
from bedrock_projects.limits import OWNER, PROJECT_NAME, VALUES_PER_MONITOR, Status
from bedrock_projects.suggestions import did_you_mean

OnRemove = Literal["archive", "release"]
Period = Literal["daily", "monthly", "quarterly", "yearly"]
PERIODS: tuple[Period, ...] = ("daily", "monthly", "quarterly", "yearly")
NOT_BUDGETED: tuple[Literal["credit", "refund"], ...] = ("credit", "refund")
"""The charge types that a budget does not count: a credit would hide what is spent until it is used up."""
BUDGET_CURRENCY = "USD"
"""That of the amounts of all budgets."""
Frequency = Literal["daily", "weekly", "immediate"]
ExportTable = Literal["cur2", "focus-1.0", "focus-1.2"]
EXPORT_TABLES: tuple[ExportTable, ...] = ("cur2", "focus-1.0", "focus-1.2")
CREATED_TABLE: ExportTable = "cur2"
"""What a stack creates: CUR 2.0 says all that any report can."""
ExportGranularity = Literal["daily", "hourly"]
EXPORT_GRANULARITIES: tuple[ExportGranularity, ...] = ("daily", "hourly")
ExportRows = Literal["all", "bedrock"]
EXPORT_ROWS: tuple[ExportRows, ...] = ("all", "bedrock")
EXPORT_PREFIX = "exports"
"""Below this prefix of its bucket, AWS writes an export that a stack creates."""
FREQUENCIES: tuple[Frequency, ...] = ("daily", "weekly", "immediate")
OWNERSHIP_TAG_KEY = "bedrock-project"
UNCHANGED_NAME = "{name}"
BILLING_STACK = "billing"
"""The stack of an inventory with `billing`, which no environment and no group may be called."""


def stack_tag_key(ownership_tag_key: str) -> str:
    """The key of the tag that names the stack which manages a project; it is not activated in Billing."""
    return f"{ownership_tag_key}-stack"


def other_ownership(tags: Mapping[str, str], own_keys: Collection[str | None]) -> tuple[str, str] | None:
    """The ownership tag of an inventory whose key is none of ours: key and value; None without one.

    A key may be anything, so only a tag of a stack next to it tells it from other tags.
    """
    pairs = ((key, value) for key, value in sorted(tags.items()) if key not in own_keys and not OWNER.violation(value))
    return next(((key, value) for key, value in pairs if tags.get(stack_tag_key(key), "").count("/") > 1), None)


def automatic_tag(key: str, ownership_tag_key: str) -> str | None:
    """What is wrong with a tag of this key, if this package sets it itself; None for any other key."""
    if key == ownership_tag_key:
        return "is the ownership tag, which is set automatically; remove it"
    if key == stack_tag_key(ownership_tag_key):
        return "is the tag of the managing stack, which is set automatically; remove it"
    return None


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Environment(_Value):
    """One account with a default region.

    `tags`, `protect`, `endpoint` and `data_retention` are for entries that do not set them.

    `aliases` are previous names of the environment, which count in the ownership tags of its projects.

    `role_arn` is the role that its stack assumes, `preview_role_arn` the one for all that only reads; None: the
    credentials as they are, and `role_arn`. Both are without placeholders.
    """

    name: str
    account: str | None = None
    region: str | None = None
    name_format: str = UNCHANGED_NAME
    description: str | None = None
    tags: dict[str, str] = {}
    protect: bool = True
    endpoint: str = MANTLE.name
    data_retention: str | None = None
    aliases: tuple[str, ...] = ()
    role_arn: str | None = None
    preview_role_arn: str | None = None


class Billing(_Value):
    """The account whose stack owns what is for the whole organisation; its roles are like those of an Environment."""

    account: str
    role_arn: str | None = None
    preview_role_arn: str | None = None


class RenamedValue(_Value):
    """A tag value with a new name: `current` replaces `former` as of the day `since`.

    In the file, the three are `to`, `from` and `since`.
    """

    former: str
    current: str
    since: date


class TagKey(_Value):
    """A tag key that projects may carry. `values` None: any; `pattern` is for the whole value.

    `renamed` has each former value once. A `current` may be the `former` of another, but never in a circle.
    """

    key: str
    required: bool = False
    values: tuple[str, ...] | None = None
    pattern: str | None = None
    cost_allocation: bool = True
    enforce: Literal["error", "warn"] = "error"
    description: str | None = None
    renamed: tuple[RenamedValue, ...] = ()

    @property
    def former_values(self) -> frozenset[str]:
        """The values that have a new name."""
        return frozenset(rename.former for rename in self.renamed)

    def renames_of(self, value: str) -> tuple[RenamedValue, ...]:
        """The renames that lead from this value to its current name, in that order; empty if it has no new name."""
        following = {rename.former: rename for rename in self.renamed}
        renames = []
        while value in following:
            rename = following.pop(value)
            renames.append(rename)
            value = rename.current
        return tuple(renames)

    def current_value(self, value: str) -> str:
        """The current name of this value, which is the value itself if it has no new name."""
        return next((rename.current for rename in reversed(self.renames_of(value))), value)


class Project(_Value):
    """One entry in one environment.

    `name` is the final one. `tags` are without the ownership tag, whose value is `owner`
    (`<inventory>/<environment>/<key>`); `previous_owners` are its earlier values. `region` None: the stack's.
    `endpoint` and `move_from_endpoint` are names of `ENDPOINTS`.
    `data_retention` None: not managed. `adopt_id` is the entry's `id`. `on_remove` None: not written; an adopted
    project is then released, and any other is archived. `location` is `file:line:column`.
    """

    key: str
    environment: str
    name: str
    description: str | None = None
    tags: dict[str, str] = {}
    region: str | None = None
    move_from: str | None = None
    endpoint: str = MANTLE.name
    move_from_endpoint: str | None = None
    data_retention: str | None = None
    status: Status = "active"
    protect: bool = True
    on_remove: OnRemove | None = None
    adopt_id: str | None = None
    aliases: tuple[str, ...] = ()
    owner: str
    previous_owners: tuple[str, ...] = ()
    location: str


class Alert(_Value):
    """Who is notified when a budget is used up so far; `at` is `80%` of the amount, or US dollars, as written."""

    at: str
    of: Literal["actual", "forecast"] = "actual"
    notify: tuple[str, ...]


class Budget(_Value):
    """One budget. `tag` (key and value) or `project` (an entry's key) says what is counted, the other is None.

    `environment` None: all environments together. `amount` is in US dollars, as written.
    """

    key: str
    environment: str | None = None
    tag: tuple[str, str] | None = None
    project: str | None = None
    amount: str
    period: Period = "monthly"
    alerts: tuple[Alert, ...]


class AnomalyAlert(_Value):
    """Who is notified of cost anomalies of the projects, separately for each value of `tag_key`.

    `environment` None: all environments together. `above` is in US dollars, `above_percent` ends in %, as written.
    """

    key: str
    environment: str | None = None
    tag_key: str
    above: str | None = None
    above_percent: str | None = None
    frequency: Frequency = "daily"
    notify: tuple[str, ...]


class Publication(_Value):
    """What one environment publishes for applications.

    `parameters` is the prefix of SSM parameter names, with the environment's name in it if the file says so.
    `inference` maps entries' keys to ARNs of roles.
    """

    environment: str
    parameters: str | None = None
    inference: dict[str, tuple[str, ...]] = {}


class ExportCreation(_Value):
    """How a stack creates an export: its bucket, which it creates too, with the bucket's region, and what is in it.

    `rows` are all lines of the bill, or those of the product family of Bedrock. With `iam_principals` there are lines
    for each caller.
    """

    bucket: str
    region: str
    granularity: ExportGranularity = "daily"
    rows: ExportRows = "all"
    iam_principals: bool = False


class Export(_Value):
    """An AWS data export that reports may read; `creation` None: it exists, and no stack creates it.

    `location` is as written: `s3://bucket/prefix`, or a folder relative to that of the inventory's file. That of an
    export which a stack creates is where AWS writes it.
    """

    name: str
    table: ExportTable
    location: str
    creation: ExportCreation | None = None


def created_location(bucket: str, name: str) -> str:
    """Where AWS writes an export that a stack creates: the bucket, the prefix and the export's name.

    https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html
    """
    return f"s3://{bucket}/{EXPORT_PREFIX}/{name}"


class Inventory(_Value):
    """The whole file, all environments; everything is sorted by environment and key.

    `previous_name` and `previous_ownership_tag_key` are earlier names of this inventory and its ownership tag.
    `environment_groups` has the environments of each group, sorted. `billing` None: no stack of that name, so the
    settings of a stack say what it manages. `chargeback` None: no rules, so no month can be charged.
    """

    name: str
    ownership_tag_key: str = OWNERSHIP_TAG_KEY
    previous_name: str | None = None
    previous_ownership_tag_key: str | None = None
    environments: Mapping[str, Environment]
    environment_groups: Mapping[str, tuple[str, ...]] = {}
    billing: Billing | None = None
    tag_keys: Mapping[str, TagKey] = {}
    ignore_tags: tuple[str, ...] = ()
    projects: tuple[Project, ...] = ()
    budgets: tuple[Budget, ...] = ()
    anomaly_alerts: tuple[AnomalyAlert, ...] = ()
    publications: tuple[Publication, ...] = ()
    exports: tuple[Export, ...] = ()
    chargeback: Chargeback | None = None
    warnings: tuple[Problem, ...] = ()

    def environment(self, name: str, *, remedy: str = "") -> Environment:
        """The environment of that name. If it is unknown, SettingsError lists the known ones and adds `remedy`."""
        group = self.environment_groups.get(name)
        if group:
            advice = f"name one environment, for example {group[0]!r}"
            raise SettingsError(f"{name!r} is an environment group of inventory {self.name!r}; {advice}")
        if name not in self.environments:
            advice = did_you_mean(name, self.environments, remedy=remedy)
            raise SettingsError(f"unknown environment {name!r} in inventory {self.name!r}; {advice}")
        return self.environments[name]

    def select(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """The environments that any of these names, groups and patterns means, sorted.

        Raises SettingsError for the first that means none.
        """
        selected: set[str] = set()
        for pattern in patterns:
            names = named_environments(pattern, self.environments, self.environment_groups)
            if not names:
                where = f" in inventory {self.name!r}"
                raise SettingsError(
                    unknown_environment(pattern, self.environments, self.environment_groups, where=where)
                )
            selected.update(names)
        return tuple(sorted(selected))

    def owner_prefixes(self, name: str) -> tuple[str, ...]:
        """How the ownership tags of an environment begin, under present and former names."""
        inventories = filter(None, (self.name, self.previous_name))
        environments = (name, *self.environment(name).aliases)
        return tuple(f"{inventory}/{environment}/" for inventory in inventories for environment in environments)

    def account_of(self, name: str) -> str | None:
        """The account of this environment, else that of its roles, else that of roles that get policies there.

        A policy is attached to a role by name alone, and another account may have a role of that name.
        """
        published = (publication for publication in self.publications if publication.environment == name)
        roles = (arn for publication in published for arns in publication.inference.values() for arn in arns)
        environment = self.environment(name)
        own = (role for role in (environment.role_arn, environment.preview_role_arn) if role)
        return environment.account or next(map(account_in, (*own, *roles)), None)

    def endpoints(self, name: str, *, default: str | None) -> tuple[RegionalEndpoint, ...]:
        """All that an environment uses, sorted: its own, those of its entries, and those that they move from.

        Its own endpoint is left out if no entry is there: it may not exist in the region. `default` is the region of an
        environment or entry that sets none; None: unknown.
        """
        environment, entries = self.environment(name), self.in_environment(name)
        used: set[tuple[str | None, str | None]] = {(entry.region or default, entry.endpoint) for entry in entries}
        used |= {(entry.move_from, entry.endpoint) for entry in entries}
        used |= {(entry.region or default, entry.move_from_endpoint) for entry in entries}
        if not entries or environment.endpoint in {endpoint for _, endpoint in used}:
            used.add((environment.region or default, environment.endpoint))
        known = {RegionalEndpoint(region, ENDPOINTS[endpoint]) for region, endpoint in used if region and endpoint}
        return tuple(sorted(known, key=str))

    def known_values(self, key: str) -> frozenset[str]:
        """The values of a tag key that this inventory has, in all environments; empty if it has none.

        These are the declared values, those of projects, and both sides of `renamed`. For the ownership tag, they are
        its current and its previous values.
        """
        if key == self.ownership_tag_key:
            return frozenset(owner for project in self.projects for owner in (project.owner, *project.previous_owners))
        return known_values(key, self.projects, self.tag_keys)

    def in_environment(self, name: str) -> tuple[Project, ...]:
        """The projects of that environment, sorted by key; SettingsError if it is unknown."""
        self.environment(name)
        return self.by_environment.get(name, ())

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> "Inventory":
        """As pydantic's, whose copy would keep the groups of the original's projects."""
        copy = super().model_copy(update=update, deep=deep)
        copy.__dict__.pop("by_environment", None)
        return copy

    @cached_property
    def by_environment(self) -> Mapping[str, tuple[Project, ...]]:
        """The projects of each environment that has any."""
        grouped: dict[str, list[Project]] = {}
        for project in self.projects:
            grouped.setdefault(project.environment, []).append(project)
        return {environment: tuple(projects) for environment, projects in grouped.items()}


def known_values(key: str, projects: Iterable[Project], tag_keys: Mapping[str, TagKey]) -> frozenset[str]:
    """The declared values of a tag key, those of projects, and both sides of `renamed`."""
    known = {project.tags[key] for project in projects if key in project.tags}
    if key in tag_keys:
        tag_key = tag_keys[key]
        known.update(tag_key.values or (), tag_key.former_values)
        known.update(rename.current for rename in tag_key.renamed)
    return frozenset(known)


def named_environments(text: str, known: Collection[str], groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The environments that a name, a group or a pattern means, sorted; empty if there is none."""
    if text in known:
        return (text,)
    return groups.get(text) or tuple(sorted(name for name in known if fnmatchcase(name, text)))


def unknown_environment(text: str, known: Collection[str], groups: Collection[str], *, where: str = "") -> str:
    """The message about a text that means no environment; `where` follows the text in it, with a space before."""
    problem = f"{text!r} matches no environment" if set(text) & set("*?") else f"unknown environment {text!r}"
    return f"{problem}{where}; {did_you_mean(text, (*known, *groups))}"


def owners(
    *, inventories: tuple[str | None, ...], environments: tuple[str, ...], keys: tuple[str, ...]
) -> tuple[str, ...]:
    """The values of the ownership tag under all these names, the current ones first."""
    return tuple(f"{i}/{e}/{k}" for i in inventories if i for e in environments for k in keys)


def is_released(*, on_remove: OnRemove | None, adopt_id: str | None) -> bool:
    """Whether removing an entry releases its project instead of archiving it: as written, else if adopted."""
    return on_remove == "release" or (on_remove is None and adopt_id is not None)


def entry_name(name: str, name_format: str) -> str | None:
    """The entry's name from which the format makes this project name; None if there is none."""
    before, after = name_format.split(UNCHANGED_NAME)
    short = name[len(before) : len(name) - len(after)]
    return short if PROJECT_NAME.violation(short) is None and before + short + after == name else None


def cost_control_name(inventory: str, environment: str | None, key: str) -> str:
    """The name of a budget or of a subscription to anomaly alerts in AWS."""
    return ".".join(part for part in (inventory, environment, key) if part)


def budgeted_owners(budget: Budget, projects: Iterable[Project]) -> list[str]:
    """The ownership tags of the projects that a budget counts, sorted.

    Earlier ones are included, since these may count in the current period.
    """
    counted = (project for project in projects if budget.environment in (None, project.environment))
    return sorted(
        {
            owner
            for project in counted
            if _is_budgeted(budget, project)
            for owner in (project.owner, *project.previous_owners)
        }
    )


def _is_budgeted(budget: Budget, project: Project) -> bool:
    if budget.tag:
        key, value = budget.tag
        return project.tags.get(key) == value
    return project.key == budget.project


def monitored_owners(
    alert: AnomalyAlert, projects: Iterable[Project], *, ownership_key: str
) -> Iterator[tuple[str, list[str]]]:
    """For each monitor: a value of the alert's tag key, and the ownership tags of projects that carry it.

    A monitor accepts one tag key and ten of its values, so it names the projects by their ownership tags.
    """
    by_value: dict[str, list[str]] = {}
    for project in projects:
        value = project.owner if alert.tag_key == ownership_key else project.tags.get(alert.tag_key)
        if value is not None and alert.environment in (None, project.environment):
            by_value.setdefault(value, []).append(project.owner)
    for value, owners in sorted(by_value.items()):
        yield from ((value, list(batch)) for batch in batches(sorted(owners), VALUES_PER_MONITOR))
