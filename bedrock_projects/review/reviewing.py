"""What the change from one inventory to another will do in AWS, told from the two files alone."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bedrock_projects.activation import keys_in_use
from bedrock_projects.errors import SettingsError
from bedrock_projects.limits import NEAR, PROJECTS_PER_ACCOUNT, TAGS_PER_PROJECT
from bedrock_projects.model import Inventory, Project
from bedrock_projects.review.guardrails import GuardrailKind, guardrail_changes, guardrails_declared_in
from bedrock_projects.suggestions import did_you_mean

ProjectKind = Literal[
    "created",
    "adopted",
    "rekeyed",
    "renamed",
    "retagged",
    "retention",
    "moved",
    "archived",
    "released",
    "dropped",
    "guarded",
]
"""`rekeyed` is a new key with its former one named, `dropped` an entry that goes after its project was retired."""

Kind: TypeAlias = ProjectKind | GuardrailKind

Pair: TypeAlias = tuple[Project | None, Project | None]
"""An entry before and after."""

ALL_ENVIRONMENTS = "all environments"
"""In place of an environment's name, which has no space: what is for all of them together."""


@dataclass(frozen=True, order=True)
class Change:
    """One thing that happens to one project, budget or anomaly alert, or to what is published.

    `what` says what the kind does not, in the same words for projects that make the same move.
    """

    kind: Kind
    what: str
    key: str
    irreversible: bool = False


