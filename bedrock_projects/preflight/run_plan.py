"""What a run would do with all entries of a stack, by the plan of each: values and pure functions.

With the state of the stack (decision 12) the counts are those of the run: what the engine has it keeps, updates or
deletes; what only a tag makes ours is recovered by an entry, or an orphan that no run touches by itself. Without the
state, ownership tags are all that tells.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import ProjectUpdate, RemoteProject
from bedrock_projects.errors import RefusedError
from bedrock_projects.model import Environment, Inventory, stack_tag_key
from bedrock_projects.projects.changes import DeclaredProject, ManagedProject, in_words, update_from
from bedrock_projects.projects.confirmation import ARCHIVE_ORPHANS_VARIABLE, TAKE_OVER_VARIABLE, confirmed_number
from bedrock_projects.projects.listing import Listing
from bedrock_projects.projects.plan import (
    Adopt,
    Archive,
    Create,
    Keep,
    OtherStack,
    Recover,
    Refuse,
    Release,
    Staying,
    Step,
    Update,
    decide,
    decide_removal,
    quota_reason,
)
from bedrock_projects.stacks.state import StackState
from bedrock_projects.suggestions import counted

Listings = Mapping[RegionalEndpoint, Listing]
"""What AWS shows at each endpoint and region in use."""

_EXAMPLES = 3


@dataclass(frozen=True)
class Ownership:
    """The ownership tags of an environment, under present and former names: keys, and beginnings of values."""

    keys: tuple[str, ...]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, inventory: Inventory, environment: Environment) -> "Ownership":
        """Those of one environment of an inventory."""
        return cls(
            keys=tuple(filter(None, (inventory.ownership_tag_key, inventory.previous_ownership_tag_key))),
            prefixes=inventory.owner_prefixes(environment.name),
        )

    def value(self, tags: Mapping[str, str]) -> str | None:
        """The value of an ownership tag of this environment among the tags, if there is one."""
        values = (tags.get(key, "") for key in self.keys)
        return next((value for value in values if value.startswith(self.prefixes)), None)

    def is_of_inventory(self, owner: str) -> bool:
        """Whether the value of an ownership tag is of this inventory, in any environment."""
        return owner.partition("/")[0] in {prefix.partition("/")[0] for prefix in self.prefixes}

    def manager(self, tags: Mapping[str, str]) -> str | None:
        """The stack that manages a project with these tags, if one does."""
        return next((value for key in self.keys if (value := tags.get(stack_tag_key(key)))), None)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a plan needs besides entries, listings and tags.

    `state` is None if it cannot be had, `stack` None if its full name is not known. `aliases` maps keys to former
    ones, `places` to places in the file; `protected` are keys of entries whose resources the engine protects.
    `named_elsewhere` are ids that entries of other environments name. `owned_elsewhere` maps the ownership tags of
    these entries, former ones too, to their environments. `take_over` is what the user confirmed.
    """

    state: StackState | None = None
    stack: str | None = None
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    protected: Collection[str] = ()
    named_elsewhere: Collection[str] = ()
    owned_elsewhere: Mapping[str, str] = field(default_factory=dict)
    take_over: str | None = None


@dataclass(frozen=True)
class Orphan:
    """A project with a tag of this environment, `owner`, that has neither an entry nor a place in the state."""

    where: RegionalEndpoint
    project: RemoteProject
    owner: str


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """What a run would do, by what is in AWS now; entries by key.

    `renewed` entries had a project that was archived: their new one has a new id. `in_place` ones have their project,
    in the state if that is known. `recovered` ones have it by their tag alone, not in the state. `updated` maps keys to
    what the run sends. `differing` ones are adopted or recovered, and differ from the file: the run corrects that.
    `drifted` ones differ from the state, which the run corrects only after a refresh. `retired` entries say themselves
    that their project is archived or released. `archived` and `released` are projects of entries that are gone, or that
    entries leave for another region or endpoint; `moves` maps the ids of these `archived` ones to the new place.
    `moved` entries are in place, at another endpoint that has their project too.
    `handed_over` are projects of entries that are gone whose `id` another environment
    names: they are released. `orphans` have a tag of this environment, but neither an entry nor a place in the state.
    `taken_over` entries have a project that another stack managed. `is_compared`: the state was known.
    """

    new: tuple[str, ...]
    renewed: tuple[str, ...]
    adopted: tuple[str, ...]
    in_place: tuple[str, ...]
    differing: Mapping[str, str]
    drifted: Mapping[str, str] = field(default_factory=dict)
    retired: tuple[str, ...]
    archived: tuple[RemoteProject, ...]
    moves: Mapping[str, str] = field(default_factory=dict)
    moved: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()
    updated: Mapping[str, str] = field(default_factory=dict)
    released: tuple[RemoteProject, ...] = ()
    handed_over: tuple[ManagedProject, ...] = ()
    orphans: tuple[Orphan, ...] = ()
    taken_over: tuple[str, ...] = ()
    is_compared: bool = False

    @property
    def owned(self) -> int:
        """How many projects the archive limit counts: those that stay, and those that would be archived."""
        return len(self.archived) + len(self.in_place) + len(self.recovered)


