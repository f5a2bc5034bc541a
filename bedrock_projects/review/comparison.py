"""Compares two inventories: the changes in AWS, from the two files alone."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bedrock_projects.cost_tags.activation import keys_in_use
from bedrock_projects.errors import SettingsError
from bedrock_projects.fields import READER_FIELDS, SENT_FIELDS, FieldKind
from bedrock_projects.model import Inventory, Project, is_released, named_environments, unknown_environment
from bedrock_projects.projects.changes import as_declared, same_text, shown
from bedrock_projects.review.account_notes import billing_notes, group_notes, role_notes
from bedrock_projects.review.cost_controls import CostControlKind, cost_control_changes, cost_controls_declared_in
from bedrock_projects.review.exports import export_notes
from bedrock_projects.review.notes import (
    Note,
    environment_notes,
    is_other_account,
    kept,
    leaves_its_endpoint,
    leaves_its_region,
    renamed_value_notes,
    tag_key_notes,
)
from bedrock_projects.review.refusals import Pair
from bedrock_projects.suggestions import counted

ProjectKind = Literal[
    "created",
    "adopted",
    "key_changed",
    "renamed",
    "retagged",
    "moved",
    "endpoint",
    "archived",
    "released",
    "removed",
    "unprotected",
    "account",
]
"""`key_changed` is a new key with its former one as an alias, `removed` an entry that was archived or released before.

`moved` is an entry in another region, `endpoint` one at another endpoint. `account` is a project of an environment that
moves to another account: the project cannot move with it.
"""

Kind: TypeAlias = ProjectKind | FieldKind | CostControlKind

ALL_ENVIRONMENTS = "all environments"
"""The heading for what is of all environments together, such as budgets; environments have no space in names."""

_NOT_DEPLOYED = {"location", *(field.attribute for field in READER_FIELDS)}


@dataclass(frozen=True, order=True)
class Change:
    """One change to one project, budget, anomaly alert, publication, data export or rule of a chargeback.

    `what` adds details to the kind, with the same text for all projects with the same change.
    """

    kind: Kind
    what: str
    key: str
    irreversible: bool = False


@dataclass(frozen=True)
class EnvironmentReview:
    """The changes in one environment; `notes` are about limits and what a run will refuse."""

    environment: str
    changes: tuple[Change, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Review:
    """The changes in all environments, and notes that concern all of them."""

    environments: tuple[EnvironmentReview, ...]
    notes: tuple[Note, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes of all environments."""
        return tuple(change for environment in self.environments for change in environment.changes)

    @property
    def irreversible(self) -> bool:
        """Whether any change is irreversible."""
        return any(change.irreversible for change in self.changes)


def review(before: Inventory, after: Inventory, *, only: Sequence[str] = ()) -> Review:
    """Compares two inventories. `only` selects environments of either, by name, group or pattern; empty: all.

    Raises SettingsError if one of them matches nothing.
    """
    former = {name: _former_name(name, before, after) for name in after.environments}
    names = frozenset(after.environments) | (before.environments.keys() - set(former.values()))
    selected = sorted(_selected(only, names, groups={**before.environment_groups, **after.environment_groups}))
    environments = [
        _environment(name, former[name], before, after)
        if name in after.environments
        else _removed_environment(name, before)
        for name in selected
    ]
    if not only:
        shared = _cost_controls(before, after, environment=None, former=None)
        notes = (
            *billing_notes(before, after),
            *group_notes(before.environment_groups, after.environment_groups),
            *export_notes(before, after),
        )
        environments.append(EnvironmentReview(ALL_ENVIRONMENTS, shared, notes))
    old, new = keys_in_use(before), keys_in_use(after)
    if only:
        old = {key for name in selected for key in keys_in_use(before, environment=former.get(name, name))}
        new = {key for name in selected for key in keys_in_use(after, environment=name)}
    return Review(
        environments=tuple(environment for environment in environments if environment.changes or environment.notes),
        notes=(
            *tag_key_notes(old, new),
            *renamed_value_notes(before.tag_keys, after.tag_keys),
        ),
    )


