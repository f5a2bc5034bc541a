"""Explains in sentences why a report shows nothing or lacks data, because 0.00 alone would mislead.

Cost Explorer answers a query for a tag key that is inactive, unknown or written in another case without any error:
then all spend has no value.
"""

from collections.abc import Collection, Mapping, Sequence

from bedrock_projects.aws.models import TagStatus
from bedrock_projects.errors import AccessDeniedError, NoDataError, ServiceError
from bedrock_projects.model import Inventory
from bedrock_projects.reports.cost_data import ACCOUNT, CHARGE_TYPE, PROJECT, CostData
from bedrock_projects.reports.model import Period, Reconciliation
from bedrock_projects.reports.query import column_of
from bedrock_projects.reports.request import ReportRequest, describe_filters

_INSTEAD_OF_MODELS = "models are read from service names and usage types"

Statuses = Mapping[str, TagStatus]


def missing_data_notes(
    request: ReportRequest,
    data: CostData,
    inventory: Inventory,
    *,
    periods: Sequence[Period],
    reconciliation: Reconciliation | None,
    unknown_types: Sequence[str],
) -> tuple[str, ...]:
    """All sentences about what the report lacks."""
    has_spend = any(not table.is_empty for table in data.tables.values())
    return (
        *_no_spend_notes(request, periods, has_spend=has_spend),
        *data.notes,
        *_tag_key_notes(request, data, inventory, has_spend=has_spend),
        *_missing_account_notes(request, data, inventory),
        *(f"{_INSTEAD_OF_MODELS}: {reason}" for reason in dict.fromkeys(data.missing.values())),
        *_renamed_notes(request, data, inventory),
        *_unknown_type_notes(unknown_types),
        *_reconciliation_notes(request, reconciliation),
        *_forecast_notes(data),
    )


def _no_spend_notes(request: ReportRequest, periods: Sequence[Period], *, has_spend: bool) -> list[str]:
    """Sentences on periods without data, and if nothing was spent at all."""
    without = [_named(period, request) for period in periods if not period.has_data]
    notes = []
    if without:
        notes.append(f"no data for {', '.join(without)}: amounts there are unknown, not 0")
    if not has_spend:
        with_tags = f" with {describe_filters(request.filters)}" if request.filters else ""
        notes.append(f"no Bedrock spend{with_tags} from {request.dates.start} to {request.dates.end}")
    return notes


def explain_tag_key(key: str, statuses: Statuses, inventory_keys: Collection[str]) -> str:
    """Why no spend has a value of the key, from what Billing says about its keys."""
    is_ours = key in inventory_keys
    activation = "`pulumi up` activates it" if is_ours else "activate it in Billing (it is not in the inventory)"
    if statuses.get(key) == "Active":
        return (
            f"tag key {key} is active, but no spend in this period carries it. A key applies from its activation, and "
            "appears up to 24 hours later; `bedrock-projects backfill` applies it to earlier months"
        )
    if key in statuses:
        return (
            f"tag key {key} is inactive in Billing, so reports cannot use it; {activation}. Reports show it from the "
            "next day"
        )
    other = _in_other_case(key, statuses)
    if other:
        return f"Billing has no tag key {key}, but {other} ({statuses[other]}); keys are case-sensitive: use {other}"
    return (
        f"tag key {key} is pending: Billing does not know it yet. Billing discovers a key within two days of the "
        f"first billed request of a project that carries it; then {activation}"
    )


def explain_failed_lookup(key: str, inventory_keys: Collection[str], error: ServiceError) -> str:
    """The note on a key if Billing does not show its keys, or does not answer."""
    reason = error.message
    if isinstance(error, AccessDeniedError):
        reason += "; `bedrock-projects iam costs` prints the permissions of a report"
    if "linked account" in error.message.lower():
        reason = "only the management account sees tag keys; use --profile or --role-arn to sign in there"
    other = _in_other_case(key, inventory_keys)
    hint = f"; the inventory has {other}, and keys are case-sensitive" if other else ""
    return f"the status of tag key {key} in Billing is unknown: {reason}{hint}"


def _named(period: Period, request: ReportRequest) -> str:
    return f"{period.start}" if request.granularity == "day" else f"{period.start:%b %Y}"