@dataclass(frozen=True)
class Note:
    """What a reviewer should know besides; `keys` are the projects that it is about, none where it is about all."""

    text: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class EnvironmentReview:
    """What happens in one environment; `notes` are about limits and what a run will refuse."""

    environment: str
    changes: tuple[Change, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Review:
    """What happens in all environments, and notes that concern them all."""

    environments: tuple[EnvironmentReview, ...]
    notes: tuple[Note, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes of all environments."""
        return tuple(change for environment in self.environments for change in environment.changes)

    @property
    def irreversible(self) -> bool:
        """Whether any of them cannot be undone."""
        return any(change.irreversible for change in self.changes)


def review(before: Inventory, after: Inventory, *, only: str | None = None) -> Review:
    """Compares two inventories; `only` names the one environment that is of interest, SettingsError if none has it."""
    former = {name: _former_name(name, before, after) for name in after.environments}
    names = after.environments.keys() | (before.environments.keys() - set(former.values()))
    if only is not None and only not in names:
        raise SettingsError(f"neither inventory has an environment {only!r}; {did_you_mean(only, names)}")
    found = [
        _environment(name, former[name], before, after) if name in after.environments else _gone(name, before)
        for name in sorted(names if only is None else {only})
    ]
    if only is None:
        found.append(EnvironmentReview(ALL_ENVIRONMENTS, _guardrails(before, after, environment=None, former=None)))
    old = keys_in_use(before, environment=only and former.get(only, only))
    return Review(
        environments=tuple(each for each in found if each.changes or each.notes),
        notes=tuple(_tag_key_notes(old, keys_in_use(after, environment=only))),
    )


def _former_name(name: str, before: Inventory, after: Inventory) -> str:
    """What the environment was called before: its name, or one of its aliases."""
    return next((each for each in (name, *after.environments[name].aliases) if each in before.environments), name)


def environments_touched(before: Inventory, after: Inventory) -> list[str]:
    """The environments of `after` whose deployment differs from that of `before`, sorted.

    The place of an entry in the file, its description and the order of things make no difference.
    """
    return sorted(name for name in after.environments if _deployed(name, before) != _deployed(name, after))


def _deployed(name: str, inventory: Inventory) -> object:
    if name not in inventory.environments:
        return None
    return (
        inventory.environments[name].model_dump(exclude={"description"}),
        [each.model_dump(exclude={"description", "location"}) for each in inventory.in_environment(name)],
        inventory.ownership_tag_key,
        inventory.ignore_tags,
        keys_in_use(inventory, environment=name),
        guardrails_declared_in(name, inventory),
    )


def _guardrails(
    before: Inventory, after: Inventory, *, environment: str | None, former: str | None
) -> tuple[Change, ...]:
    found = guardrail_changes(before, after, environment=environment, former=former)
    return tuple(Change(kind, what, key) for kind, what, key in found)


def _gone(name: str, before: Inventory) -> EnvironmentReview:
    count = len(before.in_environment(name))
    note = f"the environment is gone from the file: its stack keeps its {_projects(count)} until it is destroyed"
    return EnvironmentReview(name, (), (Note(note),))


def _environment(name: str, former: str, before: Inventory, after: Inventory) -> EnvironmentReview:
    old = {project.key: project for project in before.projects if project.environment == former}
    new = {project.key: project for project in after.projects if project.environment == name}
    pairs = list(_paired(old, new))
    changes = tuple(sorted(change for one, other in pairs for change in _changes(one, other)))
    notes = [*_limits(list(new.values()))]
    if former != name:
        notes.append(Note(f"was called {former}: its stack needs `pulumi config set environment {name}`"))
    refused: dict[str, list[str]] = {}
    for one, other in pairs:
        if one is not None and one.status == "active":
            for text in _refusals(one, other):
                refused.setdefault(text, []).append((other or one).key)
    notes += [Note(text, tuple(sorted(keys))) for text, keys in refused.items()]
    changes += _guardrails(before, after, environment=name, former=former)
    return EnvironmentReview(name, changes, (*notes, *_ownership(before, after, pairs)))


def _ownership(before: Inventory, after: Inventory, pairs: Sequence[Pair]) -> Iterator[Note]:
    """Whether a run finds the projects again when the inventory or its ownership tag is called otherwise."""
    kept = [(one, other) for one, other in pairs if one and other and one.status == other.status == "active"]
    tag, former = after.ownership_tag_key, before.ownership_tag_key
    is_tag_known = former in {tag, after.previous_ownership_tag_key}
    lost = [
        other.key for one, other in kept if not is_tag_known or one.owner not in {other.owner, *other.previous_owners}
    ]
    if lost:
        needed = f"{{inventory: {before.name}, ownership_tag: {former}}}"
        yield Note(f"`pulumi up` will not know its projects again: write `previous_owner: {needed}`", tuple(lost))
    elif kept and (tag != former or after.name != before.name):
        yield Note(
            f"the ownership tag of all projects changes from {former}: {before.name}/… to {tag}: {after.name}/…; "
            "reports by it split here"
        )


def _paired(old: Mapping[str, Project], new: Mapping[str, Project]) -> Iterator[Pair]:
    """Entries before and after by key, or by a former key that the new entry names."""
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
        return Change("dropped", "", project.key)
    if project.on_remove == "release" or (project.adopt_id and project.on_remove is None):
        return Change("released", "", project.key)
    return Change("archived", "", project.key, irreversible=True)


def _arrival(before: Project | None, after: Project) -> Iterator[Change]:
    if after.status != "active":
        return
    if after.adopt_id:
        yield Change("adopted", f"id {after.adopt_id}", after.key)
    elif before is None:
        yield Change("created", "", after.key)
    else:
        yield Change("created", f"was {before.status}, gets a new id", after.key)


def _retirement(after: Project) -> Change:
    if after.status == "released":
        return Change("released", "", after.key)
    return Change("archived", "", after.key, irreversible=True)


def _edits(before: Project, after: Project) -> Iterator[Change]:
    if before.key != after.key:
        yield Change("rekeyed", f"key {before.key} → {after.key}", after.key)
    if before.region != after.region:
        unsure = "" if before.region and after.region else " (nothing happens if that is the same one)"
        what = f"region {_region(before)} → {_region(after)}{unsure}"
        yield Change("moved", what, after.key, irreversible=True)
    if before.name != after.name:
        yield Change("renamed", f"name {before.name} → {after.name}", after.key)
    if before.data_retention != after.data_retention:
        what = f"data retention {_shown(before.data_retention)} → {_shown(after.data_retention)}"
        yield Change("retention", what, after.key)
    for tag in sorted(before.tags.keys() | after.tags.keys()):
        old, new = before.tags.get(tag), after.tags.get(tag)
        if old != new:
            yield Change("retagged", f"{tag} {_shown(old)} → {_shown(new)}", after.key)
    if before.protect and not after.protect:
        yield Change("guarded", "", after.key)


def _shown(value: str | None) -> str:
    return "(none)" if value is None else value or '""'


def _region(project: Project) -> str:
    return project.region or "of the stack"


def _refusals(before: Project, after: Project | None) -> Iterator[str]:
    """What `pulumi up` will refuse although the file is valid."""
    if after is None:
        if before.protect:
            yield (
                "protected, so `pulumi up` refuses to remove it: keep the entry with `status: archived` or "
                "`released`, and drop it in a later change"
            )
        return
    if before.adopt_id and after.adopt_id and before.adopt_id != after.adopt_id:
        yield f"`id` {before.adopt_id} → {after.adopt_id}: an entry keeps its project; write a new entry instead"
    if before.region != after.region and after.status == "active":
        if before.protect and after.protect:
            yield "protected, so `pulumi up` refuses to move it: write `protect: false` in the same change"
        if after.move_from is None or after.move_from != before.region:
            yield f"to be moved to another region it needs `move_from: {before.region or '<region of the stack>'}`"


def _limits(projects: list[Project]) -> Iterator[Note]:
    active = sum(project.status == "active" for project in projects)
    if active >= PROJECTS_PER_ACCOUNT * NEAR:
        yield Note(f"{_projects(active)}; an account may have {PROJECTS_PER_ACCOUNT:,}")
    full = [project.key for project in projects if len(project.tags) + 1 >= TAGS_PER_PROJECT * NEAR]
    if full:
        yield Note(f"near the limit of {TAGS_PER_PROJECT} tags on a project", tuple(sorted(full)))


def _projects(count: int) -> str:
    return f"{count:,} project{'' if count == 1 else 's'}"


def _tag_key_notes(old: AbstractSet[str], new: AbstractSet[str]) -> Iterator[Note]:
    if new - old:
        yield Note(
            f"new cost allocation tags: {', '.join(sorted(new - old))}. Billing needs a day or two after the first "
            "billed request to know them, and reports split by them from their activation on"
        )
    if old - new:
        yield Note(f"no longer used, but active in Billing until deactivated there: {', '.join(sorted(old - new))}")
