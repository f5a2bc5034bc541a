"""What a run would do, told by what is in AWS now: values and pure functions.

The program does not know the state, so it goes by ownership tags: an active project that carries one of this
environment is ours, and one whose entry is no longer in the file would be archived.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.errors import RefusedError
from bedrock_projects.model import Environment, Inventory
from bedrock_projects.preflight.objections import Listings, objections
from bedrock_projects.projects.archive_limit import ALLOW_ARCHIVE_VARIABLE, archive_limit
from bedrock_projects.projects.changes import DeclaredProject, in_words, update_from
from bedrock_projects.projects.listing import candidates, owned_by

_EXAMPLES = 3


@dataclass(frozen=True)
class Ownership:
    """The ownership tags of an environment, under present and former names: keys, and beginnings of values."""

    keys: tuple[str, ...]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, inventory: Inventory, environment: Environment) -> "Ownership":
        """Those of one environment of an inventory."""
        names = filter(None, (inventory.name, inventory.previous_name))
        environments = (environment.name, *environment.aliases)
        return cls(
            keys=tuple(filter(None, (inventory.ownership_tag_key, inventory.previous_ownership_tag_key))),
            prefixes=tuple(f"{name}/{each}/" for name in names for each in environments),
        )

    def value(self, tags: Mapping[str, str]) -> str | None:
        """The value of an ownership tag of this environment among the tags, if there is one."""
        found = (tags.get(key, "") for key in self.keys)
        return next((value for value in found if value.startswith(self.prefixes)), None)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What a run would do, told by what is in AWS now; entries by key.

    `renewed` entries had a project that was archived: their new one has a new id. `found` ones have their project
    already, `changed` are those of them and of the adopted that differ. `retired` entries say themselves that their
    project goes. `archived` are projects of ours that no entry wants any more, or that an entry leaves for another
    region.
    """

    new: tuple[str, ...]
    renewed: tuple[str, ...]
    adopted: tuple[str, ...]
    found: tuple[str, ...]
    changed: Mapping[str, str]
    retired: tuple[str, ...]
    archived: tuple[RemoteProject, ...]


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
    reasons = objections(declared, listings, ours, near, protected=protected)
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

    `allowed` is what ALLOW_ARCHIVE_VARIABLE holds.
    """
    count, owned = len(outlook.archived), len(outlook.archived) + len(outlook.found)
    if count <= archive_limit(owned) or allowed == str(count):
        return
    names = "\n".join(f"  {project.name} ({project.id})" for project in outlook.archived)
    raise RefusedError(
        f"this run would archive {count} of {owned} projects, which cannot be undone (or let go of them, where that "
        f"is in force):\n{names}\n"
        f"If that is meant, run once with {ALLOW_ARCHIVE_VARIABLE}={count}{_instead_of(allowed)}; else look for what "
        "took their entries out"
    )


def _instead_of(allowed: str | None) -> str:
    return "" if allowed is None else f" (it is {allowed!r} now)"


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
            f"{len(outlook.renewed)} new in place of archived ones, so with a new id: {', '.join(outlook.renewed)} "
            "(after `pulumi refresh`, where the state still holds one)"
        )
    return f"{where}: " + " · ".join(counts)


def archive_notice(outlook: Outlook) -> str:
    """A warning that names what would be archived, and the way to retire what is protected; empty for nothing."""
    if not outlook.archived:
        return ""
    names = ", ".join(f"{project.name} ({project.id})" for project in outlook.archived)
    return (
        f"to be archived, which cannot be undone: {names}. No entry wants them there any more. What was adopted by "
        "`id` or says `on_remove: release` is let go of instead. Pulumi refuses it for a protected one: to retire "
        "that, keep its entry with `status: archived`, and drop it in a later change"
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
        if project is None:
            continue
        update = update_from(project, entry)
        if not entry.owns(project.tags):  # that an adopted one gets our tag goes without saying
            others = {key: value for key, value in update.add_tags.items() if key != entry.owner_tag_key}
            update = replace(update, add_tags=others)
        if update:
            changed[entry.key] = in_words(update, before=project)
    return changed


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
        and (owner := ownership.value(project.tags)) is not None
        and (region, owner) not in wanted
    )
