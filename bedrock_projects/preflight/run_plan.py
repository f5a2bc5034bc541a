"""What a run would do with all entries of a stack, by the plan of each: values and pure functions.

The program does not know the state, so it goes by ownership tags: an active project that carries one of this
environment is ours, and one whose entry is no longer in the file would be archived.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.errors import RefusedError
from bedrock_projects.model import Environment, Inventory
from bedrock_projects.projects.changes import DeclaredProject, in_words
from bedrock_projects.projects.listing import Listing
from bedrock_projects.projects.plan import Adopt, Archive, Create, Recover, Refuse, Release, Step, decide, quota_reason

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
        inventories = filter(None, (inventory.name, inventory.previous_name))
        environments = (environment.name, *environment.aliases)
        return cls(
            keys=tuple(filter(None, (inventory.ownership_tag_key, inventory.previous_ownership_tag_key))),
            prefixes=tuple(f"{name}/{former}/" for name in inventories for former in environments),
        )

    def value(self, tags: Mapping[str, str]) -> str | None:
        """The value of an ownership tag of this environment among the tags, if there is one."""
        values = (tags.get(key, "") for key in self.keys)
        return next((value for value in values if value.startswith(self.prefixes)), None)


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """What a run would do, by what is in AWS now; entries by key.

    `renewed` entries had a project that was archived: their new one has a new id. `in_place` ones have their project
    already. `differing` are those of them and of the adopted whose project is not as the file says: the run sends what
    changed in the file, but corrects drift only after a refresh. `retired` entries say themselves that their project
    is archived or released. `archived` are projects of ours that no entry has any more, or that an entry leaves for
    another region.
    """

    new: tuple[str, ...]
    renewed: tuple[str, ...]
    adopted: tuple[str, ...]
    in_place: tuple[str, ...]
    differing: Mapping[str, str]
    retired: tuple[str, ...]
    archived: tuple[RemoteProject, ...]


def plan_run(
    declared: Sequence[DeclaredProject],
    listings: Listings,
    ownership: Ownership,
    *,
    protected: Collection[str] = (),
    places: Mapping[str, str] = MappingProxyType({}),
) -> RunPlan:
    """The plan of each entry, sorted by what it does.

    `protected` are keys of entries whose resources the engine protects, `places` maps keys to places in the file.
    Raises RefusedError with the reasons of all entries that the run refuses, and of an account that is full.
    """
    steps = {
        entry.key: decide(entry, None, listings.__getitem__, protected=entry.key in protected) for entry in declared
    }
    reasons = [_at(places.get(key), step) for key, step in steps.items() if isinstance(step, Refuse)]
    reasons += _full_accounts(declared, steps, listings)
    if reasons:
        raise RefusedError(*reasons)

    def keys(*kinds: type[Step]) -> tuple[str, ...]:
        return tuple(key for key, step in steps.items() if isinstance(step, kinds))

    renewed = {key for key, step in steps.items() if isinstance(step, Create) and step.replaces_archived}
    return RunPlan(
        new=tuple(key for key in keys(Create) if key not in renewed),
        renewed=tuple(key for key in keys(Create) if key in renewed),
        adopted=keys(Adopt),
        in_place=keys(Recover),
        differing=_differing(declared, steps),
        retired=keys(Archive, Release),
        archived=_without_entry(declared, listings, ownership),
    )


def summary(plan: RunPlan, *, where: str) -> str:
    """One line that tells apart what Pulumi's preview cannot; `where` names environment, account and region."""
    counts = [
        f"{len(plan.new)} new",
        f"{len(plan.adopted)} adopted",
        f"{len(plan.in_place)} in place",
        f"{len(plan.archived)} to archive",
    ]
    if plan.retired:
        counts.append(f"{len(plan.retired)} to retire ({', '.join(plan.retired)})")
    if plan.differing:
        examples = [f"{key}: {text}" for key, text in list(plan.differing.items())[:_EXAMPLES]]
        more = ["…"] if len(plan.differing) > _EXAMPLES else []
        counts.append(f"{len(plan.differing)} differing ({'; '.join(examples + more)})")
    if plan.renewed:
        counts.append(
            f"{len(plan.renewed)} new in place of archived ones, so with a new id: {', '.join(plan.renewed)} "
            "(after `pulumi refresh`, where the state still holds one)"
        )
    return f"{where}: " + " · ".join(counts)


def archive_notice(plan: RunPlan) -> str:
    """A warning that names what would be archived, and the way to retire what is protected; empty for nothing."""
    if not plan.archived:
        return ""
    names = ", ".join(f"{project.name} ({project.id})" for project in plan.archived)
    return (
        f"to be archived, which cannot be undone: {names}. No entry wants them there any more. What was adopted by "
        "`id` or says `on_remove: release` is let go of instead. Pulumi refuses it for a protected one: to retire "
        "that, keep its entry with `status: archived`, and drop it in a later change"
    )


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
    differing = {}
    for entry in declared:
        step = steps[entry.key]
        if not isinstance(step, Adopt | Recover):
            continue
        update = step.update
        if isinstance(step, Adopt):  # that an adopted one gets our tag goes without saying
            others = {key: value for key, value in update.add_tags.items() if key != entry.owner_tag_key}
            update = replace(update, add_tags=others)
        if update:
            differing[entry.key] = in_words(update, before=step.project)
    return differing


def _without_entry(
    declared: Sequence[DeclaredProject], listings: Listings, ownership: Ownership
) -> tuple[RemoteProject, ...]:
    """Active projects with an ownership tag of this environment that no entry has at that endpoint and region.

    Without the state, a tag is all that says that a project was ever managed here (decision 4). The engine deletes what
    the state has; a project that only its tag makes ours stays.
    """
    wanted = {(entry.where, value) for entry in declared for value in (entry.owner, *entry.previous_owners)}
    return tuple(
        project
        for where, listing in sorted(listings.items(), key=lambda item: str(item[0]))
        for project in listing.projects
        if project.status == "active"
        and (owner := ownership.value(project.tags)) is not None
        and (where, owner) not in wanted
    )
