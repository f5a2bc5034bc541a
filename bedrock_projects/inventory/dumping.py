"""Writes an inventory as a file again: merged, so without `defaults`. Reading it gives the same projects."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from bedrock_projects.aws.endpoints import MANTLE
from bedrock_projects.fields import PLACED_FIELDS, READER_FIELDS, EntryField
from bedrock_projects.inventory.chargeback_dumping import dumped_chargeback
from bedrock_projects.inventory.cost_controls_dumping import Written, dumped_cost_controls
from bedrock_projects.model import (
    OWNERSHIP_TAG_KEY,
    UNCHANGED_NAME,
    Environment,
    Export,
    Inventory,
    Project,
    RenamedValue,
    TagKey,
    entry_name,
    owners,
)
from bedrock_projects.yaml_printing import for_yaml

_V = TypeVar("_V")


def dump(inventory: Inventory) -> str:
    """The file's text; values that all environments of an entry share are written once."""
    former = _given(inventory=inventory.previous_name, ownership_tag=inventory.previous_ownership_tag_key)
    entries: dict[str, list[Project]] = {}
    for project in inventory.projects:
        entries.setdefault(project.key, []).append(project)
    content: dict[str, Written] = {
        "version": 1,
        "inventory": inventory.name,
        **_unless(OWNERSHIP_TAG_KEY, ownership_tag=inventory.ownership_tag_key),
        **({"previous_owner": former} if former else {}),
        "environments": {name: _environment(environment) for name, environment in inventory.environments.items()},
        **({"environment_groups": _groups(inventory)} if inventory.environment_groups else {}),
        **({"billing": inventory.billing.model_dump(exclude_none=True)} if inventory.billing else {}),
        **(
            {"tag_keys": {key: _tag_key(tag_key) for key, tag_key in inventory.tag_keys.items()}}
            if inventory.tag_keys
            else {}
        ),
        **_given(ignore_tags=inventory.ignore_tags),
        "projects": {key: _entry(inventory, entries[key]) for key in sorted(entries)},
        **dumped_cost_controls(inventory),
        **({"exports": {export.name: _export(export) for export in inventory.exports}} if inventory.exports else {}),
        **({"chargeback": dumped_chargeback(inventory.chargeback)} if inventory.chargeback else {}),
    }
    return for_yaml(content)


def _given(**values: str | Sequence[str] | None) -> dict[str, Written]:
    """The values that are neither None nor an empty list."""
    return {
        key: value if isinstance(value, str) else list(value)
        for key, value in values.items()
        if value is not None and value != ()
    }


def _unless(default: str | bool, **values: str | bool) -> dict[str, Written]:
    return {key: value for key, value in values.items() if value != default}


def _environment(environment: Environment) -> Written:
    return {
        **_given(account=environment.account, region=environment.region),
        **_unless(UNCHANGED_NAME, name_format=environment.name_format),
        **_given(description=environment.description, data_retention=environment.data_retention),
        **_unless(True, protect=environment.protect),
        **_unless(MANTLE.name, endpoint=environment.endpoint),
        **_given(aliases=environment.aliases),
        **_given(role_arn=environment.role_arn, preview_role_arn=environment.preview_role_arn),
        **({"tags": dict(environment.tags)} if environment.tags else {}),
    }


def _groups(inventory: Inventory) -> Written:
    return {name: list(members) for name, members in inventory.environment_groups.items()}


def _tag_key(tag_key: TagKey) -> Written:
    return {
        **_unless(False, required=tag_key.required),
        **_given(values=tag_key.values, pattern=tag_key.pattern),
        **_unless(True, cost_allocation=tag_key.cost_allocation),
        **_unless("error", enforce=tag_key.enforce),
        **_given(description=tag_key.description),
        **({"renamed": [_renamed(rename) for rename in tag_key.renamed]} if tag_key.renamed else {}),
    }


def _renamed(rename: RenamedValue) -> dict[str, Written]:
    return {"from": rename.former, "to": rename.current, "since": rename.since.isoformat()}


def _export(export: Export) -> dict[str, Written]:
    creation = export.creation
    if creation is None:
        return {"table": export.table, "location": export.location}
    given = creation.model_dump(exclude_defaults=True)
    return {"table": export.table, "create": True, **given}


def _entry(inventory: Inventory, projects: Sequence[Project]) -> Written:
    tags = [_tags(inventory, project) for project in projects]
    shared_tags = _take_shared(tags)
    overrides = [_override(inventory, project, own) for project, own in zip(projects, tags, strict=True)]
    shared = _take_shared(overrides)
    names = {entry_name(project.name, inventory.environments[project.environment].name_format) for project in projects}
    name = names.pop()
    if names or name is None:
        name = projects[0].name
        for project, override in zip(projects, overrides, strict=True):
            override["name"] = project.name
    environments = [project.environment for project in projects]
    return {
        "name": name,
        **_simple(projects[0], READER_FIELDS),
        **_given(aliases=projects[0].aliases),
        **({"tags": {**shared_tags}} if shared_tags else {}),
        **shared,
        "environments": dict(zip(environments, overrides, strict=True)) if any(overrides) else list(environments),
    }


def _take_shared(layers: Sequence[dict[str, _V]]) -> dict[str, _V]:
    """Removes the values that all layers share, and returns them."""
    shared = {key: value for key, value in layers[0].items() if all(layer.get(key) == value for layer in layers)}
    for layer in layers:
        for key in shared:
            del layer[key]
    return shared


def _tags(inventory: Inventory, project: Project) -> dict[str, str]:
    """The tags that the environment does not set."""
    given = inventory.environments[project.environment].tags
    return {key: value for key, value in project.tags.items() if given.get(key) != value}


def _override(inventory: Inventory, project: Project, tags: dict[str, str]) -> dict[str, Written]:
    environment = inventory.environments[project.environment]
    derived = owners(
        inventories=(inventory.name, inventory.previous_name),
        environments=(environment.name, *environment.aliases),
        keys=(project.key, *project.aliases),
    )
    return {
        **_simple(project, PLACED_FIELDS, environment),
        **_given(previous_owner=next((owner for owner in project.previous_owners if owner not in derived), None)),
        **({"tags": {**tags}} if tags else {}),
    }


def _simple(
    project: Project, fields: Iterable[EntryField], environment: Environment | None = None
) -> dict[str, Written]:
    """The fields that differ from the environment, or else from the model's default."""
    written: dict[str, Written] = {}
    for field in fields:
        default = getattr(environment, field.attribute, Project.model_fields[field.attribute].default)
        value = field.of(project)
        if value is not None and value != default:
            written[field.key] = value
    return written
