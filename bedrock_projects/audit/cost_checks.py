"""Judges Billing's tag keys and the costs for `bedrock-projects audit`: pure functions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal

from bedrock_projects.audit.project_checks import AuditFinding, check_limit
from bedrock_projects.aws.models import RemoteProject, TagStatus
from bedrock_projects.cost_tags.activation import keys_in_use
from bedrock_projects.limits import ACTIVE_COST_ALLOCATION_TAGS
from bedrock_projects.model import Inventory
from bedrock_projects.reports.cost_data import CostTable, row_total
from bedrock_projects.reports.percentages import percent
from bedrock_projects.reports.render.formatting import money
from bedrock_projects.reports.unallocated import CAUSES
from bedrock_projects.reports.usage_types import is_bedrock


@dataclass(frozen=True, kw_only=True)
class Spend:
    """Bedrock costs, in total and without an ownership tag; `currency` is empty if there are none."""

    total: Decimal
    unallocated: Decimal
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
    """The inventory's tag keys that need not be active: unused, with `cost_allocation: false`, or former ones."""
    keys = {*inventory.tag_keys, inventory.previous_ownership_tag_key or inventory.ownership_tag_key}
    return keys - keys_in_use(inventory)


def check_tag_keys(
    in_use: Collection[str],
    statuses: Mapping[str, TagStatus],
    *,
    unneeded: Collection[str],
    carried: Mapping[str, date],
) -> list[AuditFinding]:
    """Compares the keys in use with Billing: pending ones, inactive ones, and active ones that are `unneeded`."""
    pending = sorted(set(in_use) - statuses.keys())
    inactive = sorted(key for key in in_use if statuses.get(key) == "Inactive")
    unused = sorted(key for key in unneeded if statuses.get(key) == "Active")
    since = {key: f"{key} (on a project since {carried[key]})" if key in carried else key for key in pending}
    among = f"{len(set(in_use))} in use"
    active = sum(status == "Active" for status in statuses.values())
    return [
        _of_keys(
            "pending tag keys",
            pending,
            among=among,
            named=since.values(),
            remedy="Billing discovers a key within two days of the first billed request; then `pulumi up` activates it",
        ),
        _of_keys(
            "inactive tag keys",
            inactive,
            among=among,
            named=inactive,
            remedy="run `pulumi up` for the stack with `scope: all` or `scope: billing`",
        ),
        _of_keys(
            "unused tag keys",
            unused,
            among=f"{active} active",
            named=unused,
            remedy="deactivate them in Billing, unless others in the organisation need them",
        ),
        check_limit(
            "tag key limit",
            active,
            ACTIVE_COST_ALLOCATION_TAGS,
            "active in Billing",
            remedy="deactivate unused keys",
        ),
    ]


def bedrock_spend(table: CostTable) -> Spend:
    """Adds up a table of usage by ownership tag and service.

    It counts the services that name Bedrock, those of Marketplace included (`… (Amazon Bedrock Edition)`), and
    everything that carries the tag.
    """
    tagged = unallocated = Decimal()
    for (value, service), row in table.amounts.items():
        if value:
            tagged += row_total(row)
        elif is_bedrock(service):
            unallocated += row_total(row)
    return Spend(total=tagged + unallocated, unallocated=unallocated, currency=table.currency)


def export_spend(table: CostTable) -> Spend:
    """Adds up the same table of an export, which has nothing but Bedrock's usage and what carries the tag."""
    rows = {group: row_total(row) for group, row in table.amounts.items()}
    unallocated = sum((cost for (value, _), cost in rows.items() if not value), Decimal())
    return Spend(total=sum(rows.values(), Decimal()), unallocated=unallocated, currency=table.currency)


def check_spend(spend: Spend, *, span: str, paid: str) -> AuditFinding:
    """The share of unallocated Bedrock costs.

    `span` is the account and dates, `paid` the price of the look-up, or the export that was read.
    """
    check = "unallocated spend"
    if spend.total <= 0:
        return AuditFinding(check, "ok", f"no Bedrock spend {span}; {paid}")
    amounts = f"{spend.currency} {money(spend.unallocated)} of {money(spend.total)}"
    result = f"{percent(spend.unallocated, spend.total)}% ({amounts}) {span}; {paid}"
    if spend.unallocated <= 0:
        return AuditFinding(check, "ok", result)
    causes = ", ".join(CAUSES.values())
    remedy = f"`bedrock-projects costs` splits it by cause: {causes}"
    return AuditFinding(check, "hint", result, remedy)


def _of_keys(check: str, keys: Sequence[str], *, among: str, named: Iterable[str], remedy: str) -> AuditFinding:
    result = f"{len(keys)} of {among}"
    if not keys:
        return AuditFinding(check, "ok", result)
    return AuditFinding(check, "hint", f"{result}: {', '.join(named)}", remedy, tuple(keys))
