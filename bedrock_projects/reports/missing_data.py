"""Explains in sentences why a report shows nothing or lacks data, because 0.00 alone would mislead.

Cost Explorer answers a query for a tag key that is inactive, unknown or written in another case without any error:
then all spend has no value.
"""

from collections.abc import Collection, Mapping

from bedrock_projects.aws.models import TagStatus
from bedrock_projects.errors import AccessDeniedError, NoDataError, ServiceError
from bedrock_projects.model import Inventory
from bedrock_projects.reports.answers import Answers, CostTable, TagKeyAnswer
from bedrock_projects.reports.request import ReportRequest, describe_filters

Statuses = Mapping[str, TagStatus]


def missing_data_notes(request: ReportRequest, answers: Answers, inventory: Inventory) -> tuple[str, ...]:
    """All sentences about what the report lacks."""
    return (
        *no_spend_notes(request, answers.costs),
        *_tag_key_notes(request, answers.costs, answers.tag_keys, inventory),
        *_missing_account_notes(request, answers, inventory),
        *_forecast_notes(answers),
    )


def no_spend_notes(request: ReportRequest, costs: CostTable) -> tuple[str, ...]:
    """A sentence if nothing was spent at all."""
    if costs.groups_with_spend:
        return ()
    with_tags = f" with {describe_filters(request.filters)}" if request.filters else ""
    return (f"no Bedrock spend{with_tags} from {request.dates.start} to {request.dates.end}",)


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


def _tag_key_notes(
    request: ReportRequest, costs: CostTable, answer: TagKeyAnswer, inventory: Inventory
) -> tuple[str, ...]:
    inventory_keys = {*inventory.tag_keys, inventory.ownership_tag_key}
    if answer.error is not None:
        return tuple(explain_failed_lookup(key, inventory_keys, answer.error) for key in answer.keys)
    # If a filter selects spend without a tag, then missing values of an active key need no explanation.
    asks_for_untagged = any("" in tag_filter.values for tag_filter in request.filters)
    is_expected = bool(costs.groups_with_spend) and asks_for_untagged
    return tuple(
        explain_tag_key(key, answer.statuses, inventory_keys)
        for key in answer.keys
        if answer.statuses.get(key) != "Active" or not is_expected
    )


def _missing_account_notes(request: ReportRequest, answers: Answers, inventory: Inventory) -> tuple[str, ...]:
    """A note on the environments without spend in the report; empty if a filter may be the cause."""
    if request.filters:
        return ()
    # A report of one account lists it without asking, so only its spend says that the credentials see it.
    is_asked = bool(answers.costs.groups_with_spend) or not request.account
    seen = {account.id for account in answers.accounts} if is_asked else set()
    missing: dict[str, list[str]] = {}
    for environment in inventory.environments.values():
        is_covered = request.account in (None, environment.account)
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


def _forecast_notes(answers: Answers) -> tuple[str, ...]:
    error = answers.forecast
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
