"""What `bedrock-projects audit` makes of what it found: pure judgements, written down as those of `doctor` are.

`hint` is something to do; `ok` is not; `unknown` could not be looked at for lack of a permission; `failed` is any other
answer that was none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone

from bedrock_projects.aws.endpoints import RegionalEndpoint
from bedrock_projects.aws.models import RemoteProject
from bedrock_projects.cost_tags.activation import remedy_for
from bedrock_projects.errors import AccessDeniedError, NotEnabledError, ServiceError
from bedrock_projects.findings import Finding, finding_of_refusal
from bedrock_projects.iam.permissions import PolicyName
from bedrock_projects.limits import NEAR, UNMANAGED_ID
from bedrock_projects.model import Inventory

_EXAMPLES = 5
Listings = Mapping[RegionalEndpoint, Sequence[RemoteProject]]
"""The active projects of each endpoint and region, without `default`."""


@dataclass(frozen=True)
class AuditFinding(Finding):
    """A finding with the project ids, tag keys or accounts that it is about, all of them, for a program."""

    about: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Owned:
    """The active projects of an account by whose they are.

    `ours` have an entry in the inventory, `left_over` name this inventory and an entry that it does not have, `others`
    carry the ownership tag of another inventory, `outside` carry none.
    """

    ours: tuple[RemoteProject, ...]
    left_over: tuple[RemoteProject, ...]
    others: tuple[RemoteProject, ...]
    outside: tuple[RemoteProject, ...]


def owned(inventory: Inventory, listings: Listings) -> Owned:
    """Sorts the projects by their ownership tag; one that an entry names by `id` is that entry's."""
    values = {value for entry in inventory.projects for value in (entry.owner, *entry.previous_owners)}
    adopted = {entry.adopt_id for entry in inventory.projects if entry.status == "active"}
    keys = [key for key in (inventory.ownership_tag_key, inventory.previous_ownership_tag_key) if key]
    names = tuple(f"{name}/" for name in (inventory.name, inventory.previous_name) if name)
    sorted_: defaultdict[str, list[RemoteProject]] = defaultdict(list)
    for project in (project for listed in listings.values() for project in listed):
        value = next((project.tags[key] for key in keys if project.tags.get(key)), "")
        if value in values or project.id in adopted:
            sorted_["ours"].append(project)
        elif value.startswith(names):
            sorted_["left_over"].append(project)
        else:
            sorted_["others" if value else "outside"].append(project)
    return Owned(**{kind: tuple(sorted_[kind]) for kind in ("ours", "left_over", "others", "outside")})


def check_owners(by_owner: Owned) -> list[AuditFinding]:
    """Which projects no entry has."""
    count = sum(map(len, vars(by_owner).values()))
    findings = [
        _finding_about(
            "outside the inventory",
            by_owner.outside,
            none=f"none of {counted(count, 'active project')} is without an owner",
            some="without an ownership tag",
            remedy="make entries of them with `bedrock-projects adopt`, or ask who made them",
        ),
        _finding_about(
            "without an entry",
            by_owner.left_over,
            none=f"all {len(by_owner.ours)} that carry our ownership tag have one",
            some="with our ownership tag, whose entry is gone",
            remedy="put the entries of those that are needed back; `pulumi preview` says what becomes of the others",
        ),
    ]
    if by_owner.others:
        result = f"{counted(len(by_owner.others), 'project')} of other inventories, left to them"
        findings.append(AuditFinding("other inventories", "ok", result, "", _ids(by_owner.others)))
    return findings


