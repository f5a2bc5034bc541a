"""The plan: what a run does with one entry, decided from values alone, and every sentence that refuses a project.

`decide` is asked by preflight for all entries, by the provider for the one that the engine is about to create or
update, and by `review`, which hands it the old file in place of AWS. So a preview never passes what the run refuses,
and no count names what the run does not do (decision 11).

`compare` is the part that needs no listing: the provider's `diff`, which must stay offline.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject
from bedrock_projects.errors import RefusedError
from bedrock_projects.limits import NO_PROJECT_ID
from bedrock_projects.model import other_ownership
from bedrock_projects.projects.answers import remedy
from bedrock_projects.projects.changes import (
    COMPARED,
    UNKNOWN,
    DeclaredProject,
    ManagedProject,
    as_declared,
    same_text,
    update_between,
    update_from,
    with_remembered_adoption,
)
from bedrock_projects.projects.confirmation import TAKE_OVER_VARIABLE
from bedrock_projects.projects.listing import Listing

_RENAMED = (
    "if the inventory was called that before, write `previous_owner: {{inventory: {}}}` at the top of the file",
    "if the environment was called that before, write `aliases: [{}]` in it",
    "if the entry was called that before, write `aliases: [{}]` in it",
)
"""What to write if a part of an owner changed: that of inventory, environment or key."""


@dataclass(frozen=True)
class Create:
    """A new project; `replaces_archived`: the entry had one that was archived, so the new one has a new id."""

    replaces_archived: bool = False


@dataclass(frozen=True)
class Adopt:
    """The project that the entry names by `id` becomes the entry's; the update adds the ownership tag."""

    project: RemoteProject
    update: ProjectUpdate


@dataclass(frozen=True)
class Recover:
    """The entry's project, found by its ownership tag; the update is empty if it is as declared."""

    project: RemoteProject
    update: ProjectUpdate


@dataclass(frozen=True)
class Update:
    """The project that the state knows is changed."""

    project: RemoteProject
    update: ProjectUpdate


@dataclass(frozen=True)
class Archive:
    """The project is archived, which cannot be undone."""

    project: RemoteProject


@dataclass(frozen=True)
class Release:
    """The project is no longer managed: the update takes the ownership tag off. `note` says why nothing is sent."""

    project: RemoteProject
    update: ProjectUpdate
    note: str = ""


@dataclass(frozen=True)
class Keep:
    """Nothing is sent; `project` is None for an entry that has none. `note` is what the user should know of it."""

    project: RemoteProject | None = None
    note: str = ""


@dataclass(frozen=True)
class Refuse:
    """The run refuses the entry: the reason, and what to do instead."""

    key: str
    reason: str

    def __str__(self) -> str:
        return f"entry {self.key!r}: {self.reason}"

    @property
    def error(self) -> RefusedError:
        """What the provider raises."""
        return RefusedError(str(self))


@dataclass(frozen=True)
class OtherStack(Refuse):
    """The project is managed by another stack; a run takes it over only if that is confirmed."""


Step: TypeAlias = Create | Adopt | Recover | Update | Archive | Release | Keep | Refuse


@dataclass(frozen=True)
class Replace:
    """The engine makes a new resource, then deletes the old one; `properties` are the inputs that demand it."""

    properties: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """The engine calls `update`."""


def decide(
    entry: DeclaredProject,
    known: ManagedProject | None,
    listed: Callable[[RegionalEndpoint], Listing],
    *,
    protected: bool = False,
    take_over: bool = False,
) -> Step:
    """What a run does with the entry.

    `known` is what this stack's state has of it, None if it has nothing; `listed` gives what AWS shows at an endpoint
    in a region, and is only called for what the decision needs. `protected` is for an entry whose resource the engine
    protects from deletion. `take_over` is for a run that was confirmed to take projects over from another stack.
    """
    step = _decide(entry, known, listed, protected=protected)
    other = _of_other_stack(entry, step) or _left_to_other_stack(entry, step, listed)
    if other is None:
        return step
    if take_over and known is not None and known.declared.stack == entry.stack:
        # The engine compares with the state, and would not call for an update.
        return Refuse(
            entry.key, f"{other.reason}. The state does not know that yet: take it over with `pulumi up --refresh`"
        )
    return step if take_over else other


