"""What is looked at before any resource is declared, so at preview already.

One listing for each region in use answers all questions. The program does not know the state, so it goes by ownership
tags: an active project that carries one of this environment is ours, and one whose entry is no longer in the file would
be archived.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from bedrock_projects.aws.identity import caller_account
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.aws.projects import ProjectsClient
from bedrock_projects.changes import DeclaredProject, ProjectUpdate, update_from
from bedrock_projects.errors import RefusedError, SettingsError
from bedrock_projects.limits import PROJECTS_PER_ACCOUNT
from bedrock_projects.listing import RegionListing, candidates, namesake_error, owned_by
from bedrock_projects.model import Environment, Inventory
from bedrock_projects.settings import Settings

ALLOW_ARCHIVE_VARIABLE = "BEDROCK_PROJECTS_ALLOW_ARCHIVE"
"""Set for one run to the exact number of projects that it may archive."""

_FEW = 10
_ARCHIVES_OF_FEW = 3
_SHARE_OF_MANY = 0.3
_EXAMPLES = 3

Listings = Mapping[str, Sequence[RemoteProject]]
"""The projects of each region in use, archived ones among them where the service lists them."""


@dataclass(frozen=True)
class Ownership:
    """The ownership tag of an environment: its key, and what its values begin with."""

    key: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What a run would do, told by what is in AWS now; entries by key.

    `renewed` entries had a project that was archived: their new one has a new id. `found` ones have their project
    already, `changed` are those of them that differ. `retired` entries say themselves that their project goes.
    `archived` are projects of ours that no entry wants any more, or that an entry leaves for another region.
    """

    new: tuple[str, ...]
    renewed: tuple[str, ...]
    adopted: tuple[str, ...]
    found: tuple[str, ...]
    changed: Mapping[str, str]
    retired: tuple[str, ...]
    archived: tuple[RemoteProject, ...]


@dataclass(frozen=True)
class Preflight:
    """What a run of this environment would do; `account` is where the credentials lead."""

    environment: str
    account: str
    regions: tuple[str, ...]
    outlook: Outlook

    @property
    def summary(self) -> str:
        """One line for the terminal."""
        where = (self.environment, self.account, ", ".join(self.regions))
        return summary(self.outlook, where=" · ".join(filter(None, where)))

    @property
    def warning(self) -> str:
        """What would be archived; may be empty."""
        return archive_notice(self.outlook)

    def as_json(self) -> dict[str, Any]:
        """The same for a program: lists of keys, `changed` by key, `archived` as id and name."""
        archived = [{"id": project.id, "name": project.name} for project in self.outlook.archived]
        where = {"environment": self.environment, "account": self.account, "regions": self.regions}
        return where | vars(self.outlook) | {"archived": archived}


def preflight(
    settings: Settings, inventory: Inventory, environment: Environment, declared: Sequence[DeclaredProject]
) -> Preflight:
    """Looks at the account and at every region in use.

    Raises SettingsError, RefusedError or ServiceError, and nothing has been declared then.
    """
    own_region = environment.region or settings.region
    regions = {entry.region for entry in declared} | {entry.move_from for entry in declared if entry.move_from}
    regions |= {own_region} if own_region else set()
    clients = {region: ProjectsClient(settings.credentials, region=region) for region in sorted(regions)}
    account = ""
    for client in clients.values():
        account = account or _check_account(settings, environment, client)
    listings = {region: RegionListing(client, include_archived=True).projects() for region, client in clients.items()}
    ownership = Ownership(key=inventory.ownership_tag_key, prefix=f"{inventory.name}/{environment.name}/")
    protected = {e.key: e.location for e in inventory.in_environment(environment.name) if e.protect}
    found = outlook(declared, listings, ownership, protected=protected)
    refuse_unannounced_archives(found, allowed=os.environ.get(ALLOW_ARCHIVE_VARIABLE))
    return Preflight(environment.name, account, tuple(clients), found)


def _check_account(settings: Settings, environment: Environment, client: ProjectsClient) -> str:
    account = caller_account(settings.credentials, client)
    if environment.account not in (None, account):
        raise SettingsError(
            f"environment {environment.name!r} is account {environment.account}, but the credentials in use "
            f"({settings.credentials}) are for account {account}; nothing was changed"
        )
    return account


def outlook(
    declared: Sequence[DeclaredProject],
    listings: Listings,
    ownership: Ownership,
    *,
    protected: Mapping[str, str] = MappingProxyType({}),
) -> Outlook:
    """Sorts the entries and our projects; `protected` maps the keys of protected entries to their places in the file.

    Raises RefusedError, all reasons in one: a name taken by a project that is not ours, an `id` that is not there, an
    entry with two projects, more projects than an account may have.
    """
    active = [entry for entry in declared if entry.status == "active"]
    near = candidates(declared, listings)
    ours = {entry.key: _project_of(entry, near[entry.key]) for entry in active}
    missing = [entry for entry in active if ours[entry.key] is None]
    fresh = [entry for entry in missing if not entry.adopt_id]
    reasons = [_not_adoptable(entry) for entry in missing if entry.adopt_id]
    reasons += _not_creatable(fresh, listings)
    reasons += [_not_one(e, owned) for e in declared if len(owned := owned_by(e, near[e.key])) > 1]
    reasons += [_not_movable(e, protected[e.key]) for e in fresh if e.key in protected and _is_moving(e, listings)]
    if reasons:
        raise RefusedError("\n".join(reasons))
    return Outlook(
        new=tuple(entry.key for entry in fresh if not owned_by(entry, near[entry.key], status="archived")),
        renewed=tuple(entry.key for entry in fresh if owned_by(entry, near[entry.key], status="archived")),
        adopted=tuple(entry.key for entry in active if entry.adopt_id and not _is_ours(entry, ours[entry.key])),
        found=tuple(entry.key for entry in active if _is_ours(entry, ours[entry.key])),
        changed=_changed(active, ours),
        retired=tuple(e.key for e in declared if e.status != "active" and owned_by(e, near[e.key])),
        archived=_unwanted(declared, listings, ownership),
    )