def check_use(
    ours: Sequence[RemoteProject], requests: Mapping[str, int], *, since: date, where: str = ""
) -> list[AuditFinding]:
    """Which of our projects had no request since a day; those made later are left out, there is nothing to say yet.

    `where` says of which regions that is, and why of no others.
    """
    first = int(datetime(since.year, since.month, since.day, tzinfo=timezone.utc).timestamp())
    old = [project for project in ours if project.created_at is None or project.created_at < first]
    unused = [project for project in old if not requests.get(project.id)]
    findings = [
        _finding_about(
            "without use",
            unused,
            none=_all_in_use(len(old), since) + where,
            some=f"without a request since {since}{where}",
            remedy="retire them with `status: archived`, or see that the requests meant for them name their id",
        )
    ]
    if requests.get(UNMANAGED_ID):
        result = f"{counted(requests[UNMANAGED_ID], 'request')} since {since} named no project{where}"
        remedy = "send the project's id with each request: `OpenAI-Project`, for Messages `anthropic-workspace-id`"
        findings.append(AuditFinding("default project", "hint", result, remedy, (UNMANAGED_ID,)))
    return findings


def _all_in_use(count: int, since: date) -> str:
    if not count:
        return f"no project of ours is older than {since}"
    return f"{'the' if count == 1 else 'all'} {counted(count, 'project')} older than {since} had requests since then"


def check_limits(listings: Listings) -> list[AuditFinding]:
    """How near the account is to each endpoint's limits; whether that of projects is per region, AWS does not say."""
    findings = []
    for endpoint in sorted({where.endpoint for where in listings}, key=lambda endpoint: endpoint.name):
        regions = [where for where in listings if where.endpoint is endpoint]
        projects = [project for where in regions for project in listings[where]]
        full = [project for project in projects if len(project.tags) >= endpoint.tags_per_project * NEAR]
        findings += [
            check_limit(
                "limit of projects",
                len(projects),
                endpoint.projects_per_account,
                f"active projects in {', '.join(sorted(map(str, regions)))}",
                remedy="retire unused ones, or ask AWS for more",
            ),
            check_limit(
                "limit of tags",
                max((len(project.tags) for project in projects), default=0),
                endpoint.tags_per_project,
                "on the project that has most",
                remedy="take tags off, or leave those of other tools out",
                about=_ids(full),
            ),
        ]
    return findings


def not_looked_up(
    check: str, error: ServiceError, *, needs: Sequence[str], policy: PolicyName, region: str | None = None
) -> AuditFinding:
    """A look-up that came to nothing; where a permission is missing, the actions that it takes and their policy."""
    if not isinstance(error, AccessDeniedError) or isinstance(error, NotEnabledError):
        refusal = finding_of_refusal(check, error, region=region)
        return AuditFinding(check, refusal.outcome, refusal.result, refusal.remedy)
    remedy = remedy_for(error) if policy == "billing" else f"grant what `bedrock-projects iam {policy}` prints"
    return AuditFinding(check, "unknown", f"needs {', '.join(needs)}: {error}", remedy)


def _finding_about(check: str, projects: Sequence[RemoteProject], *, none: str, some: str, remedy: str) -> AuditFinding:
    if not projects:
        return AuditFinding(check, "ok", none)
    named = [f"{project.name} ({project.id})" for project in projects[:_EXAMPLES]]
    more = [f"{len(projects) - _EXAMPLES} more"] if len(projects) > _EXAMPLES else []
    result = f"{counted(len(projects), 'project')} {some}: {', '.join(named + more)}"
    return AuditFinding(check, "hint", result, remedy, _ids(projects))


def check_limit(
    check: str, count: int, limit: int, what: str, *, remedy: str, about: tuple[str, ...] = ()
) -> AuditFinding:
    """How near a count is to a limit of AWS: from nine tenths on it is something to do."""
    result = f"{count:,} of {limit:,} {what}"
    return (
        AuditFinding(check, "hint", result, remedy, about)
        if count >= limit * NEAR
        else AuditFinding(check, "ok", result)
    )


def _ids(projects: Iterable[RemoteProject]) -> tuple[str, ...]:
    return tuple(project.id for project in projects)


def counted(count: int, what: str) -> str:
    """`1 project`, `1,200 projects`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