def _decide(
    entry: DeclaredProject,
    known: ManagedProject | None,
    listed: Callable[[RegionalEndpoint], Listing],
    *,
    protected: bool,
) -> Step:
    if known is not None:
        difference = compare(entry, known)
        if isinstance(difference, Refuse):
            return difference
        if isinstance(difference, Replace) and known.declared.where != entry.where and protected:
            return _move_of_protected(entry, known.declared.where)
        if not isinstance(difference, Replace):
            return _decide_known(entry, known, listed)
    if entry.status != "active":
        return _retire_without_state(entry, listed(entry.where))
    step = _find_or_create(entry, listed(entry.where))
    if isinstance(step, Create) and (twin := _twin_without_tag(entry, listed)):
        return _shown_without_tag(entry, twin)
    # The move archives the project that the entry leaves, and the engine deletes nothing that is protected.
    if isinstance(step, Create) and protected and entry.moves_from and listed(entry.moves_from).owned_by(entry):
        return _move_of_protected(entry, entry.moves_from)
    return step


def _twin_without_tag(entry: DeclaredProject, listed: Callable[[RegionalEndpoint], Listing]) -> RemoteProject | None:
    """The project that the entry leaves, as its new endpoint shows it too, but without the entry's tag."""
    if entry.moves_from is None or entry.moves_from.endpoint is entry.where.endpoint:
        return None
    twins = (listed(entry.where).get(project.id) for project in listed(entry.moves_from).owned_by(entry))
    return next((twin for twin in twins if twin and twin.status == "active"), None)


def compare(entry: DeclaredProject, known: ManagedProject) -> Refuse | Replace | Change | Keep:
    """What the engine does with a resource that the state has, by the declaration alone: offline.

    Inputs that are not known yet (`UNKNOWN`) are refused nothing. A place that is not known yet replaces nothing: if a
    resource that this one depends on is replaced, the engine asks first if this one is too, and deletes it at once.
    """
    old, entry = known.declared, with_remembered_adoption(known.declared, entry)
    if old.status == entry.status != "active":
        return Keep()  # archived or released: it may be somebody else's by now, and is not touched again
    if entry.adopt_id not in (None, UNKNOWN, known.id) and known.id != NO_PROJECT_ID:
        return Refuse(
            entry.key,
            f"project {known.id} is this entry's, and `id` cannot change it to {entry.adopt_id}; use a new key for "
            "that one",
        )
    if refusal := _move_refused(old, entry):
        return refusal
    # An archived project never comes back, and one that never was is made now.
    begins_anew = old.status == "archived" or (known.id == NO_PROJECT_ID and entry.status == "active")
    demands = {
        "region": entry.region not in (old.region, UNKNOWN),
        "endpoint": entry.endpoint not in (old.endpoint, UNKNOWN),
        "status": begins_anew,
    }
    if any(demands.values()):
        return Replace(tuple(name for name, demanded in demands.items() if demanded))
    if UNKNOWN in (entry.region, entry.endpoint):
        return Change()
    is_same = all(same_text(getattr(old, name), getattr(entry, name)) for name in COMPARED)
    return Keep() if is_same and not _is_retagged(old, entry) and not known.unfinished else Change()


def _move_refused(old: DeclaredProject, entry: DeclaredProject) -> Refuse | None:
    """Why an entry cannot leave the region or the endpoint that the state has; None if it stays, or says that it moves.

    A move to another endpoint keeps the project if both have it. That takes AWS to see, so both are refused alike.
    """
    moves = (
        ("move_from", entry.move_from, old.region, entry.region),
        ("move_from_endpoint", entry.move_from_endpoint, old.where.endpoint.name, entry.where.endpoint.name),
    )
    new = (entry.region, entry.endpoint)
    moving = [move for move, value in zip(moves, new, strict=True) if value != UNKNOWN and move[2] != move[3]]
    for field, said, left, target in moving:
        what = "region" if field == "move_from" else "endpoint"
        if entry.status == "released":
            return Refuse(
                entry.key,
                f"release and move are not possible in one change: the move from {left} would archive the project. "
                f"Restore the {what} to release it there",
            )
        if entry.status == "archived":
            return Refuse(
                entry.key,
                f"archive and move are not possible in one change. Restore the {what} {left} to archive the project "
                "there",
            )
        if len(moving) > 1:
            return Refuse(
                entry.key,
                f"the region and the endpoint cannot change together; restore the region {old.region}, move to "
                f"{entry.where.endpoint}, and change the region later",
            )
        if said not in (left, UNKNOWN):
            return Refuse(
                entry.key,
                f"the move from {left} to {target} creates a project with a new id and archives the old one "
                f"(irreversible){_UNLESS_ONE_STORE if field == 'move_from_endpoint' else ''}. If this is intended, add "
                f"`{field}: {left}` to the entry",
            )
    return None