@dataclass(frozen=True)
class _Removed:
    """What becomes of the projects that the engine deletes; `refused` are sentences."""

    archived: tuple[RemoteProject, ...]
    released: tuple[RemoteProject, ...]
    handed_over: tuple[ManagedProject, ...]
    refused: tuple[str, ...]


def plan_run(
    declared: Sequence[DeclaredProject], listings: Listings, ownership: Ownership, context: Context | None = None
) -> RunPlan:
    """The plan of each entry, sorted by what it does.

    Raises RefusedError with the reasons of all entries that the run refuses, and of an account that is full.
    """
    context = context or Context()
    known = _known(declared, context)
    steps = {entry.key: _step(entry, known, listings, context) for entry in declared}
    others = [key for key, step in steps.items() if isinstance(step, OtherStack)]
    if others and confirmed_number(context.take_over) == len(others):
        steps |= {
            entry.key: _step(entry, known, listings, context, take_over=True)
            for entry in declared
            if entry.key in others
        }
    reasons = [_at(context.places.get(key), step) for key, step in steps.items() if isinstance(step, Refuse)]
    removed = _removed(declared, listings, ownership, context, known=known, steps=steps)
    reasons += [*removed.refused, *_full_accounts(declared, steps, listings)]
    if others and any(isinstance(steps[key], OtherStack) for key in others):
        now = "" if context.take_over is None else f" (it is {context.take_over!r} now)"
        reasons.append(
            f"to take over {len(others)} from another stack, rerun with {TAKE_OVER_VARIABLE}={len(others)}{now}"
        )
    if reasons:
        raise RefusedError(*reasons)
    return _sorted_plan(
        declared, listings, ownership, context, known=known, steps=steps, removed=removed, others=others
    )


def _sorted_plan(
    declared: Sequence[DeclaredProject],
    listings: Listings,
    ownership: Ownership,
    context: Context,
    *,
    known: Mapping[str, ManagedProject],
    steps: Mapping[str, Step],
    removed: _Removed,
    others: Sequence[str],
) -> RunPlan:
    def keys(*kinds: type[Step]) -> tuple[str, ...]:
        return tuple(key for key, step in steps.items() if isinstance(step, kinds))

    active = {entry.key for entry in declared if entry.status == "active"}
    renewed = {key for key, step in steps.items() if isinstance(step, Create) and step.replaces_archived}
    is_compared = context.state is not None
    kept = tuple(key for key in keys(Update, Keep) if key in active)
    # The engine creates a resource at another endpoint for the project that the state has.
    moved = tuple(key for key in keys(Recover) if key in known and _project_id(steps[key]) == known[key].id)
    recovered = tuple(key for key in keys(Recover) if key not in moved)
    without_entry = _without_entry(declared, listings, ownership, steps)
    in_state = {managed.id for managed in context.state.all} if context.state else set()
    archived = removed.archived if is_compared else tuple(orphan.project for orphan in without_entry)
    orphans = tuple(
        orphan
        for orphan in without_entry
        if orphan.project.id not in {*in_state, *context.named_elsewhere}
        and orphan.owner not in context.owned_elsewhere
        and ownership.manager(orphan.project.tags) in (None, context.stack)
    )
    return RunPlan(
        new=tuple(key for key in keys(Create) if key not in renewed),
        renewed=tuple(key for key in keys(Create) if key in renewed),
        adopted=keys(Adopt),
        in_place=(*kept, *moved) if is_compared else keys(Recover),
        moved=moved,
        recovered=recovered if is_compared else (),
        updated={
            key: in_words(step.update, before=step.project) for key, step in steps.items() if isinstance(step, Update)
        },
        differing=_differing(declared, steps),
        drifted=_drifted(declared, steps, known, listings),
        retired=keys(Archive, Release),
        archived=archived,
        moves=_moves(declared, archived, ownership),
        released=removed.released,
        handed_over=removed.handed_over,
        orphans=orphans if is_compared else (),
        taken_over=tuple(others),
        is_compared=is_compared,
    )