def _selected(only: Sequence[str], names: frozenset[str], *, groups: Mapping[str, tuple[str, ...]]) -> AbstractSet[str]:
    selected: set[str] = set()
    for text in only:
        named = names.intersection(named_environments(text, names, groups))
        if not named:
            raise SettingsError(unknown_environment(text, names, groups, where=" in both inventories"))
        selected |= named
    return selected if only else names


def _former_name(name: str, before: Inventory, after: Inventory) -> str:
    """The environment's former name: its current name, or one of its aliases."""
    return next((former for former in (name, *after.environments[name].aliases) if former in before.environments), name)


def environments_touched(before: Inventory, after: Inventory) -> list[str]:
    """The environments of `after` whose deployment differs from that of `before`, sorted.

    The place of an entry in the file, its description and the order of things make no difference.
    """
    return sorted(name for name in after.environments if _deployed(name, before) != _deployed(name, after))


def is_billing_touched(before: Inventory, after: Inventory) -> bool:
    """Whether what the stack of Billing deploys differs; `environments_touched` has changes within an environment."""
    return _deployed_by_billing(before) != _deployed_by_billing(after)


def _deployed_by_billing(inventory: Inventory) -> object:
    return (
        inventory.name,
        inventory.billing,
        inventory.ownership_tag_key,
        inventory.environments.keys(),
        keys_in_use(inventory),
        inventory.budgets,
        inventory.anomaly_alerts,
        [export for export in inventory.exports if export.creation],
    )


def _deployed(name: str, inventory: Inventory) -> object:
    if name not in inventory.environments:
        return None
    return (
        inventory.environments[name].model_dump(exclude={"description"}),
        [project.model_dump(exclude=_NOT_DEPLOYED) for project in inventory.in_environment(name)],
        inventory.ownership_tag_key,
        inventory.ignore_tags,
        inventory.billing is None,  # which decides what a stack without `scope` manages
        keys_in_use(inventory, environment=name),
        cost_controls_declared_in(name, inventory),
    )


def _cost_controls(
    before: Inventory, after: Inventory, *, environment: str | None, former: str | None
) -> tuple[Change, ...]:
    changes = cost_control_changes(before, after, environment=environment, former=former)
    return tuple(Change(kind, what, key) for kind, what, key in changes)


def _removed_environment(name: str, before: Inventory) -> EnvironmentReview:
    kept = counted(len(before.in_environment(name)), "project")
    note = f"the environment is no longer in the inventory; its stack keeps {kept} until you destroy it"
    return EnvironmentReview(name, (), (Note(note),))


def _environment(name: str, former: str, before: Inventory, after: Inventory) -> EnvironmentReview:
    old = {project.key: project for project in before.by_environment.get(former, ())}
    new = {project.key: project for project in after.by_environment.get(name, ())}
    pairs = list(_paired(old, new))
    project_changes = [change for one, other in pairs for change in _changes(one, other)]
    project_changes += _other_owners(before, after, pairs)
    project_changes += _other_account(name, former, before, after, pairs=pairs)
    changes = (*sorted(project_changes), *_cost_controls(before, after, environment=name, former=former))
    notes = environment_notes(name, former, before, after, pairs)
    if former in before.environments:
        notes += role_notes(before.environments[former], after.environments[name])
    return EnvironmentReview(name, changes, tuple(notes))


def _other_owners(before: Inventory, after: Inventory, pairs: Sequence[Pair]) -> Iterator[Change]:
    """The ownership tags that change for all projects; `key_changed` covers the tag of a new key."""
    tag, former = after.ownership_tag_key, before.ownership_tag_key
    for one, other in kept(pairs):
        old, new = (project.owner.removesuffix(project.key) for project in (one, other))
        if (former, old) != (tag, new):
            renamed = "" if tag == former else f"{tag} "
            yield Change("retagged", f"{former} {old}… → {renamed}{new}…", other.key)


def _other_account(
    name: str, former: str, before: Inventory, after: Inventory, *, pairs: Sequence[Pair]
) -> Iterator[Change]:
    old, new = before.environments.get(former), after.environments[name]
    if old and is_other_account(old, new):
        yield from (Change("account", f"account {old.account} → {new.account}", other.key) for _, other in kept(pairs))