_UNLESS_ONE_STORE = ", unless both endpoints have it"


@dataclass(frozen=True, kw_only=True)
class Staying:
    """What the program of a run says of the entry whose project the engine deletes.

    `stack` is the stack that the program deploys, None if no entry says it. `is_declared`: the entry stays, and its
    project is at `where`, None if that is not known; `moves_from` is where it may leave a project. `releases`: the
    entry says now that its project is not to be archived.
    """

    stack: str | None = None
    is_declared: bool = False
    where: RegionalEndpoint | None = None
    moves_from: RegionalEndpoint | None = None
    releases: bool = False

    @classmethod
    def of(cls, entry: DeclaredProject) -> "Staying":
        """That of an entry which is declared."""
        return cls(
            stack=entry.stack,
            is_declared=True,
            where=entry.where,
            moves_from=entry.moves_from,
            releases=entry.on_remove == "release",
        )


DECLARED = Staying(is_declared=True)
"""An entry that stays, of which no more is known."""


def decide_removal(
    old: DeclaredProject,
    project: RemoteProject,
    *,
    staying: Staying,
    protected: bool = False,
    resource: str | None = None,
) -> Archive | Release | Keep | Refuse:
    """What becomes of a project that the engine deletes, from the state and a fresh read.

    `resource` is the name of the resource, if that may differ from the key that the state has.

    Only a project with exactly this entry's ownership tag and the tag of this stack is archived or released (decisions
    4 and 12), and none that its entry goes on with: the engine also deletes what a run that was interrupted, or a state
    that was edited, left behind.
    """
    if old.status != "active" or project.status == "archived":
        return Keep(project)
    if protected:
        return Refuse(
            old.key,
            "the project is protected, so `pulumi up` refuses to delete it: keep the entry with `status: archived` or "
            "`released`, and remove it in a later change",
        )
    if reason := _reason_to_leave(old, project, staying, resource or old.key):
        return Keep(project, note=f"{_unchanged(project)}: {reason}. {_FORGOTTEN}")
    # Of what the state has and what the file says now, a move takes what can be undone.
    if old.is_released or staying.releases:
        return Release(project, ProjectUpdate(remove_tag_keys=_ownership_keys(old, project)))
    return Archive(project)


def _reason_to_leave(old: DeclaredProject, project: RemoteProject, staying: Staying, resource: str) -> str | None:
    """Why the run does not touch a project that the engine deletes; only the state forgets it."""
    if not old.is_owner(project.tags):
        return f"it does not carry the tag {old.owner_tag_key} of this entry"
    manager = project.tags.get(old.stack_tag_key)
    # A release takes two tags off. If the owner's is left, it goes on.
    if manager != old.stack and not ((old.is_released or staying.releases) and manager is None):
        return f"it is managed by stack {manager}" if manager else f"it lacks the tag {old.stack_tag_key} of its stack"
    if old.stack and staying.stack and old.stack != staying.stack:
        return f"the state has it from stack {old.stack}, and this is stack {staying.stack}"
    if staying.is_declared:  # perhaps under a new key, which is the resource's name then
        return None if staying.moves_from == old.where else _without_move(old, staying)
    if resource != old.key:
        return f"the resource is named {resource!r}, but the state records entry {old.key!r}"
    return None


def kept_at_other_endpoint(project: RemoteProject, staying: Staying) -> Keep:
    """What becomes of a project that its entry has at another endpoint, which shows it too."""
    return Keep(project, note=f"{_unchanged(project)}: {staying.where} has it too. {_FORGOTTEN}")


def _without_move(old: DeclaredProject, staying: Staying) -> str:
    moved = staying.where is not None and staying.where.endpoint is not old.where.endpoint
    word = f"move_from_endpoint: {old.where.endpoint}" if moved else f"move_from: {old.region}"
    return f"its entry is in the inventory, without `{word}`"


def quota_reason(where: RegionalEndpoint, *, active: int, created: int) -> str | None:
    """Why an account cannot hold what a run would create; None if it can."""
    quota = where.endpoint.projects_per_account
    if quota is None or not created or active + created <= quota:
        return None
    return (
        f"{where} has {active} projects and the run would create {created}, but an account may have {quota}; archive "
        "some first, or ask AWS for more"
    )