def check_orphans(plan: RunPlan, *, confirmed: str | None) -> None:
    """Raises RefusedError if the number of orphans to archive that the user confirmed is not how many there are."""
    count = len(plan.orphans)
    if confirmed is None or confirmed_number(confirmed) == count:
        return
    orphaned = f"{counted(count, 'project')} {'is' if count == 1 else 'are'} orphaned"
    raise RefusedError(
        f"{ARCHIVE_ORPHANS_VARIABLE} is {confirmed!r}, but {orphaned}"
        + (f": {_names([orphan.project for orphan in plan.orphans])}" if plan.orphans else "")
        + "; set it to their number, or unset it"
    )


def summary(plan: RunPlan, *, where: str) -> str:
    """One line that tells apart what Pulumi's preview cannot; `where` names environment, account and region."""
    counts = [
        f"{len(plan.new)} new",
        f"{len(plan.adopted)} adopted",
        f"{len(plan.in_place) - len(plan.updated)} unchanged"
        if plan.is_compared
        else f"{len(plan.in_place)} recovered by their tag",
        f"{len(plan.archived)} to archive"
        if plan.is_compared
        else f"at most {len(plan.archived)} to archive, not compared with the state",
        *_of_other_places(plan),
    ]
    if plan.retired:
        counts.append(f"{len(plan.retired)} to archive or release by `status` ({', '.join(plan.retired)})")
    if plan.updated:
        counts.append(f"{len(plan.updated)} to update ({_examples(plan.updated)})")
    if plan.differing:
        counts.append(f"{len(plan.differing)} differing ({_examples(plan.differing)})")
    if plan.drifted:
        counts.append(f"{len(plan.drifted)} drifted (run `pulumi up --refresh`; {_examples(plan.drifted)})")
    if plan.orphans:
        counts.append(f"{len(plan.orphans)} orphaned")
    if plan.renewed:
        first = "" if plan.is_compared else "; run `pulumi refresh` first if the state still lists the archived project"
        counts.append(
            f"{len(plan.renewed)} replaced (the old project is archived; new id): {', '.join(plan.renewed)}{first}"
        )
    return f"{where}: " + " · ".join(counts)


def _of_other_places(plan: RunPlan) -> list[str]:
    """Counts of projects that come from, or go to, another state, stack or endpoint."""
    counts = []
    if plan.recovered:
        counts.append(f"{len(plan.recovered)} recovered by their tag, not in this stack's state")
    if plan.moved:
        counts.append(f"{len(plan.moved)} moved to an endpoint that has the same project ({', '.join(plan.moved)})")
    if plan.released or plan.handed_over:
        counts.append(f"{len(plan.released) + len(plan.handed_over)} to release")
    if plan.taken_over:
        counts.append(f"{len(plan.taken_over)} taken over from another stack ({', '.join(plan.taken_over)})")
    return counts


def archive_notices(plan: RunPlan) -> list[str]:
    """Warnings that name what would be archived and why, and the way to archive what is protected."""
    perhaps = "" if plan.is_compared else ". Those adopted by `id` or with `on_remove: release` are released instead"
    lines = []
    if gone := [project for project in plan.archived if project.id not in plan.moves]:
        lines.append(
            f"to archive (irreversible), because the entry was removed: {_names(gone)}{perhaps}. If "
            "one is protected, Pulumi refuses: restore its entry with `status: archived`, and remove it in a later "
            "change"
        )
    if moved := [project for project in plan.archived if project.id in plan.moves]:
        names = ", ".join(f"{project.name} ({project.id}, to {plan.moves[project.id]})" for project in moved)
        lines.append(f"to archive (irreversible), because the entry moves: {names}{perhaps}")
    return lines


