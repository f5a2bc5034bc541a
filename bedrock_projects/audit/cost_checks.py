"""Judges Billing's tag keys and the costs for `bedrock-projects audit`, from values that were read before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal

from bedrock_projects.audit.project_checks import AuditFinding, check_limit, counted
from bedrock_projects.aws.models import RemoteProject, TagStatus
from bedrock_projects.cost_tags.activation import keys_in_use
from bedrock_projects.limits import ACTIVE_COST_ALLOCATION_TAGS
from bedrock_projects.model import Inventory
from bedrock_projects.reports.answers import CostTable
from bedrock_projects.reports.query import SERVICE_SEARCH
from bedrock_projects.reports.unallocated import CAUSES


@dataclass(frozen=True, kw_only=True)
class Spend:
    """Costs of Bedrock, and those of them without an ownership tag; `currency` is empty if there were none."""

    total: Decimal
    unattributed: Decimal
    currency: str


def carried_since(projects: Iterable[RemoteProject]) -> dict[str, date]:
    """For each tag key, the day on which the oldest project that carries it was created."""
    first_days: dict[str, date] = {}
    for project in projects:
        if project.created_at is not None:
            day = datetime.fromtimestamp(project.created_at, timezone.utc).date()
            first_days |= {key: min(day, first_days.get(key, day)) for key in project.tags}
    return first_days


def unneeded_keys(inventory: Inventory) -> set[str]:
    """The inventory's tag keys that need not be active: on no project, `cost_allocation: false`, or a former one."""
    keys = {*inventory.tag_keys, inventory.previous_ownership_tag_key or inventory.ownership_tag_key}
    return keys - keys_in_use(inventory)


def check_tag_keys(
    in_use: Collection[str],
    statuses: Mapping[str, TagStatus],
    *,
    unneeded: Collection[str],
    carried: Mapping[str, date],
) -> list[AuditFinding]:
    """The keys in use against Billing: unknown to it, inactive, and `unneeded` ones that are active."""
    pending = sorted(set(in_use) - statuses.keys())
    inactive = sorted(key for key in in_use if statuses.get(key) == "Inactive")
    unused = sorted(key for key in unneeded if statuses.get(key) == "Active")
    since = {key: f"{key} (on a project since {carried[key]})" if key in carried else key for key in pending}
    active = sum(status == "Active" for status in statuses.values())
    return [
        _of_keys(
            "pending tag keys",
            pending,
            none=f"Billing knows all {counted(len(set(in_use)), 'key')} in use",
            some=f"not known to Billing: {', '.join(since.values())}",
            remedy="it discovers a key within two days of the first billed request; the next `pulumi up` activates it",
        ),
        _of_keys(
            "inactive tag keys",
            inactive,
            none="none of those in use",
            some=f"known to Billing, in use and not active: {', '.join(inactive)}",
            remedy="run `pulumi up` of the stack that has `scope: all` or `billing`",
        ),
        _of_keys(
            "unused tag keys",
            unused,
            none="no other key of the inventory is active",
            some=f"active in Billing though no project needs them there: {', '.join(unused)}",
            remedy="they are the whole organisation's: deactivate them in Billing if nobody else needs them",
        ),
        check_limit(
            "limit of tag keys",
            active,
            ACTIVE_COST_ALLOCATION_TAGS,
            "active in Billing",
            remedy="deactivate unused ones",
        ),
    ]


def bedrock_spend(table: CostTable) -> Spend:
    """Adds up a table by ownership tag and service.

    It counts the services that name Bedrock, those of Marketplace included (`… (Amazon Bedrock Edition)`), and
    everything that carries the tag.
    """
    tagged = unattributed = Decimal()
    for (value, service), row in table.amounts.items():
        if value:
            tagged += sum(row, Decimal())
        elif SERVICE_SEARCH in service:
            unattributed += sum(row, Decimal())
    return Spend(total=tagged + unattributed, unattributed=unattributed, currency=table.currency)


def check_spend(spend: Spend, *, span: str, paid: str) -> AuditFinding:
    """The share of Bedrock's costs without a project; `span` says where and when, `paid` what the look-up cost."""
    check = "spend without project"
    if spend.total <= 0:
        return AuditFinding(check, "ok", f"no spend on Bedrock {span}; {paid}")
    share = spend.unattributed / spend.total * 100
    result = f"{share:.1f} % ({spend.unattributed:,.2f} of {spend.total:,.2f} {spend.currency}) {span}; {paid}"
    if spend.unattributed <= 0:
        return AuditFinding(check, "ok", result)
    causes = ", ".join(CAUSES.values())
    remedy = f"`bedrock-projects costs` splits it: {causes}; a key counts only from its activation on"
    return AuditFinding(check, "hint", result, remedy)


def _of_keys(check: str, keys: Sequence[str], *, none: str, some: str, remedy: str) -> AuditFinding:
    return AuditFinding(check, "hint", some, remedy, tuple(keys)) if keys else AuditFinding(check, "ok", none)