def already_claimed(project_id: str, owner: str, *, by: str) -> RefusedError:
    """Why two entries of a run cannot have one project."""
    return RefusedError(
        f"project {project_id} already belongs to {by} in this run, so {owner} cannot have it too; if you changed "
        "the key, add `aliases: [<old key>]` to the new entry and remove the old one"
    )


def take_over_exceeded(project_id: str, stack: str, *, confirmed: int) -> RefusedError:
    """Why a run takes no further project over from another stack."""
    return RefusedError(
        f"project {project_id} is managed by stack {stack}; this run has taken over {confirmed} projects, the number "
        f"that {TAKE_OVER_VARIABLE} confirms"
    )


def _find_or_create(entry: DeclaredProject, listing: Listing) -> Step:
    """An active entry of which the state has nothing."""
    owned = listing.owned_by(entry)
    project = owned[0] if owned else None
    if entry.adopt_id:
        named = listing.get(entry.adopt_id)
        if named is None or named.status != "active":
            return _not_adoptable(entry, named)
        if foreign := _foreign(entry, named) or _of_other_key(entry, named):
            return foreign
        project, owned = named, [named, *(other for other in owned if other.id != named.id)]
    if len(owned) > 1:
        return _several(entry, owned)
    if namesake := _namesake(entry, project, listing):
        return namesake
    if project is None:
        return Create(replaces_archived=bool(listing.owned_by(entry, status="archived")))
    update = update_from(project, entry)
    return Recover(project, update) if entry.owns(project.tags) else Adopt(project, update)


def _retire_without_state(entry: DeclaredProject, listing: Listing) -> Step:
    """An entry with `status: archived` or `released` of which the state has nothing: nothing is created for it."""
    owned = listing.owned_by(entry)
    if len(owned) > 1:
        return _several(entry, owned)
    named = listing.get(entry.adopt_id) if entry.adopt_id else None
    if entry.status == "archived" and named and named.status == "active" and not entry.owns(named.tags):
        return _not_retirable(entry, named)
    for project in owned:
        if entry.status == "released":
            return Release(project, ProjectUpdate(remove_tag_keys=_ownership_keys(entry, project)))
        return Archive(project) if _is_of_this_inventory(entry, project) else _not_retirable(entry, project)
    archived = listing.owned_by(entry, status="archived")
    return Keep(archived[0] if archived else None)


def _decide_known(entry: DeclaredProject, known: ManagedProject, listed: Callable[[RegionalEndpoint], Listing]) -> Step:
    """An entry whose project stays where the state has it."""
    old, entry = known.declared, with_remembered_adoption(known.declared, entry)
    if known.id == NO_PROJECT_ID or old.status == entry.status != "active":
        return Keep()
    listing = listed(entry.where)
    project = listing.get(known.id)
    # A project that a list lacks or lags behind with is taken as the state has it.
    shown = project or RemoteProject(id=known.id, name=old.name, tags=dict(old.all_tags))
    if shown.status == "archived":
        needs_it = entry.status == "active" and update_between(old, entry)
        return _archived_by_hand(old, entry, shown) if needs_it else Keep(shown)
    others = [other for other in listing.owned_by(entry) if other.id != known.id]
    if project and others:
        return _several(entry, [project, *others])
    if entry.status == "archived":
        return _archive_known(old, entry, shown)
    if entry.status == "released" and (other_owner := entry.foreign_owner(shown.tags)):
        note = f"{_unchanged(shown)}: another inventory entry owns it (tag {entry.owner_tag_key}: {other_owner})"
        return Release(shown, ProjectUpdate(), note=note)
    taken_back = old.status == "released"
    if foreign := _foreign(entry, shown) or (_of_other_key(entry, shown) if taken_back else None):
        return foreign
    update = update_between(old, entry)
    # What the state has says nothing if the last write was not finished, or if other tags are ours to manage now.
    if project and (known.unfinished or entry.ignore_tags != old.ignore_tags):
        update = update_from(project, entry, old=old)
    if entry.status == "released":
        return Release(shown, update)
    if update.name and (namesake := _namesake(entry, shown, listing)):
        return namesake
    return Update(shown, update) if update else Keep(shown)


def _archive_known(old: DeclaredProject, entry: DeclaredProject, project: RemoteProject) -> Archive | Refuse:
    if old.status == "released":
        return _released_before(entry, project)
    # The state may be of another environment, which the stack deployed before and which has an entry of that key too.
    is_ours = old.is_manager(project.tags) and entry.owns(project.tags)
    return Archive(project) if is_ours else _not_ours_to_archive(entry, project)