def state_notices(plan: RunPlan) -> list[str]:
    """Warnings about what the state and AWS have differently: recovered, released and orphaned projects."""
    lines = []
    if plan.recovered:
        lines.append(
            f"{len(plan.recovered)} recovered by their tag, not in this stack's state: a lost state, or another "
            "backend that has them too"
        )
    if plan.released:
        lines.append(f"to release (they stay in AWS, unmanaged): {_names(plan.released)}")
    if plan.handed_over:
        names = _names(plan.handed_over)
        lines.append(f"to release for the environment whose entry names them by `id`: {names}")
    orphans = [orphan.project for orphan in plan.orphans]
    if orphans:
        lines.append(
            f"orphaned (neither an entry nor in this stack's state): {_names(orphans)}. No run archives them "
            f"automatically. Add an entry for each that you need; to archive all, rerun with "
            f"{ARCHIVE_ORPHANS_VARIABLE}={len(orphans)}"
        )
    return lines


def _known(declared: Sequence[DeclaredProject], context: Context) -> dict[str, ManagedProject]:
    """What the state has of each entry, under its key or a former one, as the engine finds it."""
    state = context.state.held if context.state else {}
    names = {entry.key: (entry.key, *context.aliases.get(entry.key, ())) for entry in declared}
    return {
        key: next(state[name] for name in own if name in state) for key, own in names.items() if set(own) & set(state)
    }


def _step(
    entry: DeclaredProject,
    known: Mapping[str, ManagedProject],
    listings: Listings,
    context: Context,
    *,
    take_over: bool = False,
) -> Step:
    return decide(
        entry,
        known.get(entry.key),
        listings.__getitem__,
        protected=entry.key in context.protected,
        take_over=take_over,
    )


def to_hand_over(declared: Sequence[DeclaredProject], context: Context) -> tuple[ManagedProject, ...]:
    """Projects of entries that are gone, by the state, which an entry of another environment names by `id`.

    The run releases them instead of archiving them. Raises RefusedError for one that its entry leaves in this run.
    """
    known = _known(declared, context)

    def named_elsewhere(projects: Sequence[ManagedProject]) -> tuple[ManagedProject, ...]:
        return tuple(
            managed
            for managed in projects
            if managed.id in context.named_elsewhere
            and managed.declared.status == "active"
            and not managed.declared.is_released
        )

    for managed in named_elsewhere(_left(declared, context, known)):
        raise RefusedError(
            f"entry {managed.declared.key!r}: the run would archive project {managed.id}, which the entry leaves, "
            "and an entry of another environment names it by `id`; remove that `id`, or undo this change"
        )
    return named_elsewhere(_gone(context, known))


def _left(
    declared: Sequence[DeclaredProject], context: Context, known: Mapping[str, ManagedProject]
) -> list[ManagedProject]:
    """What the engine deletes of entries that stay: projects in a region that they leave, or left in an earlier run."""
    entries = {entry.key: entry for entry in declared}
    moving = [managed for key, managed in known.items() if managed.declared.where != entries[key].where]
    kept = {managed.id for managed in known.values()}
    return moving + [managed for managed in context.state.doomed if managed.id not in kept] if context.state else []


def _gone(context: Context, known: Mapping[str, ManagedProject]) -> list[ManagedProject]:
    """What the engine deletes of entries that are gone."""
    kept = {managed.id for managed in known.values()}
    return [managed for managed in context.state.held.values() if managed.id not in kept] if context.state else []