def refuse_unannounced_archives(outlook: Outlook, *, allowed: str | None) -> None:
    """Raises RefusedError where a run would archive many projects and was not told their number.

    Below 10 projects of ours at most 3 at once, else at most 30 %; `allowed` is what ALLOW_ARCHIVE_VARIABLE holds.
    """
    count, owned = len(outlook.archived), len(outlook.archived) + len(outlook.found)
    most = _ARCHIVES_OF_FEW if owned < _FEW else int(owned * _SHARE_OF_MANY)
    if count <= most or allowed == str(count):
        return
    names = "\n".join(f"  {project.name} ({project.id})" for project in outlook.archived)
    raise RefusedError(
        f"this run would archive {count} of {owned} projects, which cannot be undone:\n{names}\n"
        f"If that is meant, run once with {ALLOW_ARCHIVE_VARIABLE}={count}; else look for what took their entries out"
    )


def summary(outlook: Outlook, *, where: str) -> str:
    """One line that tells apart what Pulumi's preview cannot; `where` names environment, account and region."""
    counts = [
        f"{len(outlook.new)} new",
        f"{len(outlook.adopted)} adopted",
        f"{len(outlook.found)} in place",
        f"{len(outlook.archived)} to archive",
    ]
    if outlook.retired:
        counts.append(f"{len(outlook.retired)} to retire ({', '.join(outlook.retired)})")
    if outlook.changed:
        examples = [f"{key}: {text}" for key, text in list(outlook.changed.items())[:_EXAMPLES]]
        more = ["…"] if len(outlook.changed) > _EXAMPLES else []
        counts.append(f"{len(outlook.changed)} to change ({'; '.join(examples + more)})")
    if outlook.renewed:
        counts.append(
            f"{len(outlook.renewed)} new in place of archived ones, so with a new id: {', '.join(outlook.renewed)}"
        )
    return f"{where}: " + " · ".join(counts)


def archive_notice(outlook: Outlook) -> str:
    """A warning that names what would be archived, and the way to retire what is protected; empty for nothing."""
    if not outlook.archived:
        return ""
    names = ", ".join(f"{project.name} ({project.id})" for project in outlook.archived)
    return (
        f"to be archived, which cannot be undone: {names}. No entry wants them there any more. Pulumi refuses it for a "
        "protected one: to retire that, keep its entry with `status: archived`, and drop it in a later change"
    )


def _project_of(entry: DeclaredProject, listed: Sequence[RemoteProject]) -> RemoteProject | None:
    by_id = [p for p in listed if p.id == entry.adopt_id and p.status == "active"]
    return next(iter(by_id or owned_by(entry, listed)), None)


def _is_ours(entry: DeclaredProject, project: RemoteProject | None) -> bool:
    return project is not None and entry.owns(project.tags)


def _changed(active: Sequence[DeclaredProject], ours: Mapping[str, RemoteProject | None]) -> dict[str, str]:
    changed = {}
    for entry in active:
        project = ours[entry.key]
        if project is not None and entry.owns(project.tags):
            update = update_from(project, entry)
            if update:
                changed[entry.key] = _in_words(project, update)
    return changed


def _in_words(project: RemoteProject, update: ProjectUpdate) -> str:
    """The update as old → new of each field, tags by their key."""
    words = [f"name {project.name} → {update.name}"] if update.name else []
    words += [f"{key} {project.tags.get(key, '(none)')} → {value}" for key, value in sorted(update.add_tags.items())]
    words += [f"{key} {project.tags[key]} → (none)" for key in update.remove_tag_keys]
    words += [f"retention {project.data_retention} → {update.data_retention}"] if update.data_retention else []
    return ", ".join(words)


def _unwanted(
    declared: Sequence[DeclaredProject], listings: Listings, ownership: Ownership
) -> tuple[RemoteProject, ...]:
    """Active projects with an ownership tag of this environment that no entry has in that region."""
    wanted = {(entry.region, value) for entry in declared for value in (entry.owner, *entry.previous_owners)}
    return tuple(
        project
        for region, listed in sorted(listings.items())
        for project in listed
        if project.status == "active"
        and (owner := project.tags.get(ownership.key, "")).startswith(ownership.prefix)
        and (region, owner) not in wanted
    )


def _not_adoptable(entry: DeclaredProject) -> str:
    return (
        f"entry {entry.key!r}: there is no active project {entry.adopt_id} in {entry.region}; check `id` and `region`, "
        "and whose credentials are used"
    )


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