def _namesake(entry: DeclaredProject, project: RemoteProject | None, listing: Listing) -> Refuse | None:
    """Whether the name that the entry wants is somebody else's; None also if the project has the name already.

    A rename may take the name of another project of the same inventory and environment, which may be about to give it
    up; a new project may not, as the order within a run is not ours.
    """
    if project and same_text(project.name, entry.name):
        return None
    for other in listing.named(entry.name):
        if project is None or (other.id != project.id and not _is_of_this_environment(entry, other)):
            return _name_is_taken(entry, other)
    return None


def _ownership_keys(entry: DeclaredProject, project: RemoteProject) -> tuple[str, ...]:
    """The keys by which the project says whose it is: of its entry, under a former key too, and of its stack."""
    owners = {entry.owner, *entry.previous_owners}
    keys = [
        key for key in (entry.owner_tag_key, entry.previous_owner_tag_key) if key and project.tags.get(key) in owners
    ]
    return tuple(sorted([*keys, *(key for key in entry.stack_tag_keys if key in project.tags)]))


def _is_of_this_inventory(entry: DeclaredProject, project: RemoteProject) -> bool:
    owner = project.tags.get(entry.owner_tag_key, "")
    return owner.partition("/")[0] == entry.owner.partition("/")[0]


def _is_of_this_environment(entry: DeclaredProject, project: RemoteProject) -> bool:
    owner = project.tags.get(entry.owner_tag_key, "")
    return owner.rpartition("/")[0] in {value.rpartition("/")[0] for value in (entry.owner, *entry.previous_owners)}


def _is_retagged(old: DeclaredProject, new: DeclaredProject) -> bool:
    """Whether tags differ that are ours to manage; tags that are not known yet differ from all that are."""
    are_known = isinstance(old.tags, Mapping) and isinstance(new.tags, Mapping)
    return old.tags != new.tags and (not are_known or as_declared(new.managed(old.tags), new.tags) != new.tags)


def _of_other_stack(entry: DeclaredProject, step: Step) -> OtherStack | None:
    """Whether the step is about a project that another stack manages; one that is archived or left alone has none."""
    if not isinstance(step, Adopt | Recover | Update | Archive | Release | Keep):
        return None
    project = step.project
    manager = entry.other_stack(project.tags) if project and project.status == "active" else None
    if project is None or manager is None or (isinstance(step, Release) and not step.update):
        return None
    return OtherStack(
        entry.key,
        f"project {project.id} ({project.name}) is managed by stack {manager}, and this is stack {entry.stack}; deploy "
        "it from only one of them",
    )


def _left_to_other_stack(
    entry: DeclaredProject, step: Step, listed: Callable[[RegionalEndpoint], Listing]
) -> OtherStack | None:
    """Whether a move would leave a project that another stack manages, so that two stacks had the entry's project."""
    if not isinstance(step, Create) or entry.moves_from is None:
        return None
    left = (_of_other_stack(entry, Keep(project)) for project in listed(entry.moves_from).owned_by(entry))
    return next(filter(None, left), None)


# The sentences. Each says what is wrong, then what to do.

_FORGOTTEN = "It was only removed from the state"


def _unchanged(project: RemoteProject) -> str:
    return f"project {project.id} ({project.name}) was not changed"


def _not_adoptable(entry: DeclaredProject, named: RemoteProject | None) -> Refuse:
    if named is not None:
        return Refuse(entry.key, f"project {named.id} is archived (irreversible); remove `id` to create a new project")
    missing = f"project {entry.adopt_id} is not an active project in {entry.where}"
    if entry.moves_from is not None:
        return Refuse(entry.key, f"{missing}; a move from {entry.moves_from} creates a new project, so remove `id`")
    return Refuse(entry.key, f"{missing}; check `id`, `region` and `endpoint`, and whose credentials are used")


def _foreign(entry: DeclaredProject, project: RemoteProject) -> Refuse | None:
    other = entry.foreign_owner(project.tags)
    if other is None:
        return None
    belongs = f"project {project.id} ({project.name}) belongs to {other} (its tag {entry.owner_tag_key})"
    if not _is_of_this_inventory(entry, project) or _is_of_this_environment(entry, project):
        return Refuse(entry.key, f"{belongs}; release it there, or name that owner in `previous_owner`")
    if entry.adopt_id == project.id:
        return Refuse(entry.key, f"{belongs}; remove that entry, and run its environment first, which releases it")
    return Refuse(
        entry.key,
        f"{belongs}; to move it here, write `id: {project.id}` in this entry, remove that one, and run its environment "
        "first",
    )