def _removed(
    declared: Sequence[DeclaredProject],
    listings: Listings,
    ownership: Ownership,
    context: Context,
    *,
    known: Mapping[str, ManagedProject],
    steps: Mapping[str, Step],
) -> _Removed:
    """What becomes of the projects that the engine deletes: nothing, if an entry goes on with one (decision 9)."""
    to_others = {managed.id for managed in to_hand_over(declared, context)}
    claimed = {step.project.id for step in steps.values() if isinstance(step, Adopt | Recover)}
    staying = {owner: Staying.of(entry) for entry in declared for owner in (entry.owner, *entry.previous_owners)}
    archived: list[RemoteProject] = []
    released: list[RemoteProject] = []
    handed_over: list[ManagedProject] = []
    refused: list[str] = []
    names = {managed.id: name for name, managed in context.state.held.items()} if context.state else {}
    for managed in (*_left(declared, context, known), *_gone(context, known)):
        project, old = _shown(managed, listings), managed.declared
        if project is None or old.status != "active" or managed.id in claimed | {gone.id for gone in archived}:
            continue
        if managed.id in to_others:
            step = decide(released_by(old, stack=context.stack), managed, listings.__getitem__)
        elif _is_of_former_stack(old, project, context):
            step = _not_taken_over(old, project, context)
        else:
            stays = staying.get(old.owner) or Staying(stack=context.stack)
            step = decide_removal(old, project, staying=stays, resource=names.get(managed.id))
            if isinstance(step, Archive | Release):
                step = _not_of_this_environment(old, project, ownership, context) or step
        if isinstance(step, Archive):
            archived.append(project)
        elif isinstance(step, Refuse):
            refused.append(str(step))
        elif isinstance(step, Release) and managed.id in to_others:
            handed_over.append(managed)
        elif isinstance(step, Release):
            released.append(project)
    return _Removed(tuple(archived), tuple(released), tuple(handed_over), tuple(refused))


def released_by(old: DeclaredProject, *, stack: str | None) -> DeclaredProject:
    """The declaration by which this stack releases what its state has."""
    return replace(old, status="released", stack=stack or old.stack)


def _is_of_former_stack(old: DeclaredProject, project: RemoteProject, context: Context) -> bool:
    """Whether the state has the project from a stack of another name, which manages it by its tag."""
    is_other = bool(old.stack and context.stack and old.stack != context.stack)
    return is_other and project.status == "active" and old.is_manager(project.tags)


def _not_taken_over(old: DeclaredProject, project: RemoteProject, context: Context) -> Refuse:
    return Refuse(
        old.key,
        f"project {project.id} ({project.name}) belongs to stack {old.stack} in the state, this is stack "
        f"{context.stack}, and the entry was removed. If you renamed the stack, restore the entry, take the project "
        "over, then remove the entry in the next run. If you moved the resource here, move it back with `pulumi state "
        "move`",
    )


def _not_of_this_environment(
    old: DeclaredProject, project: RemoteProject, ownership: Ownership, context: Context
) -> Refuse | None:
    """The stack deploys another environment than before, or one takes it over; or two repositories share the stack."""
    inventory = old.owner.partition("/")[0]
    belongs = f"project {project.id} ({project.name}) belongs to {old.owner}"
    if not ownership.is_of_inventory(old.owner):
        return Refuse(
            old.key,
            f"{belongs}, so another inventory deployed this stack before, and this one would remove it; give this "
            f"inventory a stack of its own. If it was called {inventory!r} before, write "
            f"`previous_owner: {{inventory: {inventory}}}` at the top of the file",
        )
    environment = context.owned_elsewhere.get(old.owner)
    if environment is None:
        return None
    if old.owner.startswith(ownership.prefixes):
        return Refuse(
            old.key,
            f"{belongs}, and an entry of environment {environment!r} names that owner in `previous_owner`, but this "
            f"run would remove it; write `id: {project.id}` there in place of `previous_owner`, and this run releases "
            "it",
        )
    return Refuse(
        old.key,
        f"{belongs}, which is still in the inventory, but this stack now deploys another environment and would "
        f"remove it; deploy {environment!r} with this stack, and the other environment with a stack of its own",
    )


def _shown(managed: ManagedProject, listings: Listings) -> RemoteProject | None:
    listing = listings.get(managed.declared.where)
    return listing.get(managed.id) if listing else None


def _names(projects: Sequence[RemoteProject | ManagedProject]) -> str:
    return ", ".join(f"{project.name} ({project.id})" for project in projects)


def _examples(texts: Mapping[str, str]) -> str:
    examples = [f"{key}: {text}" for key, text in list(texts.items())[:_EXAMPLES]]
    return "; ".join([*examples, *(["…"] if len(texts) > _EXAMPLES else [])])


