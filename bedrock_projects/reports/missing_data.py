"""Explains in sentences why a report shows nothing or lacks data, because 0.00 alone would mislead.

Cost Explorer answers a query for a tag key that is inactive, unknown or written in another case without any error:
then all spend has no value.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from bedrock_projects.aws.models import TagStatus
from bedrock_projects.errors import AccessDeniedError, NoDataError, ServiceError
from bedrock_projects.model import Inventory
from bedrock_projects.reports.charge_types import PLURALS
from bedrock_projects.reports.cost_data import (
    ACCOUNT,
    CHARGE_TYPE,
    PROJECT,
    CostData,
    has_all_periods,
    periods_with_data,
)
from bedrock_projects.reports.model import DateRange, Period, Reconciliation
from bedrock_projects.reports.query import column_of
from bedrock_projects.reports.reconciliation import has_cost_elsewhere
from bedrock_projects.reports.request import ReportRequest, describe_filters

_ACCOUNTS_NAMED = 5
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
    has_data = any(period.has_data for period in periods)
    has_spend = any(not table.is_empty for table in data.tables.values())
    about_spend = (
        (
            *_no_spend_notes(request, has_spend=has_spend),
            *_tag_key_notes(request, data, inventory, has_spend=has_spend),
            *_missing_account_notes(request, data, inventory),
        )
        if has_data
        else _missing_account_notes(request, data, inventory)
        if request.accounts
        else ()
    )
    return (
        *_no_data_notes(request, data, periods),
        *about_spend,
        *([f"{_INSTEAD_OF_MODELS}: {data.models_missing}"] if data.models_missing else []),
        *_renamed_notes(request, data, inventory),
        *_unknown_type_notes(unknown_types),
        *_reconciliation_notes(request, data, reconciliation),
        *data.failures,
        *data.notes,
        *_forecast_notes(data),
    )


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


def _no_data_notes(request: ReportRequest, data: CostData, periods: Sequence[Period]) -> list[str]:
    """Sentences on periods without data, those of the comparison too."""
    without = _all_named([period.dates for period in periods if not period.has_data], request)
    notes = [f"no data for {', '.join(without)}: amounts there are unknown, not 0"] if without else []
    previous = data.previous
    if previous is not None and not has_all_periods(previous.bill):
        known = zip(previous.bill.periods, periods_with_data(previous.bill), strict=True)
        lacking = _all_named([dates for dates, has in known if not has], request)
        which = ", ".join(lacking) or "the prior period"
        notes.append(f"no comparison: Cost Explorer has no data for {which}")
    return notes


def _no_spend_notes(request: ReportRequest, *, has_spend: bool) -> list[str]:
    """A sentence if nothing was spent at all."""
    if has_spend:
        return []
    with_tags = f" with {describe_filters(request.filters)}" if request.filters else ""
    without = f" (without {', '.join(PLURALS[kind] for kind in request.excluded)})" if request.excluded else ""
    return [f"no Bedrock spend{with_tags} from {request.dates.start} to {request.dates.end}{without}"]


def _all_named(every: Sequence[DateRange], request: ReportRequest) -> list[str]:
    """The months or days; hours as their days, with how many of each they are."""
    if request.granularity == "hour":
        by_day = Counter(dates.start for dates in every)
        return [f"{day} ({count} hour{'' if count == 1 else 's'})" for day, count in by_day.items()]
    return [f"{dates.start:%b %Y}" if request.granularity == "month" else f"{dates.start}" for dates in every]


def _tag_key_notes(request: ReportRequest, data: CostData, inventory: Inventory, *, has_spend: bool) -> tuple[str, ...]:
    """A note for each key that was looked up, unless it is active and some spend carries it.

    The causes of unallocated spend then say since when it counts.
    """
    inventory_keys = {*inventory.tag_keys, inventory.ownership_tag_key}
    answer = data.tag_keys
    if answer.error is not None:
        return tuple(explain_failed_lookup(key, inventory_keys, answer.error) for key in answer.keys)
    notes = []
    for key in answer.keys:
        if answer.statuses.get(key) == "Active" and has_spend and not _is_carried_by_nothing(key, request, data):
            if answer.since_error is not None:
                notes.append(f"since when tag key {key} is active is unknown: {answer.since_error}")
        elif answer.statuses.get(key) == "Active" and _is_filtered(key, request):
            advice = f"`costs --by {key}` lists the values that AWS billed"
            notes.append(f"tag key {key} is active in Billing, so the filter's value finds nothing; {advice}")
        else:
            notes.append(explain_tag_key(key, answer.statuses, inventory_keys))
    return tuple(notes)


def _is_filtered(key: str, request: ReportRequest) -> bool:
    return any(tag_filter.tag_key == key and any(tag_filter.values) for tag_filter in request.filters)


def _is_carried_by_nothing(key: str, request: ReportRequest, data: CostData) -> bool:
    """Whether the report is by the key and no spend has a value of it, though no filter asks for that."""
    if key != request.grouping.tag_key or any("" in tag_filter.values for tag_filter in request.filters):
        return False
    own = column_of(request.grouping)
    table = data.find((own, CHARGE_TYPE)) or data.table((own, PROJECT))
    return not any(value for (value, _), row in table.amounts.items() if any(row))


def _missing_account_notes(request: ReportRequest, data: CostData, inventory: Inventory) -> tuple[str, ...]:
    """A note on the environments without spend in the report; empty if an option may be the cause."""
    if request.filters or request.excluded:
        return ()
    seen = {account for account, _ in data.table((ACCOUNT, PROJECT)).amounts}
    missing: dict[str, list[str]] = {}
    for environment in inventory.environments.values():
        is_covered = not request.accounts or environment.account in request.accounts
        if environment.account and environment.account not in seen and is_covered:
            missing.setdefault(environment.account, []).append(environment.name)
    if not missing:
        return ()
    named = [f"{account} ({', '.join(names)})" for account, names in [*missing.items()][:_ACCOUNTS_NAMED]]
    others = len(missing) - len(named)
    accounts = ", ".join(named) + (f" and of {others} other accounts of the inventory" if others else "")
    note = (
        f"no spend of account {accounts} in this report: none in this period, or not visible to these credentials "
        "(only the management account sees every account)"
    )
    return (note,)


def _renamed_notes(request: ReportRequest, data: CostData, inventory: Inventory) -> list[str]:
    """A note for each former value of a tag that is billed in or after the period of its rename."""
    tag_key = inventory.tag_keys.get(request.grouping.tag_key) if request.grouping.kind == "tag" else None
    table = data.find((PROJECT, column_of(request.grouping))) if tag_key else None
    if tag_key is None or table is None:
        return []
    notes = []
    for rename in tag_key.renamed:
        rows = [row for (_, value), row in table.amounts.items() if value == rename.former]
        billed = [dates for index, dates in enumerate(table.periods) if any(row[index] for row in rows)]
        new_name = f"its name is {rename.current} since {rename.since}"
        if late := [dates for dates in billed if dates.start >= rename.since]:
            named = ", ".join(_all_named(late, request))
            notes.append(
                f"{tag_key.key} = {rename.former} is still billed in {named}, but {new_name}: correct the tag of its "
                "projects"
            )
        elif any(dates.start < rename.since <= dates.end for dates in billed):
            notes.append(
                f"{tag_key.key} = {rename.former} is billed in the month in which {new_name}: `--from {rename.since}` "
                "shows whether it still is"
            )
    return notes


def _unknown_type_notes(unknown_types: Sequence[str]) -> list[str]:
    if not unknown_types:
        return []
    return [
        f"AWS has charge types that this version does not know, counted as other charges: {', '.join(unknown_types)}"
    ]


def _reconciliation_notes(request: ReportRequest, data: CostData, reconciliation: Reconciliation | None) -> list[str]:
    if reconciliation is None or not reconciliation.difference:
        return []
    if request.grouping.kind == "model":
        counted, billed = f"{reconciliation.reported:f}", f"{reconciliation.bedrock:f}"
        return [f"by model, AWS counts {counted}; its Bedrock services and what has the ownership tag cost {billed}"]
    difference = f"{reconciliation.difference:f}"
    is_known = data.tagged_elsewhere is not None or not has_cost_elsewhere(request, data)
    reason = (
        "AWS changed its data between two requests; run again"
        if is_known
        else "they include cost with the ownership tag under other service names, which is unknown"
    )
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