def _of_other_key(entry: DeclaredProject, project: RemoteProject) -> Refuse | None:
    """Whether an inventory with an ownership tag of another key has the project: two would manage it."""
    other = other_ownership(project.tags, (entry.owner_tag_key, entry.previous_owner_tag_key))
    if other is None or other[1] in (entry.owner, *entry.previous_owners):
        return None
    key, owner = other
    return Refuse(
        entry.key,
        f"project {project.id} ({project.name}) belongs to {owner} of an inventory with another `ownership_tag` (its "
        f"tag {key}); release it there first",
    )


def _several(entry: DeclaredProject, projects: list[RemoteProject]) -> Refuse:
    """The engine would keep the one under the entry's own key and archive the other, which is wanted by its alias."""
    them = " and ".join(f"{p.name} ({p.id}, tag {p.tags.get(entry.owner_tag_key)})" for p in projects)
    return Refuse(
        entry.key,
        f"{len(projects)} active projects in {entry.where} belong to it: {them}. To reuse a key, take two runs: first "
        "remove the entry that had it, then rename the other entry",
    )


def _archived_by_hand(old: DeclaredProject, entry: DeclaredProject, project: RemoteProject) -> Refuse:
    what_to_do = remedy("update", "archived", was_released=old.status == "released")
    return Refuse(entry.key, f"project {project.id} ({project.name}) cannot be updated: {what_to_do}")


def _not_retirable(entry: DeclaredProject, project: RemoteProject) -> Refuse:
    return Refuse(
        entry.key,
        f"project {project.id} does not belong to this entry yet, so the entry cannot archive it; adopt it in one "
        "change and set `status: archived` in the next",
    )


def _not_ours_to_archive(entry: DeclaredProject, project: RemoteProject) -> Refuse:
    return Refuse(
        entry.key,
        f"project {project.id} ({project.name}) cannot be archived: it does not carry the tag {entry.owner_tag_key} of "
        "this entry; use `status: released` to release it",
    )


def _released_before(entry: DeclaredProject, project: RemoteProject) -> Refuse:
    return Refuse(
        entry.key,
        f"project {project.id} was released before: adopt it again first, with `id: {project.id}` and without "
        "`status`, and archive it in a later change",
    )


def _move_of_protected(entry: DeclaredProject, left: RegionalEndpoint) -> Refuse:
    is_one_endpoint = left.endpoint is entry.where.endpoint
    move = f"{left} to {entry.where}" if is_one_endpoint else f"{left.endpoint} to {entry.where.endpoint}"
    return Refuse(
        entry.key,
        f"the project is protected, and a move from {move} archives it"
        f"{'' if is_one_endpoint else _UNLESS_ONE_STORE}; set `protect: false` in the same "
        "change, and remove that later",
    )


def _shown_without_tag(entry: DeclaredProject, twin: RemoteProject) -> Refuse:
    return Refuse(
        entry.key,
        f"project {twin.id} is shown in {entry.where} too, but without this entry's tag {entry.owner_tag_key}, so a "
        "move would create a second project; undo the move, and report how AWS shows the project",
    )


def _name_is_taken(entry: DeclaredProject, other: RemoteProject) -> Refuse:
    owner = entry.foreign_owner(other.tags)
    if owner is None:
        remedy = f"to manage that one write `id: {other.id}` in the entry, else choose another name"
    else:
        remedy = f"it belongs to {owner}: {_where_renamed(entry.owner, owner)}choose another name"
    return Refuse(
        entry.key,
        f"project {other.id} in {entry.where} is named {entry.name!r} too and is not this entry's, and reports could "
        f"not distinguish the two; {remedy}",
    )


def _where_renamed(owner: str, other: str) -> str:
    """What to write if this entry is the other one under another name: their owners differ in one part then."""
    parts = list(zip(owner.split("/"), other.split("/"), strict=False))
    changed = [number for number, (new, old) in enumerate(parts) if new != old]
    if len(changed) != 1 or len(parts) != len(_RENAMED):
        return ""
    [part] = changed
    return _RENAMED[part].format(parts[part][1]) + ", else "