def _moves(
    declared: Sequence[DeclaredProject], archived: Sequence[RemoteProject], ownership: Ownership
) -> dict[str, str]:
    """The ids of projects that an entry of this environment leaves, and the region or endpoint to which it moves."""
    places = {
        owner: entry.where.endpoint.name if entry.move_from_endpoint else entry.region
        for entry in declared
        for owner in (entry.owner, *entry.previous_owners)
    }
    owners = {project.id: ownership.value(project.tags) for project in archived}
    return {id_: places[owner] for id_, owner in owners.items() if owner in places}


def _at(place: str | None, refusal: Refuse) -> str:
    return f"{place}: {refusal}" if place else str(refusal)


def _full_accounts(declared: Sequence[DeclaredProject], steps: Mapping[str, Step], listings: Listings) -> list[str]:
    created = [entry.where for entry in declared if isinstance(steps[entry.key], Create)]
    counts = {
        where: sum(project.status == "active" for project in listing.projects) for where, listing in listings.items()
    }
    reasons = (quota_reason(where, active=count, created=created.count(where)) for where, count in counts.items())
    return [reason for reason in reasons if reason]


def _differing(declared: Sequence[DeclaredProject], steps: Mapping[str, Step]) -> dict[str, str]:
    """How the projects that the run takes over differ from their entries."""
    differing = {}
    for entry in declared:
        step = steps[entry.key]
        if isinstance(step, Adopt | Recover):
            # That an adopted project gets our tag goes without saying.
            ours = {entry.owner_tag_key} if isinstance(step, Adopt) else set()
            differing[entry.key] = _in_words(entry, step.update, step.project, unsaid=ours)
    return {key: text for key, text in differing.items() if text}


def _drifted(
    declared: Sequence[DeclaredProject],
    steps: Mapping[str, Step],
    known: Mapping[str, ManagedProject],
    listings: Listings,
) -> dict[str, str]:
    """How AWS differs from what the state has of the entries that stay in place."""
    drifted = {}
    for entry in declared:
        managed = known.get(entry.key)
        if managed and isinstance(steps[entry.key], Update | Keep) and (project := _shown(managed, listings)):
            drifted[entry.key] = _in_words(entry, update_from(project, managed.declared), project)
    return {key: text for key, text in drifted.items() if text}


def _in_words(
    entry: DeclaredProject, update: ProjectUpdate, project: RemoteProject, unsaid: Collection[str] = ()
) -> str:
    """The update without the tag of the stack and the tags that are `unsaid`; empty for none."""
    unsaid = {entry.stack_tag_key, *unsaid}
    update = replace(update, add_tags={key: value for key, value in update.add_tags.items() if key not in unsaid})
    is_active = entry.status == "active" and project.status == "active"
    return in_words(update, before=project) if is_active and update != ProjectUpdate() else ""


def _without_entry(
    declared: Sequence[DeclaredProject], listings: Listings, ownership: Ownership, steps: Mapping[str, Step]
) -> tuple[Orphan, ...]:
    """Active projects with an ownership tag of this environment that no entry has at that endpoint and region.

    One that both endpoints of a region list is one project, and an entry at either of them has it.

    Without the state, a tag is all that says that a project was ever managed here (decision 4). The engine deletes what
    the state has; a project that only its tag makes ours stays.
    """
    wanted = {(entry.where, value) for entry in declared for value in (entry.owner, *entry.previous_owners)}
    had = {id_ for step in steps.values() if (id_ := _project_id(step))}
    orphans: dict[str, Orphan] = {}
    for where, listing in sorted(listings.items(), key=lambda item: str(item[0])):
        for project in listing.projects:
            owner = ownership.value(project.tags)
            is_wanted = (where, owner) in wanted or project.id in had
            if project.status == "active" and owner is not None and not is_wanted:
                orphans.setdefault(project.id, Orphan(where, project, owner))
    return tuple(orphans.values())


def _project_id(step: Step) -> str | None:
    """The id of the project that the step is about; None for a new one, and for a refusal."""
    return None if isinstance(step, Create | Refuse) or step.project is None else step.project.id
