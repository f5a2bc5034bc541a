"""Why a run cannot do what the file says, told before anything is done: one sentence for each entry."""

from collections.abc import Mapping, Sequence

from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.limits import PROJECTS_PER_ACCOUNT
from bedrock_projects.projects.changes import DeclaredProject
from bedrock_projects.projects.listing import namesake_error, owned_by

Listings = Mapping[str, Sequence[RemoteProject]]
"""The projects of each region in use, archived ones among them where the service lists them."""


def objections(
    declared: Sequence[DeclaredProject],
    listings: Listings,
    ours: Mapping[str, RemoteProject | None],
    near: Mapping[str, Sequence[RemoteProject]],
    *,
    protected: Mapping[str, str],
) -> list[str]:
    """All reasons against the run.

    `ours` maps the key of each active entry to its project, `near` that of each entry to the projects that have its
    `id` or owner, `protected` the keys of protected entries to their places in the file.
    """
    active = [entry for entry in declared if entry.status == "active"]
    missing = [entry for entry in active if ours[entry.key] is None]
    fresh = [entry for entry in missing if not entry.adopt_id]
    reasons = [_not_adoptable(entry) for entry in missing if entry.adopt_id]
    reasons += _not_ours(active, ours)
    reasons += [_not_retirable(e) for e in declared if e.status == "archived" and _is_only_named(e, near[e.key])]
    reasons += _not_renamable(active, ours, listings)
    reasons += _not_creatable(fresh, listings)
    reasons += [_not_one(e, owned) for e in declared if len(owned := owned_by(e, near[e.key])) > 1]
    reasons += [_not_movable(e, protected[e.key]) for e in fresh if e.key in protected and _is_moving(e, listings)]
    return reasons


def _not_adoptable(entry: DeclaredProject) -> str:
    if entry.move_from is not None:
        return (
            f"entry {entry.key!r}: there is no active project {entry.adopt_id} in {entry.region}; a move from "
            f"{entry.move_from} makes a new project, so take `id` out"
        )
    return (
        f"entry {entry.key!r}: there is no active project {entry.adopt_id} in {entry.region}; check `id` and `region`, "
        "and whose credentials are used"
    )


def _not_ours(active: Sequence[DeclaredProject], ours: Mapping[str, RemoteProject | None]) -> list[str]:
    found = [(entry, project) for entry in active if (project := ours[entry.key]) is not None]
    return [
        f"entry {entry.key!r}: project {project.id} belongs to {owner}; let go of it there, or name that owner in "
        "`previous_owner`"
        for entry, project in found
        if (owner := entry.foreign_owner(project.tags)) is not None
    ]


def _is_only_named(entry: DeclaredProject, near: Sequence[RemoteProject]) -> bool:
    """Whether a retired entry names an active project that was never its own."""
    return any(p.id == entry.adopt_id and p.status == "active" and not entry.owns(p.tags) for p in near)


def _not_retirable(entry: DeclaredProject) -> str:
    return (
        f"entry {entry.key!r}: project {entry.adopt_id} is not this entry's yet, so it cannot be archived by it; "
        "adopt it in one change and write `status: archived` in the next"
    )


def _not_renamable(
    active: Sequence[DeclaredProject], ours: Mapping[str, RemoteProject | None], listings: Listings
) -> list[str]:
    """New names that a stranger's project has; one of our own may be about to give its name up."""
    own = {project.id for project in ours.values() if project is not None}
    strangers = {
        (region, project.name): project
        for region, listed in listings.items()
        for project in listed
        if project.status == "active" and project.id not in own
    }
    return [
        str(namesake_error(entry, strangers[entry.region, entry.name]))
        for entry in active
        if (project := ours[entry.key]) is not None
        and project.name != entry.name
        and (entry.region, entry.name) in strangers
    ]


def _not_one(entry: DeclaredProject, owned: Sequence[RemoteProject]) -> str:
    """The engine would keep that under the entry's own key and archive the other, which is wanted by its alias."""
    them = " and ".join(f"{p.name} ({p.id}, tag {p.tags.get(entry.owner_tag_key)})" for p in owned)
    return (
        f"entry {entry.key!r} has {len(owned)} active projects in {entry.region}: {them}; where a key goes to another "
        "entry, take out the entry that had it in one run and rename the other in the next"
    )


def _is_moving(entry: DeclaredProject, listings: Listings) -> bool:
    return entry.move_from is not None and bool(owned_by(entry, listings[entry.move_from]))


def _not_movable(entry: DeclaredProject, place: str) -> str:
    return (
        f"{place}: {entry.key}: is protected, and a move from {entry.move_from} to {entry.region} archives its "
        "project; write `protect: false` in the same change, and take it out again later"
    )


def _not_creatable(fresh: Sequence[DeclaredProject], listings: Listings) -> list[str]:
    reasons = [
        str(namesake_error(entry, project))
        for entry in fresh
        for project in listings[entry.region]
        if project.status == "active" and project.name == entry.name
    ]
    for region, listed in listings.items():
        count = sum(project.status == "active" for project in listed)
        wanted = sum(entry.region == region for entry in fresh)
        if wanted and count + wanted > PROJECTS_PER_ACCOUNT:
            reasons.append(
                f"{region} has {count} projects and {wanted} are to be created, but an account may have "
                f"{PROJECTS_PER_ACCOUNT}; retire some first, or ask AWS for more"
            )
    return reasons
