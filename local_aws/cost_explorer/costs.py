"""What the questions about costs have in common: whose lines they see, and how sums are written.

Not imitated: billing views, rights of linked accounts that the management account takes away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from local_aws.cost_explorer import filters, rules, time_period
from local_aws.cost_explorer.activation import ActiveKeys, active_keys
from local_aws.cost_explorer.exceptions import DataUnavailableException
from local_aws.cost_explorer.filters import Filter
from local_aws.cost_explorer.ledger import Ledger, merged, rated, without_credit_tags
from local_aws.cost_explorer.paging import Page
from local_aws.cost_explorer.query import NO_UNIT, Sum
from local_aws.cost_explorer.validation import Members
from local_aws.messages import Response, json_response
from local_aws.service import Call
from local_aws.state import State

_NO_DATA: Final = (
    "Data is not available. Please try to adjust the time period. "
    "If just enabled Cost Explorer, data might not be ingested yet"
)
PLAIN_COSTS: Final = {
    "UnblendedCost": "UNBLENDED_COST",
    "BlendedCost": "BLENDED_COST",
    "AmortizedCost": "AMORTIZED_COST",
    "NetUnblendedCost": "NET_UNBLENDED_COST",
    "NetAmortizedCost": "NET_AMORTIZED_COST",
}
ANALYTICS: Final = {
    "BilledCost": "BILLED_COST",
    "ListCost": "LIST_COST",
    "ContractedCost": "CONTRACTED_COST",
    "PublicEquivalentBilledCost": "PUBLIC_EQUIVALENT_BILLED_COST",
    "PublicOnDemandCost": "PUBLIC_ON_DEMAND_COST",
}
_QUANTITIES: Final = {
    "UsageQuantity": "USAGE_QUANTITY",
    "NormalizedUsageAmount": "NORMALIZED_USAGE_AMOUNT",
}
COST_METRICS: Final = PLAIN_COSTS | ANALYTICS


@dataclass(frozen=True)
class Scope:
    """What the caller sees: a management account all of its organisation, any other its own lines."""

    sees: Callable[[str], bool]
    active: ActiveKeys
    today: date


def scope(state: State, call: Call) -> Scope:
    """The caller's scope; DataUnavailableException while there is no data."""
    if state.settings.cost_data == "unavailable":
        raise DataUnavailableException(_NO_DATA, rule=rules.NO_DATA)
    return scope_of(state, call.identity.account)


def scope_of(state: State, account: str) -> Scope:
    """An account's scope."""
    now, payer_of = state.clock.now(), state.accounts.payer
    payer = payer_of(account)
    known = state.billing.keys(payer, payer_of=payer_of, now=now, discovery_hours=state.settings.discovery_hours)
    return Scope(
        sees=lambda other: account in (other, payer_of(other)),
        active=active_keys(known.values(), state.billing.backfills(payer), now=now),
        today=time_period.today(now),
    )


def metrics(state: State) -> dict[str, str]:
    """The metrics that the payer may ask for, in both spellings."""
    on = state.settings.cost_analytics_metrics == "answered"
    return PLAIN_COSTS | _QUANTITIES | (ANALYTICS if on else {})


def metered(state: State) -> Ledger:
    """The lines of metered use of all accounts."""
    settings = state.settings
    return rated(
        state.meters,
        marketplace_tags=settings.marketplace_tags == "kept",
        runtime_tags=settings.runtime_usage_tags == "tagged",
    )


def ledger(state: State) -> Ledger:
    """All lines of all accounts, as of now."""
    return merged(postings(state).values())


def postings(state: State) -> dict[float, Ledger]:
    """All lines of all accounts, as of now, by the moment since when they are on the bill; 0 for metered use."""
    posted = state.billing.postings(now=state.clock.now())
    if state.settings.credit_tags == "missing":
        posted = {moment: without_credit_tags(ledger) for moment, ledger in posted.items()}
    return posted | {0.0: merged((posted.get(0.0, {}), metered(state)))}


def filter_of(members: Members) -> Filter:
    """The member Filter."""
    return filters.expression(members.structure("Filter")) if members.has("Filter") else Filter()


def page(state: State, call: Call, *, items: Callable[[], list[Any]]) -> Page:
    """The page that a call asks for; `items` works the whole answer out."""
    return state.billing.pages.page(
        call.request,
        call.identity.account,
        size=state.settings.cost_page_size,
        items=items,
        changed="request_changed" in call.faults,
    )


def amount(value: Decimal) -> str:
    """As AWS writes it: no exponent, no zeros at the end."""
    return format(value.normalize(), "f") if value else "0"


def metric(name: str, total: Sum | None) -> dict[str, str]:
    """A MetricValue; None for nothing that matched."""
    if total is None or name == "NormalizedUsageAmount":
        return {"Amount": "0", "Unit": NO_UNIT}
    if name == "UsageQuantity":
        return {"Amount": amount(total.quantity), "Unit": total.unit or NO_UNIT}
    return {"Amount": amount(total.by(name)), "Unit": "USD"}


def account_attributes(accounts: set[str]) -> list[dict[str, Any]]:
    """What Cost Explorer says of accounts; their names are invented, as accounts have none here."""
    return [{"Value": account, "Attributes": {"description": f"account-{account}"}} for account in sorted(accounts)]


def answer(payload: dict[str, Any]) -> Response:
    """JSON 1.1."""
    return json_response(payload, content_type="application/x-amz-json-1.1")