def _paired(old: Mapping[str, Project], new: Mapping[str, Project]) -> Iterator[Pair]:
    """Entries before and after, by key or by a former key that the new entry names."""
    left = dict(old)
    for key, after in new.items():
        former = next((alias for alias in (key, *after.aliases) if alias in left), None)
        yield (left.pop(former) if former else None), after
    for before in left.values():
        yield before, None


def _changes(before: Project | None, after: Project | None) -> Iterator[Change]:
    if after is None:
        if before is not None:  # pragma: no branch - a pair has at least one of the two
            yield _removal(before)
    elif before is None or (before.status != "active" and after.status == "active"):
        yield from _arrival(before, after)
    elif before.status == after.status == "active":
        yield from _edits(before, after)
    elif before.status == "active":
        yield _retirement(after)


def _removal(project: Project) -> Change:
    if project.status != "active":
        return Change("removed", "", project.key)
    if _is_released(project):
        return Change("released", "", project.key)
    return Change("archived", "", project.key, irreversible=True)


def _is_released(project: Project) -> bool:
    """Whether removing the entry releases its project, according to the inventory."""
    return is_released(on_remove=project.on_remove, adopt_id=project.adopt_id)


def _arrival(before: Project | None, after: Project) -> Iterator[Change]:
    if after.status != "active":
        return
    if after.adopt_id:
        yield Change("adopted", f"id {after.adopt_id}", after.key)
    elif before is None:
        yield Change("created", "", after.key)
    elif before.status == "released":
        yield Change("adopted", "previously released, keeps its id", after.key)
    else:
        yield Change("created", "previously archived, gets a new id", after.key)


def _retirement(after: Project) -> Change:
    if after.status == "released":
        return Change("released", "", after.key)
    return Change("archived", "", after.key, irreversible=True)


def _edits(before: Project, after: Project) -> Iterator[Change]:
    if before.key != after.key:
        yield Change("key_changed", f"key {before.key} → {after.key}", after.key)
    if leaves_its_region(before, after):
        yield _move(before, after)
    if leaves_its_endpoint(before, after):
        yield _move_to_endpoint(before, after)
    if not same_text(before.name, after.name):
        yield Change("renamed", f"name {before.name} → {after.name}", after.key)
    for field in SENT_FIELDS:
        old, new = field.of(before), field.of(after)
        if old != new:
            yield Change(field.kind, f"{field.label} {shown(old)} → {shown(new)}", after.key)
    before_tags = as_declared(before.tags, after.tags)
    for tag in sorted(before_tags.keys() | after.tags.keys()):
        old, new = before_tags.get(tag), after.tags.get(tag)
        if old != new:
            yield Change("retagged", f"{tag} {shown(old)} → {shown(new)}", after.key)
    if before.protect and not after.protect:
        yield Change("unprotected", "", after.key)


def _move(before: Project, after: Project) -> Change:
    unsure = "" if before.region and after.region else "; no change if both are the same region"
    what = f"region {_region(before)} → {_region(after)}; {_end_of_move(before, after)}{unsure}"
    return Change("moved", what, after.key, irreversible=not _is_left(before, after))


def _move_to_endpoint(before: Project, after: Project) -> Change:
    """Whether both endpoints have the project, only AWS shows."""
    what = (
        f"endpoint {before.endpoint} → {after.endpoint}; unless both endpoints have it, {_end_of_move(before, after)}"
    )
    return Change("endpoint", what, after.key, irreversible=not _is_left(before, after))


def _is_left(before: Project, after: Project) -> bool:
    """Whether a move releases the old project: by the entry as it was, or as it is."""
    return _is_released(before) or after.on_remove == "release"


def _end_of_move(before: Project, after: Project) -> str:
    end = "released and stays in AWS" if _is_left(before, after) else "archived (irreversible)"
    return f"the old project is {end}"


def _region(project: Project) -> str:
    return project.region or "of the stack"