def _tag_key_notes(request: ReportRequest, data: CostData, inventory: Inventory, *, has_spend: bool) -> tuple[str, ...]:
    """A note for each key that was looked up, unless it is active and some spend carries it.

    The causes of unallocated spend then say since when it counts.
    """
    inventory_keys = {*inventory.tag_keys, inventory.ownership_tag_key}
    answer = data.tag_keys
    if answer.error is not None:
        return tuple(explain_failed_lookup(key, inventory_keys, answer.error) for key in answer.keys)
    return tuple(
        explain_tag_key(key, answer.statuses, inventory_keys)
        for key in answer.keys
        if answer.statuses.get(key) != "Active" or not has_spend or _is_carried_by_nothing(key, request, data)
    )


def _is_carried_by_nothing(key: str, request: ReportRequest, data: CostData) -> bool:
    """Whether the report is by the key and no spend has a value of it, though no filter asks for that."""
    if key != request.grouping.tag_key or any("" in tag_filter.values for tag_filter in request.filters):
        return False
    own = column_of(request.grouping)
    table = data.find((own, CHARGE_TYPE)) or data.table((own, PROJECT))
    return not any(value for (value, _), row in table.amounts.items() if any(row))


def _missing_account_notes(request: ReportRequest, data: CostData, inventory: Inventory) -> tuple[str, ...]:
    """A note on the environments without spend in the report; empty if a filter may be the cause."""
    if request.filters:
        return ()
    seen = {account for account, _ in data.table((ACCOUNT, PROJECT)).amounts}
    missing: dict[str, list[str]] = {}
    for environment in inventory.environments.values():
        is_covered = not request.accounts or environment.account in request.accounts
        if environment.account and environment.account not in seen and is_covered:
            missing.setdefault(environment.account, []).append(environment.name)
    if not missing:
        return ()
    accounts = ", ".join(f"{account} ({', '.join(names)})" for account, names in missing.items())
    note = (
        f"no spend of account {accounts} in this report: none in this period, or not visible to these credentials "
        "(only the management account sees every account)"
    )
    return (note,)


def _renamed_notes(request: ReportRequest, data: CostData, inventory: Inventory) -> list[str]:
    """A note for each former value of a tag that is still billed in a period after its rename."""
    tag_key = inventory.tag_keys.get(request.grouping.tag_key) if request.grouping.kind == "tag" else None
    table = data.find((PROJECT, column_of(request.grouping))) if tag_key else None
    if tag_key is None or table is None:
        return []
    notes = []
    for rename in tag_key.renamed:
        late = [index for index, dates in enumerate(table.periods) if dates.start >= rename.since]
        rows = [row for (_, value), row in table.amounts.items() if value == rename.former]
        if any(row[index] for row in rows for index in late):
            notes.append(
                f"{tag_key.key} = {rename.former} is still billed after {rename.since}, when it was renamed to "
                f"{rename.current}: correct the tag of its projects"
            )
    return notes


def _unknown_type_notes(unknown_types: Sequence[str]) -> list[str]:
    if not unknown_types:
        return []
    return [
        f"AWS has charge types that this version does not know, counted as other charges: {', '.join(unknown_types)}"
    ]


def _reconciliation_notes(request: ReportRequest, reconciliation: Reconciliation | None) -> list[str]:
    if reconciliation is None or not reconciliation.difference:
        return []
    if request.grouping.kind == "model":
        counted, billed = f"{reconciliation.reported:f}", f"{reconciliation.bedrock:f}"
        return [f"by model, AWS counts {counted} as Bedrock, but bills {billed} for the services of Bedrock"]
    difference = f"{reconciliation.difference:f}"
    reason = "AWS changed its data between two requests; run again"
    return [f"the lines differ from Bedrock in the bill by {difference}: {reason}"]


def _forecast_notes(data: CostData) -> tuple[str, ...]:
    error = data.forecast
    if isinstance(error, NoDataError):
        return (f"no forecast: Cost Explorer has too little cost history ({error.code})",)
    if isinstance(error, ServiceError):
        return (f"no forecast: {error}",)
    return ()


def _in_other_case(key: str, known_keys: Collection[str]) -> str | None:
    for known in sorted(known_keys):
        if known != key and known.casefold() == key.casefold():
            return known
    return None
