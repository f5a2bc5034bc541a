"""Judges projects for `bedrock-projects audit`: pure functions, with findings like those of `doctor`.

`hint` means something to do, `ok` nothing to do. `unknown` means a missing permission, `failed` any other error.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone

from bedrock_projects.aws.endpoints import MANTLE, RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.cost_tags.activation import remedy_for
from bedrock_projects.errors import AccessDeniedError, NotEnabledError, ServiceError
from bedrock_projects.findings import Finding, finding_of_refusal
from bedrock_projects.iam.permissions import PolicyName
from bedrock_projects.limits import NEAR, UNMANAGED_ID
from bedrock_projects.model import Inventory, other_ownership
from bedrock_projects.suggestions import counted

_EXAMPLES = 5
Listings = Mapping[RegionalEndpoint, Sequence[RemoteProject]]
"""The active projects of each endpoint and region, without `default`."""


@dataclass(frozen=True)
class AuditFinding(Finding):
    """A finding with all project ids, tag keys or accounts that it is about, for programs."""

    about: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Owned:
    """The active projects of an account by owner.

    `managed` have an entry in the inventory; `without_entry` have this inventory's ownership tag but no entry; `others`
    have the ownership tag of another inventory; `unmanaged` have no ownership tag.
    """

    managed: tuple[RemoteProject, ...]
    without_entry: tuple[RemoteProject, ...]
    others: tuple[RemoteProject, ...]
    unmanaged: tuple[RemoteProject, ...]


def counted_once(inventory: Inventory, listings: Listings) -> Listings:
    """The same listings, with a project that both endpoints of a region list at one of them: it is one project.

    That is the endpoint of its entry, else the first by name.
    """
    declared = {
        value: entry.endpoint for entry in inventory.projects for value in (entry.owner, *entry.previous_owners)
    }
    declared |= {entry.adopt_id: entry.endpoint for entry in inventory.projects if entry.adopt_id}
    places: defaultdict[tuple[str, str], list[RegionalEndpoint]] = defaultdict(list)
    for where in sorted(listings, key=str):
        for project in listings[where]:
            places[where.region, project.id].append(where)

    def home(project: RemoteProject, region: str) -> RegionalEndpoint:
        said = declared.get(project.id) or declared.get(_owner(inventory, project))
        listed_at = places[region, project.id]
        return next((where for where in listed_at if where.endpoint.name == said), listed_at[0])

    return {
        where: [project for project in projects if home(project, where.region) == where]
        for where, projects in listings.items()
    }


def owned(inventory: Inventory, listings: Listings) -> Owned:
    """Sorts the projects by ownership tag; a project that an entry names by `id` belongs to that entry."""
    values = {value for entry in inventory.projects for value in (entry.owner, *entry.previous_owners)}
    adopted = {entry.adopt_id for entry in inventory.projects if entry.status == "active"}
    names = tuple(f"{name}/" for name in (inventory.name, inventory.previous_name) if name)
    sorted_: defaultdict[str, list[RemoteProject]] = defaultdict(list)
    for project in (project for listed in listings.values() for project in listed):
        value = _owner(inventory, project)
        if value in values or project.id in adopted:
            sorted_["managed"].append(project)
        elif value.startswith(names):
            sorted_["without_entry"].append(project)
        else:
            sorted_["others" if value else "unmanaged"].append(project)
    return Owned(**{kind: tuple(sorted_[kind]) for kind in ("managed", "without_entry", "others", "unmanaged")})


def _owner(inventory: Inventory, project: RemoteProject) -> str:
    """The value of the ownership tag, under its former key or that of another inventory too; empty without one."""
    keys = [key for key in (inventory.ownership_tag_key, inventory.previous_ownership_tag_key) if key]
    _, other = other_ownership(project.tags, keys) or ("", "")
    return next((project.tags[key] for key in keys if project.tags.get(key)), other)


def check_owners(by_owner: Owned, listings: Listings) -> list[AuditFinding]:
    """Which projects have no owner or no entry; `listings` has each project once."""
    count = sum(map(len, vars(by_owner).values()))
    findings = [
        _finding_about(
            "unmanaged projects",
            by_owner.unmanaged,
            among=f"{count:,}",
            remedy=f"adopt them with {_adoption(by_owner.unmanaged, listings)}, or ask who created them",
        ),
        _finding_about(
            "projects without entry",
            by_owner.without_entry,
            among=f"{len(by_owner.managed) + len(by_owner.without_entry):,} with this inventory's ownership tag",
            remedy="restore the entries that you need; `pulumi preview` shows what happens to the other projects",
        ),
    ]
    if by_owner.others:
        result = f"{counted(len(by_owner.others), 'project')} managed by other inventories"
        findings.append(AuditFinding("other inventories", "ok", result, "", _ids(by_owner.others)))
    return findings


def _adoption(unmanaged: Sequence[RemoteProject], listings: Listings) -> str:
    """The commands that adopt the projects: each lists one endpoint, by default that of the environment."""
    command = "bedrock-projects adopt"
    if all(where.endpoint is MANTLE for where in listings):
        return f"`{command}`"
    ids = {project.id for project in unmanaged}
    endpoints = {where.endpoint.name for where, listed in listings.items() if any(one.id in ids for one in listed)}
    return " and ".join(f"`{command} --endpoint {name}`" for name in sorted(endpoints))


def check_use(
    managed: Sequence[RemoteProject], requests: Mapping[str, int], *, since: date, where: str = ""
) -> list[AuditFinding]:
    """Which managed projects had no request since a day; newer projects do not count.

    `where` names the regions, and why the check covers no others.
    """
    first = int(datetime(since.year, since.month, since.day, tzinfo=timezone.utc).timestamp())
    old = [project for project in managed if project.created_at is None or project.created_at < first]
    unused = [project for project in old if not requests.get(project.id)]
    check = "unused projects"
    finding = _finding_about(
        check,
        unused,
        among=f"{len(old):,} without a request since {since}{where}",
        remedy="archive them with `status: archived`, or make sure that their requests name the project's id",
    )
    findings = [finding if old else AuditFinding(check, "ok", f"not checked (no project older than {since}){where}")]
    if requests.get(UNMANAGED_ID):
        result = f"{counted(requests[UNMANAGED_ID], 'request')} since {since} named no project{where}"
        remedy = "send the project's id with each request: `OpenAI-Project`, or `anthropic-workspace-id` for Messages"
        findings.append(AuditFinding("default project", "hint", result, remedy, (UNMANAGED_ID,)))
    return findings


def check_uncounted(inventory: Inventory, listings: Listings) -> list[AuditFinding]:
    """The managed projects whose requests CloudWatch does not count by project: nothing says whether they are used."""
    findings = []
    for where in sorted(listings, key=str):
        managed = owned(inventory, {where: listings[where]}).managed
        if managed:
            result = f"not known for {counted(len(managed), 'project')} in {where}: CloudWatch does not count requests "
            findings.append(AuditFinding("unused projects", "ok", f"{result}by project there", "", _ids(managed)))
    return findings


def check_limits(listings: Listings, once: Listings) -> list[AuditFinding]:
    """How near the account is to each endpoint's limits; AWS does not say whether the project limit is per region.

    An endpoint's project limit is held against all that it lists; `once` has each project at one endpoint.
    """
    findings = []
    for endpoint in sorted({where.endpoint for where in listings}, key=str):
        regions = sorted((where for where in listings if where.endpoint is endpoint), key=str)
        projects = [project for where in regions for project in once[where]]
        full = [project for project in projects if len(project.tags) >= endpoint.tags_per_project * NEAR]
        if endpoint.projects_per_account is not None:
            findings.append(
                check_limit(
                    "project limit",
                    sum(len(listings[where]) for where in regions),
                    endpoint.projects_per_account,
                    f"active projects in {', '.join(map(str, regions))}",
                    remedy="archive unused projects, or request a higher quota",
                )
            )
        findings.append(
            check_limit(
                "tag limit",
                max((len(project.tags) for project in projects), default=0),
                endpoint.tags_per_project,
                f"on the project with the most tags{'' if endpoint is MANTLE else f' ({endpoint})'}",
                remedy="remove tags",
                about=_ids(full),
            )
        )
    return findings


def not_looked_up(
    check: str, error: ServiceError, *, needs: Sequence[str], policy: PolicyName, region: str | None = None
) -> AuditFinding:
    """A failed look-up; for a missing permission it names the actions and the policy that has them."""
    if not isinstance(error, AccessDeniedError) or isinstance(error, NotEnabledError):
        refusal = finding_of_refusal(check, error, region=region)
        return AuditFinding(check, refusal.outcome, refusal.result, refusal.remedy)
    remedy = remedy_for(error) if policy == "billing" else f"grant what `bedrock-projects iam {policy}` prints"
    return AuditFinding(check, "unknown", f"needs {', '.join(needs)}: {error}", remedy)


def _finding_about(check: str, projects: Sequence[RemoteProject], *, among: str, remedy: str) -> AuditFinding:
    """`2 of <among>: <the first few>`; `about` has all of them."""
    result = f"{len(projects):,} of {among}"
    if not projects:
        return AuditFinding(check, "ok", result)
    named = [f"{project.name} ({project.id})" for project in projects[:_EXAMPLES]]
    more = [f"{len(projects) - _EXAMPLES} more"] if len(projects) > _EXAMPLES else []
    return AuditFinding(check, "hint", f"{result}: {', '.join(named + more)}", remedy, _ids(projects))


def check_limit(
    check: str, count: int, limit: int, what: str, *, remedy: str, about: tuple[str, ...] = ()
) -> AuditFinding:
    """How near a count is to a limit of AWS; from 90% on there is something to do."""
    result = f"{count:,} of {limit:,} {what}"
    return (
        AuditFinding(check, "hint", result, remedy, about)
        if count >= limit * NEAR
        else AuditFinding(check, "ok", result)
    )


def _ids(projects: Iterable[RemoteProject]) -> tuple[str, ...]:
    return tuple(project.id for project in projects)
