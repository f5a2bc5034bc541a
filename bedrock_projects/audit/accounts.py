"""Judges the accounts of an organisation for `bedrock-projects accounts`: pure functions.

Outcomes are those of `project_checks`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bedrock_projects.audit.project_checks import AuditFinding, Listings, counted_once, not_looked_up, owned
from bedrock_projects.aws.endpoints import Endpoint, RegionalEndpoint
from bedrock_projects.aws.models import OrganizationAccount, RemoteProject
from bedrock_projects.errors import ServiceError
from bedrock_projects.findings import Finding
from bedrock_projects.limits import ACCOUNT_PLACEHOLDER
from bedrock_projects.model import Inventory
from bedrock_projects.stacks.access import role_of
from bedrock_projects.suggestions import counted

_EXAMPLES = 5
_NEEDS = ("the role in each account, with what lists projects",)


@dataclass(frozen=True)
class Look:
    """What was seen in one account: active projects without `default`, or why they could not be listed."""

    account: OrganizationAccount
    listings: Listings = field(default_factory=dict)
    refusal: ServiceError | None = None


def places_of(inventory: Inventory, regions: Sequence[str] = ()) -> tuple[RegionalEndpoint, ...]:
    """Where projects are looked for: the endpoints and regions that any environment uses, sorted.

    `regions` are instead of the regions; each endpoint is then looked at in all of them.
    """
    used = {where for name in inventory.environments for where in inventory.endpoints(name, default=None)}
    if regions:
        endpoints: set[Endpoint] = {where.endpoint for where in used}
        used = {RegionalEndpoint(region, endpoint) for region in regions for endpoint in endpoints}
    return tuple(sorted(used, key=str))


def role_pattern(inventory: Inventory) -> str | None:
    """The role that only reads, with `{account}`, if it is the same in all accounts that name one; else None."""
    patterns = set()
    for environment in inventory.environments.values():
        role = role_of(environment, reads_only=True)
        if role and environment.account:
            patterns.add(role.replace(f"::{environment.account}:", f"::{ACCOUNT_PLACEHOLDER}:"))
    return next(iter(patterns)) if len(patterns) == 1 else None


def unlisted(accounts: Iterable[OrganizationAccount], inventory: Inventory) -> list[OrganizationAccount]:
    """The active accounts that neither an environment nor `billing` names."""
    known = {environment.account for environment in inventory.environments.values()}
    known.add(inventory.billing.account if inventory.billing else None)
    return [account for account in accounts if account.is_active and account.id not in known]


def check_accounts(accounts: Sequence[OrganizationAccount], inventory: Inventory) -> list[Finding]:
    """Which accounts have no environment, and which environments have no account of the organisation."""
    active = {account.id for account in accounts if account.is_active}
    without = unlisted(accounts, inventory)
    result = f"{len(without):,} of {len(active):,} active ones"
    remedy = "give each account that uses Bedrock an environment in the inventory"
    findings: list[Finding] = [
        AuditFinding(
            "accounts without environment",
            "hint" if without else "ok",
            f"{result}: {_some(map(_named, without), len(without))}" if without else result,
            remedy if without else "",
            tuple(account.id for account in without),
        )
    ]
    declared = [(name, environment.account) for name, environment in inventory.environments.items()]
    unknown = [name for name, account in declared if account is None]
    strangers = [(name, account) for name, account in declared if account and account not in active]
    if strangers:
        named = _some((f"{name} ({account})" for name, account in strangers), len(strangers))
        findings.append(
            AuditFinding(
                "environments elsewhere",
                "hint",
                f"{len(strangers):,} of {len(declared):,} in no active account of the organisation: {named}",
                "correct `account`; for a closed account, release the entries and then remove the environment",
                tuple(account for _, account in strangers),
            )
        )
    if unknown:
        findings.append(
            AuditFinding(
                "environments without account",
                "hint",
                f"{len(unknown):,} of {len(declared):,}: {_some(unknown, len(unknown))}",
                "add `account`, so that a run with credentials of another account is refused",
                tuple(unknown),
            )
        )
    return findings


def check_looks(looks: Sequence[Look], inventory: Inventory) -> list[Finding]:
    """Projects in accounts without an environment, and the accounts that could not be looked at.

    One line for each account with projects, one for all without, one for all that refused.
    """
    findings: list[Finding] = []
    empty = 0
    for look in looks:
        projects = [project for listed in counted_once(inventory, look.listings).values() for project in listed]
        if projects:
            findings.append(_finding_of(look, projects, inventory))
        empty += not projects and look.refusal is None
    refused = [(look.account, look.refusal) for look in looks if look.refusal is not None]
    seen = len(looks) - len(refused)
    if seen:
        findings.append(AuditFinding("accounts without projects", "ok", f"{empty:,} of {seen:,} that were looked at"))
    return findings + ([_finding_of_refusals(refused)] if refused else [])


def not_looked_at(accounts: Sequence[OrganizationAccount]) -> Finding:
    """The finding if no role is known for accounts without an environment."""
    result = f"{counted(len(accounts), 'account')} not looked at: no role is known for accounts without an environment"
    remedy = (
        "give `--role-arn 'arn:aws:iam::{account}:role/<name>'`, or the same `preview_role_arn` to all environments"
    )
    return AuditFinding("projects elsewhere", "unknown", result, remedy, tuple(account.id for account in accounts))


def _finding_of(look: Look, projects: Sequence[RemoteProject], inventory: Inventory) -> AuditFinding:
    by_owner = owned(inventory, look.listings)
    named = [project for project in (*by_owner.unmanaged, *by_owner.without_entry) if project in projects]
    counts: Mapping[str, int] = {
        "unmanaged": len({project.id for project in by_owner.unmanaged}),
        "of this inventory": len({project.id for project in (*by_owner.without_entry, *by_owner.managed)}),
        "managed by other inventories": len({project.id for project in by_owner.others}),
    }
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    where = ", ".join(sorted(str(place) for place, listed in look.listings.items() if listed))
    result = f"{counted(len(projects), 'project')} in {where}: {kinds}"
    if not counts["unmanaged"] and not counts["of this inventory"]:
        return AuditFinding(f"account {look.account.id}", "ok", f"{look.account.name}: {result}".removeprefix(": "))
    examples = _some((f"{project.name} ({project.id})" for project in named), len(named))
    return AuditFinding(
        f"account {look.account.id}",
        "hint",
        f"{look.account.name}: {result}: {examples}".removeprefix(": "),
        "give the account an environment and `adopt` them, or ask who created them",
        tuple(project.id for project in named),
    )


def _finding_of_refusals(refused: Sequence[tuple[OrganizationAccount, ServiceError]]) -> AuditFinding:
    """One line for all accounts that refused, with the first reason; each of them is in `about`."""
    _, first = refused[0]
    finding = not_looked_up("projects elsewhere", first, needs=_NEEDS, policy="review")
    accounts = _some((_named(account) for account, _ in refused), len(refused))
    result = f"{counted(len(refused), 'account')} not looked at: {accounts}; the first {finding.result}"
    return AuditFinding(
        finding.check, finding.outcome, result, finding.remedy, tuple(account.id for account, _ in refused)
    )


def _named(account: OrganizationAccount) -> str:
    return f"{account.id} ({account.name})" if account.name else account.id


def _some(names: Iterable[str], count: int) -> str:
    shown = [name for name, _ in zip(names, range(_EXAMPLES), strict=False)]
    return ", ".join(shown) + (f" and {count - _EXAMPLES:,} more" if count > _EXAMPLES else "")
